"""Offsets of an installation, asked with one consumer that is kept: cheap enough for once a second."""

from collections.abc import Iterable
from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

from tests.bench.bounds import bounds

ANSWER_S: Final = 10.0


class Offsets:
    """Asks for ends and committed offsets; never joins the group."""

    def __init__(self, address: str, group: str) -> None:
        self._consumer = Consumer(
            {"bootstrap.servers": address, "group.id": group, "enable.auto.commit": False, "log_level": 0}
        )
        self._partitions: dict[str, list[int]] = {}

    def partitions(self, topic: str) -> list[int]:
        """The partitions of a topic."""
        if topic not in self._partitions:
            self._partitions[topic] = sorted(self._consumer.list_topics(topic, ANSWER_S).topics[topic].partitions)
        return self._partitions[topic]

    def ends(self, topic: str) -> dict[int, int]:
        """The end offset of each partition."""
        return {p: bounds(self._consumer, topic, p)[1] for p in self.partitions(topic)}

    def starts(self, topic: str) -> dict[int, int]:
        """The first offset that is still there, of each partition."""
        return {p: bounds(self._consumer, topic, p)[0] for p in self.partitions(topic)}

    def appended(self, topics: Iterable[str]) -> dict[str, int]:
        """The sum of the end offsets of each topic."""
        return {topic: sum(self.ends(topic).values()) for topic in topics}

    def committed(self, topic: str) -> dict[int, int]:
        """What the group has committed of each partition; 0 where it has committed nothing."""
        asked = [TopicPartition(topic, p) for p in self.partitions(topic)]
        try:
            found = self._consumer.committed(asked, timeout=ANSWER_S)
        except KafkaException:
            # The very first group of a broker has to wait for its coordinator.
            return dict.fromkeys(self.partitions(topic), 0)
        return {tp.partition: max(tp.offset, 0) for tp in found}

    def behind(self, topic: str) -> int:
        """How many records lie between what the group has committed and the ends."""
        committed = self.committed(topic)
        return sum(max(end - committed[p], 0) for p, end in self.ends(topic).items())

    def close(self) -> None:
        """Let go of the connection."""
        self._consumer.close()
