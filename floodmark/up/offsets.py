"""How far a topic goes and how far a consumer group has committed, asked from the broker."""

from collections.abc import Iterable, Mapping
from typing import Final

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

Slot = tuple[str, int]
"""A topic and a partition."""
TIMEOUT_S: Final = 5.0


class OffsetsError(Exception):
    """The broker did not answer; asking again later may work."""


class Offsets:
    """Asks one broker. Thread-safe; every call may take up to `timeout_s` seconds.

    Args:
        address: HOST:PORT[,HOST:PORT…].
        timeout_s: How long a question may take.
    """

    def __init__(self, address: str, timeout_s: float = TIMEOUT_S) -> None:
        self._admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
        self._timeout_s = timeout_s
        self._partitions: dict[str, int] = {}

    def ends(self, topics: Iterable[str]) -> dict[Slot, int]:
        """The offset after the last record, for every partition of the topics.

        Raises:
            OffsetsError: no answer, or a topic is not there.
        """
        slots = [TopicPartition(t, p) for t in topics for p in range(self._count(t))]
        try:
            asked = self._admin.list_offsets(
                {slot: OffsetSpec.latest() for slot in slots}, request_timeout=self._timeout_s
            )
            return {(s.topic, s.partition): int(f.result(self._timeout_s).offset) for s, f in asked.items()}
        except (KafkaException, TimeoutError) as error:
            raise OffsetsError(f"the broker does not say where the topics end: {error}") from error

    def committed(self, group: str, slots: Iterable[Slot]) -> dict[Slot, int]:
        """What the group has committed: the offset it would go on at; 0 where it has committed nothing.

        Raises:
            OffsetsError: no answer.
        """
        wanted = [TopicPartition(*slot) for slot in slots]
        if not wanted:
            return {}
        try:
            asked = self._admin.list_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(group, wanted)], request_timeout=self._timeout_s
            )
            found = asked[group].result(self._timeout_s).topic_partitions
        except (KafkaException, TimeoutError) as error:
            raise OffsetsError(f"the broker does not say how far {group} has committed: {error}") from error
        return {(f.topic, f.partition): max(0, f.offset) for f in found}

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
