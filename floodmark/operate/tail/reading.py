"""Reads the end of a topic, then what is added to it, by a consumer that commits nothing."""

import time
from collections.abc import Iterator
from typing import Final

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from runtime.kafka import client
from runtime.kafka.cluster import Cluster
from runtime.kafka.errors import BrokerError
from runtime.kafka.unreadable import PassingOver
from schemas.topics import Topics

ANSWER_WITHIN_S: Final = 10.0
WAIT_S: Final = 0.2
BATCH: Final = 2_000


class TopicTail:
    """The last records of a topic, and those to come.

    Args:
        cluster: The Kafka cluster.
        topics: Names of topics and groups.
        topic: Which topic.
        last: How many of the last records of each partition are read first.

    Raises:
        BrokerError: The broker does not answer, or the topic is not there.
    """

    def __init__(self, cluster: Cluster, topics: Topics, topic: str, last: int) -> None:
        self._where = f"topic {topic} at {cluster}"
        self._consumer = client.onlooker(
            cluster, topics.helper_group("view"), {"enable.partition.eof": True, "fetch.wait.max.ms": 50}
        )
        self._passing = PassingOver(cluster, self._consumer)
        try:
            self._unread = self._assign(topic, last)
        except KafkaException as error:
            self._consumer.close()
            raise BrokerError(f"The {self._where} cannot be read: {error.args[0]}") from error

    def there(self) -> Iterator[bytes]:
        """Values of the last records, in order within each partition, up to the end as it is when it is reached.

        Raises:
            BrokerError: The broker does not answer any more.
        """
        answered_at = time.monotonic()
        while self._unread:
            values = self._hear()
            if values is not None:
                answered_at = time.monotonic()
                yield from values
            elif time.monotonic() - answered_at > ANSWER_WITHIN_S:
                raise BrokerError(f"The {self._where} was not read to its end within {ANSWER_WITHIN_S:.0f} s.")

    def added(self) -> list[bytes]:
        """Values of the records that came since; waits a little for them."""
        return self._hear() or []

    def close(self) -> None:
        """Read no more."""
        self._consumer.close()

    def _assign(self, topic: str, last: int) -> set[int]:
        found = self._consumer.list_topics(topic, ANSWER_WITHIN_S).topics[topic]
        if found.error is not None:
            raise KafkaException(found.error)
        places = []
        for partition in found.partitions:
            low, high = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), ANSWER_WITHIN_S)
            places.append(TopicPartition(topic, partition, max(low, high - last)))
        self._consumer.assign(places)
        return set(found.partitions)

    def _hear(self) -> list[bytes] | None:
        """What comes within a moment; None when nothing does."""
        messages = self._consumer.consume(BATCH, WAIT_S)
        values = []
        for message in messages:
            error, value = message.error(), message.value()
            if error is not None and error.code() == KafkaError._PARTITION_EOF:
                self._unread.discard(message.partition() or 0)
            elif error is None and value is not None:
                values.append(value)
            else:
                self._passing.batch(message)
        return values if messages else None
