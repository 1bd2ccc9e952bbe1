"""A chunk: the records of one source partition that were fetched together."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from processors.domain.counting import Ints


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
