"""Which batches nobody can read, which ones were only damaged on their way, and how a consumer gets past them."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.listing import Slot

if TYPE_CHECKING:
    from runtime.kafka.leader import Batch, Leader

UNREADABLE: Final = frozenset({KafkaError._BAD_COMPRESSION, KafkaError._BAD_MSG, KafkaError._NOT_IMPLEMENTED})
"""What librdkafka says of a batch that it cannot read; it asks for the same one for ever."""
DOUBTS: Final = 3
"""A batch that is whole for us may have been damaged on its way to librdkafka: so many times it may ask again."""


class Doubts:
    """Remembers what librdkafka could not read although it lies there as it was written."""

    def __init__(self) -> None:
        self._at: dict[Hashable, tuple[int, int]] = {}

    def are_left(self, partition: Hashable, batch: "Batch", error: KafkaError) -> bool:
        """Whether librdkafka should ask once more, after this error. What cannot be unpacked never can."""
        if error.code() != KafkaError._BAD_MSG or not batch.is_intact:
            return False
        first, times = self._at.get(partition, (batch.first, 0))
        times = times + 1 if first == batch.first else 1
        self._at[partition] = batch.first, times
        return times <= DOUBTS


class PassingOver:
    """Leads a consumer past batches that nobody can read: who may write to a topic may not stop its readers.

    Args:
        cluster: The Kafka cluster.
        consumer: It has got its partitions by `assign`, or from its group.
    """

    def __init__(self, cluster: ClusterOrAddress, consumer: Any) -> None:
        self._cluster, self._consumer = cluster, consumer
        self._doubts = Doubts()
        self._behind: dict[Slot, int] = {}
        self._asked: Leader | None = None

    def begin(self) -> None:
        """The consumer was placed anew, perhaps before what was passed over."""
        self._behind = {}

    def batch(self, message: Message, reached: int = 0) -> "Batch | None":
        """The batch that a message complains of, once the consumer goes on behind it; blocks while its leader is asked.

        None: the message complains of nothing of the kind, or it will come again, or is about what was passed before.

        Args:
            message: What the consumer gave.
            reached: Up to where the partition was read, where that is known.
        """
        from runtime.kafka.leader import Leader, LeaderSilent

        error, slot = message.error(), (message.topic() or "", message.partition() or 0)
        if error is None or error.code() not in UNREADABLE:
            return None
        offset = message.offset() or 0
        if offset < self._behind.get(slot, 0):
            return None
        self._asked = self._asked or Leader(self._cluster)
        try:
            found = self._asked.batch_at(*slot, max(offset, reached))
            if self._doubts.are_left(slot, found, error):
                return None
            self._consumer.seek(TopicPartition(*slot, found.last + 1))
        except (LeaderSilent, KafkaException):
            return None
        self._behind[slot] = found.last + 1
        return found
