"""The version of what a judge says, by which the store tells what is right: higher than all before, also without them.

An *epoch* is one life of a judge's input. It is named by the clock at its beginning, in microseconds since 1970, and a
version is that plus the offset of the record that led to it. So a judge that has lost all that it knew, because its
broker was wiped, says what outdoes all that a store has kept: a clock goes on, and no partition takes in a million
records a second for long. Versions stay below 2^53, which every reader of JSON keeps exact.

Before, epochs were counted from 1, and a version was `epoch * 2^48 + offset`. Such an epoch is read as that number, so
that versions go on from where they were.
"""

from typing import Final

FORMER: Final = 1 << 16
"""Epochs below were counted."""
FORMER_BITS: Final = 48
MARGIN_US: Final = 1_000_000
"""How many records a judge may have read, and spoken of, beyond the position that it has stored."""


def version_of(epoch: int, offset: int) -> int:
    """The version of what follows from the record at an offset."""
    return epoch + offset


def read_epoch(epoch: int) -> int:
    """An epoch as it was stored, whoever stored it."""
    return epoch << FORMER_BITS if 0 < epoch < FORMER else epoch


def next_epoch(epoch: int, position: int, now_us: int) -> int:
    """The epoch after one that was read up to a position; later than all of it, whatever the clock says.

    Args:
        epoch: The one that is over.
        position: The last offset of it that is known to have been read; -1 before the first.
        now_us: The clock, in microseconds since 1970.
    """
    return max(now_us, epoch + position + 1 + MARGIN_US)
