"""What was said before we came: read to its end before any of it is sent."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Generic

from msgspec.structs import replace

from sinks.protocol import Data, Entry, Partition, Record


@dataclass(slots=True)
class PastLane(Generic[Data]):
    """A lane as it was left.

    Args:
        last: Its last message.
        known: Whether somebody may have heard of it before, and has to hear of its end.
        over: Whether it ends with that message.
        records: All that came of it, without what they hold. None of them is done with before it is said what became
            of the lane: who goes on after a crash reads them again, and comes to the same.
    """

    last: Entry[Data]
    known: bool
    over: bool
    records: list[Record] = field(default_factory=list)


class Past(Generic[Data]):
    """The last message of each lane, as long as the end of the topic has not been reached."""

    def __init__(self) -> None:
        self._lanes: dict[str, PastLane[Data]] = {}

    def __len__(self) -> int:
        return len(self._lanes)

    def __contains__(self, lane: str) -> bool:
        return lane in self._lanes

    def add(self, lane: str, entry: Entry[Data], *, known: bool, over: bool) -> bool:
        """Keep it in place of the one before it; whether there was one.

        Args:
            lane: Where it belongs.
            entry: The message.
            known: Whether somebody may have heard of the lane before, and has to hear of its end.
            over: Whether the lane ends with it.
        """
        before = self._lanes.pop(lane, None)
        records = before.records if before else []
        records.append(replace(entry.record, value=None))
        self._lanes[lane] = PastLane(entry, before.known if before else known, over, records)
        return before is not None

    def conclude(self) -> tuple[list[PastLane[Data]], list[PastLane[Data]]]:
        """What is to be sent and what is to be summed up, in the order of the topic; nothing is left here."""
        lanes, self._lanes = list(self._lanes.values()), {}
        lanes.sort(key=lambda lane: (lane.last.record.partition, lane.last.record.offset))
        return [each for each in lanes if each.known or not each.over], [
            each for each in lanes if each.over and not each.known
        ]

    def drop(self, partitions: Collection[Partition]) -> int:
        """Forget what came of these partitions; how many that were."""
        kept = {name: lane for name, lane in self._lanes.items() if lane.last.record.partition not in partitions}
        dropped = len(self._lanes) - len(kept)
        self._lanes = kept
        return dropped
