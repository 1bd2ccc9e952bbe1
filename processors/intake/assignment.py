"""Which partitions librdkafka reads, and which it will read as soon as it is known what lies there."""

import threading
import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import Consumer, TopicPartition

from processors.intake.gate import FetchGate
from processors.intake.silence import PartitionSilence
from runtime.kafka.leader import Leader

ANSWER_S: Final = 2.0
"""How long a broker may take to say where a partition begins and ends."""


class Assignment:
    """What a fetcher's consumer is assigned. Used by its thread alone.

    Args:
        consumer: The consumer.
        topic: The topic.
        leader: Who has its batches.
        stopped: Set when the fetcher ends.
        looks: Look at batches before they are unpacked (ADR 14).
    """

    def __init__(
        self, consumer: Consumer, topic: str, leader: Leader, stopped: threading.Event, *, looks: bool
    ) -> None:
        self._consumer = consumer
        self.topic = topic
        self.gate = FetchGate(topic, leader, self._beginning, stopped, looks=looks)
        self.silence = PartitionSilence()
        self.reading: set[int] = set()
        """The partitions that librdkafka reads."""
        self.suspected: dict[int, int] = {}
        """Where a partition seems to end that has nothing at our position; forgotten when it is read anew."""

    def leave_all(self) -> None:
        """None is to be read."""
        self._consumer.unassign()
        self.reading.clear()
        self.gate.leave_all()

    def leave(self, partition: int) -> None:
        """The partition is not to be read."""
        self.gate.leave(partition)
        if partition in self.reading:
            self._consumer.incremental_unassign([TopicPartition(self.topic, partition)])
            self.reading.discard(partition)

    def go_to(self, partition: int, position: int) -> None:
        """Read the partition from behind this position, as soon as it is known what lies there."""
        self.leave(partition)
        self.gate.close(partition, position)
        self.suspected.pop(partition, None)
        self.silence.begin(partition, time.monotonic())

    def read_on(self, clear: Mapping[int, int]) -> None:
        """Let librdkafka read these partitions now, each from its offset."""
        self._consumer.incremental_assign([TopicPartition(self.topic, p, at) for p, at in sorted(clear.items())])
        self.reading.update(clear)
        now = time.monotonic()
        for partition in clear:
            self.silence.begin(partition, now)

    def bounds(self, partition: int, within_s: float = ANSWER_S) -> tuple[int, int]:
        """The first offset of the partition, and the one behind its last.

        Raises:
            KafkaException: The broker does not tell in this time.
        """
        low, end = self._consumer.get_watermark_offsets(TopicPartition(self.topic, partition), timeout=within_s)
        return int(low), int(end)

    def _beginning(self, partition: int) -> int:
        return self.bounds(partition)[0]
