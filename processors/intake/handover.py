"""What lies ready between the thread that fetches and the loop that takes, and what the loop wants read."""

import threading
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from processors.intake.chunk import Chunk, Cut
from processors.intake.gathered import PartitionRecords, joined

CHUNKS: Final = 3
"""How many chunks' worth of records may lie ready before no more are fetched."""


class Handover:
    """Chunks by partition; safe to use from both sides.

    Args:
        topic: The topic they are of.
        chunk: How many records a chunk has at most.
    """

    def __init__(self, topic: str, chunk: int) -> None:
        self._topic = topic
        self._chunk = chunk
        self._lock = threading.Lock()
        self._ready: dict[int, deque[Chunk]] = {}
        self._waiting = 0
        self._after: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        self._drained_at: dict[int, int] = {}
        self._wanted: dict[int, int] | None = None
        self._seeks: dict[int, int] = {}
        self._generation = 0
        self.leader_epochs: dict[int, int] = {}
        """Under which leader the last record handed out was written, where it is known."""
        self.room = threading.Event()
        """Set when something was taken, or is to be read otherwise."""

    # --- the side of the loop -------------------------------------------------------------------------------------

    def assign(
        self, positions: Mapping[int, int], generation: int, leader_epochs: Mapping[int, int] | None = None
    ) -> None:
        """Read these partitions from the offset after each position (-1: from the beginning), and no others.

        Args:
            positions: By partition.
            generation: The assignment that the chunks belong to.
            leader_epochs: By partition, under which leader the record at the position was written, where it is known.
        """
        with self._lock:
            self._wanted = dict(positions)
            self.leader_epochs = dict(leader_epochs or {})
            self._generation = generation
            self._drained_at.clear()
            self._seeks.clear()
            self._clear(list(self._ready))
        self.room.set()

    def seek(self, partition: int, position: int, leader_epoch: int = -1) -> None:
        """Read the partition, from now on or again, from the offset after `position`; what was fetched is dropped."""
        with self._lock:
            self._seeks[partition] = position
            self.leader_epochs[partition] = leader_epoch
            self._drained_at.pop(partition, None)
            self._clear([partition])
        self.room.set()

    def take(self, partitions: Collection[int]) -> dict[int, Chunk]:
        """All that waits of each of these partitions, as one chunk; idle words apart."""
        with self._lock:
            found: dict[int, Chunk] = {}
            for partition in partitions:
                ready = self._ready.get(partition)
                if ready:
                    found[partition] = chunk = joined(ready, self._chunk)
                    self._waiting -= chunk.load
        self.room.set()
        return found

    def has_ready(self, partitions: Iterable[int]) -> bool:
        """Whether a chunk of any of these partitions waits to be taken."""
        with self._lock:
            return any(map(self._ready.get, partitions))

    def handed_out(self, partition: int) -> int | None:
        """Up to which offset the partition was handed out or lies ready; None when it is not read."""
        with self._lock:
            return self._after.get(partition) if self._is_followed(partition) else None

    def drained_at(self, partition: int) -> int:
        """Where the partition had nothing more to read, since it was last told from where to read; -1 when never.

        What lies before that, and was not handed out, is no record.
        """
        return self._drained_at.get(partition, -1)

    def committable(self, partition: int, stored: int) -> int:
        """The offset to commit where everything up to and including `stored` is stored: one after it, or higher.

        What lies between that and where nothing more was found is no record, but the ends of transactions and what
        was aborted in them: it is committed too, or whoever counts offsets would wait for it for ever.
        """
        # In this order: what is handed out meanwhile shows in the second answer.
        drained = self.drained_at(partition)
        is_all_stored = self.handed_out(partition) == stored
        return max(stored + 1, drained) if is_all_stored else stored + 1

    def end_offset(self, partition: int) -> int:
        """The end of the partition as far as it was seen; 0 when nothing was."""
        return self._ends.get(partition, 0)

    # --- the side of the thread -----------------------------------------------------------------------------------

    @property
    def is_full(self) -> bool:
        """Whether nothing more should be fetched until something is taken."""
        return self._waiting >= CHUNKS * self._chunk

    @property
    def read(self) -> Collection[int]:
        """The partitions to read, as of the last orders."""
        return self._after.keys()

    @property
    def is_reassigned(self) -> bool:
        """Whether other partitions are to be read since the last orders."""
        return self._wanted is not None

    def orders(self) -> tuple[dict[int, int] | None, dict[int, int]]:
        """What the loop wants since the last time: a new assignment, if any, and from where to read others anew."""
        with self._lock:
            wanted, self._wanted = self._wanted, None
            if wanted is not None:
                self._after = dict(wanted)
                self._clear(list(self._ready))
            # What was sought since then is of this assignment; whoever assigns has dropped what was sought before.
            seeks, self._seeks = self._seeks, {}
            self._after |= seeks
        return wanted, seeks

    def put_records(self, partition: int, records: PartitionRecords) -> Chunk | None:
        """Lay records ready; None, and they are dropped, where the partition is to be read otherwise by now."""
        with self._lock:
            after = self._after.get(partition)
            if after is None or not self._is_followed(partition):
                return None
            chunk = records.chunk(self._topic, partition, after, self._generation)
            self.leader_epochs[partition] = chunk.leader_epoch
            self._put(partition, chunk)
        return chunk

    def put(self, partition: int, after: int, chunk: Chunk) -> bool:
        """Lay ready what there is instead of records; not if the partition is to be read otherwise by now."""
        with self._lock:
            if not self._is_followed(partition) or self._after.get(partition) != after:
                return False
            if not isinstance(chunk.trouble, Cut):
                self.leader_epochs.pop(partition, None)
            self._put(partition, replace(chunk, generation=self._generation))
        return True

    def put_idle(self, partition: int) -> None:
        """Lay ready the word that the partition is idle, if nothing else of it is."""
        with self._lock:
            after = self._after.get(partition)
            if after is not None and self._is_followed(partition) and not self._ready.get(partition):
                idle = Chunk(self._topic, partition, after, after, idle=True, generation=self._generation)
                self._ready.setdefault(partition, deque()).append(idle)

    def note_drained(self, partition: int, end: int) -> None:
        """The partition has nothing more to read, and ends there."""
        with self._lock:
            # After an order to read from elsewhere it is the end of what was read before.
            if self._is_followed(partition):
                self._drained_at[partition] = end

    def _is_followed(self, partition: int) -> bool:
        """Whether there is no order about it that was not followed yet."""
        return self._wanted is None and partition not in self._seeks

    def _put(self, partition: int, chunk: Chunk) -> None:
        self._after[partition] = chunk.last
        self._ends[partition] = max(self._ends.get(partition, 0), chunk.last + 1)
        self._ready.setdefault(partition, deque()).append(chunk)
        self._waiting += chunk.load

    def _clear(self, partitions: Iterable[int]) -> None:
        for partition in partitions:
            for chunk in self._ready.pop(partition, ()):
                self._waiting -= chunk.load
