"""What every rule promises. A new rule needs one row in LOUD; the rest is picked up from METHODS."""

from dataclasses import FrozenInstanceError, fields, replace
from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.baseline import BaselineSettings, baseline
from processors.domain.rules import METHODS, CountThreshold, Finding, Rule, Series, ShareThreshold, ZScore, worst
from tests.domain.build import PROPERTY

LOUD: dict[str, tuple[Rule, bool]] = {
    "z_score": (ZScore("a", threshold=0.5, minimum_count=1), True),
    "share": (ShareThreshold("a", warning=0.01, critical=0.5, window=12, minimum_history=4, minimum_total=1), True),
    "count": (CountThreshold("a", above=2), False),
}
"""Method to a rule that finds something in most series, and whether it is silent while warming up."""

FLOOR = {"info": 0.0, "warning": 50.0, "critical": 75.0}
SEVERITIES = ("info", "warning", "critical")
every_rule = pytest.mark.parametrize("method", sorted(METHODS))


def series(cells: list[tuple[int, int]], key: str = "failed", dimension: str = "status") -> Series:
    """A series whose minutes hold (count of the key, count of all others); the last one is judged."""
    recent = [(count, count + others) for count, others in cells]
    count, total = recent[-1]
    base = baseline([c for c, _ in recent[:-1]], count, BaselineSettings(window=20, minimum_history=4))
    return Series(dimension, key, count, total, base, recent)


levels = st.one_of(st.just(st.integers(0, 6)), st.just(st.integers(0, 10**12)))
cells = levels.flatmap(lambda level: st.lists(st.tuples(level, st.integers(0, 200)), min_size=1, max_size=25))


def variants(method: str) -> list[Rule]:
    """The loud rule in each severity that it can be set to."""
    rule: Any = LOUD[method][0]
    if "severity" not in {f.name for f in fields(rule)}:
        return [rule]
    return [replace(rule, severity=severity) for severity in SEVERITIES]


def test_every_method_has_a_row_here() -> None:
    assert {m: type(rule) for m, (rule, _) in LOUD.items()} == METHODS


@every_rule
def test_a_method_is_named_as_its_rule_says(method: str) -> None:
    assert METHODS[method].method == method


@every_rule
def test_it_fires_on_a_plain_burst(method: str) -> None:
    for rule in variants(method):
        found = rule.judge(series([(1, 100), (2, 100)] * 6 + [(90, 100)]))
        assert found is not None
        assert found.rule == rule.name
        assert found.because


@every_rule
def test_it_is_silent_when_nothing_happens(method: str) -> None:
    assert METHODS[method](name="a").judge(series([(0, 100)] * 25)) is None
    assert METHODS[method](name="a").judge(series([(0, 0)] * 25)) is None


@every_rule
@PROPERTY
@given(cells)
def test_the_same_series_gets_the_same_answer(method: str, cells: list[tuple[int, int]]) -> None:
    rule, shown = LOUD[method][0], series(cells)
    first = rule.judge(shown)
    rule.judge(series([(10**6, 1)] * 12))
    assert rule.judge(shown) == first
    assert shown == series(cells), "the series is left as it was"


@every_rule
@PROPERTY
@given(cells)
def test_the_score_lies_in_0_to_100_and_not_below_its_severity(method: str, cells: list[tuple[int, int]]) -> None:
    for rule in variants(method):
        found = rule.judge(series(cells))
        if found is not None:
            assert isfinite(found.score)
            assert FLOOR[found.severity] <= found.score <= 100.0
            assert found.severity == getattr(rule, "severity", found.severity)


@every_rule
@PROPERTY
@given(cells)
def test_it_needs_no_more_of_the_past_than_its_reach(method: str, cells: list[tuple[int, int]]) -> None:
    rule, shown = LOUD[method][0], series(cells)
    assert rule.judge(replace(shown, recent=shown.recent[-rule.reach :])) == rule.judge(shown)


@every_rule
@PROPERTY
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_it_is_silent_while_warming_up_if_it_needs_history(method: str, count: int, others: int) -> None:
    rule, needs_history = LOUD[method]
    found = rule.judge(series([(count, others)] * 3))
    if needs_history:
        assert found is None
    else:
        assert (found is not None) is (count > 2)


@every_rule
def test_it_watches_its_dimension_and_its_keys_alone(method: str) -> None:
    some = METHODS[method](name="a", keys=("51", "59"), dimension="auth_code")
    assert some.watches("auth_code", "51")
    assert not some.watches("auth_code", "00")
    assert not some.watches("status", "51")
    every = METHODS[method](name="a")
    assert every.watches("status", "a new word")
    assert not every.watches("auth_code", "51")


@every_rule
def test_its_settings_cannot_be_changed(method: str) -> None:
    rule: Any = METHODS[method](name="a")
    with pytest.raises(FrozenInstanceError):
        rule.name = "b"


def test_the_worst_severity_is_the_highest_in_any_order() -> None:
    assert worst(["info", "critical", "warning"]) == "critical"
    assert worst(["warning", "info"]) == "warning"
    assert worst(["info"]) == "info"


def test_a_higher_score_does_not_make_a_finding_another_kind() -> None:
    """Severity is what the rule file says; the score says how far beyond."""
    found = CountThreshold("a", above=1, severity="info").judge(series([(10**6, 0)]))
    assert found == Finding("a", "info", 100.0, "1000000 in one minute; the limit is 1")
