"""Flags of minutes as the bits of a number, the lowest for the newest."""

from collections.abc import Sequence


def flags_of(bits: int, size: int) -> list[bool]:
    """The flags of `size` minutes, oldest first."""
    return [bits >> back & 1 == 1 for back in range(size - 1, -1, -1)]


def bits_of(flags: Sequence[bool]) -> int:
    """The number of these flags, the oldest first."""
    return sum(1 << back for back, flag in enumerate(reversed(flags)) if flag)
