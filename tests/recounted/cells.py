"""What a store answers and what was counted, in one form."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

NEAR: Final = 1e-9


def rows_of(found: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """The rows of a client: instants as epoch seconds, days as ISO texts, lists as tuples."""
    return [tuple(map(_cell, row)) for row in found]


def differences(found: list[tuple[Any, ...]], wanted: list[tuple[Any, ...]], within: float = 0.0) -> list[str]:
    """The rows that are not equal, in words; empty when all are.

    Args:
        found: Rows of the store.
        wanted: Rows that were counted anew.
        within: So far may numbers be apart, for those that are rounded on both sides.
    """
    odd = [] if len(found) == len(wanted) else [f"{len(found)} rows, and {len(wanted)} were counted"]
    for number, (row, want) in enumerate(zip(found, wanted, strict=False)):
        if len(row) != len(want) or not all(_equal(a, b, within) for a, b in zip(row, want, strict=True)):
            odd.append(f"row {number}: {row}, and counted was {want}")
    return odd


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        at = (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
        return int(at) if at == int(at) else at
    if isinstance(value, date):
        return value.isoformat()
    return tuple(map(_cell, value)) if isinstance(value, (list, tuple)) else value


def _equal(a: Any, b: Any, within: float) -> bool:
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=NEAR, abs_tol=max(NEAR, within))
    return bool(a == b)
