"""Lengths of time are put in one way everywhere."""

import pytest

from schemas.durations import briefly, minutes_long, seconds_long


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 minutes"),
        (1, "1 minute"),
        (119, "119 minutes"),
        (120, "2 h"),
        (125, "2 h 05 min"),
        (1438, "23 h 58 min"),
        (1440, "24 h"),
        (2879, "47 h 59 min"),
        (2880, "2 d"),
        (2939, "2 d"),
        (2940, "2 d 1 h"),
    ],
)
def test_minutes_are_told_to_the_minute_and_from_two_days_on_to_the_hour(minutes: int, words: str) -> None:
    assert minutes_long(minutes) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (59.9, "59 s"), (119.9, "119 s"), (120, "2 minutes"), (901, "15 minutes"), (86_280, "23 h 58 min")],
)
def test_seconds_are_told_to_the_second_below_two_minutes(seconds: float, words: str) -> None:
    assert seconds_long(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172_799, "47 h"), (172_800, "2 d")],
)
def test_in_a_cell_a_length_has_one_unit(seconds: float, words: str) -> None:
    assert briefly(seconds) == words
