"""Slow drift: a share that creeps away within an hour."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from processors.domain.baseline import BaselineSettings
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.model.tails import share_at_least
from processors.domain.rules import Drift, Finding, Member, Rule, Series
from processors.domain.ruleset import RuleSet
from tests.processors.domain.build import M0
from tests.processors.domain.desk import status
from tests.processors.domain.traffic import NIGHT, NOON, traffic

Cells = list[tuple[int, int]]
THEN = [(5, 100)] * 30
BETWEEN = [(5, 100)] * 35


def asked(
    last: Cells, rule: Rule | None = None, then: Cells = THEN, since: int = -1, *, goes_on: bool = False
) -> Finding | None:
    recent = [*then, *BETWEEN, *last]
    member = Member(M0 - 9, M0 - 9, M0 - 1, 3.0, 0.0, plain=False, rules=("drift",)) if goes_on else None
    shown = Series("status", "denied", *recent[-1], None, recent, M0, None, member, since=since)
    return (rule or Drift("drift")).judge(shown)


def test_a_share_that_has_doubled_and_more_is_found_with_both_shares() -> None:
    found = asked([(13, 100)] * 10)
    assert found is not None
    assert found.because == "13.00% of all in the last 10 minutes; it was 5.00% 75 to 45 minutes ago"
    assert (found.window, found.observed) == (10, 130)
    assert found.expected == pytest.approx(1_000 * 150.5 / 3_001)
    assert found.weight == pytest.approx(share_at_least(130, 1_000, 150.5 / 3_001, 3_001) / 6.0)


@pytest.mark.parametrize(("each", "severity"), [(13, "warning"), (19, "warning"), (21, "critical")])
def test_the_ratio_decides_the_severity(each: int, severity: str) -> None:
    found = asked([(each, 100)] * 10)
    assert found is not None
    assert found.severity == severity


def test_the_ratio_is_a_limit_however_rare_it_is() -> None:
    large = [(5_000, 100_000)] * 30
    assert asked([(9_990, 100_000)] * 10, then=large) is None
    assert asked([(10_010, 100_000)] * 10, then=large) is not None


def test_small_counts_have_to_be_beyond_chance() -> None:
    """One in a hundred, and three: five times in ten minutes against once an hour is still nothing."""
    rare = [(1, 100)] * 5 + [(0, 100)] * 25
    assert asked([(1, 100)] * 9 + [(1, 100)], then=rare) is None
    assert asked([(3, 100)] * 10, then=rare) is not None


def test_a_single_burst_is_no_drift_and_what_is_over_is_not_said() -> None:
    assert asked([(5, 100)] * 4 + [(90, 100)] + [(5, 100)] * 5) is None
    assert asked([(30, 100)] * 5 + [(5, 100)] * 5) is None
    assert asked([(5, 100)] * 5 + [(30, 100)] * 5) is None
    assert asked([(8, 100)] * 5 + [(20, 100)] * 5) is not None


def test_a_share_that_rises_because_the_others_fall_is_no_drift() -> None:
    assert asked([(5, 30)] * 10) is None
    assert asked([(6, 30)] * 10, Drift("drift", strength=2.0)) is not None


@pytest.mark.parametrize(
    ("direction", "rise", "fall"), [("up", True, False), ("down", False, True), ("both", True, True)]
)
def test_the_direction_says_which_way_is_watched(direction: str, *, rise: bool, fall: bool) -> None:
    rule: Any = Drift("drift", direction=direction)  # type: ignore[arg-type]
    assert (asked([(13, 100)] * 10, rule) is not None) is rise
    found = asked([(1, 100)] * 10, rule)
    assert (found is not None) is fall
    if found:
        assert found.observed < found.expected


def test_a_fall_to_nothing_is_found_and_a_share_that_falls_because_others_grow_is_not() -> None:
    rule = Drift("drift", direction="down")
    found = asked([(0, 100)] * 10, rule)
    assert found is not None
    assert (found.severity, found.score) == ("critical", 100.0)
    assert asked([(5, 300)] * 10, rule) is None
    lenient = replace(rule, minimum_total=1, strength=1.0)
    assert asked([(0, 20)] * 10, lenient) is not None
    assert asked([(0, 19)] * 10, lenient) is None, "fewer than ten were to be expected"


def test_both_stretches_must_hold_enough_and_the_count_too() -> None:
    rule = Drift("drift", minimum_total=1_000, strength=1.0)
    assert asked([(13, 99)] * 10, rule) is None
    assert asked([(13, 100)] * 10, rule) is not None
    assert asked([(13, 100)] * 10, rule, then=[(1, 33)] * 30) is None
    assert asked([(1, 100)] * 9 + [(0, 100)], Drift("drift", strength=1.0), then=[(0, 100)] * 30) is None


def test_an_empty_past_tells_nothing() -> None:
    assert asked([(13, 100)] * 10, Drift("drift", minimum_total=0), then=[(0, 0)] * 30) is None


def test_it_needs_all_the_minutes_and_begins_anew_after_an_incident() -> None:
    assert asked([(13, 100)] * 10, then=THEN[1:]) is None
    assert asked([(13, 100)] * 10, since=M0 - 9) is None
    assert asked([(13, 100)] * 10, since=M0 - 10) is not None


def test_an_incident_goes_on_until_most_of_the_way_back_is_gone() -> None:
    """The root of the ratio, so 1.41 times the earlier share."""
    assert asked([(8, 100)] * 10) is None
    found = asked([(8, 100)] * 10, goes_on=True, since=M0 - 3)
    assert found is not None
    assert (found.window, found.observed, found.weight) == (1, 8, 1.0)
    assert asked([(7, 100)] * 10, goes_on=True) is None
    fall = Drift("drift", direction="down")
    assert asked([(3, 100)] * 10, fall, goes_on=True) is not None
    assert asked([(4, 100)] * 10, fall, goes_on=True) is None


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, None),
        ({"window": 1}, "window"),
        ({"window": 61, "before": 61}, "window"),
        ({"before": 9}, "before"),
        ({"against": 0}, "against"),
        ({"against": 1_396}, "against"),
        ({"ratio": 1.0}, "ratio"),
        ({"ratio": 4.0}, "ratio"),
        ({"recovery": 1.5}, "recovery"),
        ({"dimension": "volume"}, "dimension"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], key: str | None) -> None:
    problem = Drift("a", **settings).problem()
    assert (problem and problem[0]) == key


# --- stories -----------------------------------------------------------------


def opened(rule: Rule, minutes: list[MinuteCounts], start: int = M0) -> list[tuple[int, str]]:
    rules = RuleSet("one", "v", BaselineSettings(), (rule,), resolve_after=5)
    memory, found = ScopeMemory(), list[tuple[int, str]]()
    for i, held in enumerate(minutes):
        found += [
            (i, each.key)
            for step, each in judge(JudgedScope(rules, memory, "all"), start + i, held).steps
            if step == "firing"
        ]
    return found


def test_the_textbook_case_denials_that_triple_within_an_hour_are_found_once() -> None:
    draw = np.random.default_rng(3)
    rates = [6.0] * 120 + [6.0 * (1 + 2 * i / 60) for i in range(60)] + [18.0] * 90
    minutes = [MinuteCounts(status(approved=int(draw.poisson(114)), denied=int(draw.poisson(rate)))) for rate in rates]
    ((at, key),) = opened(Drift("drift", keys=("denied",)), minutes)
    assert key == "denied"
    assert 140 < at < 175, "before it has tripled"


def test_ordinary_traffic_does_not_drift_from_night_to_noon() -> None:
    minutes = [MinuteCounts(traffic(NIGHT + i)) for i in range(NOON - NIGHT)]
    assert opened(Drift("drift", direction="both"), minutes, NIGHT) == []
