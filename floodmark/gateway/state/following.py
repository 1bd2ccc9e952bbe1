"""Follows the topics for a view, and the judges' changelog for what they remember, each in a thread of its own.

Until all is there that lay in the topics at the start, their threads fill view and memory by themselves, and nobody
else looks. From then on each batch is handed to the loop, which is the only one to touch them.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import structlog
from confluent_kafka import Consumer, Message, TopicPartition

from floodmark.gateway.integrations.conversations import Conversations
from floodmark.gateway.state.beginnings import beginnings
from floodmark.gateway.state.judgements import Judgements
from floodmark.gateway.state.positions import LETTERS
from floodmark.gateway.state.reading import ANSWER_S, TopicReading, partitions_of
from floodmark.gateway.state.view import TopicRecord, View
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.judges import judges_of
from runtime.kafka.listing import Slot
from runtime.kafka.topics import describe, ensure_topics
from schemas.topics import Topics

log = structlog.get_logger(__name__)

_topic: Final = Message.topic
_partition: Final = Message.partition
_offset: Final = Message.offset

LOOK_S: Final = 0.5
EVENTS: Final = 60_000
"""How many of the last records of minutes are events from the start: a stream can go on from there."""
RECEIPTS: Final = 2_000
"""How many of the last receipts are events from the start; all are read."""


@dataclass(frozen=True, slots=True)
class TopicSource:
    """Where the topics are.

    Args:
        cluster: The Kafka cluster.
        topics: Their names.
        partitions: Of the topic of transactions, where it is made.
        replication: Of the topics that are made.
        within_s: How long the cluster may take for each answer.
    """

    cluster: ClusterOrAddress
    topics: Topics
    partitions: int
    replication: int
    within_s: float


class Following:
    """See the module.

    Args:
        source: Where the topics are.
        view: What is filled from minutes, alerts, commands and receipts.
        judgements: What is filled from the changelog.
        now_ms: The present, in epoch milliseconds.
        conversations: What is filled from the notifier's memory; None: nobody asks for it.
    """

    def __init__(
        self,
        source: TopicSource,
        view: View,
        judgements: Judgements,
        now_ms: Callable[[], int],
        conversations: Conversations | None = None,
    ) -> None:
        self._source, self._view, self._judgements, self._now_ms = source, view, judgements, now_ms
        topics, group = source.topics, source.topics.helper_group("gateway")
        self._names: Mapping[str, str] = {
            topics.minutes: "minutes",
            topics.alerts: "alerts",
            topics.commands: "commands",
            topics.receipts: "receipts",
        }
        self._later: list[TopicRecord] = []
        self._events_from: dict[int, int] = {}
        """For each partition of minutes: records before this offset fill the view and are no events."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = threading.Event()
        self._began_at = time.monotonic()
        self._reading = TopicReading(source.cluster, group, self._plan, self._take, self._caught_up)
        self._memory = TopicReading(source.cluster, group, self._plan_memory, self._remember, self._remembered)
        self._told = (
            None
            if conversations is None
            else TopicReading(source.cluster, group, self._plan_told, conversations.take, conversations.caught_up)
        )

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin; whoever serves on the loop answers 503 until all was read."""
        self._loop, self._began_at = loop, time.monotonic()
        for each in self._readings:
            each.start()

    def close(self) -> None:
        """Stop. Not on the loop: threads may be waiting for it."""
        self._closing.set()
        for each in self._readings:
            each.close()

    @property
    def _readings(self) -> list[TopicReading]:
        return [self._reading, self._memory, *([] if self._told is None else [self._told])]

    @property
    def silent_s(self) -> float:
        """For how many seconds the broker has said nothing: it says at least that there is nothing new."""
        return max(0.0, time.monotonic() - self._reading.heard_at)

    # --- minutes, alerts, commands, receipts ----------------------------------------------------------------------

    def _plan(self, consumer: Consumer) -> Mapping[Slot, int]:
        source, topics = self._source, self._source.topics
        wanted = {*self._names, topics.changelog("judgements")}
        specs = [spec for spec in topics.specs(source.partitions) if spec.name in wanted]
        ensure_topics(source.cluster, specs, replication=source.replication, within_s=source.within_s)
        found = describe(source.cluster, within_s=source.within_s)
        ids = "|".join(found[name].topic_id or "" for name, kind in sorted(self._names.items()) if LETTERS[kind])
        starts = beginnings(consumer, partitions_of(consumer, [topics.minutes]), self._now_ms())
        starts |= _firsts(consumer, partitions_of(consumer, [topics.alerts, topics.commands, topics.receipts]))
        self._view.log.life = f"{crc32(ids.encode()):x}"
        tail = EVENTS // sum(topic == topics.minutes for topic, _ in starts)
        for (topic, partition), offset in starts.items():
            begin = offset
            if topic == topics.minutes:
                _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=ANSWER_S)
                begin = self._events_from[partition] = max(offset, end - tail)
            elif topic == topics.receipts:
                _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=ANSWER_S)
                begin = max(offset, end - RECEIPTS)
            self._view.begin(self._names[topic], partition, begin)
        return starts

    def _take(self, messages: Sequence[Message]) -> None:
        if self._view.ready:
            records = [self._record(message) for message in messages]
            self._on_loop(lambda: self._view.take(records))
            return
        minutes, before = self._source.topics.minutes, self._events_from
        # A day has a million minutes of series: what can be done in C is.
        if set(map(_topic, messages)) == {minutes} and max(map(_offset, messages)) < min(
            before[partition] for partition in set(map(_partition, messages))
        ):
            self._view.absorb(map(Message.value, messages))
            self._view.progress = self._reading.progress
            return
        old = [m for m in messages if m.topic() == minutes and m.offset() < before[m.partition()]]
        if old:
            self._view.absorb(map(Message.value, old))
            messages = [m for m in messages if m.topic() != minutes or m.offset() >= before[m.partition()]]
        records = [self._record(message) for message in messages]
        # What people did is taken in after the incidents that it is about.
        self._later += [each for each in records if each.topic == "commands"]
        self._view.take([each for each in records if each.topic != "commands"])
        self._view.progress = self._reading.progress

    def _caught_up(self) -> None:
        self._view.take(self._later)
        self._later = []
        self._view.progress = 1.0
        self._on_loop(self._become_ready)
        seconds = round(time.monotonic() - self._began_at, 2)
        log.info("topics_read", series=len(self._view.minutes), incidents=len(self._view.incidents), seconds=seconds)

    def _become_ready(self) -> None:
        self._view.ready = True

    def _record(self, message: Message) -> TopicRecord:
        _, at_ms = message.timestamp()
        return TopicRecord(self._names[message.topic()], message.partition(), message.offset(), message.value(), at_ms)

    # --- what the judges remember ---------------------------------------------------------------------------------

    def _plan_memory(self, consumer: Consumer) -> Mapping[Slot, int]:
        source, changelog = self._source, self._source.topics.changelog("judgements")
        slots = partitions_of(consumer, [changelog])
        judges = judges_of(source.cluster, source.topics, {source.topics.partials: 1, changelog: len(slots)})
        self._judgements.begin(judges)
        return _firsts(consumer, slots[:judges])

    def _remember(self, messages: Sequence[Message]) -> None:
        def take() -> None:
            for message in messages:
                _, at_ms = message.timestamp()
                self._judgements.take(message.partition(), message.key(), message.value(), at_ms)

        if self._judgements.ready:
            self._on_loop(take)
        else:
            take()

    def _remembered(self) -> None:
        def become_ready() -> None:
            self._judgements.ready = True

        self._on_loop(become_ready)
        log.info("judgements_read", seconds=round(time.monotonic() - self._began_at, 2))

    # --- which incidents people were told of together -------------------------------------------------------------

    def _plan_told(self, consumer: Consumer) -> Mapping[Slot, int]:
        topic = self._source.topics.notifications
        specs = [spec for spec in self._source.topics.specs(1) if spec.name == topic]
        ensure_topics(self._source.cluster, specs, replication=self._source.replication)
        return _firsts(consumer, partitions_of(consumer, [topic]))

    # --- the loop -------------------------------------------------------------------------------------------------

    def _on_loop(self, work: Callable[[], None]) -> None:
        """Have the loop do it, and wait until it is done; what it raises is raised here. Nothing once we close."""
        done = threading.Event()
        errors: list[Exception] = []

        def run() -> None:
            try:
                work()
            except Exception as error:  # it is raised in the thread that reads, whose end is minded
                errors.append(error)
            done.set()

        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(run)
        except RuntimeError:
            return
        while not done.wait(LOOK_S):
            if self._closing.is_set():
                return
        if errors:
            raise errors[0]


def _firsts(consumer: Consumer, slots: Iterable[Slot]) -> dict[Slot, int]:
    """The first offset that each partition has.

    Raises:
        KafkaException: The broker does not say it within ANSWER_S.
    """
    return {slot: consumer.get_watermark_offsets(TopicPartition(*slot), timeout=ANSWER_S)[0] for slot in slots}
