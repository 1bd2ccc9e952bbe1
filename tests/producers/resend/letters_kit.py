"""What the tests of dead letters share: letters put on their topic, and what is found on another one."""

from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from runtime.kafka.topics import ensure_topics
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics
from tests.pipeline import wire

PARTITIONS = 3


@dataclass
class Office:
    """One installation's topics on a broker."""

    broker: str
    topics: Topics

    def opened(self) -> "Office":
        """The same, its topics made."""
        wanted = {self.topics.transactions, self.topics.dead_letters}
        specs = [spec for spec in self.topics.specs(PARTITIONS) if spec.name in wanted]
        ensure_topics(self.broker, specs, replication=1)
        return self

    def flags(self) -> list[str]:
        """How a command is told of it."""
        return ["--broker", self.broker, "--topic-prefix", self.topics.prefix]

    def put_aside(
        self,
        *values: bytes | None,
        reason: str = "not_json",
        first: int = 0,
        partition: int = 0,
        topic: str = "",
        field: str = "",
    ) -> None:
        """Dead letters of records that lay at the offsets `first`, `first` + 1, … of one partition."""
        about = (
            DeadLetter(
                topic=topic or self.topics.transactions, partition=partition, offset=offset, reason=reason, field=field
            )
            for offset, _ in enumerate(values, first)
        )
        self.publish((value, letter.key, letter.headers()) for value, letter in zip(values, about, strict=True))

    def publish(self, records: Iterable[tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]]) -> None:
        """Records with key and headers on partition 0 of the dead letters' topic, every delivery checked."""
        failed: list[KafkaError] = []
        producer = Producer({"bootstrap.servers": self.broker, "linger.ms": 1, "log_level": 0})
        for value, key, headers in records:
            producer.produce(
                self.topics.dead_letters,
                value,
                key,
                partition=0,
                headers=headers,
                on_delivery=lambda error, _: failed.append(error) if error else None,
            )
            producer.poll(0)
        assert producer.flush(120) == 0
        assert not failed, failed[0]

    def transactions(self) -> list[tuple[int, bytes | None]]:
        """Partition and value of all records on the transactions topic, partition by partition."""
        name = self.topics.transactions
        consumer = Consumer({"bootstrap.servers": self.broker, "group.id": "none", "log_level": 0})
        found: list[tuple[int, bytes | None]] = []
        try:
            for end, high in wire.ends(self.broker, [name]).items():
                number = end.partition
                consumer.assign([TopicPartition(name, number, 0)])
                while len([1 for partition, _ in found if partition == number]) < high:
                    record = consumer.poll(120)
                    assert record is not None
                    assert record.error() is None, record.error()
                    found.append((number, record.value()))
        finally:
            consumer.close()
        return found

    def values(self) -> list[bytes | None]:
        """The values of all records on the transactions topic, sorted."""
        return sorted((value for _, value in self.transactions()), key=lambda value: value or b"")
