"""Minutes in which nothing was found, gone through again without asking a rule: the memory is the same."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import Judged, MinuteCounts, judge, relive
from processors.domain.ruleset import RuleSet
from processors.domain.window import Dimensions
from tests.processors.domain.build import PROPERTY
from tests.processors.domain.desk import MIXED, SMALL
from tests.processors.domain.stories import CALENDAR, LEARNING, Told, spread, stories
from tests.processors.domain.traffic import DAY, FIRST, HOUR, NOON, RULES, Change, during, known, nothing, traffic


class Twice:
    """Judges each minute; where that is quiet, another memory relives it and must be the same."""

    def __init__(self, rules: RuleSet, memory: ScopeMemory | None = None) -> None:
        self.rules = rules
        self.memory = memory or ScopeMemory()
        self.quiet: list[int] = []
        self.loud: list[int] = []

    def hear(self, minute: int, counts: Dimensions, *, blind: bool = False) -> Judged:
        """One more minute."""
        held, again = MinuteCounts(counts, {"0": minute}), self.memory.copy()
        judged = judge(JudgedScope(self.rules, self.memory, "all"), minute, deepcopy(held), blind=blind)
        if judged.is_quiet:
            relive(JudgedScope(self.rules, again, "all"), minute, held, blind=blind)
            assert again == self.memory
            self.quiet.append(minute)
        else:
            self.loud.append(minute)
        return judged


def gone_through(
    rules: RuleSet, change: Change, minutes: int, start: int = NOON, blind: Callable[[int], bool] = lambda _: False
) -> Twice:
    """Some hours of traffic after days as ever, each minute gone through twice."""
    twice = Twice(rules, known(start))
    for i in range(minutes):
        twice.hear(start + i, traffic(start + i, change(i)), blind=blind(i))
    return twice


@pytest.mark.parametrize(
    "change",
    [
        nothing,
        during(20, 50, denied=5.0),
        during(20, 40, all=0.0),
        lambda i: {"all": 0.0} if 20 <= i < 40 else {"all": 2.0} if 40 <= i < 60 else {},
        during(30, 230, denied=3.0),
        during(20, 60, reversed=0.0),
    ],
    ids=["nothing", "denials", "an outage", "an outage and what comes back", "a new level", "silence of a status"],
)
def test_what_is_quiet_before_within_and_after_an_incident_is_remembered_alike(change: Change) -> None:
    twice = gone_through(RULES, change, 320)
    assert len(twice.quiet) > 80
    assert bool(twice.loud) is (change is not nothing)


def test_days_of_the_calendar_and_minutes_of_maintenance_are_remembered_alike() -> None:
    midnight = FIRST + 3 * DAY - 60
    rules = replace(RULES, calendar=CALENDAR)
    twice = gone_through(rules, during(72, 78, denied=6.0), 3 * HOUR, start=midnight)
    assert set(range(midnight + 70, midnight + 85)) <= set(twice.quiet)
    assert gone_through(rules, during(72, 78, all=0.0), 3 * HOUR).loud


def test_minutes_that_cannot_be_trusted_are_quiet_and_remembered_alike() -> None:
    twice = gone_through(RULES, during(20, 50, denied=5.0), 120, blind=lambda i: 30 <= i < 45)
    assert set(range(NOON + 30, NOON + 45)) <= set(twice.quiet)
    assert twice.loud


def test_a_feed_that_comes_in_twice_is_quiet_and_remembered_alike() -> None:
    twice = Twice(RULES, known())
    steps = []
    for minute in range(NOON, NOON + 40):
        counts = traffic(minute)
        if 5 <= minute - NOON < 25:
            counts = {d: {key: [2 * count, 0] for key, (count, _) in keys.items()} for d, keys in counts.items()}
        steps += twice.hear(minute, counts).steps
    assert [step for step, _ in steps] == ["firing", "resolved"]
    assert len(twice.quiet) > 30


def test_a_minute_is_quiet_when_nothing_was_found_though_an_incident_ends_in_it() -> None:
    twice = Twice(SMALL)
    burst = {"status": {"approved": [90, 0], "failed": [9, 0]}}
    calm = {"status": {"approved": [90, 0]}}
    told = [twice.hear(minute, counts) for minute, counts in enumerate([calm, burst, calm, calm, calm])]
    assert [each.is_quiet for each in told] == [True, False, True, True, True]
    assert [step for step, _ in told[3].steps] == ["resolved"]


@pytest.mark.story
@pytest.mark.parametrize(
    "rules", [LEARNING, MIXED, replace(LEARNING, group=True)], ids=["learning", "mixed", "grouped"]
)
@settings(PROPERTY, max_examples=60)
@given(stories, st.sampled_from([NOON - 30, NOON + 90, FIRST + DAY - 5]))
def test_whatever_came_a_quiet_minute_is_remembered_alike(
    rules: RuleSet, story: list[tuple[Told, int]], start: int
) -> None:
    twice = Twice(rules)
    for minute, (counts, blind) in enumerate(spread(story), start=start):
        if minute % 37 == 0:
            twice.memory.lapse()
        twice.hear(minute, counts, blind=blind)
