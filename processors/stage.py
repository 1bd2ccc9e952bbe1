"""What both stages do: take chunks, send what follows, wait until it has arrived, store the state.

The order is the promise: output, then state, then commit. The stored position never runs ahead of what has
been acknowledged, so after a crash everything that is not certain is read again; and everything that is sent
twice carries the same key and the same or a higher (epoch, offset), so nothing counts twice.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, Protocol, TypeVar

import structlog

from processors import metrics
from processors.chunk import Chunk
from processors.faustapp.table import FactTable
from processors.fetching import Fetcher
from processors.identities import TopicWatch
from processors.lifeline import TEMPORARY, Lifeline, end
from processors.outbox import Outbox, Parcel

log = structlog.get_logger(__name__)

STUCK_S = 3.0
"""A chunk that was handed out so long ago and is not applied was lost on its way through Faust."""
FRESH_S = 0.5
"""An older word that a partition is idle is not passed on: less than a beat, so that two are never sent at once."""
FINISH_S = 5.0
"""How long a worker that is told to stop waits for what is on its way."""


class HasPosition(Protocol):
    """The state of one partition."""

    position: int
    epoch: int


State = TypeVar("State", bound=HasPosition)


@dataclass(frozen=True, slots=True)
class Flight:
    """A chunk whose output is on its way, with the state that may be stored when it has arrived.

    Args:
        puts: Keys and values to store, in order; the position comes last.
        drops: Keys to forget, after that: a deletion must not overtake the position that justifies it.
    """

    generation: int
    partition: int
    position: int
    parcel: Parcel
    puts: list[tuple[bytes, bytes]]
    drops: list[bytes]
    sent_at: float = field(default_factory=time.monotonic)


class Stage(ABC, Generic[State]):
    """One stage of a worker: its topic, its table, and the state of each partition it owns.

    Args:
        topic: The source topic.
        table: Where its state lies.
        fetcher: Reads the topic.
        outbox: Sends its output.
        lifeline: Tells whether we stood still.
        watch: Tells the identity of the topic; a recreated topic has another one.
        in_flight: How many chunks may be on their way at once.
    """

    name: str

    def __init__(
        self,
        topic: str,
        table: FactTable,
        fetcher: Fetcher,
        outbox: Outbox,
        lifeline: Lifeline,
        watch: TopicWatch,
        in_flight: int = 8,
    ) -> None:
        self.topic = topic
        self.table = table
        self.changelog: str = table.changelog_topic_name
        self.fetcher = fetcher
        self.outbox = outbox
        self.lifeline = lifeline
        self.watch = watch
        self.states: dict[int, State] = {}
        self.stored: dict[int, int] = {}
        self.identity = ""
        self.turned_at = time.monotonic()
        self._generation = -1
        self._flights: asyncio.Queue[Flight] = asyncio.Queue(maxsize=in_flight)
        self._keeper: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._storing: set[asyncio.Future[None]] = set()
        self._idle_words: dict[int, asyncio.Future[None]] = {}
        self._behind_since: dict[int, tuple[int, float]] = {}

    @abstractmethod
    def load(self, partition: int, held: dict[bytes, bytes], topic_id: str) -> State:
        """The state of a partition from what its table holds."""

    @abstractmethod
    async def work(self, state: State, chunk: Chunk, parcel: Parcel) -> tuple[list[tuple[bytes, bytes]], list[bytes]]:
        """Apply a chunk: send what follows with the parcel; what to store (the position last) and to forget."""

    async def prepare(self) -> None:
        """What is to be done between two chunks, before the next one is looked at."""
        return

    def is_ready(self, generation: int) -> bool:
        """Whether the state is recovered for this generation."""
        return bool(self.table.ready_generation == generation)

    def turn(self) -> None:
        """Faust's loop turns; at its first turn fetching and storing start on it."""
        self.turned_at = time.monotonic()
        if self._keeper is None:
            loop = asyncio.get_running_loop()
            self.lifeline.start()
            self.fetcher.start(loop)
            self._keeper = loop.create_task(self._keep())
            self._watcher = loop.create_task(self.watch.keep_watching())

    async def finish(self, within_s: float = FINISH_S) -> None:
        """Stop reading, and wait until what has been applied is stored, so that the last commit holds it."""
        await asyncio.to_thread(self.fetcher.stop)
        if self._keeper is None or self._watcher is None:
            return
        self._watcher.cancel()
        try:
            async with asyncio.timeout(within_s):
                await self.all_stored()
        except TimeoutError:
            log.warning("not all is stored; it will be read again", stage=self.name)
        self._keeper.cancel()

    async def all_stored(self) -> None:
        """Wait until all that has been applied is stored."""
        await self._flights.join()
        await asyncio.gather(*self._storing)

    def take(self, partitions: Iterable[int], generation: int) -> dict[int, Chunk]:
        """Chunks that are ready. A new generation starts from what is stored; a lost chunk is read again."""
        wanted = sorted(partitions)
        if generation != self._generation or wanted != sorted(self.states):
            self._begin(wanted, generation)
        self._look_for_lost_chunks()
        return self.fetcher.take(wanted)

    def stop_reading(self) -> None:
        """The partitions are about to be taken away."""
        self._generation = -1
        self.states.clear()
        self.fetcher.assign({}, -1)

    def committable(self, partition: int) -> int | None:
        """One after the stored position; None when nothing is stored."""
        position = self.stored.get(partition, -1)
        return position + 1 if position >= 0 else None

    def end_offset(self, partition: int) -> int:
        """The end of the partition, as last seen."""
        return self.fetcher.end_offset(partition)

    async def accept(self, chunk: Chunk) -> None:
        """Take in one chunk. Never raises: what cannot go on ends the process before anything is stored."""
        try:
            await self._accept(chunk)
        except Exception as exc:
            log.exception("a chunk could not be applied", stage=self.name, partition=chunk.partition, after=chunk.after)
            end(f"{self.name} {chunk.partition}@{chunk.after}: {exc!r}")

    async def _accept(self, chunk: Chunk) -> None:
        if self.lifeline.stood_still():
            end("this process stood still for so long that its partitions may belong to another", TEMPORARY)
        await self.watch.make_sure()
        await self.prepare()
        state = self.states.get(chunk.partition)
        if chunk.generation != self._generation or state is None:
            return
        if chunk.idle and not self._is_fresh(chunk):
            return
        if chunk.after > state.position:
            metrics.HOLES.labels(self.name).inc()
            log.info("a chunk was lost, reading again", stage=self.name, partition=chunk.partition, at=state.position)
            self.fetcher.seek(chunk.partition, state.position)
            return
        if len(chunk.offsets) and chunk.offsets[0] <= chunk.after:
            end(
                f"{chunk.topic} {chunk.partition} begins anew at {chunk.offsets[0]}: was the topic recreated?",
                TEMPORARY,
            )
        parcel = Parcel(asyncio.get_running_loop())
        metrics.RECEIVED.labels(self.name).inc(len(chunk.values))
        puts, drops = await self.work(state, chunk, parcel)
        self.outbox.seal(parcel)
        if chunk.idle:
            self._idle_words[chunk.partition] = parcel.arrived
        await self._flights.put(Flight(chunk.generation, chunk.partition, state.position, parcel, puts, drops))

    def _is_fresh(self, chunk: Chunk) -> bool:
        """Whether the partition was looked at just now, and after its last word of idleness arrived.

        The judge takes two such words for the proof that nothing came in between; see Watermarks.
        """
        last = self._idle_words.get(chunk.partition)
        return (last is None or last.done()) and time.monotonic() - chunk.made_at < FRESH_S

    async def _keep(self) -> None:
        """Store each flight's state when its output has arrived, in order."""
        while True:
            flight = await self._flights.get()
            try:
                await flight.parcel.arrived
                metrics.WRITE_S.labels(self.name).observe(time.monotonic() - flight.sent_at)
                if flight.generation == self._generation and flight.puts:
                    await self._store(flight)
            except Exception as exc:
                log.exception("output was lost", stage=self.name)
                end(f"{self.name}: {exc}")
            self._flights.task_done()

    async def _store(self, flight: Flight) -> None:
        """Keep the state in the table and send it to the changelog; the position counts when that has arrived."""
        parcel = Parcel(asyncio.get_running_loop())
        changes: list[tuple[bytes, bytes | None]] = [*flight.puts, *((key, None) for key in flight.drops)]
        for key, value in changes:
            self.table.remember(flight.partition, key, value)
            await self.outbox.send(parcel, self.changelog, value, key=key, partition=flight.partition)
        self.outbox.seal(parcel)
        metrics.STORED.labels(self.name).inc(len(changes))
        self._storing.add(parcel.arrived)
        parcel.arrived.add_done_callback(partial(self._stored, flight))

    def _stored(self, flight: Flight, arrived: asyncio.Future[None]) -> None:
        self._storing.discard(arrived)
        if arrived.cancelled():
            return
        if (lost := arrived.exception()) is not None:
            end(f"{self.name}: state could not be stored: {lost}")
        elif flight.generation == self._generation:
            self.stored[flight.partition] = max(self.stored.get(flight.partition, -1), flight.position)
            metrics.COMMITTED.labels(self.name, str(flight.partition)).set(flight.position)

    def _begin(self, partitions: list[int], generation: int) -> None:
        self.identity = self.watch.begin()
        self.states = {p: self.load(p, dict(self.table.held(p)), self.identity) for p in partitions}
        self.stored = {p: s.position for p, s in self.states.items()}
        self._generation = generation
        self._behind_since.clear()
        self.fetcher.assign({p: s.position for p, s in self.states.items()}, generation)
        log.info("reading", stage=self.name, generation=generation, positions={**self.stored})

    def _look_for_lost_chunks(self) -> None:
        """The last chunk of a quiet partition may have been lost: nothing behind it would ever show that."""
        now = time.monotonic()
        for partition, state in self.states.items():
            handed = self.fetcher.handed_out(partition)
            if handed is None or handed <= state.position:
                self._behind_since.pop(partition, None)
                continue
            position, since = self._behind_since.setdefault(partition, (state.position, now))
            if position != state.position:
                self._behind_since[partition] = (state.position, now)
            elif now - since > STUCK_S and self._flights.empty() and not self.fetcher.has_ready(partition):
                metrics.HOLES.labels(self.name).inc()
                self._behind_since.pop(partition)
                self.fetcher.seek(partition, state.position)
