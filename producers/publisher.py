"""Publishes rows to the transactions topic and makes sure that every one has arrived."""

from typing import Any, Final

import msgspec
from confluent_kafka import KafkaError, Message, Producer

from producers.csv_rows import Row
from producers.errors import PublishError

_encode: Final = msgspec.json.Encoder().encode


class Record(msgspec.Struct, omit_defaults=True):
    """A row as it lies on the wire: only what is set, the time in epoch milliseconds."""

    timestamp: int
    status: str | None = None
    auth_code: str | None = None
    count: int = 1
    scope: str = "all"
    amount: int | None = None


class Publisher:
    """An idempotent producer of rows.

    Rows go to the partitions in turn, so that rows in event-time order are in event-time order in each partition.

    Args:
        broker: Bootstrap servers.
        topic: The transactions topic.
        partitions: How many partitions it has.
        extra: More librdkafka settings (security).
    """

    def __init__(self, broker: str, topic: str, partitions: int, extra: dict[str, Any] | None = None) -> None:
        self._topic = topic
        self._partitions = partitions
        self._next = 0
        self._failed = 0
        self._first_error = ""
        self.delivered = 0
        self._producer = Producer(
            {
                "bootstrap.servers": broker,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "compression.type": "lz4",
                "linger.ms": 5,
                "queue.buffering.max.messages": 200_000,
                "message.timeout.ms": 120_000,
                "reconnect.backoff.max.ms": 1000,
                "log_level": 0,
                **(extra or {}),
            }
        )

    def publish(self, row: Row) -> None:
        """Send one row; waits while the queue is full.

        Raises:
            PublishError: when an earlier record could not be delivered.
        """
        record = Record(row.timestamp_ms, row.status, row.auth_code, row.count, row.scope, row.amount)
        self._send(_encode(record), self._next)
        self._next = (self._next + 1) % self._partitions

    def punctuate(self, timestamp_ms: int) -> None:
        """Say in every partition that nothing older than this comes any more."""
        value = _encode({"punctuation": timestamp_ms})
        for partition in range(self._partitions):
            self._send(value, partition)

    def poll(self) -> None:
        """Take in delivery reports."""
        self._producer.poll(0)
        self._check()

    def flush(self, timeout_s: float = 130.0) -> None:
        """Wait until everything has arrived.

        Raises:
            PublishError: when something has not.
        """
        left = self._producer.flush(timeout_s)
        self._check()
        if left:
            raise PublishError(
                f"{left} records have not been acknowledged within {timeout_s:.0f} s: is the broker there?"
            )

    def _send(self, value: bytes, partition: int) -> None:
        while True:
            try:
                self._producer.produce(self._topic, value, partition=partition, on_delivery=self._on_delivery)
            except BufferError:
                self._producer.poll(0.05)
                self._check()
            else:
                return

    def _on_delivery(self, error: KafkaError | None, _message: Message) -> None:
        if error is None:
            self.delivered += 1
            return
        self._failed += 1
        self._first_error = self._first_error or error.str()

    def _check(self) -> None:
        if self._failed:
            raise PublishError(f"{self._failed} records were not delivered; the first because: {self._first_error}")
