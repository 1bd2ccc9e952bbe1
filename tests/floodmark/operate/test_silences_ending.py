"""Silences that end soon, for those who take over."""

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from floodmark.cli import app
from floodmark.operate.notify.silences_ending import ending
from tests.services import unique_prefix


def create(place: dict[str, str], span: str, reason: str) -> None:
    words = ("--broker", place["broker"], "--topic-prefix", place["topic_prefix"])
    asked = ("create", "--scope", "shop-*", "--for", span, "--reason", reason, "--by", "ana")
    made = CliRunner().invoke(app, ["silences", *asked, *words], env={"COLUMNS": "220"})
    assert made.exit_code == 0, made.output


@pytest.mark.kafka
def test_those_that_are_on_and_end_within_the_next_shift_are_named(kafka: str) -> None:
    place = {"broker": kafka, "topic_prefix": unique_prefix()}
    create(place, "4h", "a release")
    create(place, "2d", "a sale")
    now = datetime.now(UTC)
    found = ending(place, now, timedelta(hours=12))
    assert [(what, one.author, one.reason) for what, one in found] == [("scope shop-*", "ana", "a release")]
    assert ending(place, now + timedelta(hours=5), timedelta(hours=12)) == []
    assert ending(place, now - timedelta(days=1), timedelta(days=3)) == []
