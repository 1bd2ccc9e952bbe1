"""Messages that wait, in order within their lane."""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Generic

from sinks.protocol import Busy, Data, Entry, Partition, Record


@dataclass(slots=True, eq=False)
class PendingMessage(Generic[Data]):
    """One message on its way. Times are seconds of the delivery's clock.

    Args:
        lane: Where it waits.
        entry: The message.
        covers: The records that are done with once it is delivered.
        sums_up: Whether it stands for many that are over; nobody misses it.
        tries: How often it has failed.
        failed_at: When it failed the first time.
        taken_before: How many others the target had taken when it failed last.
        retry_at: Not before this time again.
        trouble: Why it failed last; none: it was rejected, or has not been tried.
        detail: The same in words.
        gone: Whether its partition has been taken away meanwhile.
    """

    lane: str
    entry: Entry[Data]
    covers: tuple[Record, ...]
    sums_up: bool = False
    tries: int = 0
    failed_at: float = 0.0
    taken_before: int = 0
    retry_at: float = 0.0
    trouble: Busy | None = None
    detail: str = ""
    gone: bool = False


@dataclass(slots=True)
class _Lane(Generic[Data]):
    waiting: deque[PendingMessage[Data]] = field(default_factory=deque)
    flying: PendingMessage[Data] | None = None


class Lanes(Generic[Data]):
    """All that waits or is on its way; of each lane one at most is on its way."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane[Data]] = {}

    def __len__(self) -> int:
        return sum(len(lane.waiting) + (lane.flying is not None) for lane in self._lanes.values())

    def add(self, parcel: PendingMessage[Data]) -> None:
        """Put it behind all others of its lane."""
        self._lanes.setdefault(parcel.lane, _Lane()).waiting.append(parcel)

    def due(self, now: float, *, fresh: bool = False) -> PendingMessage[Data] | None:
        """The next that may leave now, or none.

        What has not failed yet comes first, in the order in which it came, and then what was to be tried again first:
        a few that never get through would otherwise always be due, and hold all others up.

        Args:
            now: The time.
            fresh: Leave out what has failed before.
        """
        failed: PendingMessage[Data] | None = None
        for lane in self._lanes.values():
            if not self._may(lane):
                continue
            head = lane.waiting[0]
            if not head.tries:
                return head
            if not fresh and head.retry_at <= now and (failed is None or head.retry_at < failed.retry_at):
                failed = head
        return failed

    def next_at(self) -> float | None:
        """When the first of those that wait may leave; None when none waits."""
        return min((lane.waiting[0].retry_at for lane in self._lanes.values() if self._may(lane)), default=None)

    def leaves(self, parcel: PendingMessage[Data]) -> None:
        """It is on its way now; it was the first of its lane."""
        lane = self._lanes[parcel.lane]
        lane.flying = lane.waiting.popleft()

    def comes_back(self, parcel: PendingMessage[Data]) -> None:
        """It was not delivered, and is the first of its lane again."""
        lane = self._lanes[parcel.lane]
        lane.flying = None
        lane.waiting.appendleft(parcel)

    def arrived(self, parcel: PendingMessage[Data]) -> None:
        """It is done with, wherever it was."""
        lane = self._lanes[parcel.lane]
        if lane.flying is parcel:
            lane.flying = None
        elif lane.waiting and lane.waiting[0] is parcel:
            lane.waiting.popleft()
        if not lane.waiting and lane.flying is None:
            del self._lanes[parcel.lane]

    def failing(self) -> Iterator[PendingMessage[Data]]:
        """What has failed and was not delivered since."""
        for lane in self._lanes.values():
            head = lane.flying or (lane.waiting[0] if lane.waiting else None)
            if head is not None and head.tries:
                yield head

    def drop(self, partitions: Collection[Partition]) -> int:
        """Forget what waits of these partitions, and what becomes of what is on its way; how many that were."""
        dropped = 0
        for name, lane in list(self._lanes.items()):
            kept = deque(p for p in lane.waiting if p.entry.record.partition not in partitions)
            dropped += len(lane.waiting) - len(kept)
            lane.waiting = kept
            if lane.flying is not None and lane.flying.entry.record.partition in partitions:
                lane.flying.gone = True
                dropped += 1
            if not kept and lane.flying is None:
                del self._lanes[name]
        return dropped

    @staticmethod
    def _may(lane: _Lane[Data]) -> bool:
        return bool(lane.waiting) and lane.flying is None
