"""Writes checkpoints of the partitions' states, by time and not by chunk, behind the output that they rely on."""

import asyncio
import time
from collections.abc import Mapping
from typing import Generic

from processors.changelog import Write
from processors.stages.keeper import Flight, Keeper
from processors.stages.outbox import Parcel
from processors.stages.owned import Owned, State
from processors.stages.pace import Pace
from processors.stages.stage_work import StageWork


class Checkpoints(Generic[State]):
    """Of one stage.

    Args:
        work: Says what is to be stored.
        keeper: Stores it when what was sent before has arrived.
        pace: Lets the loop do something else between two steps.
        every_s: How often state is stored.
    """

    def __init__(self, work: StageWork[State], keeper: Keeper, pace: Pace, every_s: float) -> None:
        self._work = work
        self._keeper = keeper
        self._pace = pace
        self.every_s = every_s

    def is_due(self, owned: Owned[State]) -> bool:
        """All partitions count by the same beats, so that what is due of them is sent, and comes back, together."""
        if owned.dirty_since is None:
            return False
        waits_since = max(owned.dirty_since, owned.written_at)
        beats = int(time.monotonic() // self.every_s) - int(waits_since // self.every_s)
        return self._work.is_due(owned.state, beats)

    async def written(self, partition: int, owned: Owned[State], parcel: Parcel) -> Write:
        """The next checkpoint; what it relies on goes with the parcel."""
        state, changed, gone = owned.state, dict[str, bytes](), list[str]()
        await self._work.tell(state, partition, parcel)
        for _ in self._work.changes(state, changed, gone):
            await self._pace.breathe()
        owned.dirty_since, owned.written_at = None, time.monotonic()
        at, position = (state.epoch, state.position), self._work.position_of(state)
        if not owned.log.wants_all(changed):
            return owned.log.addition(at, position, changed, gone, lambda name: self._work.value_of(state, name))
        everything = dict[str, bytes]()
        for name, value in self._work.everything(state):
            everything[name] = value
            await self._pace.breathe()
        return owned.log.whole(at, position, everything)

    async def write(self, partition: int, owned: Owned[State]) -> None:
        """Write the next checkpoint of a partition; it is stored when what was sent before has arrived."""
        parcel = Parcel(asyncio.get_running_loop())
        self._pace.resume()
        write = await self.written(partition, owned, parcel)
        parcel.seal()
        await self._keeper.put(Flight(partition, owned, owned.state.position, parcel, write))

    async def write_all(self, owned: Mapping[int, Owned[State]]) -> None:
        """Write one of each partition of which something is not stored."""
        for partition, each in list(owned.items()):
            if each.dirty_since is not None:
                await self.write(partition, each)
