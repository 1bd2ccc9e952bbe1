"""What to do about a partition from which nothing can be read: go on behind it, or say that its log was cut."""

import threading
import time
from collections.abc import Iterable, Mapping
from typing import Final

from confluent_kafka import KafkaError, KafkaException

from processors.intake.ailing import Ailing
from processors.intake.assignment import Assignment
from processors.intake.chunk import Cut, Gone, UnreadableBatch
from processors.intake.handing_out import HandingOut
from runtime.kafka.errors import told
from runtime.kafka.leader import Leader, LeaderSilent
from runtime.kafka.unreadable import UNREADABLE, Doubts

DISPLACED: Final = frozenset(
    {KafkaError._AUTO_OFFSET_RESET, KafkaError._LOG_TRUNCATION, KafkaError.OFFSET_OUT_OF_RANGE}
)
"""What it says when there is nothing at the offset that it was told to read; it reads the partition no further."""
AGAIN_S: Final = 0.2
"""Pause before librdkafka is told again to read where nothing is."""
MAX_ASKS: Final = 3
"""How often leaders are asked before reading begins without those that are silent."""


class Mending:
    """Keeps a fetcher's partitions readable. Used by its thread alone.

    Args:
        assignment: What librdkafka reads.
        leader: Who has the batches of the topic.
        handing_out: What takes the place of records.
        ailing: The partitions that cannot be read.
        stopped: Set when the fetcher ends.
    """

    def __init__(
        self,
        assignment: Assignment,
        leader: Leader,
        handing_out: HandingOut,
        ailing: Ailing,
        stopped: threading.Event,
    ) -> None:
        self._assignment = assignment
        self._topic = assignment.topic
        self._leader = leader
        self._handing_out = handing_out
        self._handover = handing_out.handover
        self._ailing = ailing
        self._stopped = stopped
        self._doubts = Doubts()

    def mend(self, partition: int, error: KafkaError, offset: int) -> None:
        """Go on behind what cannot be read, and hand out what it is; where that is not known, try again."""
        after = self._handover.handed_out(partition)
        if after is None:
            return
        self._ailing.is_ill(partition, told(error))
        try:
            if error.code() in DISPLACED:
                self._assignment.leave(partition)
                self._find_place(partition, after)
            elif error.code() in UNREADABLE:
                batch = self._leader.batch_at(self._topic, partition, max(offset or 0, after + 1))
                if not self._doubts.are_left(partition, batch, error):
                    trouble = UnreadableBatch(batch.first, batch.last, batch.records, error.str(), batch.raw)
                    self._pass(partition, after, batch.last, trouble)
        except (LeaderSilent, KafkaException) as exc:
            self._ailing.is_ill(partition, told(exc))
            if error.code() in DISPLACED:
                self._stopped.wait(AGAIN_S)
                self._assignment.go_to(partition, after)

    def look_for_silent(self, now: float) -> None:
        """A partition that tells neither a record nor its end is read anew: librdkafka may have given it up."""
        silence = self._assignment.silence
        for partition in list(silence.partitions):
            after = self._handover.handed_out(partition)
            if after is None or not silence.is_too_long(partition, now):
                continue
            try:
                self._find_place(partition, after)
            except (LeaderSilent, KafkaException) as exc:
                self._ailing.is_ill(partition, told(exc))
                return

    def find_cuts(self, positions: Mapping[int, int]) -> set[int]:
        """The partitions whose log has lost its tail, told before anything is read that has grown in its place.

        librdkafka would notice as well, and then fall silent. They are not read until somebody says from where.
        """
        cut: set[int] = set()
        epochs = self._known_epochs(positions)
        for _ in range(MAX_ASKS):
            try:
                ends = self._leader.ends_of(self._topic, epochs)
            except LeaderSilent as exc:
                for partition in epochs:
                    self._ailing.is_ill(partition, told(exc))
                if self._stopped.wait(AGAIN_S) or self._handover.is_reassigned:
                    return cut
                continue
            for partition, position in positions.items():
                if (end := ends.get(partition, position + 1)) <= position:
                    cut.add(partition)
                    self._handing_out.instead(partition, position, position, Cut(end))
            return cut
        # One without a leader keeps no other waiting: each is asked for by itself when it has been silent for a while.
        return set(epochs)

    def _find_place(self, partition: int, after: int) -> None:
        """Nothing comes from the position: it was deleted meanwhile, or the log has lost its tail, or there is nothing.

        A log that has lost its tail may be longer than the position again: then only the epoch tells.
        """
        reads = self._assignment
        low, end = reads.bounds(partition)
        ended = self._leader.ends_of(self._topic, self._known_epochs([partition]))
        is_displaced = partition not in reads.reading
        if ended.get(partition, end if is_displaced else after + 1) <= after:
            # Not read until somebody says from where; said again until then, for it may be lost on its way.
            reads.leave(partition)
            reads.silence.begin(partition, time.monotonic())
            # A leader that has just begun may tell too early an end; not so of an epoch.
            if partition in ended or reads.suspected.get(partition) == end:
                self._handing_out.instead(partition, after, after, Cut(ended.get(partition, end)))
            reads.suspected[partition] = end
        elif low > after + 1:
            self._pass(partition, after, low - 1, Gone())
        elif is_displaced or end != after + 1:
            reads.go_to(partition, after)  # where nothing is, librdkafka says so

    def _known_epochs(self, partitions: Iterable[int]) -> dict[int, int]:
        return {p: epoch for p in partitions if (epoch := self._handover.leader_epochs.get(p, -1)) >= 0}

    def _pass(self, partition: int, after: int, last: int, trouble: UnreadableBatch | Gone) -> None:
        if self._handing_out.instead(partition, after, last, trouble):
            self._assignment.go_to(partition, last)
