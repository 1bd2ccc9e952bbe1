"""What the loop has fetched and not yet written."""

from collections.abc import Collection, Mapping, Sequence
from typing import Generic

from sinks.protocol import Data, Entry, Partition, Record


class PendingBatch(Generic[Data]):
    """The batch that is being written: its entries, and the offsets to commit once all of them are written."""

    def __init__(self) -> None:
        self.entries: Sequence[Entry[Data]] = []
        self._next: dict[Partition, int] = {}

    def fill(self, entries: Sequence[Entry[Data]], records: Sequence[Record]) -> None:
        """Take a new batch: `entries` are to be written, all `records` are to be committed."""
        self.entries = entries
        self._next = {record.partition: record.offset + 1 for record in records}

    def remove(self, bad: Collection[object]) -> None:
        """Leave out entries that are put aside; their offsets are committed with the rest.

        Raises:
            ValueError: none of them is in the batch, so that offering the rest again would never end.
        """
        gone = {id(entry) for entry in bad}
        kept = [entry for entry in self.entries if id(entry) not in gone]
        if len(kept) == len(self.entries):
            raise ValueError("a destination refused records that it was not given")
        self.entries = kept

    def drop(self, partitions: Collection[Partition]) -> int:
        """Forget entries and offsets of partitions that were taken away; returns how many entries that were."""
        kept = [entry for entry in self.entries if entry.record.partition not in partitions]
        dropped = len(self.entries) - len(kept)
        self.entries = kept
        for partition in partitions:
            self._next.pop(partition, None)
        return dropped

    def take(self) -> Mapping[Partition, int]:
        """Empty the batch; returns the offset to go on at for each partition."""
        done, self._next, self.entries = self._next, {}, []
        return done
