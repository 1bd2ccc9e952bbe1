"""Lengths of time and hours as people write them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sinks.notify.routing.spans import Hours, Span, in_words

SPAN: TypeAdapter[timedelta] = TypeAdapter(Span)
HOURS: TypeAdapter[Any] = TypeAdapter(Hours)
MONDAY = datetime(2026, 1, 5)  # noqa: DTZ001 - local time


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("90s", 90), ("15m", 900), ("4h", 14_400), ("7d", 604_800), ("744h", 2_678_400)]
)
def test_a_span_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert SPAN.validate_python(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "15", "m", "1.5h", "-1m", "15 m", "1h30m", "745h", "32d", 15, None, "99999999s"])
def test_anything_else_is_none(value: object) -> None:
    with pytest.raises(ValidationError):
        SPAN.validate_python(value)


@given(st.integers(0, 86_400 * 31))
def test_a_span_in_words_adds_up_to_itself(seconds: int) -> None:
    sizes = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
    words, total, number = in_words(timedelta(seconds=seconds)), 0, ""
    for letter in words:
        if letter in sizes:
            total, number = total + int(number) * sizes[letter], ""
        else:
            number += letter
    assert total == seconds


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("08:00-20:00", [(0, 8, 0), (6, 19, 59)], [(0, 7, 59), (0, 20, 0)]),
        ("mon-fri 08:00-20:00", [(0, 8, 0), (4, 19, 59)], [(5, 8, 0), (6, 12, 0)]),
        ("22:00-07:00", [(0, 22, 0), (1, 6, 59), (6, 23, 0)], [(0, 21, 59), (0, 7, 0)]),
        ("fri 22:00-07:00", [(4, 22, 0), (5, 6, 59)], [(4, 6, 59), (5, 22, 0)]),
        ("sat-mon 00:00-24:00", [(5, 0, 0), (6, 12, 0), (0, 23, 59)], [(1, 0, 0), (4, 23, 59)]),
    ],
)
def test_hours_begin_inclusive_and_end_exclusive(
    text: str, inside: list[tuple[int, int, int]], outside: list[tuple[int, int, int]]
) -> None:
    window = HOURS.validate_python(text)

    def at(day: int, hour: int, minute: int) -> datetime:
        return MONDAY + timedelta(days=day, hours=hour, minutes=minute)

    assert [at(*each) for each in inside if not window.holds(at(*each))] == []
    assert [at(*each) for each in outside if window.holds(at(*each))] == []


@pytest.mark.parametrize("text", ["", "8:00-20:00", "08:00", "08:00-08:00", "xyz 08:00-20:00", "08:00-24:30", "mon"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        HOURS.validate_python(text)
