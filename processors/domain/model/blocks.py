"""Blocks of ten minutes: what the last hours held, and what the profile said of them.

They are kept packed, oldest first: transactions, profile and minutes of each.
"""

from collections.abc import Sequence
from itertools import compress
from operator import truediv
from struct import Struct
from typing import Final

from processors.domain.model.profile import FLOOR

BLOCK: Final = 10
"""Minutes."""
BLOCKS: Final = 24
"""How many blocks are kept."""
_CLOSED: Final = 0.03
"""Part of what a block usually is expected to hold below which it says no level: a shop that is closed."""
_LEVEL: Final = 4
"""Blocks that a median needs."""
_ENOUGH: Final = 8
"""Twice as many: from here on a block without transactions never makes it higher."""

_RECORD: Final = Struct("<ddI")
_RECORDS: Final = tuple(Struct("<" + "ddI" * size) for size in range(BLOCKS + 1))


def unpacked(past: bytes) -> list[tuple[float, float, int]]:
    """(transactions, profile, minutes) of each block, oldest first."""
    return [*_RECORD.iter_unpack(past)]


def added(past: bytes, seen: float, base: float, minutes: int) -> bytes:
    """The same with one block more; the oldest of too many is forgotten."""
    return (past + _RECORD.pack(seen, base, minutes))[-BLOCKS * _RECORD.size :]


def median_level(past: bytes, kind: str, *, in_bulk: bool) -> float | None:
    """The median level of the last hours; None where there are too few of them.

    Args:
        past: The blocks.
        kind: `day`: transactions over the profile; `plain`: transactions a minute.
        in_bulk: Whether transactions come so seldom that three blocks together say a level.
    """
    numbers = _numbers(past)
    seen, base = numbers[::3], numbers[1::3] if kind == "day" else numbers[2::3]
    if in_bulk:
        seen, base = _together(seen), _together(base)
    ratios = sorted(map(truediv, compress(seen, base), filter(None, base)))
    return ratios[len(ratios) // 2] if len(ratios) >= _LEVEL else None


def highest_level(seen: Sequence[float], base: Sequence[float]) -> float:
    """The median of the levels of blocks, as `median_level` takes it; the highest where more blocks may raise it."""
    ratios = sorted(map(truediv, compress(seen, base), filter(None, base)))
    return ratios[len(ratios) // 2] if len(ratios) >= _ENOUGH else ratios[-1] if ratios else 0.0


def is_closed(past: bytes, base: float, minutes: int) -> bool:
    """Whether next to nothing is ever expected of a block of this profile: it says nothing of the level."""
    numbers = _numbers(past)
    most = max(map(truediv, numbers[1::3], numbers[2::3]), default=0.0)
    return 0 < base < minutes * max(2 * FLOOR, _CLOSED * most)


def _numbers(past: bytes) -> Sequence[float]:
    """Transactions, profile and minutes of each block in turn."""
    return _RECORDS[len(past) // _RECORD.size].unpack(past)


def _together(blocks: Sequence[float]) -> Sequence[float]:
    """The sums of three blocks each, up to the last one."""
    return [sum(blocks[i : i + 3]) for i in range(len(blocks) % 3, len(blocks), 3)]
