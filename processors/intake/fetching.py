"""Fetching of the source partitions by librdkafka, in a thread of its own.

Faust keeps membership, assignment, tables and supervision; only the records of the source topics come this
way, from the position in our own state, so that neither acks nor committed offsets decide what is read.
"""

import asyncio
import threading
import time
from collections.abc import Collection, Mapping
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Message

from processors.intake.ailing import Ailing
from processors.intake.assignment import Assignment
from processors.intake.careful_reading import CarefulReading
from processors.intake.chunk import Chunk
from processors.intake.consumer_settings import consumer_settings
from processors.intake.gathered import Gathered
from processors.intake.handing_out import HandingOut
from processors.intake.handover import Handover
from processors.intake.idleness import Idleness
from processors.intake.mending import Mending
from processors.metrics import WorkerMetrics
from runtime import exits
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.leader import Leader
from runtime.minding import thread

log = structlog.get_logger(__name__)

DEAF_S: Final = 1.0
"""A turn of the loop that takes longer than this is time in which nothing could be heard."""
IDLE_S: Final = 0.25
"""How long to wait for a record before looking whether there are orders."""
ENOUGH: Final = 200
"""With this many records of all partitions together, nothing waits for more."""
REST_S: Final = 0.02
"""Except those that are on their way to us already."""
PIECE: Final = 2_500
"""How many messages are taken from librdkafka at once, and looked at while they are in the processor's cache."""
MUCH: Final = 64 << 10
"""Kilobytes that do not come together of one partition, if nothing is wrong with it."""


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
        self.ailing = Ailing(topic, metrics=metrics)
        self._news = news
        self.handover = Handover(topic, chunk)
        """What lies ready, and what is to be read."""
        self._chunk = chunk
        self._linger_s = linger_s
        self._idleness = Idleness(idle_after_s)
        self.turned_at = time.monotonic()
        self._deaf = False
        self._stopped = threading.Event()
        leader = Leader(cluster)
        self._handing_out = HandingOut(topic, self.handover, news)
        self._assignment = Assignment(self._consumer, topic, leader, self._stopped, looks=look_ahead)
        self.mending = Mending(self._assignment, leader, self._handing_out, self.ailing, self._stopped)
        """What is done about partitions that cannot be read."""
        self._careful = CarefulReading(self._assignment, self._handing_out, self._idleness, self.ailing)
        self._thread = thread(self._run, "fetch")

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the thread; chunks are announced on `loop`."""
        self._handing_out.announce_on(loop)
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
        self._careful.look_ahead()
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
            self._assignment.silence.deaf(began)
        now = time.monotonic()
        if now - began > DEAF_S or self._deaf:
            self._deaf = False
            self._idleness.deaf(now)
        if gathered.size:
            self._hand_over(gathered, now)
        if gathered.size < self._chunk:  # else more of them wait
            self.mending.look_for_silent(now)
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
            self._assignment.leave_all()
            whole = wanted.keys() - self.mending.find_cuts(wanted)
            for partition in sorted(whole):
                self._assignment.go_to(partition, wanted[partition])
            now = time.monotonic()
            self._assignment.silence.watch(wanted, now)
            self._idleness.watch(list(wanted), now)
        cut = self.mending.find_cuts(seeks)
        for partition, position in seeks.items():
            self._assignment.leave(partition)
            if partition not in cut:
                self._assignment.go_to(partition, position)
            self._assignment.silence.begin(partition, time.monotonic())
            self._idleness.records_came(partition, time.monotonic())

    def _hand_over(self, gathered: Gathered, now: float) -> None:
        silence = self._assignment.silence
        for partition, records in gathered.by_partition.items():
            chunk = self.handover.put_records(partition, records)
            if chunk is None:
                continue
            if chunk.load - len(chunk.values) > MUCH:
                self._assignment.gate.doubt([partition])
            self._idleness.records_came(partition, now)
            silence.records_came(partition, now)
            self.ailing.is_well(partition)
        for partition, end in gathered.drained.items():
            self.handover.note_drained(partition, end)
            self._idleness.at_end(partition)
            silence.at_end(partition)
            self.ailing.is_well(partition)
        for partition, (error, offset) in gathered.troubled.items():
            self._idleness.records_came(partition, now)
            self.mending.mend(partition, error, offset)
        if gathered.by_partition:
            self._handing_out.announce()

    def _beat(self, now: float) -> None:
        due = [partition for partition in self._idleness.due(now) if self._is_still_drained(partition, now)]
        if not due:
            return
        for partition in due:
            self.handover.put_idle(partition)
        self._handing_out.announce()

    def _is_still_drained(self, partition: int, now: float) -> bool:
        """Ask the broker: what we have not heard may wait behind what we could not take in yet."""
        try:
            _, end = self._assignment.bounds(partition, DEAF_S)
        except KafkaException:
            self._idleness.deaf(now)
            return False
        drained_at = self.handover.drained_at(partition)
        if drained_at not in (-1, end):
            self._assignment.silence.go_on(partition, now)
        if end > drained_at:
            self._idleness.records_came(partition, now)
            return False
        return True

    def _on_error(self, error: KafkaError) -> None:
        """The broker cannot be reached: librdkafka goes on trying; silence is no silence meanwhile."""
        self._deaf = True
        log.debug("broker_error", error=str(error))
