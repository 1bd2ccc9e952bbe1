"""How far a limit is from what it takes for a rule to fire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floodmark.analysis.explain.settings import (
    Slack,
    changed,
    fires,
    least_strict,
    nearness,
    ratio,
    rounded,
    scaled,
    slacks,
    strictest,
)
from processors.domain.baseline import Baseline
from processors.domain.rules import CountThreshold, Series, ShareThreshold, ZScore
from tests.processors.domain.build import PROPERTY

ABOVE = CountThreshold(name="many", above=9)
DOWN = Slack("above", 9, 0)
SHARE = ShareThreshold(name="share", warning=0.1, critical=0.2, window=5, minimum_history=1, minimum_total=1)
Z = ZScore(name="z", threshold=3.0, minimum_count=5)


def counted(count: int, total: int = 1000, z: float = 0.0) -> Series:
    return Series("status", "failed", count, total, Baseline(30, 1.0, 1.0, z), [(count, total)])


@given(st.integers(0, 9))
@PROPERTY
def test_a_whole_number_is_found_exactly(count: int) -> None:
    assert strictest(ABOVE, DOWN, counted(count), None) == (count - 1 if count else None)


@given(st.floats(0.002, 0.099))
@PROPERTY
def test_a_number_with_a_fraction_is_found_closely_and_on_the_side_on_which_the_rule_fires(share: float) -> None:
    series = counted(round(share * 1_000_000), 1_000_000)
    found = strictest(SHARE, Slack("warning", 0.1, 0.0001), series, None)
    assert found is not None
    assert found <= series.count / series.total < found + 0.0001
    short = rounded(SHARE, Slack("warning", 0.1, 0.0001), found, series)
    assert short <= found
    assert fires(SHARE, "warning", short, series)
    assert len(f"{short:.10f}".strip("0").lstrip(".").lstrip("0")) <= 3


def test_a_minute_that_is_no_nearer_than_one_before_says_nothing() -> None:
    assert strictest(ABOVE, DOWN, counted(5), 6) is None
    assert strictest(ABOVE, DOWN, counted(8), 6) == 7
    assert strictest(ABOVE, DOWN, counted(8), 9) is None


def test_how_bad_it_is_and_how_long_to_look_are_no_limits() -> None:
    assert {slack.setting for slack in slacks(SHARE)} == {"warning", "minimum_history", "minimum_total", "chance"}


def test_a_value_that_the_rule_cannot_work_with_never_fires() -> None:
    assert changed(SHARE, "warning", 0.3).problem(("warning",)) is not None
    assert not fires(SHARE, "warning", 0.3, counted(500))


def test_where_two_limits_hold_a_rule_back_the_harder_one_is_named() -> None:
    series = counted(4, z=1.0)
    way = least_strict(Z, series)
    assert {slack.setting for slack in way} == {"threshold", "minimum_count"}
    assert all(strictest(Z, slack, series, None) is None for slack in slacks(Z))
    found = nearness(Z, way, series, 0.0)
    assert found is not None
    near, slack = found
    assert slack.setting == "threshold"
    assert near == pytest.approx(1 / 3, abs=0.001)
    assert scaled(slack, near) == pytest.approx(1.0, abs=0.002)
    assert nearness(Z, way, series, 0.5) is None


def test_a_rule_that_nothing_moves_has_no_way() -> None:
    assert least_strict(ABOVE, counted(0)) == frozenset()


@pytest.mark.parametrize(("value", "limit", "near"), [(5, 10, 0.5), (20.0, 10.0, 0.5), (0, 10, 0.0), (0, 0, 1.0)])
def test_nearness_is_the_smaller_over_the_larger(value: float, limit: float, near: float) -> None:
    assert ratio(value, limit) == near
