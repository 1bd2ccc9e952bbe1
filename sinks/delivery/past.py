"""What was said before we came: read to its end before any of it is sent."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic

from sinks.protocol import Data, Entry, Partition


@dataclass(slots=True)
class _Lane(Generic[Data]):
    last: Entry[Data]
    told: bool
    over: bool


class Past(Generic[Data]):
    """The last message of each lane, as long as the end of the topic has not been reached."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane[Data]] = {}

    def __len__(self) -> int:
        return len(self._lanes)

    def __contains__(self, lane: str) -> bool:
        return lane in self._lanes

    def add(self, lane: str, entry: Entry[Data], *, told: bool, over: bool) -> Entry[Data] | None:
        """Keep it in place of the one before it, which is returned.

        Args:
            lane: Where it belongs.
            entry: The message.
            told: Whether somebody may have heard of the lane before, and has to hear of its end.
            over: Whether the lane ends with it.
        """
        before = self._lanes.pop(lane, None)
        self._lanes[lane] = _Lane(entry, before.told if before else told, over)
        return before.last if before else None

    def conclude(self) -> tuple[list[Entry[Data]], list[Entry[Data]]]:
        """What is to be sent and what is to be summed up, in the order of the topic; nothing is left here."""
        lanes, self._lanes = list(self._lanes.values()), {}
        lanes.sort(key=lambda lane: (lane.last.record.partition, lane.last.record.offset))
        sent = [lane.last for lane in lanes if lane.told or not lane.over]
        return sent, [lane.last for lane in lanes if lane.over and not lane.told]

    def drop(self, partitions: Collection[Partition]) -> int:
        """Forget what came of these partitions; how many that were."""
        kept = {name: lane for name, lane in self._lanes.items() if lane.last.record.partition not in partitions}
        dropped = len(self._lanes) - len(kept)
        self._lanes = kept
        return dropped
