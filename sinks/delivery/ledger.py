"""Which records are done with, and up to where that may be committed."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from sinks.protocol import Partition, Record


class Ledger:
    """Offsets that were fetched and are not done with; records of a partition come in the order of their offsets."""

    def __init__(self) -> None:
        self._open: dict[Partition, OrderedDict[int, None]] = {}
        self._next: dict[Partition, int] = {}
        self._committed: dict[Partition, int] = {}

    def __len__(self) -> int:
        return sum(map(len, self._open.values()))

    def took(self, records: Iterable[Record]) -> None:
        """These were fetched."""
        for record in records:
            self._open.setdefault(record.partition, OrderedDict())[record.offset] = None
            self._committed.setdefault(record.partition, record.offset)
            self._next[record.partition] = record.offset + 1

    def reached(self, partition: Partition, offset: int) -> None:
        """There is nothing before this offset; if nothing has been fetched either, it may be committed."""
        self._next.setdefault(partition, offset)

    def done(self, records: Iterable[Record]) -> None:
        """These were delivered, put aside, or were not meant for us; those of partitions that have gone are skipped."""
        for record in records:
            self._open.get(record.partition, OrderedDict()).pop(record.offset, None)

    def due(self) -> Mapping[Partition, int]:
        """For each partition where that is news: the offset to go on at, before which all is done."""
        found = {p: next(iter(self._open.get(p) or [offset])) for p, offset in self._next.items()}
        return {p: offset for p, offset in found.items() if offset != self._committed.get(p)}

    def committed(self, offsets: Mapping[Partition, int]) -> None:
        """These have been committed."""
        self._committed |= offsets

    def drop(self, partitions: Iterable[Partition]) -> None:
        """Forget partitions: they belong to somebody else."""
        for partition in partitions:
            for known in (self._open, self._next, self._committed):
                known.pop(partition, None)
