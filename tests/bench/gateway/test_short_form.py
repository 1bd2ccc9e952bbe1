"""The short form of `make bench-gateway`: posts, a start and viewers, with a figure of each."""

import time
from math import isfinite
from pathlib import Path

import pytest

from tests.bench.gateway import posting, starting, watching
from tests.bench.gateway.filling import JUDGED, MinutesTopic, judge_an_hour
from tests.pipeline.installation import installed

pytestmark = [pytest.mark.story, pytest.mark.kafka]


def test_posts_are_taken_beside_a_bare_handler(kafka: str, tmp_path: Path) -> None:
    with installed(kafka, "shortposts.") as made:
        made.worker(made.command).ready()
        found = posting.measure(made, tmp_path, 0.5, 1)
    assert posting.MUST.keys() <= {figure.name for figure in found}
    rates = [figure for figure in found if not figure.name.startswith("  load")]
    assert [figure for figure in rates if not (figure.value > 0 and figure.bare and figure.bare > 0)] == []


def test_a_start_and_viewers_have_every_minute_of_a_thousand_series(kafka: str, tmp_path: Path) -> None:
    with installed(kafka, "shortreads.") as made:
        made.worker(made.command).ready()
        now = int(time.time() // 60)
        MinutesTopic(made).write(now - JUDGED - 10, now - JUDGED - 1)
        judge_an_hour(made, now)
        found = [
            *starting.measure(made, tmp_path, 1),
            *watching.measure(made, tmp_path, watching.MINUTE_S, now, views=0),
        ]
    assert "state of 1,000 series is there after a start, s" in {figure.name for figure in found}
    assert [figure for figure in found if not (isfinite(figure.value) and figure.value >= 0)] == []
