"""When two values are the same."""

import re
from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any, Final

from schemas.durations import minutes_long

TOLERANCE: Final = 1e-9
"""Relative: the same formula may round otherwise on another processor, and nothing that was changed is so close."""
_LENGTH: Final = re.compile(r"(\d+) (?:minutes\b|hours\b|h\b(?: (\d+) min\b)?)")
"""A length of time in words, as this release or an earlier one puts it."""
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
"""What words put between thousands, of which earlier releases knew nothing."""


def is_same(one: Any, two: Any) -> bool:
    """Whether the values are equal; lists and mappings throughout.

    Numbers with a fraction are within `TOLERANCE`, and of words the marks between thousands are
    nothing, and how lengths of time are put.
    """
    if isinstance(one, float) or isinstance(two, float):
        numbers = isinstance(one, int | float) and isinstance(two, int | float)
        return numbers and isclose(one, two, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return one.keys() == two.keys() and all(is_same(one[key], two[key]) for key in one)
    if _is_list(one) and _is_list(two):
        return len(one) == len(two) and all(map(is_same, one, two))
    if isinstance(one, str) and isinstance(two, str):
        return one == two or _plain(one) == _plain(two)
    return bool(one == two)


def _plain(words: str) -> str:
    """The words as every release would put them."""
    return _LENGTH.sub(_length, _THOUSANDS.sub("", words))


def _length(found: re.Match[str]) -> str:
    whole = int(found[1])
    return minutes_long(whole if found[0].endswith("minutes") else 60 * whole + int(found[2] or 0))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
