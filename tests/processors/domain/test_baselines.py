"""The baseline's numbers against the standard library and numpy, and its borders."""

import statistics
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.baseline import Baseline, BaselineSettings, baseline
from tests.processors.domain.build import PROPERTY

counts = st.lists(st.integers(0, 10**9), min_size=10, max_size=40)
WITHOUT = BaselineSettings()
WITH = BaselineSettings(include_current=True)


def taken(history: list[int], count: int, settings: BaselineSettings = WITHOUT) -> Baseline:
    answer = baseline(history, count, settings)
    assert answer is not None
    return answer


@PROPERTY
@given(counts, st.integers(0, 10**9))
def test_mean_and_deviation_are_those_of_the_last_thirty_minutes(history: list[int], count: int) -> None:
    base, window = taken(history, count), history[-30:]
    assert base.size == len(window)
    assert base.mean == pytest.approx(statistics.fmean(window), rel=1e-12)
    assert base.std == pytest.approx(statistics.stdev(window), rel=1e-12)
    assert base.mean == pytest.approx(np.mean(window), rel=1e-12)
    assert base.std == pytest.approx(np.std(window, ddof=1), rel=1e-9)
    assert base.z == (count - base.mean) / (base.std or 1.0)


@PROPERTY
@given(counts, st.integers(0, 10**9))
def test_the_classic_form_counts_the_judged_minute_in(history: list[int], count: int) -> None:
    base, window = taken(history, count, WITH), [*history, count][-30:]
    assert base.size == len(window)
    assert base.mean == pytest.approx(statistics.fmean(window), rel=1e-12)
    assert base.std == pytest.approx(statistics.stdev(window), rel=1e-12)


@PROPERTY
@given(st.permutations([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]))
def test_the_order_of_the_minutes_does_not_change_a_bit(history: list[int]) -> None:
    assert taken(history, 7) == taken(sorted(history), 7)


@pytest.mark.parametrize("level", [0, 10**9, 10**15])
def test_small_differences_on_a_high_level_are_not_lost(level: int) -> None:
    """The naive sum of squares loses them in floats: at 1e9 it may even find a negative variance."""
    history = [level + d for d in (0, 1, 2) * 5]
    exact = statistics.variance(map(Fraction, history))
    assert taken(history, level).std == pytest.approx(float(exact) ** 0.5, rel=1e-15)


def test_a_constant_window_takes_one_transaction_as_the_unit() -> None:
    assert taken([4] * 30, 9) == Baseline(size=30, mean=4.0, std=0.0, z=5.0)
    assert taken([0] * 30, 1).z == 1.0


@pytest.mark.parametrize(
    ("settings", "minutes_before", "speaks"),
    [
        (WITHOUT, 9, False),
        (WITHOUT, 10, True),
        (WITH, 8, False),
        (WITH, 9, True),
        (replace(WITHOUT, minimum_history=0), 1, False),
        (replace(WITHOUT, minimum_history=0), 2, True),
        (replace(WITHOUT, window=1, minimum_history=0), 5, False),
        (replace(WITH, window=1, minimum_history=0), 5, False),
        (replace(WITH, window=2, minimum_history=0), 1, True),
    ],
)
def test_it_says_nothing_before_the_minimum_history_and_never_with_less_than_two_minutes(
    settings: BaselineSettings, minutes_before: int, *, speaks: bool
) -> None:
    assert (baseline([1] * minutes_before, 1, settings) is not None) is speaks


def test_minutes_before_the_window_do_not_count() -> None:
    assert taken([1_000] * 5 + [1] * 30, 1).mean == 1.0
    assert taken([1_000] * 5 + [1] * 29, 1, WITH).mean == 1.0
