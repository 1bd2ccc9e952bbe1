"""What is worth a word while an incident goes on."""

from typing import Any

import pytest
from msgspec.structs import replace

from processors.domain.incidents.attribution import Cause
from processors.domain.judging.statements import is_news
from processors.domain.judging.timeline import Part, Timeline, TimelineState
from processors.domain.window import TimePolicy, end_ms
from tests.processors.domain.traffic import NOON, RULES, known, traffic
from tests.processors.stages.test_alert_words import BASE, M0

STATED = replace(BASE, members=("status|denied",), lost=100.0, causes=(Cause("auth_code", "51", 9, 1.0, 80.0),))


def news(after: int = 1, **changes: Any) -> bool:
    """Whether it is news so many minutes after it was told of, when it had lasted 21 minutes."""
    return is_news(STATED, replace(STATED, last_seen=STATED.last_seen + after, **changes))


def test_that_it_goes_on_is_none_for_ten_minutes() -> None:
    assert not news(9, lost=190.0)
    assert news(10)


@pytest.mark.parametrize(("lasted", "silent"), [(0, 0), (1, 0), (2, 1), (4, 3), (8, 7), (30, 9)])
def test_at_first_it_is_told_after_as_long_as_it_has_lasted(lasted: int, silent: int) -> None:
    stated = replace(STATED, opened=M0, last_seen=M0 + lasted)
    assert not is_news(stated, replace(stated, last_seen=M0 + lasted + silent))
    assert is_news(stated, replace(stated, last_seen=M0 + lasted + silent + 1))


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": "warning"},
        {"inhibited_by": "b"},
        {"members": ("status|denied", "status|failed")},
        {"lost": 210.0},
        {"causes": (Cause("auth_code", "59", 9, 1.0, 60.0),)},
    ],
)
def test_what_people_would_act_on_is_told_at_once(changes: dict[str, Any]) -> None:
    assert news(**changes)


def test_a_code_more_and_causes_that_take_turns_are_none() -> None:
    assert not news(members=("auth_code|51", "status|denied"))
    assert not news(causes=(Cause("auth_code", "59", 9, 1.0, 52.0),))
    assert not news(causes=())


@pytest.mark.parametrize(("every", "least", "most"), [(False, 5, 9), (True, 30, 40)])
def test_half_an_hour_of_denials_is_a_handful_of_statements(every: bool, least: int, most: int) -> None:
    policy = TimePolicy(lateness_ms=0, says_every_minute=every)
    timeline = Timeline(RULES, policy, "all", TimelineState.after(NOON - 1, known()))
    states: list[str] = []
    for i in range(60):
        timeline.hear(NOON + i, 0, Part(0, i, traffic(NOON + i, {"denied": 5} if 5 <= i < 35 else None)))
        states += [each.stated.state for each in timeline.advance(end_ms(NOON + i)).statements]
    assert (states[0], states[-1]) == ("firing", "resolved")
    assert least <= len(states) <= most
