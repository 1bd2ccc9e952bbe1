"""Which batches nobody can read, and which ones were only damaged on their way."""

from typing import Final

from confluent_kafka import KafkaError

from runtime.kafka.leader import Batch

UNREADABLE: Final = frozenset({KafkaError._BAD_COMPRESSION, KafkaError._BAD_MSG, KafkaError._NOT_IMPLEMENTED})
"""What librdkafka says of a batch that it cannot read; it asks for the same one for ever."""
DOUBTS: Final = 3
"""A batch that is whole for us may have been damaged on its way to librdkafka: so many times it may ask again."""


class Doubts:
    """Remembers what librdkafka could not read although it lies there as it was written."""

    def __init__(self) -> None:
        self._at: dict[int, tuple[int, int]] = {}

    def are_left(self, partition: int, batch: Batch, error: KafkaError) -> bool:
        """Whether librdkafka should ask once more, after this error. What cannot be unpacked never can."""
        if error.code() != KafkaError._BAD_MSG or not batch.is_intact:
            return False
        first, times = self._at.get(partition, (batch.first, 0))
        times = times + 1 if first == batch.first else 1
        self._at[partition] = batch.first, times
        return times <= DOUBTS
