"""The first and the end offset of a partition, also right after its topic was made."""

import time
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

ANSWER_S: Final = 10.0
NOT_YET: Final = (
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
)
"""A broker tells of a new partition a moment before it answers for it."""


def bounds(consumer: Consumer, topic: str, partition: int) -> tuple[int, int]:
    """The first offset that is there, and the end, exclusive.

    Raises:
        KafkaException: No answer within 10 s.
    """
    deadline = time.monotonic() + ANSWER_S
    while True:
        try:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=ANSWER_S)
        except KafkaException as exc:
            if exc.args[0].code() not in NOT_YET or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return int(low), int(high)
