"""Publishes rows to the transactions topic, and answers for every one of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message

from producers.errors import PublishError
from producers.rows import Row
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress

FULL_WAIT_S: Final = 0.05
SERVE_EVERY: Final = 512
"""Delivery reports are asked for once in so many records."""

MAX_DIGITS: Final = 15
"""Of the number of a row: more of them are none of ours."""

SETTINGS: Final[Mapping[str, Any]] = {
    "enable.idempotence": True,
    # Java's and aiokafka's partitioner, for whoever gives a key; librdkafka's own default is another one.
    "partitioner": "murmur2_random",
    "compression.type": "lz4",
    "linger.ms": 10,
    "queue.buffering.max.messages": 200_000,
    "message.timeout.ms": 120_000,
    # librdkafka counts its own overhead: the longest record that is read has 1 000 000 bytes, and a broker takes it.
    "message.max.bytes": 1_040_000,
    "reconnect.backoff.max.ms": 1000,
    # Python hears of failures only; a record that is neither queued nor failed has been acknowledged.
    "delivery.report.only.error": True,
    # Silent: what goes wrong is raised.
    "log_level": 0,
}


class Deliveries:
    """A producer whose every record is acknowledged, or an error says how many were not.

    Args:
        cluster: The Kafka cluster.
        topic: Where everything goes; it exists.
        extra: librdkafka settings that come on top.
    """

    def __init__(self, cluster: ClusterOrAddress, topic: str, extra: Mapping[str, Any] | None = None) -> None:
        self._topic = topic
        self.sent = 0
        self._failed = 0
        self._first_error = ""
        self._producer = client.producer(cluster, {**SETTINGS, "on_delivery": self._delivered, **(extra or {})})

    @property
    def acked(self) -> int:
        """How many records the broker has acknowledged, as far as is known; exact after `flush`."""
        return max(0, self.sent - self._failed - len(self._producer))

    def offer(
        self, value: bytes | None, partition: int, key: bytes | None = None, headers: Sequence[tuple[str, bytes]] = ()
    ) -> bool:
        """Send a record unless the queue is full; then wait a moment for room and return False.

        Raises:
            PublishError: A record was not delivered, this one or an earlier one.
        """
        if self._failed:
            self._check()
        try:
            if not headers:
                self._producer.produce(self._topic, value, key, partition)  # by place: by name it takes longer
            else:
                self._producer.produce(self._topic, value, key, partition=partition, headers=list(headers))
        except BufferError:
            self._producer.poll(FULL_WAIT_S)
            return False
        except KafkaException as error:
            # It is known to be refused already: there is no such partition, say.
            self._delivered(error.args[0], None)
        self.sent += 1
        if self.sent % SERVE_EVERY == 0:
            self._producer.poll(0)
        return True

    def poll(self) -> None:
        """Take in delivery reports; raises `PublishError` when there are bad ones."""
        self._producer.poll(0)
        self._check()

    def flush(self, timeout_s: float = 130.0) -> None:
        """Wait until everything is acknowledged.

        Args:
            timeout_s: Longer than a delivery may take, so that the reason of a failure is known.

        Raises:
            PublishError: A record was not delivered, or is still under way.
        """
        left = self._producer.flush(timeout_s)
        self._check()
        if left:
            raise PublishError(
                f"{left} of {self.sent} records have not been acknowledged within {timeout_s:.0f} s, so nobody knows "
                "whether they have arrived; check the broker"
            )

    def _delivered(self, error: KafkaError | None, _message: Message | None) -> None:
        if error is not None:
            self._failed += 1
            self._first_error = self._first_error or error.str()

    def _check(self) -> None:
        if self._failed:
            raise PublishError(
                f"{self._failed} of {self.sent} records were not delivered to {self._topic}; the first because: "
                f"{self._first_error}; check the broker, then publish what is missing"
            )


def _prefix(tag: str) -> bytes:
    return f"{tag}-".encode()


def row_number(tag: str, key: bytes) -> int | None:
    """Which row of the replay of that name has this key, from 0; None when it is none of them."""
    name, _, number = key.partition(b"-")
    if name != tag.encode() or not 0 < len(number) <= MAX_DIGITS or number.strip(b"0123456789abcdef"):
        return None
    return int(number, 16)


class Publisher:
    """Publishes rows. The partitions take turns, row by row; a key says nothing of where a row goes.

    So the spread is the same each time, no partition is idle while others flow, and the event time within a partition
    ascends when that of the rows does.

    Args:
        cluster: The Kafka cluster.
        topic: The transactions topic; it exists.
        partitions: How many partitions take turns.
        extra: librdkafka settings that come on top.
        given_up: Asked while the queue is full; true: stop waiting for room.
        tag: Name of the replay, for the keys of its records; none: they have no key.
    """

    def __init__(
        self,
        cluster: ClusterOrAddress,
        topic: str,
        partitions: int,
        extra: Mapping[str, Any] | None = None,
        *,
        given_up: Callable[[], bool] = lambda: False,
        tag: str = "",
    ) -> None:
        self._deliveries = Deliveries(cluster, topic, extra)
        self._partitions = partitions
        self._prefix = _prefix(tag) if tag else b""
        self._given_up = given_up
        self._encode = msgspec.json.Encoder().encode
        self.poll = self._deliveries.poll
        self.flush = self._deliveries.flush

    @property
    def delivered(self) -> int:
        """How many records have been acknowledged, punctuations included; exact after `flush`."""
        return self._deliveries.acked

    def publish(self, row: Row, number: int) -> bool:
        """Send a row; waits as long as the queue is full. False: given up meanwhile, and the row was not sent.

        Args:
            row: The row.
            number: Which one it is, from 0. It decides on the partition.

        Raises:
            PublishError: A record was not delivered, this one or an earlier one.
        """
        key = self._prefix + b"%x" % number if self._prefix else None
        return self._send(self._encode(row), number % self._partitions, key)

    def punctuate(self, timestamp_ms: int) -> None:
        """Tell every partition that nothing older than `timestamp_ms` (epoch ms) comes from here any more."""
        value = self._encode({"punctuation": timestamp_ms})
        for partition in range(self._partitions):
            self._send(value, partition)

    def _send(self, value: bytes, partition: int, key: bytes | None = None) -> bool:
        while not self._deliveries.offer(value, partition, key):
            if self._given_up():
                return False
        return True
