"""Which records are done with, and up to where that may be committed."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from sinks.delivery.notes import noted
from sinks.protocol import Partition, Record


class OffsetPlace(NamedTuple):
    """The offset to go on at, before which all is done, and a note of what is done behind it."""

    offset: int
    note: str = ""


class OffsetLedger:
    """Offsets that were fetched and are not done with; records of a partition come in the order of their offsets.

    Args:
        is_new: Whether nothing has ever been committed of a partition; then it is not done for a note alone, since
            what the group finds there is the past as long as it has committed nothing.
    """

    def __init__(self, is_new: Callable[[Partition], bool] = lambda _partition: False) -> None:
        self._is_new = is_new
        self._open: dict[Partition, OrderedDict[int, None]] = {}
        self._next: dict[Partition, int] = {}
        self._committed: dict[Partition, OffsetPlace] = {}
        self._epochs: dict[Partition, int] = {}

    def __len__(self) -> int:
        return sum(map(len, self._open.values()))

    def took(self, records: Iterable[Record]) -> None:
        """These were fetched."""
        for record in records:
            self._open.setdefault(record.partition, OrderedDict())[record.offset] = None
            self._committed.setdefault(record.partition, OffsetPlace(record.offset))
            self._next[record.partition] = record.offset + 1
            self._epochs[record.partition] = max(self._epochs.get(record.partition, -1), record.leader_epoch)

    def reached(self, partition: Partition, offset: int) -> None:
        """There is nothing before this offset; if nothing has been fetched either, it may be committed."""
        self._next.setdefault(partition, offset)

    def done(self, records: Iterable[Record]) -> None:
        """These were delivered, put aside, or were not meant for us; those of partitions that have gone are skipped."""
        for record in records:
            self._open.get(record.partition, OrderedDict()).pop(record.offset, None)

    def due(self) -> Mapping[Partition, OffsetPlace]:
        """For each partition where that is news: where to go on."""
        found = {p: self._place(p, end) for p, end in self._next.items()}
        return {p: place for p, place in found.items() if place != self._committed.get(p)}

    def committed(self, places: Mapping[Partition, OffsetPlace]) -> None:
        """These have been committed."""
        self._committed |= places

    def _place(self, partition: Partition, end: int) -> OffsetPlace:
        waiting = self._open.get(partition)
        if not waiting:
            return OffsetPlace(end)
        place = OffsetPlace(next(iter(waiting)), noted(waiting, end, self._epochs.get(partition, -1)))
        known = self._committed.get(partition)
        return known if known and known.offset == place.offset and self._is_new(partition) else place

    def drop(self, partitions: Iterable[Partition]) -> None:
        """Forget partitions: they belong to somebody else."""
        for partition in partitions:
            for known in (self._open, self._next, self._committed, self._epochs):
                known.pop(partition, None)
