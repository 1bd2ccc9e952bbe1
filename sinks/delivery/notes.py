"""What is noted beside a committed offset: which records behind it are done with, although one before them is not."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from sinks.protocol import Record

MAX_NOTES: Final = 4_000
"""Characters; a broker refuses a commit with more than 4 096 bytes (`offset.metadata.max.bytes`)."""


@dataclass(frozen=True, slots=True)
class Done:
    """Records that were done with when this was noted.

    Args:
        epoch: No later leader had written a record before the last one of them.
        ranges: Offsets from and up to, without the second, in order.
    """

    epoch: int = -1
    ranges: tuple[tuple[int, int], ...] = ()

    def has(self, record: Record) -> bool:
        """Whether the record is one of them; not where a later leader has written another one in its place."""
        return record.leader_epoch <= self.epoch and any(start <= record.offset < end for start, end in self.ranges)


def noted(waiting: Iterable[int], end: int, epoch: int) -> str:
    """All before `end` is done with but the offsets that wait, which are in order; empty where that says nothing.

    What does not fit is left out from the end: it is only sent again.
    """
    bounds = [*waiting, end]
    found: list[str] = []
    length = 0
    for before, after in pairwise(bounds):
        if after == before + 1:
            continue
        one = f"{before + 1}-{after}"
        length += len(one) + 1
        if length > MAX_NOTES:
            break
        found.append(one)
    return " ".join([str(epoch), *found]) if found else ""


def read(note: str) -> Done:
    """What `noted` has written; nothing where somebody else has written it."""
    try:
        epoch, *ranges = note.split()
        return Done(int(epoch), tuple(_range(one) for one in ranges))
    except ValueError:
        return Done()


def _range(one: str) -> tuple[int, int]:
    start, end = one.split("-")
    return int(start), int(end)
