"""The watermark of the whole stream: the minimum over the source partitions that are not idle."""

from dataclasses import dataclass, field
from typing import Final

NO_WATERMARK: Final = -1


@dataclass(slots=True)
class SourceMark:
    """What one source partition last said of itself, at `offset` of `epoch`."""

    epoch: int
    offset: int
    watermark_ms: int
    idle: bool


@dataclass(slots=True)
class Watermarks:
    """Joins what the source partitions say. It never goes back.

    Args:
        sources: How many source partitions there are; until each has spoken, nothing is closed.
        marks: Source partition to its last word.
        reached_ms: The highest joint watermark so far.
    """

    sources: int = 0
    marks: dict[int, SourceMark] = field(default_factory=dict)
    reached_ms: int = NO_WATERMARK

    def hear(self, partition: int, sources: int, mark: SourceMark) -> None:
        """Take in what a source partition says; an older word than the one held is dropped."""
        self.sources = max(self.sources, sources)
        held = self.marks.get(partition)
        if held is not None and (mark.epoch, mark.offset) < (held.epoch, held.offset):
            return
        self.marks[partition] = mark
        self._rise()

    def _rise(self) -> None:
        if len(self.marks) < self.sources:
            return
        awake = [m.watermark_ms for m in self.marks.values() if not m.idle]
        if awake:
            self.reached_ms = max(self.reached_ms, min(awake))
