"""Stores checkpoints when the output before them has arrived.

What waits is stored together: one round trip to the broker serves the checkpoints of all partitions.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from processors.changelog import Write
from processors.metrics import StageMetrics, WorkerMetrics
from processors.stages.outbox import Outbox, OutputDenied, OutputGone, OutputLost, Parcel
from runtime.allocator import LARGE, give_back
from runtime.exits import Exit, end

log = structlog.get_logger(__name__)

WINDOW_BYTES: Final = 16_000_000
"""How much of a checkpoint may be on its way at once."""


class HasStored(Protocol):
    """A partition that remembers up to where it is stored."""

    stored: int


@dataclass(frozen=True, slots=True)
class Flight:
    """Output on its way, and with it the checkpoint that may be stored when all of it has arrived.

    Args:
        partition: Whose.
        owned: Is told when the checkpoint is stored.
        position: Up to where the checkpoint goes.
        parcel: The output.
        write: The checkpoint; None when there is only output.
        sent_at: When the output was sent, in monotonic seconds.
    """

    partition: int
    owned: HasStored
    position: int
    parcel: Parcel
    write: Write | None
    sent_at: float = field(default_factory=time.monotonic)


class Keeper:
    """Takes flights, in order.

    Args:
        stage: The name of the stage.
        topic: Its changelog.
        outbox: Sends.
        in_flight: How many flights may wait.
        metrics: The counters of the stage; none: nobody looks at them.
    """

    def __init__(
        self, stage: str, topic: str, outbox: Outbox, in_flight: int, metrics: StageMetrics | None = None
    ) -> None:
        self._stage = stage
        self._topic = topic
        self._outbox = outbox
        self._metrics = metrics or WorkerMetrics().of_stage(stage)
        self.gone: Callable[[], None] | None = None
        """Told that the changelog is not there: nothing of the state is stored for sure, and whoever is told sees to
        it that all of it is written once more. None: that ends the process."""
        self._flights: asyncio.Queue[Flight] = asyncio.Queue(maxsize=in_flight)

    async def put(self, flight: Flight) -> None:
        """Keep this too; waits while too many wait."""
        await self._flights.put(flight)

    async def all_kept(self) -> None:
        """Wait until nothing waits."""
        await self._flights.join()

    @property
    def is_idle(self) -> bool:
        """Whether no flight waits to be looked at."""
        return self._flights.empty()

    async def run(self) -> None:
        """Until cancelled. What cannot be sent ends the process: nothing that follows from it may be stored."""
        while True:
            flights = [await self._flights.get()]
            while not self._flights.empty():
                flights.append(self._flights.get_nowait())
            try:
                for flight in flights:
                    await flight.parcel.arrived
                    self._metrics.write_s.observe(time.monotonic() - flight.sent_at)
                await self._store([(flight, flight.write) for flight in flights if flight.write is not None])
            except (OutputDenied, OutputGone) as exc:
                if not self._is_looked_after(exc):
                    end(f"{self._stage}: {exc}", Exit.AGAIN)
            except Exception as exc:
                log.exception("output_lost", stage=self._stage)
                end(f"{self._stage}: {exc}")
            for _ in flights:
                self._flights.task_done()

    def _is_looked_after(self, error: OutputLost) -> bool:
        """Whether it is the changelog that is not there, and somebody writes all state to the next one."""
        if self.gone is None or not isinstance(error, OutputGone) or error.topic != self._topic:
            return False
        self.gone()
        return True

    async def _store(self, checkpoints: Sequence[tuple[Flight, Write]]) -> None:
        """Send the checkpoints; positions count, and what is replaced is deleted, when all of them have arrived."""
        if not checkpoints:
            return
        records = [(flight.partition, *record) for flight, write in checkpoints for record in write.records]
        await self._send(records)
        for flight, write in checkpoints:
            flight.owned.stored = max(flight.owned.stored, flight.position)
            self._metrics.stored.inc(len(write.records) + len(write.deletes))
            self._metrics.committed(flight.partition).set(flight.position)
        await self._send([(flight.partition, key, None) for flight, write in checkpoints for key in write.deletes])
        if sum(len(value) for _, _, value in records) > LARGE:
            await asyncio.to_thread(give_back)

    async def _send(self, records: Sequence[tuple[int, bytes, bytes | None]]) -> None:
        """Send to partitions of the changelog, and wait until all of it has arrived."""
        if not records:
            return
        waiting = 0
        parcel = Parcel(asyncio.get_running_loop())
        for partition, key, value in records:
            if waiting > WINDOW_BYTES:
                waiting = 0
                parcel.seal()
                await parcel.arrived
                parcel = Parcel(asyncio.get_running_loop())
            waiting += len(value or b"")
            await self._outbox.send(parcel, self._topic, value, key=key, partition=partition)
        parcel.seal()
        await parcel.arrived
