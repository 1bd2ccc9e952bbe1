"""The source of records on Kafka: one member of a consumer group, with manual commits."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.lives import TopicLives
from runtime.kafka.unreadable import UNREADABLE, PassingOver
from sinks.kafka_errors import REFUSED, WAITABLE
from sinks.protocol import CommitFailed, Partition, Record, Revoked

log = structlog.get_logger(__name__)

STAMP: Final = "@"
"""What the id of a topic begins with, in what is noted beside an offset."""
QUIET_S: Final = 10.0
"""Seconds before the same reason is logged again."""
PLACED_WITHIN_S: Final = 5.0
"""How long the broker may take to tell where the group is, before it is asked again."""


class SourceError(Exception):
    """The broker refuses us for good; the message says why."""


def settings(group: str) -> dict[str, Any]:
    """The consumer's settings.

    Every partition end is told (`enable.partition.eof`), because "nothing left" is otherwise hard to
    tell from "nothing comes" on compacted topics. Fetches wait a tenth of a second only: librdkafka's
    in-process cluster waits that long even when a record comes meanwhile.
    """
    return {
        "group.id": group,
        "client.id": f"{group}-consumer",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "partition.assignment.strategy": "range",
        "enable.partition.eof": True,
        "allow.auto.create.topics": False,
        "session.timeout.ms": 6_000,
        "heartbeat.interval.ms": 2_000,
        "max.poll.interval.ms": 300_000,
        "topic.metadata.refresh.interval.ms": 30_000,
        "fetch.wait.max.ms": 100,
        "fetch.queue.backoff.ms": 5,
        "queued.max.messages.kbytes": 16_384,
        "reconnect.backoff.max.ms": 2_000,
        # Silent: what goes wrong comes to the error callback as well, and is logged there in our form.
        "log_level": 0,
    }


class KafkaSource:
    """Joins a group when it is made; implements `sinks.protocol.Source`.

    The eager protocol is used: at every rebalance all partitions go and come back, and whatever was
    fetched and not committed is fetched again.

    Args:
        cluster: The Kafka cluster.
        group: The consumer group.
        topics: What to read.
        from_beginning: Start each partition at its first record the first time it is assigned,
            whatever the group has committed.
        broker_end: The end of a partition as the broker tells it when asked; None when that is not known.
    """

    def __init__(
        self,
        cluster: ClusterOrAddress,
        group: str,
        topics: Iterable[str],
        *,
        from_beginning: bool = False,
        broker_end: Callable[[Partition], int | None] = lambda _partition: None,
    ) -> None:
        self._broker_end, self._cluster, self._group = broker_end, cluster, group
        self._revoked: Revoked = lambda _partitions, _may_commit: None
        self._fatal: KafkaError | None = None
        self._rewind = from_beginning
        self._started: set[Partition] = set()
        self._owned: frozenset[Partition] = frozenset()
        self._taken: set[Partition] = set()
        self._reached: dict[Partition, int] = {}
        self._ends: dict[Partition, int] = {}
        self._is_placed = True
        self._new: frozenset[Partition] = frozenset()
        self._notes: dict[Partition, str] = {}
        self._lives, self._ids = TopicLives(cluster), dict[str, str]()
        self._polled: list[Message] = []
        self._logged_at: dict[str, float] = {}
        self._paused: frozenset[Partition] = frozenset()
        self._consumer = client.consumer(cluster, settings(group) | {"error_cb": self._on_error})
        self._passing = PassingOver(cluster, self._consumer)
        self._consumer.subscribe(
            list(topics),
            on_assign=self._on_assign,
            on_revoke=lambda _, partitions: self._on_gone(partitions, may_commit=True),
            on_lost=lambda _, partitions: self._on_gone(partitions, may_commit=False),
        )

    def listen(self, revoked: Revoked) -> None:
        """See `Source.listen`."""
        self._revoked = revoked

    def fetch(self, limit: int, wait_s: float, linger_s: float) -> list[Record]:
        """See `Source.fetch`.

        Raises:
            SourceError: the broker refuses us for good.
        """
        self._taken.clear()
        self._place()
        messages, self._polled = self._polled, []
        messages += self._consumer.consume(1, 0 if messages else wait_s)
        if messages and limit > 1:
            messages += self._consumer.consume(limit - 1, linger_s)
        self._raise_fatal()
        records = [record for message in messages if (record := self._record(message)) is not None]
        records = self._without_taken(records)
        for record in records:
            self._reached[record.partition] = record.offset + 1
        return records

    def hold(self, wait_s: float) -> None:
        """See `Source.hold`. Partitions that are assigned meanwhile are held too."""
        self._place()
        if self._is_placed and (fresh := self._owned - self._paused):
            self._consumer.pause(_positions(fresh))
            self._paused |= fresh
        message = self._consumer.poll(wait_s)
        if message is not None:
            self._polled.append(message)
        self._raise_fatal()

    def resume(self) -> None:
        """See `Source.resume`."""
        if self._paused:
            self._consumer.resume(_positions(self._paused))
        self._paused = frozenset()

    def commit(self, offsets: Mapping[Partition, int], notes: Mapping[Partition, str] | None = None) -> None:
        """See `Source.commit`."""
        metadata = notes or {}
        wanted = [
            TopicPartition(p.topic, p.number, offset, self.stamped(p, metadata.get(p, "")))
            for p, offset in offsets.items()
        ]
        try:
            answers = self._consumer.commit(offsets=wanted, asynchronous=False)
        except KafkaException as error:
            raise CommitFailed(error.args[0].str()) from error
        refused = [answer for answer in answers or () if answer.error is not None]
        if refused:
            raise CommitFailed(refused[0].error.str())

    def group(self) -> Any:
        """The group's metadata: what a producer needs to commit its offsets in a transaction."""
        return self._consumer.consumer_group_metadata()

    def stamped(self, partition: Partition, note: str = "") -> str:
        """A note with the id of the topic that is read: an offset means nothing in another one of the same name."""
        identity = self._ids.get(partition.topic, "")
        return f"{STAMP}{identity} {note}" if identity else note

    def lag(self) -> Mapping[Partition, int]:
        """See `Source.lag`. Asks nobody: it is what the last fetches told, and whoever asks the broker beside them."""
        return {partition: self._behind(partition) for partition in self._owned}

    def ends(self) -> Mapping[Partition, int]:
        """See `Source.ends`."""
        return self._ends

    def note(self, partition: Partition) -> str:
        """See `Source.note`."""
        return self._notes.get(partition, "")

    def is_new(self, partition: Partition) -> bool:
        """See `Source.is_new`."""
        return partition in self._new

    def close(self) -> None:
        """See `Source.close`."""
        self._consumer.close()

    def _behind(self, partition: Partition) -> int:
        if not self._is_placed:
            # Where we are is not known, so that there is nothing left may not be said.
            return max(1, self._broker_end(partition) or 0)
        known = self._consumer.get_watermark_offsets(TopicPartition(*partition), cached=True)
        ends = (known[1] if known is not None else 0, self._broker_end(partition) or 0)
        return max(0, max(ends) - self._reached.get(partition, 0))

    def _record(self, message: Message) -> Record | None:
        """The record that it is, or that stands for a batch which nobody can read; takes note of ends.

        Raises:
            SourceError: It says what will not pass.
        """
        error = message.error()
        if error is None:
            return _record(message)
        if error.code() in UNREADABLE:
            return self._unreadable(message, error)
        if error.code() == KafkaError._PARTITION_EOF:
            partition = Partition(message.topic(), message.partition())
            self._reached[partition] = max(self._reached.get(partition, 0), message.offset())
            self._ends.setdefault(partition, message.offset())
        elif error.retriable() or error.code() in WAITABLE:
            self._waits(error)
        else:
            raise SourceError(f"Kafka refuses to give records of {message.topic()}: {error.str()}")
        return None

    def _unreadable(self, message: Message, error: KafkaError) -> Record | None:
        """What stands for a batch that nobody can read; reading goes on behind it. None: it is told again, or was."""
        partition = Partition(message.topic(), message.partition())
        batch = self._passing.batch(message, self._reached.get(partition, 0)) if partition in self._owned else None
        if batch is None:
            self._waits(error)
            return None
        trouble = (
            f"the batch of offsets {batch.first} to {batch.last}, {batch.records:,} records by its header: "
            f"{error.str()}"
        )
        return Record(partition, batch.last, None, batch.raw, trouble=trouble, first=batch.first)

    def _without_taken(self, records: list[Record]) -> list[Record]:
        """Leave out records of partitions that went away during this fetch.

        If such a partition is ours again, it cannot be told which of its records are from before, so all
        are dropped and all that is ours is read again from what is committed.
        """
        mixed = {record.partition for record in records if record.partition in self._taken}
        if not mixed:
            return records
        self._is_placed = self._is_placed and not mixed & self._owned
        return [record for record in records if record.partition not in mixed]

    def _on_assign(self, consumer: Consumer, assigned: list[TopicPartition]) -> None:
        self._owned = frozenset(Partition(p.topic, p.partition) for p in assigned)
        self._is_placed = False
        self._place()
        if not self._is_placed:
            consumer.assign([])
        log.info("partitions_assigned", partitions=sorted(f"{p.topic}/{p.number}" for p in self._owned))

    def _place(self) -> None:
        """Begin to read what is ours where the group is; nothing is read as long as the broker does not tell that.

        Librdkafka would ask for it by itself, but never again once that has failed: it would read nothing, and say
        nothing, until the next rebalance.
        """
        if self._is_placed or not self._identify() or (starts := self._committed()) is None:
            return
        found = {Partition(start.topic, start.partition): start for start in starts}
        told = {partition: _unstamped(start.metadata or "") for partition, start in found.items()}
        self._new = frozenset(partition for partition, start in found.items() if start.offset < 0)
        anew = frozenset(p for p, (identity, _) in told.items() if identity not in ("", self._ids.get(p.topic, "")))
        if anew:
            log.warning("topics_made_anew", topics=sorted({p.topic for p in anew}), effect="read from the beginning")
        begun = self._new | anew | (self._owned - self._started if self._rewind else frozenset())
        self._notes = {partition: note for partition, (_, note) in told.items() if partition not in begun and note}
        self._consumer.assign([_at_beginning(start) if p in begun else start for p, start in found.items()])
        self._started |= self._owned
        self._reached, self._ends = {}, {}
        self._passing.begin()
        self._is_placed = True

    def _identify(self) -> bool:
        """Whether it is known which lives the topics are in that are ours."""
        try:
            found = self._lives.look({partition.topic for partition in self._owned})
        except KafkaException as error:
            self._waits(error.args[0])
            return False
        self._ids = {topic: life.identity for topic, life in found.items() if life is not None}
        return all(found.values())

    def _committed(self) -> list[TopicPartition] | None:
        """Where the group is in what is ours; a negative offset where it has committed nothing. None: not known now."""
        if not self._owned:
            return []
        try:
            found: list[TopicPartition] = self._consumer.committed(_positions(self._owned), timeout=PLACED_WITHIN_S)
        except KafkaException as error:
            wrong = error.args[0]
        else:
            wrong = next((start.error for start in found if start.error is not None), None)
            if wrong is None:
                return found
        if wrong.code() in REFUSED:
            self._fatal = wrong
        self._waits(wrong)
        return self._committed_for_good() if wrong.code() == KafkaError._TIMED_OUT else None

    def _committed_for_good(self) -> list[TopicPartition] | None:
        """The same, whatever a transaction has left open: a broker that was stopped in one may never end it.

        What was committed last lies before it, so what is read from there may have been read before. None: not known,
        or not of all that is ours.
        """
        try:
            looking = client.onlooker(self._cluster, self._group, {"isolation.level": "read_uncommitted"})
            try:
                found: list[TopicPartition] = looking.committed(_positions(self._owned), timeout=PLACED_WITHIN_S)
            finally:
                looking.close()
        except KafkaException:
            return None
        if any(start.error is not None or start.offset < 0 for start in found):
            return None
        log.warning("transaction_left_open", effect="reading goes on where the one before it ended")
        return found

    def _on_gone(self, gone: list[TopicPartition], *, may_commit: bool) -> None:
        partitions = frozenset(Partition(p.topic, p.partition) for p in gone)
        # A partition that goes away paused would come back paused.
        if stuck := self._paused & partitions:
            self._consumer.resume(_positions(stuck))
        self._owned -= partitions
        self._is_placed = self._is_placed or not self._owned
        self._ends = {p: offset for p, offset in self._ends.items() if p not in partitions}
        self._paused -= partitions
        self._taken |= partitions
        self._polled = [
            m for m in self._polled if m.error() is None and Partition(m.topic(), m.partition()) not in partitions
        ]
        self._revoked(partitions, may_commit)

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal() or error.code() == KafkaError._AUTHENTICATION:
            self._fatal = error
        else:
            self._waits(error)

    def _waits(self, error: KafkaError) -> None:
        """Log an error that passes by itself, each reason at most once in a while: they come by the dozen."""
        now = time.monotonic()
        if now - self._logged_at.get(error.name(), -QUIET_S) >= QUIET_S:
            self._logged_at[error.name()] = now
            log.warning("kafka_waits", reason=error.name(), detail=error.str())

    def _raise_fatal(self) -> None:
        if self._fatal is not None:
            raise SourceError(f"Kafka refuses us: {self._fatal.str()}")


def _record(message: Message) -> Record:
    return Record(
        Partition(message.topic(), message.partition()),
        message.offset(),
        message.key(),
        message.value(),
        message.headers() or (),
        -1 if (epoch := message.leader_epoch()) is None else epoch,
        message.timestamp()[1],
    )


def _positions(partitions: Iterable[Partition]) -> list[TopicPartition]:
    return [TopicPartition(partition.topic, partition.number) for partition in partitions]


def _unstamped(text: str) -> tuple[str, str]:
    """The id of the topic and the note; no id where none was noted."""
    if not text.startswith(STAMP):
        return "", text
    identity, _, note = text.removeprefix(STAMP).partition(" ")
    return identity, note


def _at_beginning(position: TopicPartition) -> TopicPartition:
    return TopicPartition(position.topic, position.partition, OFFSET_BEGINNING)
