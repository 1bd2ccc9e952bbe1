"""Fetching of the source partitions by librdkafka, in a thread of its own.

Faust keeps membership, assignment, tables and supervision; only the records of the source topics come this
way, from the position in our own state, so that neither acks nor committed offsets decide what is read.
"""

import asyncio
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import numpy as np
import structlog
from confluent_kafka import (
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from processors.intake.ailing import Ailing
from processors.intake.careful import Step
from processors.intake.chunk import Chunk, Cut, Gone, UnreadableBatch, load_of
from processors.intake.gate import Gate
from processors.intake.gathered import Gathered
from processors.intake.handover import Handover
from processors.intake.idleness import Idleness
from processors.intake.lookout import QUEUED
from processors.intake.unreadable import UNREADABLE, Doubts
from processors.metrics import WorkerMetrics
from runtime import exits
from runtime.kafka import client
from runtime.kafka.client import ANSWER_BYTES
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.leader import Leader, LeaderSilent
from runtime.minding import thread

log = structlog.get_logger(__name__)

DEAF_S: Final = 1.0
"""A turn of the loop that takes longer than this is time in which nothing could be heard."""
IDLE_S: Final = 0.25
"""How long to wait for a record before looking whether there are orders."""
ENOUGH: Final = 200
"""So many records of all partitions are not kept waiting for more."""
REST_S: Final = 0.02
"""But for those that are on their way to us already."""
PIECE: Final = 2_500
"""So many messages are taken from librdkafka at once, and looked at while they are in the processor's cache."""
ANSWER_S: Final = 2.0
"""How long a broker may take to say where a partition begins and ends."""
SILENT_S: Final = 5.0
"""A partition that has something to tell, or its end, does so sooner."""
PATIENCE_S: Final = 60.0
"""How long one that is slow is waited for at most before it is read anew."""
DISPLACED: Final = frozenset(
    {KafkaError._AUTO_OFFSET_RESET, KafkaError._LOG_TRUNCATION, KafkaError.OFFSET_OUT_OF_RANGE}
)
"""What it says when there is nothing at the offset that it was told to read; it reads the partition no further."""
AGAIN_S: Final = 0.2
"""Pause before librdkafka is told again to read where nothing is."""
MAX_ASKS: Final = 3
"""So often leaders are asked before reading begins without those that are silent."""
MUCH: Final = 64 << 10
"""Kilobytes that do not come together of one partition, if nothing is wrong with it."""


BY_SIGHT: Final = {
    "queued.min.messages": QUEUED,
    "queued.max.messages.kbytes": 65_536,
    "fetch.max.bytes": ANSWER_BYTES,
    # Sets a lower bound to the one before.
    "message.max.bytes": ANSWER_BYTES,
}
"""Settings where what comes is looked at before it is unpacked: an answer is unpacked as a whole."""


def consumer_settings(wait_s: float, extra: Mapping[str, Any], *, looks: bool = False) -> dict[str, Any]:
    """Settings for reading a backlog fast and a live stream at once; for the first two see pitfall 18a."""
    return {
        "fetch.queue.backoff.ms": 5,
        "queued.min.messages": 300_000,
        "queued.max.messages.kbytes": 131_072,
        **(BY_SIGHT if looks else {}),
        # The broker gathers what comes, so that a live stream is not fetched record by record.
        "fetch.wait.max.ms": max(10, int(wait_s * 1000)),
        "fetch.min.bytes": 65_536,
        "group.id": "floodmark-fetch-only",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        # Where to go on when there is nothing at the position is ours to say.
        "auto.offset.reset": "error",
        # Without it a damaged length ends the reading without a word.
        "check.crcs": True,
        "reconnect.backoff.max.ms": 1000,
        "log_level": 2,
        **extra,
    }


class Fetcher:
    """Hands out chunks of the partitions it was told to read.

    Args:
        cluster: The Kafka cluster.
        topic: The topic to read.
        news: Set, on the loop given to `start`, when there is something to take.
        chunk: How many records to take from librdkafka at once, at most, and how many a chunk has.
        wait_s: How long the broker gathers records before it answers.
        linger_s: How long a chunk then waits for `ENOUGH` records.
        idle_after_s: See Idleness.
        look_ahead: Look at batches before they are unpacked (ADR 14).
        reads_ahead: The values are transactions, and those of a backlog are read as they come.
        metrics: The counters of the worker; none: its own.
        extra: More librdkafka settings.
    """

    def __init__(
        self,
        cluster: ClusterOrAddress,
        topic: str,
        news: asyncio.Event,
        *,
        chunk: int = 100_000,
        wait_s: float = 0.25,
        linger_s: float = 0.25,
        idle_after_s: float = 10.0,
        extra: Mapping[str, Any] | None = None,
        look_ahead: bool = False,
        reads_ahead: bool = False,
        metrics: WorkerMetrics | None = None,
    ) -> None:
        settings = consumer_settings(wait_s, extra or {}, looks=look_ahead)
        self._consumer = client.consumer(cluster, {**settings, "error_cb": self._on_error})
        self._topic = topic
        self._reads_ahead = reads_ahead
        self._leader = Leader(cluster)
        self.ailing = Ailing(topic, metrics=metrics)
        self._doubts = Doubts()
        self._full_since: float | None = None
        self._assigned: set[int] = set()
        self._patience_s: dict[int, float] = {}
        self._suspected: dict[int, int] = {}
        """Where a partition seems to end that has nothing at our position."""
        self._silent_since: dict[int, float] = {}
        """Since when a partition has told neither records nor its end; without those that are at their end."""
        self._news = news
        self.handover = Handover(topic, chunk)
        """What lies ready, and what is to be read."""
        self._chunk = chunk
        self._linger_s = linger_s
        self._idleness = Idleness(idle_after_s)
        self.turned_at = time.monotonic()
        self._deaf = False
        self._stopped = threading.Event()
        self._gate = Gate(topic, self._leader, self._beginning, self._stopped, looks=look_ahead)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = thread(self._run, "fetch")

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the thread; chunks are announced on `loop`."""
        self._loop = loop
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and close the consumer; safe to call twice."""
        self._stopped.set()
        self.handover.room.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def take(self, partitions: Collection[int]) -> dict[int, Chunk]:
        """All that waits of each of these partitions, as one chunk; idle words apart."""
        found = self.handover.take(partitions)
        self.remind(partitions)
        return found

    def remind(self, partitions: Collection[int]) -> None:
        """Announce once more what waits of these partitions; only on the loop."""
        if self.handover.has_ready(partitions):
            self._news.set()

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                self._turn()
        except Exception as exc:
            log.exception("fetching_ended", remedy="the worker stops; its supervisor starts it anew")
            exits.end(f"{self._topic} is read no further: {exc!r}")
        finally:
            self._consumer.close()

    def _turn(self) -> None:
        self.turned_at = time.monotonic()
        self._follow_orders()
        self._look_ahead()
        if not self.handover.read or self.handover.is_full:
            self.handover.room.wait(0.05)
            self.handover.room.clear()
            if not self.handover.read:
                return
        began = time.monotonic()
        if not self.handover.is_full:
            gathered = self._gathered()
        else:
            gathered = Gathered()
            self._silent_since = dict.fromkeys(self._silent_since, began)
        now = time.monotonic()
        if now - began > DEAF_S or self._deaf:
            self._deaf = False
            self._idleness.deaf(now)
        if gathered.size:
            self._hand_over(gathered, now)
        if gathered.size < self._chunk:  # else more of them wait
            self._look_for_silent(now)
        self._beat(now)

    def _gathered(self) -> Gathered:
        """What comes in one go: few records wait for more, as a chunk of few costs what one of many does."""
        messages: list[Message] = self._consumer.consume(1, IDLE_S)
        if messages and self._chunk > 1:
            messages += self._consumer.consume(min(ENOUGH, self._chunk - 1), self._linger_s)
        if not ENOUGH < len(messages) < self._chunk:
            return Gathered(messages)
        more: list[Message] = self._consumer.consume(min(PIECE, self._chunk - len(messages)), REST_S)
        is_backlog = len(more) == PIECE
        gathered = Gathered(messages, reads_ahead=is_backlog and self._reads_ahead)
        gathered.take(more)
        while len(more) == PIECE and gathered.size < self._chunk:
            more = self._consumer.consume(min(PIECE, self._chunk - gathered.size), REST_S)
            gathered.take(more)
        return gathered

    def _follow_orders(self) -> None:
        wanted, seeks = self.handover.orders()
        if wanted is not None:
            self.ailing.forget()
            self._consumer.unassign()
            self._assigned.clear()
            self._gate.leave_all()
            whole = wanted.keys() - self._find_cuts(wanted)
            for partition in sorted(whole):
                self._go_to(partition, wanted[partition])
            now = time.monotonic()
            self._silent_since = dict.fromkeys(wanted, now)
            self._idleness.watch(list(wanted), now)
        cut = self._find_cuts(seeks)
        for partition, position in seeks.items():
            self._leave(partition)
            if partition not in cut:
                self._go_to(partition, position)
            self._silent_since[partition] = time.monotonic()
            self._idleness.records_came(partition, time.monotonic())

    def _leave(self, partition: int) -> None:
        self._gate.leave(partition)
        if partition in self._assigned:
            self._consumer.incremental_unassign([TopicPartition(self._topic, partition)])
            self._assigned.discard(partition)

    def _go_to(self, partition: int, position: int) -> None:
        """Read the partition from behind this position, as soon as it is known what lies there."""
        self._leave(partition)
        self._gate.close(partition, position)
        self._suspected.pop(partition, None)
        self._silent_since[partition] = time.monotonic()

    # --- what is too heavy to be fetched as usual -----------------------------------------------------------------

    def _look_ahead(self) -> None:
        """Let librdkafka read on where it can; go batch by batch where an answer would unpack to too much."""
        reading: dict[int, int] = {}
        if self._gate.looks:
            self._doubt_if_full()
            reading = {p: after + 1 for p in self._assigned if (after := self.handover.handed_out(p)) is not None}
        clear, unclear = self._gate.look(reading)
        if clear:
            self._consumer.incremental_assign([TopicPartition(self._topic, p, at) for p, at in sorted(clear.items())])
            self._assigned.update(clear)
            self._silent_since |= dict.fromkeys(clear, time.monotonic())
        for partition, at in unclear.items():
            self._read_carefully(partition, at)

    def _beginning(self, partition: int) -> int:
        low, _ = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), timeout=ANSWER_S)
        return int(low)

    def _doubt_if_full(self) -> None:
        """Much may have come to a partition while we could not take in more."""
        now = time.monotonic()
        if self.handover.is_full:
            self._full_since = now if self._full_since is None else self._full_since
        elif self._full_since is not None:
            if now - self._full_since > DEAF_S:
                self._gate.doubt(self.handover.read)
            self._full_since = None

    def _read_carefully(self, partition: int, at: int) -> None:
        """A few batches, if there is room; what nobody should unpack becomes trouble of its own."""
        if partition in self._assigned:
            self._leave(partition)
        self._gate.keep_out(partition, at)
        self._silent_since.pop(partition, None)
        after = self.handover.handed_out(partition)
        if after is None or self.handover.is_full or self.handover.has_ready([partition]):
            return
        try:
            step = self._gate.next_step(partition, at)
        except LeaderSilent as exc:
            self.ailing.is_ill(partition, str(exc))
            return
        if step is not None and self._hand_out_step(partition, after, step):
            self._gate.keep_out(partition, step.following)

    def _hand_out_step(self, partition: int, after: int, step: Step) -> bool:
        """Whether the partition is still to be read from there."""
        if step.trouble is not None:
            return self._hand_out(partition, after, self._passed(partition, after, step.trouble.last, step.trouble))
        if not step.values:
            return True
        offsets = np.array(step.offsets, np.int64)
        chunk = Chunk(
            self._topic,
            partition,
            after,
            int(offsets[-1]),
            step.values,
            offsets,
            leader_epoch=step.leader_epoch,
            appended_ms=step.appended_ms,
            load=load_of(step.values),
        )
        if not self._hand_out(partition, after, chunk):
            return False
        self.handover.leader_epochs[partition] = step.leader_epoch
        self._idleness.records_came(partition, time.monotonic())
        self.ailing.is_well(partition)
        return True

    def _hand_over(self, gathered: Gathered, now: float) -> None:
        for partition, records in gathered.by_partition.items():
            chunk = self.handover.put_records(partition, records)
            if chunk is None:
                continue
            if chunk.load - len(chunk.values) > MUCH:
                self._gate.doubt([partition])
            self._idleness.records_came(partition, now)
            self._silent_since[partition] = now
            self._patience_s.pop(partition, None)
            self.ailing.is_well(partition)
        for partition, end in gathered.drained.items():
            self.handover.note_drained(partition, end)
            self._idleness.at_end(partition)
            self._silent_since.pop(partition, None)
            self._patience_s.pop(partition, None)
            self.ailing.is_well(partition)
        for partition, (error, offset) in gathered.troubled.items():
            self._idleness.records_came(partition, now)
            self._mend(partition, error, offset)
        if gathered.by_partition:
            self._announce()

    # --- what cannot be read --------------------------------------------------------------------------------------

    def _mend(self, partition: int, error: KafkaError, offset: int) -> None:
        """Go on behind what cannot be read, and hand out what it is; where that is not known, try again."""
        after = self.handover.handed_out(partition)
        if after is None:
            return
        self.ailing.is_ill(partition, str(error))
        try:
            if error.code() in DISPLACED:
                self._leave(partition)
                self._find_place(partition, after)
            elif error.code() in UNREADABLE:
                batch = self._leader.batch_at(self._topic, partition, max(offset or 0, after + 1))
                if not self._doubts.are_left(partition, batch, error):
                    trouble = UnreadableBatch(batch.first, batch.last, batch.records, error.str(), batch.raw)
                    self._pass(partition, after, batch.last, trouble)
        except (LeaderSilent, KafkaException) as exc:
            self.ailing.is_ill(partition, str(exc))
            if error.code() in DISPLACED:
                self._stopped.wait(AGAIN_S)
                self._go_to(partition, after)

    def _find_place(self, partition: int, after: int) -> None:
        """Nothing comes from the position: it was deleted meanwhile, or the log has lost its tail, or there is nothing.

        A log that has lost its tail may be longer than the position again: then only the epoch tells.
        """
        low, end = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), timeout=ANSWER_S)
        ended = self._leader.ends_of(self._topic, self._known_epochs([partition]))
        is_displaced = partition not in self._assigned
        if ended.get(partition, end if is_displaced else after + 1) <= after:
            # Not read until somebody says from where; said again until then, for it may be lost on its way.
            self._leave(partition)
            self._silent_since[partition] = time.monotonic()
            # A leader that has just begun may tell too early an end; not so of an epoch.
            if partition in ended or self._suspected.get(partition) == end:
                self._hand_out(partition, after, self._cut(partition, after, ended.get(partition, end)))
            self._suspected[partition] = end
        elif low > after + 1:
            self._pass(partition, after, low - 1, Gone())
        elif is_displaced or end != after + 1:
            self._go_to(partition, after)  # where nothing is, librdkafka says so

    def _known_epochs(self, partitions: Iterable[int]) -> dict[int, int]:
        return {p: epoch for p in partitions if (epoch := self.handover.leader_epochs.get(p, -1)) >= 0}

    def _find_cuts(self, positions: Mapping[int, int]) -> set[int]:
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
                    self.ailing.is_ill(partition, str(exc))
                if self._stopped.wait(AGAIN_S) or self.handover.is_reassigned:
                    return cut
                continue
            for partition, position in positions.items():
                if (end := ends.get(partition, position + 1)) <= position:
                    cut.add(partition)
                    self._hand_out(partition, position, self._cut(partition, position, end))
            return cut
        # One without a leader keeps no other waiting: each is asked for by itself when it has been silent for a while.
        return set(epochs)

    def _cut(self, partition: int, after: int, end: int) -> Chunk:
        return Chunk(self._topic, partition, after, after, trouble=Cut(end))

    def _look_for_silent(self, now: float) -> None:
        """A partition that tells neither a record nor its end is read anew: librdkafka may have given it up."""
        for partition, since in list(self._silent_since.items()):
            after = self.handover.handed_out(partition)
            patience_s = self._patience_s.get(partition, SILENT_S)
            if after is None or now - since < patience_s:
                continue
            self._silent_since[partition] = now
            # What is only slow would never come if it were asked for anew again and again.
            self._patience_s[partition] = min(2 * patience_s, PATIENCE_S)
            try:
                self._find_place(partition, after)
            except (LeaderSilent, KafkaException) as exc:
                self.ailing.is_ill(partition, str(exc))
                return

    def _pass(self, partition: int, after: int, last: int, trouble: UnreadableBatch | Gone) -> None:
        if self._hand_out(partition, after, self._passed(partition, after, last, trouble)):
            self._go_to(partition, last)

    def _passed(self, partition: int, after: int, last: int, trouble: UnreadableBatch | Gone) -> Chunk:
        return Chunk(self._topic, partition, after, last, trouble=trouble)

    def _hand_out(self, partition: int, after: int, chunk: Chunk) -> bool:
        """Hand out what there is instead of records; not if the partition is to be read otherwise by now."""
        is_put = self.handover.put(partition, after, chunk)
        if is_put:
            self._announce()
        return is_put

    def _beat(self, now: float) -> None:
        due = [partition for partition in self._idleness.due(now) if self._is_still_drained(partition, now)]
        if not due:
            return
        for partition in due:
            self.handover.put_idle(partition)
        self._announce()

    def _is_still_drained(self, partition: int, now: float) -> bool:
        """Ask the broker: what we have not heard may wait behind what we could not take in yet."""
        try:
            _, end = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), timeout=DEAF_S)
        except KafkaException:
            self._idleness.deaf(now)
            return False
        drained_at = self.handover.drained_at(partition)
        if drained_at not in (-1, end):
            self._silent_since.setdefault(partition, now)
        if end > drained_at:
            self._idleness.records_came(partition, now)
            return False
        return True

    def _announce(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    def _on_error(self, error: KafkaError) -> None:
        """The broker cannot be reached: librdkafka goes on trying; silence is no silence meanwhile."""
        self._deaf = True
        log.debug("broker_error", error=str(error))
