"""Looks at what lies ahead in a partition before librdkafka unpacks it.

librdkafka unpacks all batches of an answer at once, whatever they come to: 64 kB may hold 2 GB. So the batches that it
will ask for next are looked at before, packed as they are; where too much lies close together, it is kept away.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

from runtime.kafka.batches import Outline, outlines
from runtime.kafka.client import ANSWER_BYTES
from runtime.kafka.leader import LogStretch

QUEUED: Final = 200_000
"""How many records librdkafka holds ready, about."""
AHEAD: Final = 300_000
"""How far ahead of what was handed out it may have asked: nothing heavy may lie nearer than that."""
TOO_HEAVY: Final = 84 << 20
"""What so much of one partition may come to in memory, in bytes; gzip cannot reach it in one answer."""
EACH: Final = 4 << 20
"""Bytes of a partition that are looked at in one go."""
ALL: Final = 24 << 20
"""Bytes of all partitions."""


class Leading(Protocol):
    """Who has the batches; see `runtime.kafka.leader.Leader`."""

    def stretches(self, topic: str, offsets: Mapping[int, int], each: int, most: int) -> dict[int, LogStretch]:
        """See Leader."""
        ...


class Lookout:
    """Knows how far each partition was looked at, and where it is too heavy to be fetched in the usual way.

    A partition that was looked at to its end is free from then on: of what comes while one reads, one answer holds
    what was written in a fraction of a second, and the broker, which unpacks each batch as well, takes no more in
    that time. Who could not read for a while, or met a heavy batch, has to look again: see `doubt`.

    Args:
        topic: The topic.
        leader: Who has its batches.
    """

    def __init__(self, topic: str, leader: Leading) -> None:
        self._topic = topic
        self._leader = leader
        self._seen: dict[int, int] = {}
        self._heavy: dict[int, deque[Outline]] = {}
        """The batches from which on an answer would be too heavy, in order."""
        self._free: set[int] = set()

    def forget(self, partition: int) -> None:
        """The partition will be read from elsewhere: it has not been looked at."""
        self._seen.pop(partition, None)
        self._heavy.pop(partition, None)
        self._free.discard(partition)

    def doubt(self, partitions: Iterable[int]) -> None:
        """What has come to these since may be more than what comes in a moment."""
        self._free.difference_update(partitions)

    def trust(self, partitions: Iterable[int]) -> None:
        """Nobody can look at these now: they are read as they are."""
        self._free.update(partitions)

    def is_clear(self, partition: int, after: int) -> bool:
        """Whether librdkafka may read on behind this offset."""
        if (heavy := self._next_heavy(partition, after)) is not None:
            return heavy - after > AHEAD
        return partition in self._free or self._seen.get(partition, -1) - after > AHEAD

    def look(self, afters: Mapping[int, int]) -> None:
        """Look so far ahead that all these partitions are clear, or are known not to be; blocks.

        Args:
            afters: By partition, behind which offset librdkafka reads.

        Raises:
            LeaderSilent: The leaders do not answer.
        """
        while any(self._is_unknown(partition, after, AHEAD) for partition, after in afters.items()):
            # Those that will have to be looked at soon are looked at with them.
            wanted = {
                partition: max(self._seen.get(partition, 0), after + 1)
                for partition, after in afters.items()
                if self._is_unknown(partition, after, 3 * AHEAD)
            }
            found = self._leader.stretches(self._topic, wanted, EACH, ALL)
            moved = [self._note(partition, at, found.get(partition)) for partition, at in wanted.items()]
            if not any(moved):
                self.trust(wanted)

    def _is_unknown(self, partition: int, after: int, ahead: int) -> bool:
        if self._next_heavy(partition, after) is not None or partition in self._free:
            return False
        return self._seen.get(partition, -1) - after <= ahead

    def _next_heavy(self, partition: int, after: int) -> int | None:
        """Where the next of them begins that is not behind us."""
        heavy = self._heavy.get(partition, deque())
        while heavy and heavy[0].last <= after:
            heavy.popleft()
            self._free.discard(partition)  # more may have come while that was read
        return heavy[0].first if heavy else None

    def _note(self, partition: int, at: int, stretch: LogStretch | None) -> bool:
        """Take note of what lies there; whether anything is known now that was not."""
        if stretch is None:
            self._free.add(partition)  # librdkafka also reports what is wrong there
            return True
        batches = list(outlines(stretch.raw))
        if batches:
            self._seen[partition] = at = batches[-1].last + 1
            self._heavy.setdefault(partition, deque()).extend(heavy_ones(batches))
        if at >= stretch.end or (stretch.raw and not batches):
            self._free.add(partition)
            return True
        return bool(batches)


def heavy_ones(batches: Iterable[Outline]) -> Iterator[Outline]:
    """The batches from which on one answer may come to more than `TOO_HEAVY`, in order."""
    window: deque[Outline] = deque()
    size = weight = 0
    for batch in batches:
        window.append(batch)
        size += batch.size
        weight += batch.weight
        while window and (size > ANSWER_BYTES or weight > TOO_HEAVY):
            if weight > TOO_HEAVY and (size <= ANSWER_BYTES or len(window) == 1):
                yield window[0]
            gone = window.popleft()
            size -= gone.size
            weight -= gone.weight
