"""Which rows of a replay have arrived: each of its records carries, as its key, which row of which replay it is.

So a replay that was cut off, by a crash or a power cut, can go on with exactly the rows that are missing.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from producers.publisher import row_number
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.unreadable import PassingOver

ANSWER_WITHIN_S: Final = 5.0
TOLD_WITHIN_S: Final = 15.0
"""For so long the broker is asked where a topic begins and ends."""
SILENT_S: Final = 30.0
"""A broker that tells nothing for so long does not tell what has arrived."""
SETTLED_S: Final = 1.0
"""When nothing has come of a replay for so long, all that was under way when it was cut off has arrived."""
LOOKS: Final = 10
"""How often more may have come; then whoever sends it is not cut off."""
BATCH: Final = 50_000

_key: Final = Message.key


class ArrivedUnknown(Exception):
    """Which rows have arrived cannot be told; the message says why, and begins small."""


@dataclass(frozen=True, slots=True)
class ReplayMark:
    """What the records of one replay are known by.

    Args:
        tag: Its name, in the keys of its records.
        starts: Where each partition ended when it began. Row n goes to partition n modulo their number.
    """

    tag: str
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Arrived:
    """The rows that are on the topic.

    Args:
        rows: How many from the first on, without a gap.
        beyond: The numbers, from 0, of those behind the first gap.
    """

    rows: int = 0
    beyond: frozenset[int] = frozenset()


NOTHING: Final = Arrived()


def begin_mark(cluster: ClusterOrAddress, topic: str, partitions: int, group: str) -> ReplayMark:
    """The mark of a replay that begins now.

    Raises:
        KafkaException: The broker does not tell where the topic ends.
    """
    consumer = client.onlooker(cluster, group, {})
    try:
        return ReplayMark(secrets.token_hex(4), tuple(_bounds(consumer, topic, range(partitions), 1)))
    finally:
        consumer.close()


def arrived(cluster: ClusterOrAddress, topic: str, mark: ReplayMark, group: str) -> Arrived:
    """Look the topic through for the rows of a replay that was cut off; blocks.

    Args:
        cluster: The Kafka cluster.
        topic: The transactions topic.
        mark: What its records are known by.
        group: The name to read under; nobody joins it.

    Raises:
        ArrivedUnknown: The broker does not tell, records were deleted since, or the replay is still at work.
    """
    settings = {"enable.partition.eof": True, "fetch.queue.backoff.ms": 5, "fetch.wait.max.ms": 50}
    consumer = client.onlooker(cluster, group, settings)
    try:
        return _arrived(consumer, PassingOver(cluster, consumer), topic, mark)
    except KafkaException as error:
        raise ArrivedUnknown(f"the broker does not tell which of its rows are in ({error.args[0].str()})") from error
    finally:
        consumer.close()


def _arrived(consumer: Consumer, passing: PassingOver, topic: str, mark: ReplayMark) -> Arrived:
    partitions = range(len(mark.starts))
    lows = _bounds(consumer, topic, partitions, 0)
    if any(low > start for low, start in zip(lows, mark.starts, strict=True)):
        raise ArrivedUnknown("records of that time were deleted since, so nobody can tell which of its rows are in")
    found: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
    at = list(mark.starts)
    for look in range(LOOKS):
        ends = _bounds(consumer, topic, partitions, 1)
        stretch = [TopicPartition(topic, number, start) for number, start in enumerate(at) if start < ends[number]]
        numbers = _rows_between(consumer, passing, stretch, ends, mark.tag)
        if look and not len(numbers):
            return _in_words(np.unique(np.concatenate(found)))
        found.append(numbers)
        at = [max(before, end) for before, end in zip(at, ends, strict=True)]
        time.sleep(SETTLED_S)
    raise ArrivedUnknown("its rows go on coming in: it is still at work somewhere. Wait until it is done")


def _bounds(consumer: Consumer, topic: str, partitions: Sequence[int], which: int) -> list[int]:
    """Where each partition begins (0) or ends (1)."""
    until = time.monotonic() + TOLD_WITHIN_S
    return [_bounds_of(consumer, TopicPartition(topic, partition), until)[which] for partition in partitions]


def _bounds_of(consumer: Consumer, place: TopicPartition, until: float) -> tuple[int, int]:
    """Asked again for a while: a topic that was just made may have no leader for a moment."""
    while True:
        try:
            bounds = consumer.get_watermark_offsets(place, timeout=ANSWER_WITHIN_S)
        except KafkaException:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
            continue
        if bounds is not None:
            return int(bounds[0]), int(bounds[1])
        if time.monotonic() > until:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))


def _rows_between(
    consumer: Consumer, passing: PassingOver, starts: list[TopicPartition], ends: Sequence[int], tag: str
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The numbers of the rows that lie there, in no order."""
    open_ = {start.partition for start in starts}
    consumer.assign(starts)
    passing.begin()
    numbers: list[int] = []
    heard_at = time.monotonic()
    while open_:
        messages = consumer.consume(BATCH, 0.2)
        if messages:
            heard_at = time.monotonic()
        elif time.monotonic() - heard_at > SILENT_S:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        numbers += [number for key in map(_key, messages) if key and (number := row_number(tag, key)) is not None]
        for message in messages:
            if _reached(message, passing) >= ends[message.partition() or 0]:
                open_.discard(message.partition() or 0)
    consumer.unassign()
    return np.array(numbers, dtype=np.int64)


def _reached(message: Message, passing: PassingOver) -> int:
    """How far its partition is read: behind the record, or to the end that it tells. Errors that pass tell nothing."""
    error, offset = message.error(), message.offset() or 0
    if error is None:
        return offset + 1
    if error.code() == KafkaError._PARTITION_EOF:
        return offset
    # What nobody can read is none of ours.
    batch = passing.batch(message)
    return 0 if batch is None else batch.last + 1


def _in_words(numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Arrived:
    gaps = np.flatnonzero(numbers != np.arange(len(numbers)))
    rows = int(gaps[0]) if len(gaps) else len(numbers)
    return Arrived(rows, frozenset(numbers[rows:].tolist()))
