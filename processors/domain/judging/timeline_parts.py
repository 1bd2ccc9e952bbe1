"""What the source partitions hold of the minutes of one scope; minutes that rest are kept as bytes."""

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import msgspec

from processors.domain.counting.packed import Counts, pack, unpack
from processors.domain.judging.judge import MinuteCounts
from processors.domain.judging.timeline_state import Part
from processors.domain.window import Dimensions, add

BySource = dict[int, Part]
"""Source partition to its part."""

ELSEWHERE: Final = -1
"""Stands for a source partition where it is asked what a minute would be if it held more."""

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(dict[int, tuple[int, int, bytes]]).decode


class Parts:
    """Minute to source partition to part."""

    def __init__(self, by_minute: Mapping[int, BySource | bytes] | None = None) -> None:
        self.fill(by_minute or {})
        self.touched: set[int] = set()
        """Minutes in which something was put since whoever stores them has cleared this."""

    def fill(self, by_minute: Mapping[int, BySource | bytes]) -> None:
        """Hold this, instead of all that is held."""
        self._by_minute: dict[int, BySource | bytes] = dict(by_minute)
        self._minutes = sorted(self._by_minute)

    def __contains__(self, minute: int) -> bool:
        """Whether a minute holds data."""
        return minute in self._by_minute

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parts) and self.as_dicts() == other.as_dicts()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __len__(self) -> int:
        return len(self._by_minute)

    @property
    def first(self) -> int | None:
        """The first minute that holds data; None when none does."""
        return self._minutes[0] if self._minutes else None

    def between(self, after: int, upto: int) -> list[int]:
        """The minutes with data after `after` up to and including `upto`, in order."""
        return self._minutes[bisect_right(self._minutes, after) : bisect_right(self._minutes, upto)]

    def about_after(self, minute: int) -> int:
        """About how many parts lie after this minute: in each as many as the fuller of the first and the last has."""
        behind = bisect_right(self._minutes, minute)
        if behind == len(self._minutes):
            return 0
        return (len(self._minutes) - behind) * max(len(self.at(self._minutes[at])) for at in (behind, -1))

    def at(self, minute: int) -> BySource:
        """What the source partitions hold of a minute; not to be changed."""
        kept = self._by_minute.get(minute)
        if kept is None:
            return {}
        return kept if isinstance(kept, dict) else _unpacked(kept)

    def total_at(self, minute: int) -> MinuteCounts:
        """All that they hold of a minute together, to be changed at will; nothing where they hold none of it."""
        counts: Dimensions = {}
        offsets: dict[str, int] = {}
        for source, part in sorted(self.at(minute).items()):
            offsets[str(source)] = part.offset
            held = unpack(part.counts)
            if counts or held is part.counts:
                add(counts, held)
            else:  # unpacked just now, for nobody else
                counts = held
        return MinuteCounts(counts, offsets)

    def put(self, minute: int, source: int, part: Part) -> None:
        """Hold this part instead of the one that is held."""
        if minute not in self._by_minute:
            insort(self._minutes, minute)
        self._by_minute[minute] = by_source = self.at(minute)
        by_source[source] = part
        self.touched.add(minute)

    def pack(self, minute: int) -> None:
        """Nothing is expected for this minute any more: keep it as bytes."""
        if isinstance(self._by_minute.get(minute), dict):
            self._by_minute[minute] = self.packed(minute)

    def packed(self, minute: int) -> bytes:
        """A minute as bytes, as `Parts` takes them."""
        kept = self._by_minute[minute]
        if isinstance(kept, bytes):
            return kept
        return _encode({source: (p.epoch, p.offset, pack(p.counts)) for source, p in kept.items()})

    def drop_until(self, minute: int) -> None:
        """Forget the minutes up to and including this one."""
        at = bisect_right(self._minutes, minute)
        for gone in self._minutes[:at]:
            del self._by_minute[gone]
        del self._minutes[:at]
        self.touched = {m for m in self.touched if m > minute}

    @contextmanager
    def as_before(self, replaced: Mapping[tuple[int, int], Part | None]) -> Iterator[None]:
        """For a while, hold what was held before these parts were put; None: nothing."""
        now = {minute: self._by_minute[minute] for minute, _ in replaced}
        minutes = self._minutes
        for minute in now:
            by_source = dict(self.at(minute))
            for (changed, source), part in replaced.items():
                if changed == minute and part is None:
                    del by_source[source]
                elif changed == minute and part is not None:
                    by_source[source] = part
            if by_source:
                self._by_minute[minute] = by_source
            else:
                del self._by_minute[minute]
        self._minutes = sorted(self._by_minute)
        try:
            yield
        finally:
            self._by_minute |= now
            self._minutes = minutes

    @contextmanager
    def with_more(self, minute: int, counts: Dimensions) -> Iterator[None]:
        """For a while, a minute holds these counts beside what it holds."""
        before, minutes = self._by_minute.get(minute), self._minutes
        self._by_minute[minute] = {**self.at(minute), ELSEWHERE: Part(0, -1, counts)}
        if before is None:
            self._minutes = sorted([*minutes, minute])
        try:
            yield
        finally:
            self._minutes = minutes
            if before is None:
                del self._by_minute[minute]
            else:
                self._by_minute[minute] = before

    def as_dicts(self) -> dict[int, BySource]:
        """All of it, unpacked."""
        return {m: {s: Part(p.epoch, p.offset, unpack(p.counts)) for s, p in self.at(m).items()} for m in self._minutes}


def size_of(counts: Counts) -> int:
    """How many transactions these are, over all dimensions."""
    return sum(cell[0] for keys in unpack(counts).values() for cell in keys.values())


def _unpacked(raw: bytes) -> BySource:
    return {source: Part(epoch, offset, counts) for source, (epoch, offset, counts) in _decode(raw).items()}
