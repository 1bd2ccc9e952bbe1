"""What the batches of a partition come to in memory, told without unpacking them."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_HEADER: Final = struct.Struct(">qiibIhiqqqhii")
_BEFORE_LENGTH: Final = 12
GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4
GZIP_WORST: Final = 1032
"""How many times its own size something packed can unpack to, at most."""
SNAPPY_WORST: Final = 22
LZ4_WORST: Final = 255
ZSTD_BLOCK: Final = 128 * 1024
"""No block of Zstandard holds more."""
RECORD_BYTES: Final = 500
"""What a record costs in memory besides its own bytes."""
EXACT_FROM: Final = 64 << 20
"""What may unpack to less than this is not looked at closely."""
_SKIPPABLE: Final = range(0x184D2A50, 0x184D2A60)
_ZSTD_MAGIC: Final = 0xFD2FB528
_LZ4_MAGIC: Final = 0x184D2204
_REPEATED, _PACKED = 1, 2
"""Kinds of blocks: one byte many times, and what is truly compressed."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A batch, as its header and the heads of its packed blocks tell.

    Args:
        first: Offset of its first record.
        last: Offset of its last record.
        size: Its bytes, as they lie in the partition.
        unpacked: Its bytes when they are unpacked, at most; never fewer than they are.
        records: How many it says that it holds.
        leader_epoch: Under which leader it was written; -1 where it does not say.
    """

    first: int
    last: int
    size: int
    unpacked: int
    records: int
    leader_epoch: int

    @property
    def weight(self) -> int:
        """Bytes of memory that its records take."""
        return self.unpacked + RECORD_BYTES * self.records


def outlines(raw: bytes) -> Iterator[Outline]:
    """The whole batches that these bytes of a partition begin with; what comes after them may be cut off.

    A batch of an older format counts with the most that it could unpack to.
    """
    at, end = 0, len(raw)
    while end - at >= _HEADER.size:
        first, length, epoch, magic, _, attributes, delta, _, _, _, _, _, records = _HEADER.unpack_from(raw, at)
        size = _BEFORE_LENGTH + length
        if length <= 0 or size > end - at:
            return
        if magic != 2:
            yield Outline(first, first, size, GZIP_WORST * size, 1, -1)
        elif delta < 0 or size < _HEADER.size:
            return
        else:
            packed = attributes & 7
            body = size - _HEADER.size
            unpacked = _unpacked(packed, raw, at + _HEADER.size, at + size) if packed else body
            yield Outline(first, first + delta, size, unpacked, max(0, min(records, delta + 1)), epoch)
        at += size


def _unpacked(codec: int, raw: bytes, start: int, stop: int) -> int:
    body = stop - start
    if codec == ZSTD:
        return _zstd(raw, start, stop)
    if codec == SNAPPY:
        return SNAPPY_WORST * body
    most, exact = (LZ4_WORST * body, _lz4) if codec == LZ4 else (GZIP_WORST * body, _gzip)
    return most if most < EXACT_FROM else min(most, exact(raw, start, stop))


def _zstd(raw: bytes, start: int, stop: int) -> int:
    """The sum over its blocks of what each says, or can hold; what cannot be followed ends it, for any reader."""
    total = 0
    while stop - start >= 8:
        magic = int.from_bytes(raw[start : start + 4], "little")
        if magic in _SKIPPABLE:
            start += 8 + int.from_bytes(raw[start + 4 : start + 8], "little")
            continue
        if magic != _ZSTD_MAGIC:
            break
        descriptor = raw[start + 4]
        start, is_last = start + _zstd_header(descriptor), False
        while not is_last and start + 3 <= stop:
            head = int.from_bytes(raw[start : start + 3], "little")
            is_last, kind, size = bool(head & 1), head >> 1 & 3, head >> 3
            total += ZSTD_BLOCK if kind == _PACKED else min(size, ZSTD_BLOCK)
            start += 3 + (1 if kind == _REPEATED else size)
        start += 4 if descriptor & 4 else 0
    return total


def _zstd_header(descriptor: int) -> int:
    """How long the header of a frame is, by the byte that describes it (RFC 8878, 3.1.1.1)."""
    is_single = bool(descriptor & 0x20)
    content = (1 if is_single else 0, 2, 4, 8)[descriptor >> 6]
    return 5 + (0 if is_single else 1) + (0, 1, 2, 4)[descriptor & 3] + content


def _lz4(raw: bytes, start: int, stop: int) -> int:
    """The sum over its blocks of what each can hold; see LZ4's frame format 1.6."""
    total = 0
    while stop - start >= 7 and int.from_bytes(raw[start : start + 4], "little") == _LZ4_MAGIC:
        flags, block = raw[start + 4], 1 << (8 + 2 * (raw[start + 5] >> 4 & 7))
        start += 7 + (8 if flags & 8 else 0) + (4 if flags & 1 else 0)
        while start + 4 <= stop and (size := int.from_bytes(raw[start : start + 4], "little")):
            length = size & 0x7FFFFFFF
            total += length if length != size else min(block, LZ4_WORST * length)
            start += 4 + length + (4 if flags & 16 else 0)
        start += 8 if flags & 4 else 4
    return total


def _gzip(raw: bytes, start: int, stop: int) -> int:
    """How much it unpacks to; what is unpacked is thrown away at once."""
    unpacker, total = zlib.decompressobj(47), 0
    waiting = raw[start:stop]
    try:
        while waiting and not unpacker.eof:
            total += len(unpacker.decompress(waiting, 1 << 20))
            waiting = unpacker.unconsumed_tail
    except zlib.error:
        pass
    return total
