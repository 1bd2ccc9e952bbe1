"""Slots of the day as bytes: for each what was seen, what it is held against, and the day of the last addition."""

from collections.abc import Mapping
from struct import Struct
from typing import Final

RECORD: Final = Struct("<ddf")
"""A slot. Days are whole numbers far below 2 ** 24, so that four bytes hold them exactly."""
Slot = tuple[float, float, float]
NEVER: Final[Slot] = (0.0, 0.0, float("inf"))
"""A slot that nothing was ever added to: its day is later than any."""


def blank(size: int) -> bytes:
    """This many slots to which nothing was ever added."""
    return RECORD.pack(*NEVER) * size


def taught(table: bytearray) -> dict[int, Slot]:
    """The slots to which something was added, by their place."""
    return {place: slot for place, slot in enumerate(RECORD.iter_unpack(table)) if slot != NEVER}


def table_of(slots: Mapping[int, tuple[float, float, float]], size: int) -> bytearray:
    """These slots, and blank ones up to a multiple of `size`; nothing of none."""
    table = bytearray(blank(-(-(max(slots) + 1) // size) * size if slots else 0))
    for place, slot in slots.items():
        RECORD.pack_into(table, place * RECORD.size, *slot)
    return table
