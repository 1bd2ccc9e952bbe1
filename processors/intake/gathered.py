"""What librdkafka hands over in one go, as chunks: by partition, in offset order, read already where it is much."""

from collections import deque
from dataclasses import replace
from itertools import groupby
from typing import Final

import numpy as np
from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, KafkaError, Message

from processors.domain.counting.rows import Ints, joined_rows
from processors.intake.chunk import Chunk, weight
from processors.intake.reading import ReadAhead

_value: Final = Message.value
_offset: Final = Message.offset
_partition: Final = Message.partition
_error: Final = Message.error


class PartitionRecords:
    """The records of one partition.

    Args:
        reads_ahead: Read their values as they come.
    """

    def __init__(self, *, reads_ahead: bool) -> None:
        self._ahead = ReadAhead() if reads_ahead else None
        self._values: list[bytes | None] = []
        self._offsets: list[Ints] = []
        self._bytes = 0
        self._last: Message

    def take(self, run: list[Message]) -> None:
        """These as well: at least one; they follow on those before."""
        self._last = run[-1]
        first, last = run[0].offset(), run[-1].offset()
        if last - first + 1 == len(run):
            self._offsets.append(np.arange(first, last + 1, dtype=np.int64))
        else:
            self._offsets.append(np.fromiter(map(_offset, run), np.int64, len(run)))
        values = list(map(_value, run))
        self._values += values
        self._bytes += sum(map(len, filter(None, values)))
        if self._ahead is not None:
            self._ahead.take(values)

    def chunk(self, topic: str, partition: int, after: int, generation: int) -> Chunk:
        """All of them, where everything up to `after` was handed out before."""
        offsets = np.concatenate(self._offsets)
        epoch, (kind, at_ms) = self._last.leader_epoch(), self._last.timestamp()
        return Chunk(
            topic,
            partition,
            after,
            int(offsets[-1]),
            self._values,
            offsets,
            generation=generation,
            leader_epoch=-1 if epoch is None else epoch,
            appended_ms=at_ms if kind == TIMESTAMP_LOG_APPEND_TIME else -1,
            load=weight(len(self._values), self._bytes),
            rows=None if self._ahead is None else self._ahead.rows(offsets),
        )


class Gathered:
    """What has come.

    Args:
        messages: The first of it.
        reads_ahead: Read the values as they come.
    """

    def __init__(self, messages: list[Message] | None = None, *, reads_ahead: bool = False) -> None:
        self._reads_ahead = reads_ahead
        self.size = 0
        """Messages, records or not."""
        self.by_partition: dict[int, PartitionRecords] = {}
        self.drained: dict[int, int] = {}
        """By partition that has nothing more, its end."""
        self.troubled: dict[int, tuple[KafkaError, int]] = {}
        """By partition that something is wrong with, what, and at which offset."""
        self.take(messages or [])

    def take(self, messages: list[Message]) -> None:
        """These as well."""
        self.size += len(messages)
        if any(map(_error, messages)):
            messages = [message for message in messages if self._is_record(message)]
        for partition, run in groupby(messages, _partition):
            records = self.by_partition.get(partition)
            if records is None:
                records = self.by_partition[partition] = PartitionRecords(reads_ahead=self._reads_ahead)
            records.take(list(run))

    def _is_record(self, message: Message) -> bool:
        error = message.error()
        if error is None:
            return True
        if error.code() == KafkaError._PARTITION_EOF:
            self.drained[message.partition()] = message.offset()
        else:
            self.troubled[message.partition()] = error, message.offset()
        return False


def joined(ready: deque[Chunk], most: int) -> Chunk:
    """The first chunks in line as one, as far as they follow on each other and weigh no more than so many records."""
    chunks = [ready.popleft()]
    load = chunks[0].load
    while ready and ready[0].is_plain and chunks[0].is_plain and load + ready[0].load <= most:
        chunks.append(ready.popleft())
        load += chunks[-1].load
    if len(chunks) == 1:
        return chunks[0]
    last, rows = chunks[-1], [chunk.rows for chunk in chunks if chunk.rows is not None]
    return replace(
        chunks[0],
        last=last.last,
        values=[value for chunk in chunks for value in chunk.values],
        offsets=np.concatenate([chunk.offsets for chunk in chunks]),
        leader_epoch=last.leader_epoch,
        appended_ms=last.appended_ms,
        load=load,
        rows=joined_rows(rows) if len(rows) == len(chunks) else None,
    )
