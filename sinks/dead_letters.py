"""Records that can never be written go to the dead-letter topic."""

from collections.abc import Iterable
from typing import Any, Final

from confluent_kafka import KafkaError, Message

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from schemas.dead_letter import DeadLetter
from schemas.topics import ONLY
from sinks.protocol import Record, Refusal

UNREADABLE_BATCH: Final = "unreadable_batch"
"""The reason of a letter that holds a batch which nobody can read, as the workers give it, too."""
MAX_BYTES: Final = 900_000
"""Only so much of a value is kept, its beginning: with its headers it would be too large for the topic."""


class DeadLetterError(Exception):
    """A refused record could not be put aside; nothing may be committed."""


class DeadLetters:
    """Publishes refused records; implements `sinks.protocol.DeadLetterTarget`.

    Args:
        cluster: The Kafka cluster.
        topic: The dead-letter topic.
        sink: Who refused them; it is in the header `detail`.
        within_s: How long the broker may take.
    """

    def __init__(self, cluster: ClusterOrAddress, topic: str, sink: str, within_s: float = 30.0) -> None:
        self._cluster = cluster
        self._topic = topic
        self._sink = sink
        self._within_s = within_s
        self._settings = {
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "delivery.timeout.ms": int(within_s * 1000),
            "compression.type": "zstd",
            "log_level": 0,
        }
        self._producer: Any = None

    def put(self, refused: Iterable[tuple[Record, str]], refusal: Refusal) -> None:
        """See `DeadLetterTarget.put`. A repeat has the same key.

        Raises:
            DeadLetterError: the broker did not take them all.
        """
        if self._producer is None:
            self._producer = client.producer(self._cluster, self._settings)
        failed: list[str] = []

        def delivered(error: KafkaError | None, _message: Message) -> None:
            if error is not None:
                failed.append(error.str())

        for record, detail in refused:
            self._publish(record, detail, refusal, delivered)
        left = self._producer.flush(self._within_s + 1)
        if left or failed:
            why = failed[0] if failed else f"no answer in {self._within_s:.0f} s"
            raise DeadLetterError(f"{left + len(failed)} refused records could not be put on {self._topic}: {why}")

    def _publish(self, record: Record, detail: str, refusal: Refusal, delivered: Any) -> None:
        value = record.value
        if value is not None and len(value) > MAX_BYTES:
            value, detail = value[:MAX_BYTES], f"{detail} (cut from {len(value):,} bytes)"
        topic, partition = record.partition
        letter = DeadLetter(
            topic=topic,
            partition=partition,
            offset=record.first if record.trouble else record.offset,
            reason=UNREADABLE_BATCH if record.trouble else refusal.value,
            detail=f"sink {self._sink}: {detail}"[:1000],
        )
        while True:
            try:
                self._producer.produce(
                    self._topic, value, letter.key, ONLY, headers=letter.headers(), on_delivery=delivered
                )
            except BufferError:
                self._producer.poll(0.1)
            else:
                return
