"""When two values are the same."""

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any, Final

TOLERANCE: Final = 1e-9
"""Relative: the same formula may round otherwise on another processor, and nothing that was changed is so close."""


def is_same(one: Any, two: Any) -> bool:
    """Whether the values are equal; numbers with a fraction within `TOLERANCE`, and lists and mappings throughout."""
    if isinstance(one, float) or isinstance(two, float):
        numbers = isinstance(one, int | float) and isinstance(two, int | float)
        return numbers and isclose(one, two, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return one.keys() == two.keys() and all(is_same(one[key], two[key]) for key in one)
    if _is_list(one) and _is_list(two):
        return len(one) == len(two) and all(map(is_same, one, two))
    return bool(one == two)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
