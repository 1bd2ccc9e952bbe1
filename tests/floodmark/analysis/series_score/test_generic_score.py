"""Scores of any series: from the past alone, between 0 and 1, high for what stands out and low for what does not."""

from collections.abc import Sequence
from math import inf, log10, nan, pi, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floodmark.analysis.series_score.scorer import Scorer
from floodmark.analysis.series_score.tail import Tail
from tests.processors.domain.build import PROPERTY

STEP_S = 300
DAY = 86_400 // STEP_S


def scores(values: Sequence[float], *, timed: bool = True) -> list[float]:
    scorer = Scorer()
    return [scorer.score(float(value), 1_700_000_000 + i * STEP_S if timed else None) for i, value in enumerate(values)]


def noise(size: int, seed: int = 1) -> np.ndarray:
    return np.random.RandomState(seed).standard_normal(size)


def waves(size: int) -> np.ndarray:
    return np.array([10 * sin(2 * pi * i / DAY) for i in range(size)]) + noise(size)


numbers = st.floats(allow_nan=False, allow_infinity=False)
times = st.one_of(st.none(), st.floats(-1e12, 1e12))


# --- what holds for any series -----------------------------------------------


@PROPERTY
@given(st.lists(st.tuples(numbers, times), max_size=150), st.integers(0, 150))
def test_a_score_follows_from_the_rows_up_to_it(rows: list[tuple[float, float | None]], cut: int) -> None:
    whole, part = Scorer(), Scorer()
    every = [whole.score(value, at) for value, at in rows]
    assert [part.score(value, at) for value, at in rows[:cut]] == every[:cut]
    assert all(0.0 <= score <= 1.0 for score in every)


@PROPERTY
@given(st.lists(st.sampled_from([0.0, 1.0, -1e308, 1e308, 5e-324]), min_size=60, max_size=120))
def test_numbers_of_any_size_get_a_score(values: list[float]) -> None:
    assert all(0.0 <= score <= 1.0 for score in scores(values))


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_no_finite_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="no finite number"):
        Scorer().score(value)


@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1000.0), (0.0, 1e-6), (-50.0, 1.0)])
def test_neither_the_unit_nor_the_zero_of_the_values_matters(shift: float, scale: float) -> None:
    values = [*noise(400), 9.0, *noise(20, seed=2)]
    other = [value * scale + shift for value in values]
    assert scores(other) == pytest.approx(scores(values), abs=1e-3)


def test_the_first_fifty_rows_score_nothing() -> None:
    assert not any(scores([*noise(40), 1e6, *noise(9)]))


# --- what stands out ---------------------------------------------------------


def test_chance_alone_scores_low() -> None:
    found = scores(noise(3000))
    assert np.mean([score > 0.25 for score in found]) < 0.005
    assert max(found) < 0.5


@pytest.mark.parametrize("timed", [True, False])
def test_a_spike_scores_high_in_its_own_row(timed: bool) -> None:
    found = scores([*noise(1000), 9.0, *noise(50, seed=2)], timed=timed)
    assert found[1000] > 0.5
    assert found[1000] == max(found)


def test_a_new_level_scores_while_it_is_new() -> None:
    found = scores([*noise(1500), *(noise(1500, seed=2) + 4)])
    assert max(found[1500:1520]) > 0.4
    assert max(found[2500:]) < 0.3


def test_a_value_that_is_right_at_noon_is_wrong_at_midnight() -> None:
    values = waves(10 * DAY)
    night = 8 * DAY + DAY * 3 // 4
    values[night] = 10.0
    found = scores(values)
    assert found[night] > 0.5
    assert max(found[8 * DAY : night]) < 0.35


def test_a_line_that_goes_flat_is_seen_though_no_value_is_odd() -> None:
    values = noise(2000)
    values[1500:1600] = values[1499]
    assert max(scores(values)[1500:1600]) > 0.3


def test_a_change_of_what_never_changed_is_rare() -> None:
    found = scores([*[5.0] * 500, 6.0, *[5.0] * 300, 6.0])
    assert not any(found[:500])
    assert found[500] > 0.35
    assert found[801] > 0.35


def test_far_out_is_told_from_farther_out() -> None:
    near, far = (scores([*noise(1000), size])[-1] for size in (7.0, 10.0))
    assert 0.3 < near < far < 1.0


# --- the tail ----------------------------------------------------------------


def tail(*sizes: float) -> Tail:
    made = Tail()
    for size in sizes:
        made.learn(size)
    return made


def test_within_what_was_seen_the_strength_is_that_of_the_rank() -> None:
    known = tail(*range(100))
    assert known.strength(50) == pytest.approx(log10(101 / 51))
    assert known.strength(-1) == 0.0


def test_beyond_the_threshold_it_grows_with_the_size_in_mean_excesses() -> None:
    known = tail(*range(100))
    excess = 0.05 * 95  # of 96 to 98 the mean is less, and the largest, 99, does not count
    assert known.strength(105) == pytest.approx(log10(101 / 5) + 4 * log10(1 + 10 / (4 * excess)))


def test_the_more_excesses_are_known_the_surer_is_how_rare_a_farther_one_is() -> None:
    few, many = tail(*range(100)), tail(*range(100), *range(100), *range(100), *range(100))
    assert many.strength(200) > 1.5 * few.strength(200)


def test_while_it_knows_few_numbers_it_says_nothing_and_then_half() -> None:
    assert tail(*range(49)).strength(1e9) == 0.0
    assert tail(*[1.0] * 50).strength(2.0) == pytest.approx(log10(51))
    assert tail(*[1.0] * 100).strength(2.0) == pytest.approx(2 * log10(101))


def test_an_outlier_does_not_hide_the_next_one() -> None:
    before, after = tail(*range(100)), tail(*range(100), 1e9)
    assert after.strength(150) > 0.8 * before.strength(150)


def test_what_is_old_is_forgotten() -> None:
    known = tail(*[9.0] * 500, *[1.0] * 2000)
    assert set(known.ranked) == {1.0}
    assert len(known.order) == 2000
