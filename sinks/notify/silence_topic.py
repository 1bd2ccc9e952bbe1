"""The silences that people have made, and ended, as they lie on their topic: one record for each, compacted."""

import time
from typing import Any, Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.errors import BrokerError
from runtime.kafka.unreadable import PassingOver
from runtime.log_rate import Sparing
from schemas.codec import NOT_DECODED
from sinks.notify.silences import Silence, decoded, encoded

log = structlog.get_logger(__name__)
BATCH: Final = 1_000


class SilenceTopic:
    """Reads the topic: all there is at first, then what is added; commits nothing.

    Args:
        cluster: The Kafka cluster.
        topic: The topic of silences; it has one partition.
        group: The name to read under; nobody joins it.
    """

    def __init__(self, cluster: ClusterOrAddress, topic: str, group: str) -> None:
        self._topic = topic
        settings = {"enable.partition.eof": True, "fetch.wait.max.ms": 50, "reconnect.backoff.max.ms": 1000}
        self._consumer: Any = client.onlooker(cluster, group, settings)
        self._consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
        self._passing, self._sparing = PassingOver(cluster, self._consumer), Sparing()
        self.is_read = False
        """Whether all that there was has been read."""

    def news(self, wait_s: float = 0.0) -> list[Silence]:
        """What was written since this was last asked; what cannot be read is left out, and said."""
        found: list[Silence] = []
        for message in self._consumer.consume(BATCH, wait_s):
            error = message.error()
            if (batch := self._passing.batch(message)) is not None:
                where = {"topic": self._topic, "first": batch.first, "last": batch.last}
                self._sparing.tell(log.error, "batch_unreadable", **where)
            elif error is not None:
                if error.code() == KafkaError._PARTITION_EOF and not self.is_read:
                    self.is_read = True
                    self._sparing.rest(log.error, "silence_unreadable")
            elif message.value() is not None:
                try:
                    found.append(decoded(message.value()))
                except NOT_DECODED as wrong:
                    self._sparing.tell(log.error, "silence_unreadable", offset=message.offset(), error=str(wrong))
        return found

    def all(self, within_s: float) -> list[Silence]:
        """All that there are now, each as it was last written.

        Raises:
            BrokerError: the cluster has not told all of them in time.
        """
        found: dict[str, Silence] = {}
        deadline = time.monotonic() + within_s
        while not self.is_read:
            for silence in self.news(0.1):
                found[silence.id] = silence
            if not self.is_read and time.monotonic() > deadline:
                raise BrokerError(f"The cluster has not told all of {self._topic} within {within_s:.0f} s. Try again.")
        return list(found.values())

    def close(self) -> None:
        """Give back the connection."""
        self._consumer.close()


def write(cluster: ClusterOrAddress, topic: str, silence: Silence, within_s: float) -> None:
    """Write a silence, or its end.

    Raises:
        BrokerError: the cluster has not confirmed it in time; it may be there all the same, and may be written again.
    """
    failed: list[str] = []
    settings = {"enable.idempotence": True, "delivery.timeout.ms": int(within_s * 1000), "log_level": 0}
    try:
        producer: Any = client.producer(cluster, settings)
        producer.produce(
            topic,
            encoded(silence),
            silence.id.encode(),
            partition=0,
            on_delivery=lambda error, _message: failed.append(error.str()) if error is not None else None,
        )
        left = producer.flush(within_s + 1)
    except KafkaException as error:
        raise BrokerError(f"The silence was not written: {error.args[0].str()}. Try again.") from error
    if left or failed:
        why = failed[0] if failed else "no answer"
        raise BrokerError(f"The cluster has not confirmed the silence within {within_s:.0f} s ({why}). Try again.")
