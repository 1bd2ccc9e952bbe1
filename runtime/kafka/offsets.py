"""How far a topic goes and how far a consumer group has committed, asked from the broker."""

import threading
import time
from collections.abc import Iterable, Mapping
from typing import Final

from confluent_kafka import Consumer, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.listing import Slot, listed, passes

TIMEOUT_S: Final = 5.0
AGAIN_S: Final = 0.2


class OffsetsError(Exception):
    """The broker did not answer; asking again later may work."""


class Offsets:
    """Asks one broker. Thread-safe; every call may take up to three times `timeout_s` seconds.

    Args:
        cluster: The Kafka cluster that is asked.
        timeout_s: How long a question may take, and how long one is asked again whose answer is that it will be known
            soon, as of a topic that was just made.
    """

    def __init__(self, cluster: ClusterOrAddress, timeout_s: float = TIMEOUT_S) -> None:
        self._cluster = cluster
        self._admin = client.admin(cluster)
        self._timeout_s = timeout_s
        self._partitions: dict[str, int] = {}
        self._groups: dict[str, Consumer] = {}
        self._lock = threading.Lock()

    def ends(self, topics: Iterable[str]) -> dict[Slot, int]:
        """The offset after the last record that can be read, for every partition of the topics.

        What a transaction holds back that is still open lies behind it.

        Raises:
            OffsetsError: no answer, or a topic is not there.
        """
        slots = [(topic, partition) for topic in topics for partition in range(self._count(topic))]
        deadline = time.monotonic() + self._timeout_s
        while True:
            found = listed(self._admin, slots, OffsetSpec.latest(), self._timeout_s, IsolationLevel.READ_COMMITTED)
            if not found.errors:
                return {slot: int(answer.offset) for slot, answer in found.answers.items()}
            lasting = [error for error in found.errors.values() if not passes(error)]
            if lasting or time.monotonic() >= deadline:
                error = next(iter(lasting or found.errors.values()))
                raise OffsetsError(f"the broker does not say where the topics end: {error}") from error
            time.sleep(AGAIN_S)

    def committed(self, group: str, slots: Iterable[Slot]) -> dict[Slot, int]:
        """What the group has committed: the offset it would go on at; 0 where it has committed nothing.

        Raises:
            OffsetsError: no answer.
        """
        wanted = [TopicPartition(*slot) for slot in slots]
        if not wanted:
            return {}
        try:
            found = self._consumer(group).committed(wanted, timeout=self._timeout_s)
        except KafkaException as error:
            raise OffsetsError(f"the broker does not say how far {group} has committed: {error}") from error
        failed = [f for f in found if f.error is not None]
        if failed:
            raise OffsetsError(f"the broker does not say how far {group} has committed: {failed[0].error}")
        return {(f.topic, f.partition): max(0, f.offset) for f in found}

    def _consumer(self, group: str) -> Consumer:
        """One that only asks: without a subscription it never becomes a member of the group.

        `AdminClient.list_consumer_group_offsets` is no way to do it: librdkafka 2.16 dies of a null pointer
        when the group's coordinator is not known yet, as on a broker that has just been made.
        """
        with self._lock:
            if group not in self._groups:
                settings = {"group.id": group, "enable.auto.commit": False, "log_level": 0}
                self._groups[group] = client.consumer(self._cluster, settings)
            return self._groups[group]

    def _count(self, topic: str) -> int:
        if topic not in self._partitions:
            try:
                seen = self._admin.list_topics(topic, timeout=self._timeout_s).topics[topic]
            except (KafkaException, KeyError) as error:
                raise OffsetsError(f"the broker does not tell about topic {topic}: {error}") from error
            if seen.error is not None or not seen.partitions:
                raise OffsetsError(f"topic {topic} is not there: {seen.error}")
            self._partitions[topic] = len(seen.partitions)
        return self._partitions[topic]


def lag(ends: Mapping[Slot, int], committed: Mapping[Slot, int]) -> int:
    """How many offsets lie between what is committed and the end, over all partitions; never negative."""
    return sum(max(0, end - committed.get(slot, 0)) for slot, end in ends.items())
