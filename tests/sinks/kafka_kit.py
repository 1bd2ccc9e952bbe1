"""A little traffic on a broker, and sinks that run in threads."""

import threading
from collections.abc import Iterable, Sequence
from typing import Any

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from prometheus_client import CollectorRegistry

from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from sinks.health import LoopHealth
from sinks.protocol import BadRecord, BatchLimits, Entry, Record, Refusal, UnreadableRecord
from sinks.run import SinkRoute, run
from tests.pipeline.wire import NO_COORDINATOR_YET
from tests.waiting import PATIENCE_S, until

PARTITIONS = 4


def made(address: str, prefix: str) -> Topics:
    """The topics of one installation, created."""
    topics = Topics(prefix)
    ensure_topics(address, [s for s in topics.specs(PARTITIONS) if s.name in named(topics)], replication=1)
    return topics


def named(topics: Topics) -> set[str]:
    return {topics.minutes, topics.alerts, topics.commands, topics.late, topics.dead_letters, topics.receipts}


def publish(
    address: str, topic: str, records: Iterable[tuple[bytes | None, bytes | None]], partition: int = -1
) -> None:
    producer = Producer({"bootstrap.servers": address, "partitioner": "murmur2_random", "log_level": 0})
    failed: list[object] = []
    for key, value in records:
        producer.produce(
            topic, value, key, partition=partition, on_delivery=lambda error, _: failed.append(error) if error else None
        )
        producer.poll(0)
    assert producer.flush(PATIENCE_S) == 0
    assert failed == []


def everything(address: str, topic: str, count: int) -> list[Any]:
    """The first `count` messages, from all partitions (the embedded broker makes more than were asked for)."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "look", "log_level": 0})
    partitions = consumer.list_topics(topic, timeout=PATIENCE_S).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    found: list[Any] = []
    try:
        until(lambda: len(found.__iadd__(consumer.consume(count, 0.2))) >= count, f"{count} records on {topic}")
    finally:
        consumer.close()
    return found


_ADMINS: dict[str, AdminClient] = {}


def committed(address: str, group: str, topic: str, partitions: int) -> dict[int, int]:
    """What the group has committed. Asked again and again by one client: a new one costs twenty times the question."""
    admin = _ADMINS.get(address) or AdminClient({"bootstrap.servers": address, "log_level": 0})
    _ADMINS[address] = admin
    wanted = [TopicPartition(topic, number) for number in range(partitions)]
    try:
        answer = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group, wanted)])[group].result(
            PATIENCE_S
        )
    except KafkaException as error:
        del _ADMINS[address]
        # A coordinator that is only just taking the group over knows nothing yet.
        if error.args[0].code() not in NO_COORDINATOR_YET:
            raise
        return {}
    return {p.partition: max(0, p.offset) for p in answer.topic_partitions}


class Keeping:
    """A destination in memory, shared by any number of sinks; `b"bad"` is refused, `b"noise"` is unreadable."""

    name = "keeping"

    def __init__(self, limits: BatchLimits | None = None) -> None:
        self.limits = limits or BatchLimits(records=500, linger_s=0.02)
        self.values: list[bytes] = []
        self.errors: list[Exception] = []
        self.lock = threading.Lock()

    def read(self, record: Record) -> Entry[bytes] | None:
        if record.value is None:
            return None
        if record.value == b"noise":
            raise UnreadableRecord("noise")
        return Entry(record, record.value, 0)

    def write(self, batch: Sequence[Entry[bytes]]) -> int:
        if bad := [(entry, "bad") for entry in batch if entry.data == b"bad"]:
            raise BadRecord(Refusal.UNSTORABLE, bad)
        with self.lock:
            if self.errors:
                raise self.errors.pop(0)
            self.values += [entry.data for entry in batch]
        return len(batch)

    def mend(self) -> None:
        """No error is left."""
        with self.lock:
            self.errors = []

    def close(self) -> None:
        pass


class RunningSink:
    """A sink in a thread."""

    def __init__(self, route: SinkRoute, destination: Any) -> None:
        self.stop = threading.Event()
        self.error: BaseException | None = None
        self.registry = CollectorRegistry()
        self.health: LoopHealth | None = None
        self._arguments = (route, destination)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        route, destination = self._arguments
        try:
            run(route, destination, self.stop, lambda health: setattr(self, "health", health), self.registry)
        except BaseException as error:
            self.error = error

    def join(self) -> None:
        """Stop it and wait for its end; raises what it raised."""
        self.stop.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "the sink does not stop"
        if self.error is not None:
            raise self.error

    def abandon(self) -> None:
        """Stop it, whatever became of it."""
        self.stop.set()
        self._thread.join(PATIENCE_S)

    def ended(self) -> bool:
        return not self._thread.is_alive()

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"floodmark_sink_{name}", labels)
