"""Reads in librdkafka's place, batch by batch, where one of its answers would unpack to too much (ADR 14)."""

import time
from typing import Final

import numpy as np

from processors.intake.ailing import Ailing
from processors.intake.assignment import Assignment
from processors.intake.careful import ReadStep
from processors.intake.chunk import Chunk, load_of
from processors.intake.handing_out import HandingOut
from processors.intake.idleness import Idleness
from runtime.kafka.errors import told
from runtime.kafka.leader import LeaderSilent

FULL_S: Final = 1.0
"""In a longer time without room much may have come to a partition."""


class CarefulReading:
    """Looks ahead of librdkafka, and reads what it may not. Used by the fetcher's thread alone.

    Args:
        assignment: What librdkafka reads.
        handing_out: Takes what was read.
        idleness: Which partitions are idle.
        ailing: The partitions that cannot be read.
    """

    def __init__(self, assignment: Assignment, handing_out: HandingOut, idleness: Idleness, ailing: Ailing) -> None:
        self._assignment = assignment
        self._gate = assignment.gate
        self._handing_out = handing_out
        self._handover = handing_out.handover
        self._idleness = idleness
        self._ailing = ailing
        self._full_since: float | None = None

    def look_ahead(self) -> None:
        """Let librdkafka read on where it can; go batch by batch where an answer would unpack to too much."""
        reading: dict[int, int] = {}
        if self._gate.looks:
            self._doubt_if_full()
            handed_out = self._handover.handed_out
            reading = {p: after + 1 for p in self._assignment.reading if (after := handed_out(p)) is not None}
        clear, unclear = self._gate.look(reading)
        if clear:
            self._assignment.read_on(clear)
        for partition, at in unclear.items():
            self._read(partition, at)

    def _doubt_if_full(self) -> None:
        """Much may have come to a partition while we could not take in more."""
        now = time.monotonic()
        if self._handover.is_full:
            self._full_since = now if self._full_since is None else self._full_since
        elif self._full_since is not None:
            if now - self._full_since > FULL_S:
                self._gate.doubt(self._handover.read)
            self._full_since = None

    def _read(self, partition: int, at: int) -> None:
        """A few batches, if there is room; what nobody should unpack becomes trouble of its own."""
        if partition in self._assignment.reading:
            self._assignment.leave(partition)
        self._gate.keep_out(partition, at)
        self._assignment.silence.leave(partition)
        after = self._handover.handed_out(partition)
        if after is None or self._handover.is_full or self._handover.has_ready([partition]):
            return
        try:
            step = self._gate.next_step(partition, at)
        except LeaderSilent as exc:
            self._ailing.is_ill(partition, told(exc))
            return
        if step is not None and self._hand_out(partition, after, step):
            self._gate.keep_out(partition, step.following)

    def _hand_out(self, partition: int, after: int, step: ReadStep) -> bool:
        """Whether the partition is still to be read from there."""
        if step.trouble is not None:
            return self._handing_out.instead(partition, after, step.trouble.last, step.trouble)
        if not step.values:
            return True
        offsets = np.array(step.offsets, np.int64)
        chunk = Chunk(
            self._assignment.topic,
            partition,
            after,
            int(offsets[-1]),
            step.values,
            offsets,
            leader_epoch=step.leader_epoch,
            appended_ms=step.appended_ms,
            load=load_of(step.values),
        )
        if not self._handing_out.chunk(partition, after, chunk):
            return False
        self._handover.leader_epochs[partition] = step.leader_epoch
        self._idleness.records_came(partition, time.monotonic())
        self._ailing.is_well(partition)
        return True
