"""Lets librdkafka into a partition where it is clear what lies ahead; elsewhere that is read batch by batch."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, KafkaException

from processors.intake.careful import ReadStep, next_step
from processors.intake.lookout import Lookout
from runtime.kafka.client import ANSWER_BYTES
from runtime.kafka.leader import Leader, LeaderSilent
from runtime.log_rate import Sparing

log = structlog.get_logger(__name__)

AGAIN_S: Final = 0.2
"""Pause before records of a transaction that is still open are asked for again."""


class FetchGate:
    """What a fetcher asks before librdkafka reads on. Used by its thread alone.

    Args:
        topic: The topic.
        leader: Who has its batches.
        beginning: The first offset of a partition; raises KafkaException when the broker does not tell.
        stopped: Set when the fetcher ends.
        looks: Whether anything is looked at; else all is clear at once.
    """

    def __init__(
        self,
        topic: str,
        leader: Leader,
        beginning: Callable[[int], int],
        stopped: threading.Event,
        *,
        looks: bool = True,
    ) -> None:
        self.looks = looks
        self._topic = topic
        self._leader = leader
        self._beginning = beginning
        self._stopped = stopped
        self._lookout = Lookout(topic, leader)
        self._closed: dict[int, int] = {}
        """Where the partitions go on that librdkafka may not read just now."""
        self._careful: set[int] = set()
        """Those of them that are read batch by batch."""
        self._sparing = Sparing()

    def close(self, partition: int, position: int) -> None:
        """The partition goes on after this position; librdkafka does not read it before that is clear."""
        self.leave(partition)
        self._lookout.forget(partition)
        self._closed[partition] = position + 1 if position >= 0 else OFFSET_BEGINNING

    def leave(self, partition: int) -> None:
        """The partition is not to be read."""
        self._closed.pop(partition, None)
        self._careful.discard(partition)

    def leave_all(self) -> None:
        """None is to be read."""
        self._closed.clear()
        self._careful.clear()

    def doubt(self, partitions: Iterable[int]) -> None:
        """See Lookout."""
        self._lookout.doubt(partitions)

    def look(self, reading: Mapping[int, int]) -> tuple[dict[int, int], dict[int, int]]:
        """Look ahead of librdkafka, and of the partitions that are closed to it.

        Args:
            reading: The partitions that librdkafka reads, and from where it goes on.

        Returns:
            The partitions that it may read now, and did not, and from where; and those that it may not, and from where
            each is to be read in its place.
        """
        if not self.looks:
            opened, self._closed = self._closed, {}
            return opened, {}
        following = {**reading, **self._closed}
        at = {partition: offset for partition, offset in following.items() if offset != OFFSET_BEGINNING}
        try:
            at |= {partition: self._beginning(partition) for partition in following.keys() - at.keys()}
            self._lookout.look({partition: offset - 1 for partition, offset in at.items()})
        except (LeaderSilent, KafkaException) as exc:
            log.debug("lookout_failed", topic=self._topic, error=str(exc))
            self._lookout.trust(following)
        clear = {p: o for p, o in self._closed.items() if self._lookout.is_clear(p, at.get(p, 0) - 1)}
        for partition, offset in clear.items():
            if partition in self._careful:
                fields = {"topic": self._topic, "partition": partition, "offset": offset}
                self._sparing.tell(log.info, "reading_eased", **fields)
            self.leave(partition)
        return clear, {p: o for p, o in at.items() if not self._lookout.is_clear(p, o - 1)}

    def keep_out(self, partition: int, at: int) -> None:
        """From this offset on the partition is read batch by batch."""
        if partition not in self._careful:
            self._careful.add(partition)
            self._sparing.tell(
                log.warning,
                "reading_batch_by_batch",
                topic=self._topic,
                partition=partition,
                offset=at,
            )
        self._closed[partition] = at

    def next_step(self, partition: int, at: int) -> ReadStep | None:
        """The next batches of a partition that is kept out; None when there are none for now.

        Raises:
            LeaderSilent: The leader does not answer.
        """
        stretch = self._leader.committed(self._topic, partition, at, ANSWER_BYTES)
        if stretch is None:
            self._lookout.trust([partition])  # what is wrong there, librdkafka says as well
            return None
        step = next_step(stretch, self._topic, partition, at)
        if step is None:
            self._stopped.wait(AGAIN_S)  # a transaction is still open
        return step
