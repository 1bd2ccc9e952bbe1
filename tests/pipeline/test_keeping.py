"""State follows output: it is sent when all output has arrived, and what it replaces is deleted when it has."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

from processors.changelog import Write
from processors.stages.keeper import Flight, Keeper
from processors.stages.outbox import Outbox, Parcel


@dataclass
class Sent:
    """An outbox whose records arrive at once, and are noted."""

    records: list[tuple[int, bytes, bytes | None]] = field(default_factory=list)

    async def send(self, parcel: Parcel, topic: str, value: bytes | None, *, key: bytes, partition: int) -> None:
        self.records.append((partition, key, value))


@dataclass
class Holds:
    """A partition that remembers up to where it is stored."""

    stored: int = -1


def test_checkpoints_wait_for_the_output_of_all_and_deletes_come_last() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        sent, held = Sent(), [Holds(), Holds()]
        keeper = Keeper("count", "changelog", cast("Outbox", sent), 8)
        parcels = [Parcel(loop), Parcel(loop)]
        for number, parcel in enumerate(parcels):
            write = Write([(b"new", b"state")], [b"old"])
            await keeper.put(Flight(number, held[number], 7 + number, parcel, write))
        running = loop.create_task(keeper.run())
        parcels[0].seal()
        for _ in range(5):
            await asyncio.sleep(0)
        assert (sent.records, [each.stored for each in held]) == ([], [-1, -1])
        parcels[1].seal()
        await asyncio.wait_for(keeper.all_kept(), 10)
        assert sent.records == [(0, b"new", b"state"), (1, b"new", b"state"), (0, b"old", None), (1, b"old", None)]
        assert [each.stored for each in held] == [7, 8]
        running.cancel()

    asyncio.run(story())
