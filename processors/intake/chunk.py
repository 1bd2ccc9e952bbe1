"""A chunk: the records of one source partition that were fetched together."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from processors.domain.counting.rows import Ints, Rows

HEAVY: Final = 1024
"""Bytes in which a record weighs as much as another record."""


def load_of(values: Sequence[bytes | None]) -> int:
    """What values weigh; see `Chunk`."""
    return weight(len(values), sum(map(len, filter(None, values))))


def weight(count: int, size: int) -> int:
    """What so many values of so many bytes together weigh."""
    return count + size // HEAVY


@dataclass(frozen=True, slots=True)
class UnreadableBatch:
    """A batch that nobody can read, and that is passed over.

    Args:
        first: Offset of its first record.
        last: Offset of its last record.
        records: How many it says that it holds.
        why: What is wrong with it.
        raw: Its bytes.
    """

    first: int
    last: int
    records: int
    why: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Gone:
    """The topic did not keep what follows on `after` until it was read: the records up to and including `last`."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The partition has lost its tail: it ends, or ended when new records came, at `end`, before the position."""

    end: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records in offset order; possibly none, when it only says that the partition is idle.

    Args:
        topic: Source topic.
        partition: Source partition.
        after: Everything up to this offset was handed out before this chunk, since the last seek. A chunk may be
            applied only when this is not beyond the position: else chunks in between were lost on the way.
        last: Offset of the last record; `after` when there is none.
        values: The raw values.
        offsets: The offset of each value.
        idle: The partition is drained and has been silent for long enough.
        generation: The assignment it was fetched under.
        made_at: When it was fetched, in seconds of the monotonic clock.
        leader_epoch: Under which leader its last record was written; -1 where that is not known.
        appended_ms: When the broker took in its last record, epoch milliseconds; -1 where it does not say.
        trouble: What there is instead of records, if anything.
        load: What its values weigh in memory: one for each, and one more for each `HEAVY` bytes.
        rows: What its values say, where they have been read already and all are good; no time is in the future for it.
    """

    topic: str
    partition: int
    after: int
    last: int
    values: Sequence[bytes | None] = ()
    offsets: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    idle: bool = False
    generation: int = 0
    made_at: float = field(default_factory=time.monotonic)
    leader_epoch: int = -1
    appended_ms: int = -1
    trouble: UnreadableBatch | Gone | Cut | None = None
    load: int = 0
    rows: Rows | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is nothing but records."""
        return not self.idle and self.trouble is None
