"""Which settings of the workers verify names where an alert differs."""

from datetime import UTC, datetime
from typing import Any

import pytest

from floodmark.analysis.verify.settings import deciding, doubts
from processors.settings import TimeSettings
from schemas.alert import Alert

AT = datetime(2026, 7, 12, 12, 0, tzinfo=UTC)


def alert(summary: str) -> Alert:
    return Alert(
        incident_id="i",
        state="resolved",
        severity="warning",
        scope="all",
        dimension="status",
        key="denied",
        timestamp=AT,
        since=AT,
        last_seen=AT,
        observed=1,
        summary=summary,
        rule_set="v",
    )


def named(summary: str, silence: int, **settings: Any) -> list[str]:
    return [*doubts(alert(summary), deciding(TimeSettings(**settings)), silence)]


def test_without_a_silence_that_they_could_have_ended_none_is_named() -> None:
    assert named("denied in all", 59) == []


def test_after_a_silence_those_that_may_decide_are_named_with_where_they_come_from() -> None:
    assert named("denied in all", 60, give_up_after_h=2.0) == [
        "There is a silence of 60 minutes before it, which was judged by FLOODMARK_GIVE_UP_AFTER_H=2 and "
        "FLOODMARK_FORGET_AFTER_H=336 (default). An alert does not say what its worker was set to: verify with the "
        "environment that the workers have."
    ]


@pytest.mark.parametrize(
    ("said", "hours"), [("3 hours", "3"), ("90 minutes", "1.5"), ("3 h", "3"), ("2 h 30 min", "2.5"), ("2 d 1 h", "49")]
)
def test_where_the_alert_tells_how_long_the_worker_waited_that_is_named(said: str, hours: str) -> None:
    (reason,) = named(f"denied in all: nothing has come for {said}: it counts as gone, and is watched again", 200)
    assert f"after {hours} h, " in reason
    assert f"set FLOODMARK_GIVE_UP_AFTER_H={hours} as it is there" in reason


@pytest.mark.parametrize(("words", "hours"), [("24 hours", 24), ("24 h", 24), ("90 minutes", 1.5), ("2 d 2 h", 50.5)])
def test_where_it_waited_as_long_as_here_only_the_silence_is_named(words: str, hours: float) -> None:
    told = f"nothing has come for {words}: it counts as gone, and is watched again"
    (reason,) = named(told, 1500, give_up_after_h=hours)
    assert reason.startswith("There is a silence of 25 h before it")
