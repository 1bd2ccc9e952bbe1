"""The watermark of the whole stream: the minimum over the source partitions, as far as idle ones let the others go.

An idle partition cannot know that it is about to wake: when traffic comes back after a silence, or a replay
begins, the first partition that is read would run hours ahead of those that were idle a moment ago. So an idle
partition lets the others go only as far as they were when it said, once before, that it was idle: it has looked
again since, and there was still nothing.
"""

from dataclasses import dataclass, field, replace
from typing import Final

NO_WATERMARK: Final = -1
OUTLIVED: Final = 100
"""So many older words in a row, and none that is not older: the newest one was not that of who counts the partition. A
worker that reads again what it had told of says far fewer, and so does one that was frozen when it wakes."""


@dataclass(slots=True)
class SourceMark:
    """What one source partition last said of itself, at `offset` of `epoch`.

    Args:
        epoch: Which life of the topic `offset` belongs to.
        offset: The partition's position.
        watermark_ms: Its own watermark.
        idle: Whether it is drained and silent.
        front_ms: While it is idle: how far the others were when it said so.
        granted_ms: While it is idle: how far it lets the others go.
    """

    epoch: int
    offset: int
    watermark_ms: int
    idle: bool
    front_ms: int = NO_WATERMARK
    granted_ms: int = NO_WATERMARK


@dataclass(slots=True)
class Watermarks:
    """Joins what the source partitions say. It never goes back.

    Args:
        sources: How many source partitions there are; until each has spoken, nothing is closed.
        marks: Source partition to its last word.
        reached_ms: The highest joint watermark so far.
        older: Source partition to how many words it has said in a row that are older than its last.
    """

    sources: int = 0
    marks: dict[int, SourceMark] = field(default_factory=dict)
    reached_ms: int = NO_WATERMARK
    older: dict[int, int] = field(default_factory=dict)

    def hear(self, partition: int, sources: int, mark: SourceMark) -> None:
        """Take in what a source partition says; an older word than its last is dropped, up to `OUTLIVED` in a row.

        An idle partition is expected to say so again and again, each time after looking anew.
        """
        self.sources = max(self.sources, sources)
        last = self.marks.get(partition)
        if last is not None and (mark.epoch, mark.offset) < (last.epoch, last.offset):
            self.older[partition] = self.older.get(partition, 0) + 1
            if self.older[partition] < OUTLIVED:
                return
        self.older.pop(partition, None)
        self.marks[partition] = mark
        if mark.idle:
            again = last is not None and last.idle and (last.epoch, last.offset) == (mark.epoch, mark.offset)
            granted_ms = last.front_ms if last is not None and again else NO_WATERMARK
            self.marks[partition] = replace(mark, front_ms=self._front_ms(), granted_ms=granted_ms)
        self._rise()

    def begin_anew(self) -> None:
        """What source partitions say from now on may come in another order: the next word of each is news.

        Where the topic that they are heard on was made anew, what they have said before may be forgotten by them too.
        """
        self.marks = {p: replace(mark, epoch=-1, offset=-1) for p, mark in self.marks.items()}

    def _front_ms(self) -> int:
        """How far the partitions that are awake are together; when none is, how far the foremost came."""
        awake = [m.watermark_ms for m in self.marks.values() if not m.idle]
        return min(awake) if awake else max(m.watermark_ms for m in self.marks.values())

    def _rise(self) -> None:
        if len(self.marks) < self.sources:
            return
        lowest_ms = min(max(m.watermark_ms, m.granted_ms) if m.idle else m.watermark_ms for m in self.marks.values())
        self.reached_ms = max(self.reached_ms, lowest_ms)
