"""A producer puts an id into `scope`: the worker goes on, and the sums stay exact."""

from collections.abc import Callable
from typing import Any

import pytest

from processors.domain.window import MAX_SCOPES
from tests.pipeline.bad_records import NOON_MS, record
from tests.pipeline.conftest import Install
from tests.pipeline.installation import Installation
from tests.pipeline.test_foreign_state import metrics_of

pytestmark = [pytest.mark.kafka, pytest.mark.story]


def long(number: int) -> str:
    """A scope of 60 characters."""
    return f"{number:060d}"


def one_minute(install: Callable[..., Installation], scopes: int, **settings: Any) -> tuple[Installation, str]:
    """One record of each scope, then two more of the last and the first; what came of it, and the metrics."""
    made = install(partitions=1, FLOODMARK_PARTITIONS="1", **settings)
    worker = made.worker().ready()
    numbers = [*range(scopes), *[scopes - 1, 0] * 2]
    made.publish((record(scope=f'"{long(number)}"', count=2) for number in numbers), 1)
    made.punctuate(NOON_MS + 60_000, 1)
    made.drain()
    assert worker.child.poll() is None, worker.said()[-2000:]
    return made, metrics_of(worker)


def held(made: Installation) -> dict[str, int]:
    """Scope to the count of its only key."""
    records = made.minutes_by_scope()
    return {scope: r["count"] for (scope, _, dimension, _), r in records.items() if dimension == "status"}


def judge(made: Installation, metrics: str, *, scopes: int, room: int) -> None:
    """The first scopes are told apart; the rest, and what comes of them later, counts under `other`."""
    counts = held(made)
    assert counts == {long(0): 6, **{long(i): 2 for i in range(1, room)}, "other": 2 * (scopes - room) + 4}
    folded = scopes - room + 2
    assert f'floodmark_worker_folded_records_total{{dimension="scope"}} {folded:.1f}' in metrics
    said = [line for line in made.workers[0].said().splitlines() if "too_many_scopes" in line]
    assert len(said) == 1
    assert '"level": "error"' in said[0]


def test_of_more_scopes_than_there_is_room_for_the_first_are_told_apart(install: Install) -> None:
    made, metrics = one_minute(install, 120, FLOODMARK_SCOPES="50")
    judge(made, metrics, scopes=120, room=50)


def test_a_scope_that_was_one_too_many_stays_so_after_a_crash(install: Install) -> None:
    made, _ = one_minute(install, 120, FLOODMARK_SCOPES="50")
    made.workers[0].kill()
    worker = made.worker().ready()
    made.publish((record(scope=f'"{long(number)}"', count=2) for number in (119, 0)), 1)
    made.drain()
    assert (held(made)[long(0)], held(made)["other"]) == (8, 2 * 70 + 6)
    assert 'floodmark_worker_folded_records_total{dimension="scope"} 1.0' in metrics_of(worker)


def test_more_long_scopes_in_a_minute_than_anybody_should_have(install: Install) -> None:
    made, metrics = one_minute(install, 25_000)
    judge(made, metrics, scopes=25_000, room=MAX_SCOPES)
