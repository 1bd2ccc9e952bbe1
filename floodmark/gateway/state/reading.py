"""Reads partitions of topics from some offset on, for ever, in a thread of its own; commits nothing."""

import gc
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from runtime.garbage import BetweenTurns
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.errors import BrokerError
from runtime.kafka.leader import Leader, LeaderSilent
from runtime.kafka.listing import Slot
from runtime.kafka.unreadable import UNREADABLE, Doubts
from runtime.log_rate import Sparing
from runtime.minding import thread

log = structlog.get_logger(__name__)

MANY: Final = 2_000
"""Records that are taken at once while there is a backlog."""
FEW: Final = 200
"""Records that are taken at once afterwards: whoever takes them does other things, too."""
WAIT_S: Final = 0.05
"""How long to wait for more where there is a backlog."""
IDLE_S: Final = 0.5
"""How long to wait for anything afterwards: a thread that wakes for nothing takes a turn from the loop."""
GATHER_S: Final = 0.02
"""What comes within this time of a record is taken with it."""
AGAIN_S: Final = 1.0
ANSWER_S: Final = 10.0
QUIET_S: Final = 5.0
"""When nothing has come for so long, the broker is asked whether it is there."""

_error: Final = Message.error
_topic: Final = Message.topic
_partition: Final = Message.partition

Plan = Callable[[Consumer], Mapping[Slot, int]]
"""Where to begin in each partition; asked again after KafkaException, BrokerError, and KeyError (no such topic)."""
Take = Callable[[Sequence[Message]], None]
"""Takes records, of each partition in order."""


SETTINGS: Final = {
    "enable.partition.eof": True,
    "allow.auto.create.topics": False,
    "fetch.wait.max.ms": 50,
    "fetch.queue.backoff.ms": 5,
    "fetch.error.backoff.ms": 100,
    "queued.max.messages.kbytes": 32_768,
    "reconnect.backoff.max.ms": 2_000,
}


class TopicReading:
    """See the module.

    Args:
        cluster: The Kafka cluster.
        group: The name to read under.
        plan: Where to begin; asked again and again until the broker answers.
        take: Is given the records, in the thread that reads.
        caught_up: Called once in that thread, when all was taken that there was at the start.
    """

    def __init__(
        self, cluster: ClusterOrAddress, group: str, plan: Plan, take: Take, caught_up: Callable[[], None]
    ) -> None:
        self._consumer = client.onlooker(cluster, group, {"client.id": group, **SETTINGS})
        self._leader = Leader(cluster)
        self._plan, self._take, self._caught_up = plan, take, caught_up
        self._missing: set[Slot] = set()
        self._begun: dict[Slot, int] = {}
        self._ends: dict[Slot, int] = {}
        self._at: dict[Slot, int] = {}
        self._doubts, self._sparing = Doubts(), Sparing()
        self._closing = threading.Event()
        self._is_reading = False
        self.heard_at = time.monotonic()
        """When the broker last said something (monotonic seconds): a record, or that there is none."""
        self._thread = thread(self._run, f"reading {group}")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Stop; waits for the batch in hand."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def progress(self) -> float:
        """Part of what there was at the start that has been taken, 0 to 1."""
        if not self._is_reading:
            return 0.0
        whole = sum(self._ends[slot] - begin for slot, begin in self._begun.items())
        done = sum(min(self._at[slot], self._ends[slot]) - begin for slot, begin in self._begun.items())
        return min(1.0, done / whole) if whole > 0 else 1.0

    def _run(self) -> None:
        try:
            while not self._closing.is_set() and not self._begin():
                self._closing.wait(AGAIN_S)
            # A day of minutes is millions of objects that hold no cycles: the collector would look through them again
            # and again.
            with BetweenTurns() as garbage:
                while self._missing and not self._closing.is_set():
                    self._read()
                    garbage.turned()
            gc.freeze()
            while not self._closing.is_set():
                self._read()
        finally:
            self._consumer.close()

    def _begin(self) -> bool:
        try:
            starts = dict(self._plan(self._consumer))
            for slot in starts:
                _, end = self._consumer.get_watermark_offsets(TopicPartition(*slot), timeout=ANSWER_S)
                self._ends[slot] = end
        except (KafkaException, KeyError, BrokerError) as error:
            self._sparing.tell(log.warning, "topics_not_read_yet", error=str(error))
            return False
        self._begun, self._at = starts, dict(starts)
        self._missing = {slot for slot, begin in starts.items() if begin < self._ends[slot]}
        self._consumer.assign([TopicPartition(*slot, offset) for slot, offset in starts.items()])
        self._is_reading, self.heard_at = True, time.monotonic()
        if not self._missing:
            self._caught_up()
        return True

    def _read(self) -> None:
        was_behind = bool(self._missing)
        try:
            messages = self._consumer.consume(MANY, WAIT_S) if was_behind else self._what_comes()
        except KafkaException as error:
            self._sparing.tell(log.warning, "topics_not_read", error=str(error))
            self._closing.wait(AGAIN_S)
            return
        if messages:
            self.heard_at = time.monotonic()
            self._take_all(messages)
        elif time.monotonic() - self.heard_at > QUIET_S:
            self._ask()
        if was_behind and not self._missing:
            self._caught_up()

    def _what_comes(self) -> list[Message]:
        # `consume` alone would wait for all of its time, or for as many.
        first = self._consumer.poll(IDLE_S)
        return [] if first is None else [first, *self._consumer.consume(FEW - 1, GATHER_S)]

    def _ask(self) -> None:
        """A quiet topic is no silent broker: librdkafka says once that there is nothing new, and then nothing."""
        try:
            self._consumer.get_watermark_offsets(TopicPartition(*next(iter(self._at))), timeout=ANSWER_S)
        except KafkaException as error:
            self._sparing.tell(log.warning, "broker_silent", error=str(error))
        else:
            self.heard_at = time.monotonic()

    def _take_all(self, messages: list[Message]) -> None:
        records = messages
        # A day has a million minutes of series: what can be done in C is.
        if any(map(_error, messages)):
            records = [message for message in messages if message.error() is None]
        if records:
            self._take(records)
            last = dict(zip(zip(map(_topic, records), map(_partition, records), strict=True), records, strict=True))
            for slot, message in last.items():
                self._note(slot, message.offset() + 1)
        if len(records) < len(messages):
            for message in messages:
                if (error := message.error()) is not None:
                    self._look_at(message, error)

    def _look_at(self, message: Message, error: KafkaError) -> None:
        if error.code() == KafkaError._PARTITION_EOF:
            self._note((message.topic(), message.partition()), message.offset())
        elif error.code() in UNREADABLE:
            self._pass_over(message, error)
        else:
            self._sparing.tell(log.warning, "topics_not_read", topic=message.topic(), error=error.str())

    def _note(self, slot: Slot, at: int) -> None:
        self._at[slot] = at
        if slot in self._missing and at >= self._ends[slot]:
            self._missing.discard(slot)

    def _pass_over(self, message: Message, error: KafkaError) -> None:
        """A batch that nobody can read: go on behind it."""
        slot = (message.topic(), message.partition())
        try:
            batch = self._leader.batch_at(*slot, max(message.offset(), self._at.get(slot, 0)))
        except LeaderSilent:
            return
        if self._doubts.are_left(slot[1], batch, error):
            return
        self._sparing.tell(log.error, "batch_unreadable", topic=slot[0], partition=slot[1], first=batch.first)
        self._note(slot, batch.last + 1)
        self._consumer.seek(TopicPartition(*slot, batch.last + 1))


def partitions_of(consumer: Consumer, topics: Iterable[str]) -> list[Slot]:
    """The partitions of these topics.

    Raises:
        KafkaException: The broker does not answer.
        KeyError: A topic is not there.
    """
    slots: list[Slot] = []
    for topic in topics:
        found = consumer.list_topics(topic, ANSWER_S).topics[topic]
        if found.error is not None or not found.partitions:
            raise KeyError(f"topic {topic} is not there")
        slots += [(topic, number) for number in sorted(found.partitions)]
    return slots
