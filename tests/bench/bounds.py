"""The first and the end offset of a partition, also right after its topic was made."""

import time
from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

from runtime.kafka.listing import LEADER_UNKNOWN

ANSWER_S: Final = 10.0


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
            if exc.args[0].code() not in LEADER_UNKNOWN or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return int(low), int(high)
