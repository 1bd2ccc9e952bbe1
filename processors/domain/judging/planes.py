"""Numbers made short, and back, bit for bit.

Whole numbers take as many bytes as the largest of them. Records of floats are written by planes: the first bytes of
all of them, then the second ones, and so on. A plane that is the same throughout (the exponents of like numbers, the
low bytes of whole ones) is written once.
"""

from collections.abc import Sequence
from struct import pack, unpack
from typing import Final

import numpy as np

_CODES: Final = {2: "H", 4: "I", 8: "q"}
"""Bytes of a number to how `struct` calls it; eight have a sign."""


def short(values: Sequence[int]) -> bytes:
    """The numbers, in the order given; nothing of none.

    Raises:
        ValueError: One of them does not fit into 64 bits.
    """
    if not values:
        return b""
    try:
        return b"\x01" + bytes(values)
    except ValueError:
        pass  # not all of them are bytes: the common case asks only once
    low, high = min(values), max(values)
    if low < -1 << 63 or high >> 63 > 0:
        raise ValueError("a count does not fit into 64 bits")
    width = 8 if low < 0 or high >> 32 else 4 if high >> 16 else 2
    return bytes([width]) + pack(f"<{len(values)}{_CODES[width]}", *values)


def long(shortened: bytes) -> list[int]:
    """What `short` was given.

    Raises:
        ValueError: It is nothing that `short` makes.
    """
    if not shortened:
        return []
    width, raw = shortened[0], shortened[1:]
    if width == 1 and raw:
        return [*raw]
    if width not in _CODES or not raw or len(raw) % width:
        raise ValueError(f"{len(raw)} bytes are no numbers of {width}")
    return [*unpack(f"<{len(raw) // width}{_CODES[width]}", raw)]


def thin(raw: bytes | bytearray, size: int, width: int) -> bytes:
    """Groups of `size` records of `width` bytes each, 1 to 32, by planes, each group for itself.

    `raw` holds whole groups; nothing of none.
    """
    if not raw:
        return b""
    planes = np.frombuffer(raw, np.uint8).reshape(-1, size, width).transpose(0, 2, 1).reshape(-1, size)
    first = planes[:, :1]
    varies = (planes != first).any(axis=1)
    return b"".join((np.packbits(varies).tobytes(), first.tobytes(), planes[varies, 1:].tobytes()))


def thick(thinned: bytes, groups: int, size: int, width: int) -> bytes:
    """What `thin` was given, with these figures and as many groups.

    Raises:
        ValueError: It is nothing that `thin` makes of them.
    """
    if not groups and not thinned:
        return b""
    count = groups * width
    head = (count + 7) // 8
    if len(thinned) < head + count:
        raise ValueError(f"{len(thinned)} bytes are no {groups} groups of planes")
    varies = np.unpackbits(np.frombuffer(thinned, np.uint8, head), count=count).astype(bool)
    planes = np.empty((count, size), np.uint8)
    planes[:] = np.frombuffer(thinned, np.uint8, count, head)[:, None]
    rest = np.frombuffer(thinned, np.uint8, -1, head + count) if len(thinned) > head + count else np.empty(0, np.uint8)
    planes[varies, 1:] = rest.reshape(int(varies.sum()), size - 1)
    return planes.reshape(groups, width, size).transpose(0, 2, 1).tobytes()
