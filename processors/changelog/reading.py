"""Reads the changelog of one partition to its end by librdkafka, in batches."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.leader import Batch, Leader, LeaderSilent
from runtime.kafka.unreadable import UNREADABLE, Doubts
from runtime.log_rate import Sparing

log = structlog.get_logger(__name__)

BATCH: Final = 50_000
SILENCE_S: Final = 60.0
"""A broker that says nothing for so long is taken for gone."""
SHOW_S: Final = 5.0
ANSWER_S: Final = 15.0

_SPARING: Final = Sparing()
_key: Final = Message.key
_value: Final = Message.value
_error: Final = Message.error


def uncounted(_records: int) -> None:
    """Nobody counts them."""


class ChangelogUnread(RuntimeError):
    """A changelog could not be read to its end."""


def read_changelog(
    cluster: ClusterOrAddress,
    topic: str,
    partition: int,
    extra: Mapping[str, Any] | None = None,
    passed_over: Callable[[int], None] = uncounted,
) -> dict[bytes, bytes]:
    """What each key of the partition holds last, up to where the changelog ends now; blocks.

    Args:
        cluster: The Kafka cluster.
        topic: The changelog.
        partition: Which partition.
        extra: More librdkafka settings.
        passed_over: Told how many records could not be read.

    Raises:
        ChangelogUnread: The broker does not answer, or there is no such topic.
    """
    consumer = client.consumer(
        cluster,
        {
            "group.id": "floodmark-changelog-only",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "fetch.queue.backoff.ms": 5,
            "fetch.error.backoff.ms": 10,
            "fetch.wait.max.ms": 20,
            "queued.max.messages.kbytes": 65_536,
            "check.crcs": True,
            "log_level": 2,
            **(extra or {}),
        },
    )
    try:
        return _read(consumer, Leader(cluster), topic, partition, passed_over)
    except (KafkaException, LeaderSilent) as exc:
        raise ChangelogUnread(f"{topic} {partition}: {exc}") from exc
    finally:
        consumer.close()


def _read(
    consumer: Consumer, leader: Leader, topic: str, partition: int, passed_over: Callable[[int], None]
) -> dict[bytes, bytes]:
    low, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=ANSWER_S)
    # By its number: where the beginning is, librdkafka would ask only half a second after an assignment.
    if low < end:
        consumer.assign([TopicPartition(topic, partition, low)])
    last_values: dict[bytes, bytes] = {}
    records, began = 0, time.monotonic()
    received_at = shown_at = began
    at, doubts = low, Doubts()
    while at < end:
        messages = consumer.consume(BATCH, 0.1)
        now = time.monotonic()
        if messages:
            received_at = now
        elif now - received_at > SILENCE_S:
            raise ChangelogUnread(f"{topic} {partition}: nothing came for {SILENCE_S:.0f} s at {at} of {end}")
        try:
            at = max(at, _take(messages, last_values))
        except _Unreadable as exc:
            batch = leader.batch_at(topic, partition, max(exc.offset, at))
            if doubts.are_left(partition, batch, exc.error):
                continue
            passed_over(batch.records)
            _tell(topic, partition, batch, exc.error)
            at = max(at, batch.last + 1)
            consumer.assign([TopicPartition(topic, partition, at)])
        records += len(messages)
        if now - shown_at > SHOW_S:
            shown_at = now
            log.info("changelog_reading", topic=topic, partition=partition, at=at, of=end)
    log.info(
        "changelog_read", topic=topic, partition=partition, records=records, seconds=round(time.monotonic() - began, 2)
    )
    return last_values


class _Unreadable(Exception):
    """There is a batch that librdkafka cannot read."""

    def __init__(self, error: KafkaError, offset: int) -> None:
        super().__init__(str(error))
        self.error, self.offset = error, offset


def _tell(topic: str, partition: int, batch: Batch, error: KafkaError) -> None:
    """Say what is passed over. If it was a part of the state, that shows when the state is put together."""
    _SPARING.tell(
        log.error,
        "changelog_batch_unreadable",
        topic=topic,
        partition=partition,
        first=batch.first,
        last=batch.last,
        error=error.str(),
    )


def _take(messages: list[Message], last_values: dict[bytes, bytes]) -> int:
    """Put the records into `last_values`; the offset after the last of them.

    Raises:
        _Unreadable: After them comes a batch that cannot be read.
    """
    at, unreadable = 0, None
    if any(map(_error, messages)):
        at = max(_end(message) for message in messages)
        unreadable = next((m for m in messages if m.error() is not None and m.error().code() in UNREADABLE), None)
        messages = [m for m in messages if m.error() is None]
    for key, value in zip(map(_key, messages), map(_value, messages), strict=True):
        if value is None:
            last_values.pop(key, None)
        elif key is not None:
            last_values[key] = value
    if unreadable is not None:
        raise _Unreadable(unreadable.error(), unreadable.offset())
    return max(at, messages[-1].offset() + 1) if messages else at


def _end(message: Message) -> int:
    """The end of the partition, where the message says that it is reached; else 0."""
    error = message.error()
    if error is None or error.code() in UNREADABLE:
        return 0
    if error.code() == KafkaError._PARTITION_EOF:
        return int(message.offset())
    raise KafkaException(error)
