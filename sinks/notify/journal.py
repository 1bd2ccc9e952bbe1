"""The notifier's memory on Kafka: a record for each notification, silence and budget of a team; compacted.

What has been read of the alerts, what that has changed and what was delivered are committed in one transaction, in the
name of the notifier. Whoever takes that name ends the transactions of whoever had it before: of two notifiers that both
take themselves for the one, the older one can write nothing any more.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

import msgspec
import pydantic
import structlog
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, Message, TopicPartition

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.unreadable import UNREADABLE, PassingOver
from runtime.log_rate import Sparing
from schemas.codec import NOT_DECODED
from schemas.topics import ONLY, STATE_BYTES
from sinks.notify import budget, silences
from sinks.notify.budget import Spent
from sinks.notify.notification import Notification, decoded, encoded
from sinks.notify.receipts import DeliveryReceipt, receipt_bytes
from sinks.notify.silences import Silence
from sinks.notify.soundness import unsound
from sinks.protocol import Partition

log = structlog.get_logger(__name__)
Written = TypeVar("Written")
OPEN_MS: Final = 60_000
"""A transaction that is left open is ended by the broker after so long."""
STUCK_S: Final = 2.0
"""A call that takes so much longer than it may does not come back."""
BATCH: Final = 1_000
_TAKEN_OVER: Final = frozenset({KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH})

Offsets = Mapping[Partition, int]
SILENCE: Final = b"silence/"
"""What the keys of silences begin with."""
BUDGET: Final = b"budget/"
"""The same of what teams have had of their budgets."""


@dataclass(slots=True)
class JournalContent:
    """What was written: by id."""

    notifications: dict[str, Notification] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)
    budgets: dict[str, Spent] = field(default_factory=dict)


@dataclass(slots=True)
class News:
    """What is to be written.

    Args:
        notifications: Those that have changed, by id; None: it is forgotten.
        silences: The same of silences.
        budgets: What teams have had of their budgets, by team.
        receipts: What became of messages.
        offsets: Where to go on reading alerts.
    """

    notifications: dict[str, Notification | None] = field(default_factory=dict)
    silences: dict[str, Silence | None] = field(default_factory=dict)
    budgets: dict[str, Spent] = field(default_factory=dict)
    receipts: Sequence[DeliveryReceipt] = ()
    offsets: Offsets = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.notifications or self.silences or self.budgets or self.receipts or self.offsets)


class TakenOver(Exception):
    """Another notifier has taken our place; it knows all that we have written."""


class NotWritten(Exception):
    """Nothing of it was written; the message says why. It may be tried again."""


class Reads(Protocol):
    """The side that reads alerts: what its group has committed is committed with the rest."""

    def group(self) -> Any:
        """The consumer group's metadata, as librdkafka wants it."""

    def stamped(self, partition: Partition) -> str:
        """What is noted beside an offset of the partition."""


class Journal:
    """See the module; not to be used by two threads at once.

    Args:
        cluster: The Kafka cluster.
        topic: The topic of notifications; it has one partition.
        receipts: The topic of receipts.
        name: Under which it is written, and read: the notifier's group.
        within_s: How long the broker may take.
    """

    def __init__(self, cluster: ClusterOrAddress, topic: str, receipts: str, name: str, within_s: float = 30.0) -> None:
        self._cluster, self._topic, self._receipts = cluster, topic, receipts
        self._name, self._within_s = name, within_s
        self._producer: Any = None

    def open(self) -> JournalContent:
        """Take our place, and read what there is.

        Raises:
            NotWritten: the broker has not answered in time.
        """
        settings = {
            "transactional.id": self._name,
            "transaction.timeout.ms": OPEN_MS,
            "compression.type": "zstd",
            "message.max.bytes": STATE_BYTES,
            "log_level": 0,
        }
        try:
            self._producer = client.producer(self._cluster, settings)
            self._producer.init_transactions(self._within_s)
            return read(self._cluster, self._topic, self._name, self._within_s)
        except KafkaException as error:
            raise NotWritten(error.args[0].str()) from error

    def write(self, news: News, reader: Reads) -> None:
        """Write all of it, or nothing.

        Raises:
            TakenOver: another one has our place.
            NotWritten: nothing was written; see there.
        """
        try:
            self._producer.begin_transaction()
            for name, notification in news.notifications.items():
                value = None if notification is None else encoded(notification)
                self._produce(self._topic, name.encode(), value)
            for name, silence in news.silences.items():
                value = None if silence is None else silences.encoded(silence)
                self._produce(self._topic, SILENCE + name.encode(), value)
            for name, spent in news.budgets.items():
                self._produce(self._topic, BUDGET + name.encode(), budget.encoded(spent))
            for receipt in news.receipts:
                self._produce(self._receipts, receipt.notification.encode(), receipt_bytes(receipt))
            if news.offsets:
                positions = [
                    TopicPartition(p.topic, p.number, offset, reader.stamped(p)) for p, offset in news.offsets.items()
                ]
                self._send_offsets(positions, reader.group())
            self._commit()
        except KafkaException as error:
            self._fail(error.args[0])

    def close(self) -> None:
        """Leave; never raises."""
        self._producer = None

    def _send_offsets(self, positions: list[TopicPartition], group: Any) -> None:
        """Add offsets to the transaction.

        Librdkafka may wait for ever there for a broker that was started again, however long it is given
        (confluentinc/librdkafka#5456, #5511). The producer is of no use then: whoever is started anew has another one.
        """
        producer, failed = self._producer, list[BaseException]()

        def send() -> None:
            try:
                producer.send_offsets_to_transaction(positions, group, self._within_s)
            except Exception as error:  # raised again in the thread that has asked
                failed.append(error)

        sending = threading.Thread(target=send, name="notify-offsets", daemon=True)
        sending.start()
        sending.join(self._within_s + STUCK_S)
        if sending.is_alive():
            raise TakenOver("the broker was away, and Kafka's client does not come back from asking for its group")
        if failed:
            raise failed[0]

    def _commit(self) -> None:
        """Commit; asks again as long as it is not known whether that has been done."""
        deadline = time.monotonic() + self._within_s
        while True:
            try:
                self._producer.commit_transaction(max(0.1, deadline - time.monotonic()))
                return
            except KafkaException as error:
                if not error.args[0].retriable() or time.monotonic() >= deadline:
                    raise

    def _fail(self, error: KafkaError) -> None:
        if error.code() in _TAKEN_OVER or error.fatal():
            raise TakenOver(f"another notifier has taken over ({error.str()})")
        if error.txn_requires_abort():
            self._abort()
            raise NotWritten(error.str())
        # It is not known whether it was committed: only whoever reads the journal anew knows.
        raise TakenOver(f"the broker did not say whether it has taken what was written ({error.str()})")

    def _abort(self) -> None:
        try:
            self._producer.abort_transaction(self._within_s)
        except KafkaException as error:
            raise TakenOver(f"what was begun could not be taken back ({error.args[0].str()})") from error

    def _produce(self, topic: str, key: bytes, value: bytes | None) -> None:
        while True:
            try:
                self._producer.produce(topic, value, key, ONLY)
                return
            except BufferError:
                self._producer.poll(0.1)


def read(cluster: ClusterOrAddress, topic: str, group: str, within_s: float) -> JournalContent:
    """All that is written on the topic; commits nothing.

    Args:
        cluster: The Kafka cluster.
        topic: The topic of notifications.
        group: The name to read under; nobody joins it.
        within_s: How long the broker may take between two answers.

    Raises:
        KafkaException: it has not answered in time.
    """
    settings = {
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "fetch.wait.max.ms": 50,
        "reconnect.backoff.max.ms": 1000,
    }
    consumer = client.onlooker(cluster, group, settings)
    try:
        consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
        passing = PassingOver(cluster, consumer)
        found, sparing, deadline = JournalContent(), Sparing(), time.monotonic() + within_s
        while time.monotonic() < deadline:
            for message in consumer.consume(BATCH, 0.1):
                deadline = time.monotonic() + within_s
                error = message.error()
                if error is None:
                    _take(found, message, sparing)
                elif error.code() == KafkaError._PARTITION_EOF:
                    sparing.rest(log.error, "journal_unreadable")
                    return found
                elif (batch := passing.batch(message)) is not None:
                    sparing.tell(log.error, "batch_unreadable", topic=topic, first=batch.first, last=batch.last)
                elif not error.retriable() and error.code() not in UNREADABLE:
                    raise KafkaException(error)
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
    finally:
        consumer.close()


def _take(found: JournalContent, message: Message, sparing: Sparing) -> None:
    key, value = message.key() or b"", message.value()
    try:
        if key.startswith(SILENCE):
            _put(found.silences, key.removeprefix(SILENCE), value, silences.decoded)
        elif key.startswith(BUDGET):
            _put(found.budgets, key.removeprefix(BUDGET), value, budget.decoded)
        else:
            _put(found.notifications, key, value, lambda raw: _notification(raw, key.decode()))
    except (*NOT_DECODED, pydantic.ValidationError) as error:
        # Whoever writes here beside us is not to keep people from being told.
        first_line = str(error).splitlines()[0]
        sparing.tell(log.error, "journal_unreadable", offset=message.offset(), error=first_line)


def _notification(raw: bytes, name: str) -> Notification:
    read = decoded(raw)
    if fault := unsound(read, name):
        raise msgspec.ValidationError(fault)
    return read


def _put(found: dict[str, Written], key: bytes, value: bytes | None, read: Callable[[bytes], Written]) -> None:
    if value is None:
        found.pop(key.decode(), None)
    else:
        found[key.decode()] = read(value)
