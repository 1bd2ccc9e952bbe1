"""The watermark of the whole stream: the minimum over the source partitions, as far as idle ones let the others go.

An idle partition cannot know that it is about to wake: when traffic comes back after a silence, or a replay
begins, the first partition that is read would run hours ahead of those that were idle a moment ago. So an idle
partition lets the others go only as far as they were when it said, once before, that it was idle: it has looked
again since, and there was still nothing.

A partition that stands still, or is far behind, is waited for as long as what waits has room; see `leave_out`.
"""

from dataclasses import dataclass, field, replace
from typing import Final

NO_WATERMARK: Final = -1
OUTLIVED: Final = 100
"""After this many older words in a row, and none that is not older, the newest one was not that of who counts the
partition. A worker that reads again what it had told of says far fewer, as does one that was frozen and wakes."""


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

    @property
    def lets_go_to_ms(self) -> int:
        """How far it lets the others go."""
        return max(self.watermark_ms, self.granted_ms) if self.idle else self.watermark_ms


@dataclass(slots=True)
class Watermarks:
    """Joins what the source partitions say. It never goes back.

    Args:
        sources: How many source partitions there are; until each has spoken, nothing is closed.
        marks: Source partition to its last word.
        reached_ms: The highest joint watermark so far.
        older: Source partition to how many words it has said in a row that are older than its last.
        left_out: Source partition that nobody waits for any more, to the start of the first minute that waited for it.
    """

    sources: int = 0
    marks: dict[int, SourceMark] = field(default_factory=dict)
    reached_ms: int = NO_WATERMARK
    older: dict[int, int] = field(default_factory=dict)
    left_out: dict[int, int] = field(default_factory=dict)

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
        if partition in self.left_out and self.marks[partition].lets_go_to_ms >= self.reached_ms:
            del self.left_out[partition]
        self._rise()

    def holders(self) -> list[int]:
        """The source partitions that hold the others: those that have said nothing yet, else those furthest behind."""
        silent = [p for p in range(self.sources) if p not in self.marks and p not in self.left_out]
        if silent or not self.marks:
            return silent
        waited_for = {p: mark.lets_go_to_ms for p, mark in self.marks.items() if p not in self.left_out}
        behind_ms = min(waited_for.values())
        return sorted(p for p, at_ms in waited_for.items() if at_ms <= behind_ms)

    def leave_out(self, since_ms: int) -> bool:
        """Wait no longer for those that hold the others, until they have come as far; whether there are any others.

        Those that hold them because they are idle have nothing to bring: they let the others go on at once.

        `since_ms` is where the first minute begins that waits for them.
        """
        holders = self.holders()
        if not self.marks.keys() - self.left_out.keys() - {*holders}:
            return False
        before_ms, standing = self.reached_ms, [p for p in holders if p not in self.marks or not self.marks[p].idle]
        if standing:
            self.left_out |= dict.fromkeys(standing, since_ms)
        else:
            # They let the others go as far as these were, and are told only now that some do not count any more.
            front_ms = self._front_ms()
            self.marks |= {p: replace(self.marks[p], granted_ms=front_ms) for p in holders}
        self._rise()
        return bool(standing) or self.reached_ms > before_ms

    def begin_anew(self) -> None:
        """What source partitions say from now on may come in another order: the next word of each is news.

        Where the topic that they are heard on was made anew, what they have said before may be forgotten by them too.
        """
        self.marks = {p: replace(mark, epoch=-1, offset=-1) for p, mark in self.marks.items()}

    def _front_ms(self) -> int:
        """How far the partitions that are awake are together; when none is, how far the foremost came."""
        awake = [m.watermark_ms for p, m in self.marks.items() if not m.idle and p not in self.left_out]
        return min(awake) if awake else max(m.watermark_ms for m in self.marks.values())

    def _rise(self) -> None:
        if len(self.marks.keys() | self.left_out.keys()) < self.sources:
            return
        # What was left out is waited for by nobody, and one that is not is always there.
        lowest_ms = min(mark.lets_go_to_ms for p, mark in self.marks.items() if p not in self.left_out)
        self.reached_ms = max(self.reached_ms, lowest_ms)
