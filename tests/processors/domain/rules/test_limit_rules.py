"""A value that sits on its limit is one incident: when what a rule has found goes on, and when it is over."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from processors.domain.baseline import Baseline
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.rules import (
    CountThreshold,
    Drift,
    Ewma,
    Member,
    Repeated,
    RobustZ,
    Rule,
    Series,
    ShareThreshold,
    ZScore,
)
from processors.domain.rules.base import settings_of
from processors.domain.rules.limit import LimitRule, away
from processors.domain.ruleset import RuleSet
from processors.rules import CLASSIC, load
from tests.processors.domain.build import M0

OPEN = Member(0, 0, 0, 1.5, 0.0, plain=False, rules=("a",))
OF_ANOTHER = structs.replace(OPEN, rules=("b",))
TEN_HOURS = 600
KEYS = ("failed",)


def incidents(rule: Rule, minutes: Iterable[tuple[int, int]]) -> int:
    """How many incidents open over these minutes, given as (failed, approved)."""
    rules, memory = RuleSet("r", "v", rules=(rule,), resolve_after=5), ScopeMemory()
    return sum(
        step == "firing"
        for minute, (failed, approved) in enumerate(minutes, start=M0)
        for step, _ in judge(
            JudgedScope(rules, memory, "all"),
            minute,
            MinuteCounts({"status": {"failed": [failed, 0], "approved": [approved, 0]}}),
        ).steps
    )


def by_chance(failed: float, approved: float = 1_000.0) -> list[tuple[int, int]]:
    drawn = np.random.default_rng(1)
    return [(int(drawn.poisson(failed)), int(drawn.poisson(approved))) for _ in range(TEN_HOURS)]


@pytest.mark.parametrize(
    ("deviation", "part"), [(0.0, 0.2), (0.05, 0.2), (0.1, pytest.approx(0.3)), (0.2, 0.4), (3.0, 0.4)]
)
def test_it_is_over_three_deviations_inside_the_limit_a_fifth_at_least_two_fifths_at_most(
    deviation: float, part: float
) -> None:
    assert away(deviation) == part


# --- ten hours of a value that sits on its limit ---------------------------


@pytest.mark.parametrize(("limit", "most"), [(3, 2), (10, 1), (1_000, 1)])
def test_a_count_that_sits_on_its_limit_opens_few_incidents(limit: int, most: int) -> None:
    rule = CountThreshold("a", keys=KEYS, above=limit)
    assert 1 <= incidents(rule, by_chance(limit)) <= most
    assert incidents(replace(rule, recovery=1.0), by_chance(limit)) > 8, "what it was"


def test_a_count_that_sits_on_the_limit_of_a_fall_opens_one() -> None:
    rule = CountThreshold("a", keys=KEYS, warning=20, direction="down")
    assert incidents(rule, by_chance(20)) == 1
    assert incidents(replace(rule, recovery=1.0), by_chance(20)) > 8


def test_flapping_that_sits_on_its_number_of_minutes_opens_few() -> None:
    rule = Repeated("a", keys=KEYS, count=5, times=5, window=15)
    assert incidents(rule, by_chance(4.95)) < incidents(replace(rule, recovery=1.0), by_chance(4.95)) / 2


def test_traffic_that_sits_on_the_fewest_transactions_of_a_share_opens_one() -> None:
    rule = ShareThreshold("a", keys=KEYS, warning=0.1, critical=0.15, window=15, minimum_total=1_500)
    assert incidents(rule, by_chance(20, 80)) == 1
    assert incidents(replace(rule, recovery=1.0), by_chance(20, 80)) > 8


def test_traffic_that_sits_on_the_fewest_transactions_of_a_count_opens_one() -> None:
    rule = CountThreshold("a", keys=KEYS, above=1, minimum_total=100)
    assert incidents(rule, by_chance(10, 90)) == 1
    assert incidents(replace(rule, recovery=1.0), by_chance(10, 90)) > 5


@pytest.mark.parametrize("rule", [ZScore("a", keys=KEYS), RobustZ("a", keys=KEYS), Ewma("a", keys=KEYS)])
def test_what_comes_back_within_the_threshold_for_six_minutes_is_no_second_incident(rule: Rule) -> None:
    """Six minutes of each: far beyond the threshold, and a little within it."""
    quiet = [(100 + step, 1_000) for step in (-10, 10, -8, 8, -12, 12, 0, -10, 10, 0)] * 4
    within = 140 if isinstance(rule, RobustZ) else 125
    wave = [*[(200, 1_000)] * 6, *[(within, 1_000)] * 6] * 2
    assert incidents(rule, [*quiet, *wave]) == 1
    assert incidents(replace(rule, recovery=1.0), [*quiet, *wave]) == 2


# --- one minute --------------------------------------------------------------


def counted(count: int, member: Member | None = OPEN, total: int = 1_000, **settings: Any) -> str | None:
    found = CountThreshold("a", **settings).judge(Series("status", "failed", count, total, None, open=member))
    assert found is None or found.score >= {"warning": 50, "critical": 75}[found.severity]
    return found and found.because


def test_a_count_goes_on_until_it_is_well_inside_its_limit_and_says_so() -> None:
    assert counted(6) == "6 in one minute; the limit is 5"
    assert counted(4) == "4 in one minute; the limit is 5, and it is over at 3"
    assert counted(3) is None
    assert counted(4, None) is None
    assert counted(4, OF_ANOTHER) is None, "what another rule has found is not its business"
    assert counted(1, above=1) == "1 in one minute; the limit is 1, and it is over at 0"
    assert counted(0, above=0) is None


def test_of_two_limits_the_lower_one_decides_when_it_is_over() -> None:
    assert counted(71, warning=100, critical=200) == "71 in one minute; the limit is 100, and it is over at 70"
    assert counted(70, warning=100, critical=200) is None


def test_a_fall_goes_on_until_the_count_is_well_above_its_limit() -> None:
    fall: dict[str, Any] = {"warning": 100, "critical": 40, "direction": "down"}
    assert counted(129, **fall) == "129 in one minute; the limit is 100, and it is over at 130"
    assert counted(130, **fall) is None
    assert counted(100, None, **fall) is None


def test_fewer_transactions_are_enough_for_an_incident_to_go_on() -> None:
    assert counted(9, total=70, minimum_total=100) is not None
    assert counted(9, total=69, minimum_total=100) is None
    assert counted(9, None, total=99, minimum_total=100) is None


@pytest.mark.parametrize(("z", "goes_on"), [(3.01, True), (1.81, True), (1.79, False)])
def test_a_z_goes_on_down_to_three_fifths_of_its_threshold(z: float, *, goes_on: bool) -> None:
    seen = Series("status", "failed", 50, 1_000, Baseline(30, 10.0, 5.0, z), open=OPEN)
    found = ZScore("a").judge(seen)
    assert (found is not None) is goes_on
    if found is not None:
        assert found.score >= 50
        assert found.because.endswith(", and it is over at 1.80") is (z <= 3)
    assert (ZScore("a").judge(replace(seen, open=None)) is not None) is (z > 3)
    assert (ZScore("a", recovery=1.0).judge(seen) is not None) is (z > 3)


@pytest.mark.parametrize(("count", "goes_on"), [(3, True), (2, False)])
@pytest.mark.parametrize("rule", [ZScore("a"), RobustZ("a"), Ewma("a")])
def test_a_deviation_of_few_transactions_goes_on_with_a_little_fewer(rule: Rule, count: int, *, goes_on: bool) -> None:
    shown = Series("status", "failed", count, 1_000, Baseline(30, 0.0, 0.0, 9.0), taught=[0] * 30)
    rule = replace(rule, threshold=1.0)
    assert (rule.judge(replace(shown, open=OPEN)) is not None) is goes_on
    assert rule.judge(shown) is None


@pytest.mark.parametrize("direction", ["down", "both"])
def test_a_fall_of_a_count_goes_on_until_it_is_well_inside_the_threshold(direction: str) -> None:
    taught = [100] * 30
    rule = Ewma("a", direction=direction)  # type: ignore[arg-type]
    seen = Series("status", "failed", 75, 1_000, Baseline(30, 0.0, 0.0, 9.0), taught=taught, open=OPEN)
    found = rule.judge(seen)
    assert found is not None
    assert (found.score, found.because) == (
        50.0,
        "75 a minute is 2.50 standard deviations below the weighted mean of 100.00, and it is over at 1.80",
    )
    assert rule.judge(replace(seen, open=None)) is None
    assert rule.judge(replace(seen, count=83)) is None


def test_what_flaps_goes_on_with_fewer_minutes() -> None:
    rule = Repeated("a", times=5, window=15, count=5)
    for beyond, goes_on in ((3, True), (2, False)):
        recent = [(9, 100)] * beyond + [(0, 100)] * (15 - beyond)
        shown = Series("status", "failed", 0, 100, None, recent, M0, open=OPEN)
        found = rule.judge(shown)
        assert (found is not None) is goes_on
        if found is not None:
            assert found.score == 50
            assert found.because.endswith("; it is over when fewer than 3 are left")
        assert rule.judge(replace(shown, recent=recent[::-1], open=None)) is None


def test_a_drift_goes_on_with_a_little_fewer_transactions() -> None:
    rule = Drift("a", window=2, against=3, before=4, minimum_total=200)
    recent = [(1, 100)] * 5 + [(10, 80)] * 2
    shown = Series("status", "failed", 10, 80, None, recent, M0, open=OPEN)
    assert rule.judge(shown) is not None
    assert rule.judge(replace(shown, open=None)) is None
    assert rule.judge(replace(shown, recent=[(1, 100)] * 5 + [(10, 70)] * 2)) is None


# --- the setting -------------------------------------------------------------

LIMITS: list[LimitRule] = [
    ZScore("a"),
    RobustZ("a"),
    Ewma("a"),
    CountThreshold("a"),
    ShareThreshold("a"),
    Repeated("a", count=5),
]


@pytest.mark.parametrize("rule", LIMITS)
def test_recovery_may_be_set_and_changes_no_id(rule: LimitRule) -> None:
    told = replace(rule, recovery=0.5)
    assert told.problem() is None
    assert told.identity == rule.identity, "when it ends does not decide when it opens"
    assert "recovery" not in settings_of(rule), "versions stay what they were"
    assert settings_of(told)["recovery"] == 0.5
    for wrong in (0.0, 1.1):
        problem = replace(rule, recovery=wrong).problem()
        assert problem == ("recovery", f"must be above 0 and 1 at most; it is {wrong}")


def test_the_classic_rule_is_over_at_its_threshold() -> None:
    (rule,) = load(CLASSIC).rules
    assert isinstance(rule, ZScore)
    assert rule.recovery == 1.0
