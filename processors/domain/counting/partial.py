"""A partial: what the count stage of one source partition tells the judge."""

from dataclasses import dataclass, field
from zlib import crc32

import msgspec

from processors.domain.counting.packed import Counts
from processors.domain.incidents.refusals import RefusedCount
from processors.domain.missing import Missing


class PartialMinute(msgspec.Struct, frozen=True, gc=False):
    """The whole of one scope's minute in one source partition, up to `offset`."""

    minute: int
    scope: str
    offset: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Partial:
    """Absolute values, so that a repeat changes nothing.

    Args:
        source: The source partition.
        sources: How many source partitions the topic has.
        epoch: Which life of the source topic the offsets belong to.
        offset: The source partition's position.
        watermark_ms: Its watermark; None when more records of the same chunk follow.
        idle: Whether it has been drained and silent for long enough not to hold others back.
        minutes: The minutes that changed.
        now_ms: What the clock of the count stage said when it looked, in epoch milliseconds; None without a clock.
        refused: What it could not read lately, when that is much, or is over; None: no news.
        gone: What was deleted before it could be read, and what came after it; None: no news.
    """

    source: int
    sources: int
    epoch: int
    offset: int
    watermark_ms: int | None = None
    idle: bool = False
    minutes: list[PartialMinute] = field(default_factory=list)
    now_ms: int | None = None
    refused: RefusedCount | None = None
    gone: Missing | None = None


def judge_of(scope: str, judges: int) -> int:
    """Which of so many partitions of the judge's input is told of a scope."""
    return crc32(scope.encode()) % judges
