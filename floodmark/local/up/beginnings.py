"""Where a group begins that has never read: at the first alert of all, when it is there before it."""

import time
from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.listing import Slot
from runtime.kafka.offsets import Offsets, OffsetsError

WITHIN_S: Final = 15.0
"""A broker that has just started does not know at once what it has, nor who keeps a group's offsets."""


def begin_with_the_first(cluster: ClusterOrAddress, group: str, topic: str) -> bool:
    """Commit the beginning of a topic in which nothing is yet; whether that was so, and was done.

    A sink that is started together with the workers may come a second after the first alerts of a quick replay, and
    would take them for the past. That it could not be done is no error: the sink then sums up what it finds.
    """
    until = time.monotonic() + WITHIN_S
    ends = _ends(cluster, topic, until)
    if not ends or any(ends.values()):
        return False
    places = [TopicPartition(name, number, 0) for name, number in ends]
    consumer = client.onlooker(cluster, group, {})
    try:
        while not _committed(consumer, places):
            if time.monotonic() > until:
                return False
            time.sleep(0.2)
    finally:
        consumer.close()
    return True


def _ends(cluster: ClusterOrAddress, topic: str, until: float) -> dict[Slot, int]:
    """Where its partitions end; nothing when the broker does not say in time."""
    offsets = Offsets(cluster)
    while True:
        try:
            return offsets.ends([topic])
        except OffsetsError:
            if time.monotonic() > until:
                return {}
            time.sleep(0.2)


def _committed(consumer: Consumer, places: list[TopicPartition]) -> bool:
    try:
        answers = consumer.commit(offsets=places, asynchronous=False) or ()
    except KafkaException:
        return False
    return all(answer.error is None for answer in answers)
