"""Reads a few batches of a partition one after the other, so that never more than one of them is unpacked."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Final

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.errors import KafkaError as LeaderError
from aiokafka.record.memory_records import MemoryRecords

from processors.intake.chunk import UnreadableBatch
from runtime.kafka.batches import Outline, outlines
from runtime.kafka.leader import LogStretch

LOG_APPEND_TIME: Final = 1
"""How aiokafka calls the broker's own time."""
MAX_BATCH_BYTES: Final = 100_000_000
"""What one batch may unpack to; librdkafka takes no more of Zstandard either."""
AT_ONCE: Final = 16 << 20
"""What batches that are handed out together come to in memory, if the first of them is not heavier."""


@dataclass(frozen=True, slots=True)
class ReadStep:
    """What was read of a partition.

    Args:
        values: The records' values.
        offsets: Their offsets.
        following: The offset to go on at.
        leader_epoch: Under which leader the last batch was written.
        appended_ms: When the broker took in the last record, epoch milliseconds; -1 where it does not say.
        trouble: The batch that comes next, if nobody can read it, or nobody should.
    """

    values: Sequence[bytes | None]
    offsets: Sequence[int]
    following: int
    leader_epoch: int = -1
    appended_ms: int = -1
    trouble: UnreadableBatch | None = None


def next_step(stretch: LogStretch, topic: str, partition: int, offset: int) -> ReadStep | None:
    """The records of the first batches of a stretch that was asked for at an offset; None when it holds no batch."""
    batches = list(outlines(stretch.raw))
    if not batches:
        return None
    if (most := batches[0].unpacked) > MAX_BATCH_BYTES:
        return _refused(stretch, batches[0], offset, f"it unpacks to as much as {most >> 20} MB")
    readable = takewhile(lambda batch: batch.unpacked <= MAX_BATCH_BYTES, batches)
    weights = accumulate(batch.weight for batch in batches)
    taken = [batch for batch, weight in zip(readable, weights, strict=False) if weight <= AT_ONCE] or batches[:1]
    try:
        return _read(stretch, taken, topic, partition, offset)
    except (LeaderError, ValueError, RuntimeError, OSError) as exc:
        if len(taken) == 1:
            return _refused(stretch, taken[0], offset, str(exc) or repr(exc))
    return next_step(LogStretch(stretch.raw[: taken[0].size], stretch.end, stretch.aborted), topic, partition, offset)


def _read(stretch: LogStretch, taken: Sequence[Outline], topic: str, partition: int, offset: int) -> ReadStep:
    raw = stretch.raw[: sum(batch.size for batch in taken)]
    records = PartitionRecords(
        TopicPartition(topic, partition),
        MemoryRecords(raw),
        list(stretch.aborted),
        offset,
        None,
        None,
        True,  # noqa: FBT003 -- aiokafka: check_crcs
        READ_COMMITTED,
    )
    values, offsets, appended_ms = [], [], -1
    for record in records:
        values.append(record.value)
        offsets.append(record.offset)
        appended_ms = record.timestamp if record.timestamp_type == LOG_APPEND_TIME else -1
    return ReadStep(values, offsets, max(records.next_fetch_offset, offset), taken[-1].leader_epoch, appended_ms)


def _refused(stretch: LogStretch, batch: Outline, offset: int, why: str) -> ReadStep:
    raw = stretch.raw[: batch.size]
    trouble = UnreadableBatch(batch.first, max(batch.last, offset), batch.records, why, raw)
    return ReadStep((), (), trouble.last + 1, trouble=trouble)
