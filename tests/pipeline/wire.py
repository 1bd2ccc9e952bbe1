"""Writing to topics and reading them whole."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from tests.waiting import PATIENCE_S

NO_COORDINATOR_YET: Final = (
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)
NO_LEADER_YET: Final = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)
Headers = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Message:
    """One record as it lies on a topic."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    at_ms: int
    """When it was produced, or when the broker appended it: as the topic says."""


class Publisher:
    """Publishes to given partitions, in order, and checks every delivery."""

    def __init__(self, address: str, topic: str, **settings: Any) -> None:
        self.topic = topic
        self._failed: list[str] = []
        self._producer = Producer(
            {"bootstrap.servers": address, "enable.idempotence": True, "linger.ms": 2, "log_level": 0, **settings}
        )

    def send(
        self,
        value: bytes | None,
        partition: int = -1,
        *,
        key: bytes | None = None,
        headers: list[tuple[str, bytes]] | None = None,
    ) -> None:
        """Hand over one record; waits while the queue is full."""
        while True:
            try:
                self._producer.produce(
                    self.topic, value, key=key, partition=partition, headers=headers or [], on_delivery=self._delivered
                )
                return
            except BufferError:
                self._producer.poll(0.05)

    def poll(self) -> None:
        """Take delivery reports."""
        self._producer.poll(0)

    def close(self, within_s: float = PATIENCE_S) -> None:
        """Wait until all is delivered."""
        left = self._producer.flush(within_s)
        assert not left, f"{left} records were not delivered within {within_s} s"
        assert not self._failed, f"{len(self._failed)} records were refused: {self._failed[0]}"

    def _delivered(self, error: KafkaError | None, _message: object) -> None:
        if error is not None:
            self._failed.append(str(error))


def publish(address: str, topic: str, values: Iterable[bytes | None], partitions: int, **settings: Any) -> int:
    """Publish the values in turn to each partition; how many there were."""
    publisher = Publisher(address, topic, **settings)
    number = 0
    for number, value in enumerate(values, 1):
        publisher.send(value, (number - 1) % partitions)
        if not number % 1000:
            publisher.poll()
    publisher.close()
    return number


def publish_to(address: str, topic: str, values: Iterable[bytes | None], partition: int) -> None:
    """Publish the values to one partition."""
    publisher = Publisher(address, topic)
    for value in values:
        publisher.send(value, partition)
    publisher.close()


def punctuation(at_ms: int) -> bytes:
    """The control record that says: nothing older than this comes any more."""
    return b'{"punctuation":%d}' % at_ms


def punctuate(address: str, topic: str, at_ms: int, partitions: int) -> None:
    """Put the control record at the end of every partition."""
    publish(address, topic, [punctuation(at_ms)] * partitions, partitions)


def read(address: str, topic: str, *, isolated: bool = True) -> list[Message]:
    """All records that lie on the topic now, partition by partition."""
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": "reads-all",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 50,
            "isolation.level": "read_committed" if isolated else "read_uncommitted",
            "log_level": 0,
        }
    )
    try:
        left = set(consumer.list_topics(topic, timeout=PATIENCE_S).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, partition, 0) for partition in left])
        found: list[Message] = []
        deadline = time.monotonic() + PATIENCE_S
        while left:
            assert time.monotonic() < deadline, f"{topic} could not be read within {PATIENCE_S} s"
            for message in consumer.consume(10_000, 0.1):
                error = message.error()
                if error is None:
                    headers = dict(message.headers() or [])
                    found.append(
                        Message(
                            message.partition(),
                            message.offset(),
                            message.key(),
                            message.value(),
                            headers,
                            message.timestamp()[1],
                        )
                    )
                elif error.code() == KafkaError._PARTITION_EOF:
                    left.discard(message.partition())
        return sorted(found, key=lambda m: (m.partition, m.offset))
    finally:
        consumer.close()


def ends(address: str, topics: Iterable[str]) -> dict[TopicPartition, int]:
    """The end offset of each partition of the topics."""
    probe = Consumer({"bootstrap.servers": address, "group.id": "asks-ends", "log_level": 0})
    try:
        return {
            tp: _end(probe, tp)
            for topic in topics
            for partition in sorted(probe.list_topics(topic, timeout=PATIENCE_S).topics[topic].partitions)
            for tp in (TopicPartition(topic, partition),)
        }
    finally:
        probe.close()


def _end(probe: Consumer, tp: TopicPartition) -> int:
    """The end of one partition. A broker that is just back does not lead its partitions yet."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return int(probe.get_watermark_offsets(tp, timeout=PATIENCE_S)[1])
        except KafkaException as exc:
            if exc.args[0].code() not in NO_LEADER_YET or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def reached(address: str, group: str, goals: Mapping[TopicPartition, int]) -> bool:
    """Whether the group has committed all of this."""
    with Committed(address, group) as committed:
        return committed.reached(goals)


def committed(address: str, group: str, topic: str) -> dict[int, int]:
    """What the group has committed of each partition of the topic; 0 where it has committed nothing."""
    asked = [TopicPartition(tp.topic, tp.partition) for tp in ends(address, [topic])]
    with Committed(address, group) as told:
        return {partition: max(offset, 0) for (_, partition), offset in told.offsets(asked).items()}


class Committed:
    """What a group has committed. Asked again and again by one client: a new one costs twenty times the question."""

    def __init__(self, address: str, group: str) -> None:
        settings = {"bootstrap.servers": address, "group.id": group, "enable.auto.commit": False, "log_level": 0}
        self._probe = Consumer(settings)

    def __enter__(self) -> "Committed":
        return self

    def __exit__(self, *_: object) -> None:
        self._probe.close()

    def reached(self, goals: Mapping[TopicPartition, int]) -> bool:
        """Whether all of this is committed."""
        at = self.offsets([TopicPartition(tp.topic, tp.partition) for tp in goals])
        return all(at[tp.topic, tp.partition] >= goal for tp, goal in goals.items() if goal > 0)

    def offsets(self, asked: list[TopicPartition]) -> dict[tuple[str, int], int]:
        """The offset of each, negative where there is none. The very first group of a broker waits for it."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                found = self._probe.committed(asked, timeout=PATIENCE_S)
            except KafkaException as exc:
                if exc.args[0].code() not in NO_COORDINATOR_YET or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return {(tp.topic, tp.partition): tp.offset for tp in found}


def loads(message: Message) -> Any:
    """The JSON in a record."""
    return json.loads(message.value or b"null")
