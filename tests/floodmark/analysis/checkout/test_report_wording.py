"""Numbers and hours in sentences."""

from math import log

import pytest

from floodmark.analysis.checkout.wording import chance, clock, joined, percent
from runtime.numbers import about


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.04, "0"), (-0.04, "0"), (2.0, "2"), (2.25, "2.2"), (9.96, "10"), (44.4, "44"), (12_345.6, "12,346")],
)
def test_small_numbers_keep_one_decimal_and_large_ones_none(number: float, text: str) -> None:
    assert about(number) == text


@pytest.mark.parametrize(
    ("tail", "text"),
    [
        (1 / 6, "about 1 in 6"),
        (1 / 54_321, "about 1 in 54,000"),
        (1e-10, "fewer than 1 in a billion"),
        (1e-300, "fewer than 1 in a billion"),
    ],
)
def test_a_chance_is_told_with_two_digits_and_never_surer_than_one_in_a_billion(tail: float, text: str) -> None:
    assert chance(log(tail)) == text


def test_times_of_day_stay_within_their_hour() -> None:
    assert [clock(14, part) for part in (0.0, 0.54, 1.0)] == ["14:05", "14:30", "14:55"]


def test_words_are_joined_as_in_a_sentence() -> None:
    assert [joined(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert percent(1.126) == "113 %"
