"""The robust z-score and the exponentially weighted mean: what they find, and what they leave alone."""

from dataclasses import replace
from math import sqrt
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest

from processors.domain.baseline import Baseline, BaselineSettings
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.rules import Ewma, Finding, RobustZ, Rule, Series, ZScore
from processors.domain.ruleset import RuleSet
from tests.processors.domain.traffic import NOON, during, traffic

KNOWN = Baseline(30, 0.0, 1.0, 0.0)
"""That there is one says that the warm-up is over; nothing else of it is used."""
BOTH = [RobustZ("a"), Ewma("a")]


def asked(rule: Rule, count: int, taught: list[int]) -> Finding | None:
    return rule.judge(Series("status", "failed", count, 1_000, KNOWN, minute=NOON, taught=taught))


def changed(rule: Rule, **settings: Any) -> Rule:
    return replace(rule, **settings)


# --- the robust z-score ------------------------------------------------------


def test_the_unit_is_that_of_the_modified_z_score() -> None:
    taught = [100, 120, 80, 140, 60, 90, 110]
    border = 100 + 3.5 * 1.4826 * 20
    assert asked(RobustZ("a"), int(border), taught) is None
    found = asked(RobustZ("a"), int(border) + 1, taught)
    assert found is not None
    assert (found.observed, found.expected, found.window) == (204, 100, 1)


def test_the_textbook_case_an_outlier_in_the_past_hides_nothing() -> None:
    """One burst among the minutes that teach: it blows the standard deviation up, and leaves the median alone."""
    taught = [9, 11, 10, 12, 8, 10, 9, 11, 10, 300]
    assert (40 - fmean(taught)) / stdev(taught) < 1
    found = asked(RobustZ("a"), 40, taught)
    assert found is not None
    assert found.because == "40 a minute is 9.49 robust standard deviations above the median of 10.00"


@pytest.mark.parametrize(("count", "fires"), [(4, False), (5, True)])
def test_minutes_that_are_all_alike_still_have_a_unit_of_one_transaction(count: int, *, fires: bool) -> None:
    rule = changed(RobustZ("a"), minimum_count=1, threshold=4.0)
    assert (asked(rule, count, [0] * 30) is not None) is fires


def test_alike_minutes_of_a_higher_count_have_the_unit_of_chance() -> None:
    rule = RobustZ("a")
    assert asked(rule, 64 + 28, [64] * 30) is None, "3.5 square roots of 64"
    assert asked(rule, 64 + 29, [64] * 30) is not None


# --- the exponentially weighted mean -----------------------------------------


def test_with_an_endless_half_life_it_is_mean_and_sample_deviation() -> None:
    taught = [50, 90, 120, 70, 100, 30, 80]
    rule = changed(Ewma("a"), half_life=1e9, threshold=0.001)
    found = asked(rule, 200, taught)
    assert found is not None
    assert found.expected == pytest.approx(fmean(taught))
    assert found.weight * 0.001 == pytest.approx((200 - fmean(taught)) / stdev(taught), rel=1e-6)


def test_a_minute_weighs_half_after_a_half_life() -> None:
    found = asked(changed(Ewma("a"), half_life=1.0, threshold=0.001), 500, [100, 160, 200])
    assert found is not None
    mean = (25 + 80 + 200) / 1.75
    assert found.expected == pytest.approx(mean)
    free = 1.75 - (0.0625 + 0.25 + 1) / 1.75
    variance = (0.25 * (100 - mean) ** 2 + 0.5 * (160 - mean) ** 2 + (200 - mean) ** 2) / free
    assert found.weight * 0.001 == pytest.approx((500 - mean) / sqrt(variance))


def test_the_textbook_case_a_level_that_has_risen_is_followed_sooner_than_by_the_mean() -> None:
    taught = [20, 22, 18, 21, 19] * 4 + [60, 62, 58, 61, 59] * 2
    count = 68
    assert asked(changed(Ewma("a"), half_life=2.0, threshold=2.0), count, taught) is None
    assert asked(changed(Ewma("a"), half_life=2.0), 140, taught) is not None
    assert asked(changed(Ewma("a"), half_life=2.0, direction="down"), 20, taught) is not None, "the old level, now"


def test_the_variance_is_at_least_the_mean_as_chance_has_it() -> None:
    assert asked(Ewma("a"), 64 + 24, [64] * 30) is None, "three times the square root of 64"
    assert asked(Ewma("a"), 64 + 25, [64] * 30) is not None


def test_a_single_minute_has_a_mean_and_the_variance_of_chance() -> None:
    found = asked(Ewma("a"), 41, [16])
    assert found is not None
    assert found.because == "41 a minute is 6.25 standard deviations above the weighted mean of 16.00"


@pytest.mark.parametrize("rule", BOTH)
def test_after_silence_the_unit_is_one_transaction(rule: Rule) -> None:
    found = asked(changed(rule, threshold=4.0), 5, [0] * 30)
    assert found is not None
    assert found.weight == 1.25


# --- both --------------------------------------------------------------------


@pytest.mark.parametrize("rule", BOTH)
@pytest.mark.parametrize(
    ("direction", "high", "low"), [("up", True, False), ("down", False, True), ("both", True, True)]
)
def test_the_direction_says_which_way_is_watched(rule: Rule, direction: str, *, high: bool, low: bool) -> None:
    taught = [98, 102, 100, 99, 101] * 6
    watching = changed(rule, direction=direction)
    assert (asked(watching, 200, taught) is not None) is high
    found = asked(watching, 20, taught)
    assert (found is not None) is low
    if found:
        assert "below" in found.because


@pytest.mark.parametrize("rule", BOTH)
def test_few_are_of_no_interest_in_a_rise_and_a_fall_from_few_is_not_either(rule: Rule) -> None:
    assert asked(rule, 4, [0] * 30) is None
    assert asked(changed(rule, direction="both"), 4, [0] * 30) is None
    assert asked(changed(rule, direction="down", threshold=1.0), 0, [4] * 30) is None
    assert asked(changed(rule, direction="down", threshold=1.0), 0, [6] * 30) is not None


@pytest.mark.parametrize("rule", BOTH)
@pytest.mark.parametrize(("severity", "floor"), [("info", 25.0), ("warning", 50.0), ("critical", 75.0)])
def test_the_score_begins_at_its_severity_and_rises_by_25_at_twice_the_threshold(
    rule: Rule, severity: str, floor: float
) -> None:
    found = asked(changed(rule, severity=severity, threshold=5.0), 10, [0] * 30)
    assert found is not None
    assert (found.severity, found.score, found.weight) == (severity, floor + 25.0, 2.0)


@pytest.mark.parametrize("rule", BOTH)
def test_it_is_silent_in_the_warm_up(rule: Rule) -> None:
    assert rule.judge(Series("status", "failed", 900, 1_000, None, taught=[0, 1])) is None
    assert rule.judge(Series("status", "failed", 900, 1_000, KNOWN)) is None, "a baseline of nothing but this minute"


def test_a_half_life_below_a_minute_is_refused() -> None:
    assert Ewma("a", half_life=0.5).problem() == ("half_life", "must be 1 minute or more; it is 0.5")
    assert Ewma("a").problem() is None
    assert RobustZ("a", dimension="volume").problem() == (
        "dimension",
        "must be status or auth_code; it is 'volume'",
    )


@pytest.mark.parametrize("rule", BOTH)
def test_on_ordinary_traffic_it_is_quiet_and_five_times_the_denials_are_found(rule: Rule) -> None:
    """Four hours around noon with seeded chance, denials five times as many in five minutes of the last."""
    settings = BaselineSettings(window=30, minimum_history=10)
    rules = RuleSet("one", "v", settings, (changed(rule, keys=("denied", "failed", "reversed"), threshold=4.5),))
    memory, opened = ScopeMemory(), list[tuple[int, str]]()
    story = during(210, 214, denied=5.0)
    for i in range(240):
        held = MinuteCounts(traffic(NOON - 120 + i, story(i)))
        opened += [(i, each.key) for step, each in judge(JudgedScope(rules, memory, "all"), NOON - 120 + i, held).steps
                   if step == "firing"]  # fmt: skip
    assert opened == [(210, "denied")]


def test_a_burst_that_has_taught_blinds_the_z_score_and_not_the_robust_one() -> None:
    """The classic settings, in which incidents teach: five minutes of a burst, quiet, and the burst again."""
    draw = np.random.default_rng(5)
    counts = [*draw.poisson(6, 30), *[60] * 5, *draw.poisson(6, 5), 25]
    found = {}
    for rule in (ZScore("z"), RobustZ("z")):
        rules = RuleSet("one", "v", BaselineSettings(learn_incidents=True), (rule,))
        memory = ScopeMemory()
        for minute, count in enumerate(counts):
            held = MinuteCounts({"status": {"approved": [200, 0], "failed": [int(count), 0]}})
            judged = judge(JudgedScope(rules, memory, "all"), NOON + minute, held)
        found[rule.method] = [v.rules for v in judged.verdicts if v.key == "failed"]
    assert found == {"z_score": [()], "robust_z": [("z",)]}
