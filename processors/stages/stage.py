"""What both stages do: take chunks, send what follows, wait until it has arrived, store the state.

The order is the promise: output, then state, then commit. The stored position never runs ahead of what has
been acknowledged, so after a crash everything that is not certain is read again; and everything that is sent
twice carries the same key and the same or a higher (epoch, offset), so nothing counts twice.

State is stored by time, not by chunk: what lies between is read again after a crash, which changes no number.
"""

import asyncio
import time
from collections.abc import Iterable
from typing import Final

import structlog

from processors.changelog.log import StateLog
from processors.changelog.watch import ChangelogGone, ChangelogWatch
from processors.intake.chunk import Chunk, Cut, Gone, UnreadableBatch
from processors.intake.fetching import Fetcher
from processors.intake.topic_identity import TopicChanged, TopicWatch
from processors.metrics import WorkerMetrics
from processors.present import MachineClock, Present
from processors.stages.checkpoints import Checkpoints
from processors.stages.handed_out import HandedOut
from processors.stages.idle_words import IdleWords
from processors.stages.keeper import Flight, Keeper
from processors.stages.missing_records import MissingRecords
from processors.stages.outbox import Outbox, OutputDenied, OutputGone, Parcel
from processors.stages.owned import Owned, State
from processors.stages.pace import Pace
from processors.stages.stage_work import StageWork
from processors.stages.state_reading import Changelog, StateReading
from runtime.allocator import give_back
from runtime.exits import Exit, end
from runtime.log_rate import Sparing
from runtime.minding import task
from runtime.stall_guard import StallGuard

log = structlog.get_logger(__name__)

FINISH_S: Final = 5.0
"""How long a worker that is told to stop waits for what is on its way."""
PAUSE_S: Final = 3.0
"""How long the loss of partitions is held up to store what has been applied; what is not, is read again."""
ILL_S: Final = 10.0
"""A partition that cannot be read for so long is spoken of."""


class Stage(StageWork[State]):
    """One stage of a worker: its topic, its changelog, and the state of each partition it owns.

    Args:
        topic: The source topic.
        changelog: Where its state lies.
        fetcher: Reads the topic.
        outbox: Sends its output and its state.
        stall_guard: Tells whether we stood still.
        watch: Tells the identity of the topic; a recreated topic has another one.
        every_s: How often state is stored.
        in_flight: How many outputs may be on their way at once.
        metrics: The counters of the worker; none: its own.
    """

    def __init__(
        self,
        topic: str,
        changelog: Changelog,
        fetcher: Fetcher,
        outbox: Outbox,
        stall_guard: StallGuard,
        watch: TopicWatch,
        every_s: float = 1.0,
        in_flight: int = 8,
        metrics: WorkerMetrics | None = None,
    ) -> None:
        self.topic = topic
        self.changelog = changelog
        self.fetcher = fetcher
        self.outbox = outbox
        self.stall_guard = stall_guard
        self.watch = watch
        self.worker_metrics = metrics or WorkerMetrics()
        self.metrics = self.worker_metrics.of_stage(self.name)
        self.owned: dict[int, Owned[State]] = {}
        self.sparing = Sparing()
        """Writes what many records may cause."""
        self.present: Present = MachineClock()
        """What time it is."""
        self.turned_at = time.monotonic()
        self.must_leave = ""
        """Why this worker must end once the chunk that is at work is dealt with as far as it was applied."""
        self.is_pausing = False
        """Whether a chunk that is at work should stop after the record it is at: somebody waits for the state."""
        self.changelog_watch: ChangelogWatch | None = None
        """Looks after the topic of its changelog; None: nobody does."""
        self._pace = Pace()
        self.breathe = self._pace.breathe
        """See Pace. Each step of each record passes here, so it is not wrapped once more."""
        self._handed_out = HandedOut[State]()
        self.missing = MissingRecords(self.name, outbox, self.worker_metrics, self.sparing)
        self._reading = StateReading(self.name, changelog, watch, self.load, self.worker_metrics)
        self.note_foreign = self._reading.note_foreign
        """See StateReading."""
        self._keeper = Keeper(self.name, changelog.topic, outbox, in_flight, self.metrics)
        self._checkpoints = Checkpoints(self, self._keeper, self._pace, every_s)
        self._generation = -1
        self._last_generation = -1
        self._wanted: list[int] = []
        self._recovering: dict[int, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._idle_words = IdleWords()

    # --- what people see ------------------------------------------------------------------------------------------

    def denied(self, after_s: float) -> str:
        """See TopicWatch."""
        return self.watch.denied(after_s)

    @property
    def is_long_at_work(self) -> bool:
        """See Pace."""
        return self._pace.is_long_at_work

    def notice(self) -> str:
        """What people should know of its topic; empty when there is nothing."""
        ill = self.fetcher.ailing.complaint(ILL_S)
        changelog = "" if self.changelog_watch is None else self.changelog_watch.remark
        return "; ".join(filter(None, (self.missing.remark, *self._reading.unread.values(), ill, changelog)))

    # --- partitions come and go -----------------------------------------------------------------------------------

    @property
    def stored(self) -> dict[int, int]:
        """The stored position of each partition."""
        return {partition: owned.stored for partition, owned in self.owned.items()}

    def is_ready(self, generation: int) -> bool:
        """Whether the state of all partitions is recovered for this generation."""
        return self._generation == generation and not self._recovering

    def turn(self) -> None:
        """Faust's loop turns; at its first turn fetching and storing start on it."""
        self.turned_at = time.monotonic()
        if not self._tasks:
            loop = asyncio.get_running_loop()
            self.stall_guard.start()
            self.fetcher.start(loop)
            work = {"keeping": self._keeper.run(), "pulse": self._pulse(), "watching": self._keep_watching()}
            if self.changelog_watch is not None:
                self._keeper.gone = self.changelog_watch.doubt
                work["changelog"] = self._keep_changelog(self.changelog_watch)
            self._tasks = [task(each, f"{self.name}: {name}") for name, each in work.items()]

    def take(self, partitions: Iterable[int], generation: int) -> dict[int, Chunk]:
        """Chunks that are ready. A new generation begins with recovering what is new; a lost chunk is read again."""
        wanted = sorted(partition for partition in partitions if self.is_ours(partition))
        if generation != self._generation or wanted != self._wanted:
            self._begin(wanted, generation)
        self._seek_lost_chunks()
        if self._handed_out.is_busy(at_work=self._turn.locked()):
            return {}
        found = self.fetcher.take(self.owned)
        self._handed_out.note(len(found))
        return found

    def _seek_lost_chunks(self) -> None:
        handover, keeper = self.fetcher.handover, self._keeper
        at_work = self._turn.locked()
        for partition in self._handed_out.lost(self.owned, handover, at_work=at_work, all_kept=keeper.is_idle):
            self.metrics.holes.inc()
            self._seek(partition, self.owned[partition].state)

    async def pause(self) -> None:
        """The partitions are about to be taken away: store what has been applied, and read no further."""
        if self._generation < 0:
            return
        self.fetcher.handover.assign({}, -1)
        self.is_pausing = True
        try:
            async with asyncio.timeout(PAUSE_S):
                async with self._turn:
                    await self._checkpoints.write_all(self.owned)
                await self._keeper.all_kept()
        except TimeoutError:
            log.warning("state_not_stored", stage=self.name)
            self.owned = {}
        self.is_pausing = False
        self._last_generation, self._generation = self._generation, -1

    def _begin(self, wanted: list[int], generation: int) -> None:
        """What we own in two generations that follow each other, nobody else has owned in between."""
        last = self._generation if self._generation >= 0 else self._last_generation
        keeps = generation in (last, last + 1)
        self.owned = {p: owned for p, owned in self.owned.items() if p in wanted} if keeps else {}
        self._generation, self._wanted = generation, wanted
        self._reading.unread.clear()
        self._handed_out.begin_anew()
        positions = {p: owned.state.position for p, owned in self.owned.items()}
        leader_epochs = {p: owned.state.leader_epoch for p, owned in self.owned.items()}
        self.fetcher.handover.assign(positions, generation, leader_epochs)
        for each in self._recovering.values():
            each.cancel()
        new = [p for p in wanted if p not in self.owned]
        self._recovering = {p: task(self._recover(p, generation), f"{self.name}: recovery of {p}") for p in new}
        log.info("reading", stage=self.name, generation=generation, positions=self.stored, recovers=new)

    async def _recover(self, partition: int, generation: int) -> None:
        """Read the state of a partition; the others go on meanwhile."""
        try:
            found, topic_id = await self._reading.found(partition)
            if generation != self._generation:
                return
            owned = await self._reading.loaded(partition, found, topic_id)
            if generation != self._generation:
                return
            self.owned[partition] = owned
        except TopicChanged as exc:
            await self._leave(str(exc))
        except Exception as exc:
            log.exception("recovery_failed", stage=self.name, partition=partition)
            self._reading.fail(partition, str(exc))
        self._recovering.pop(partition, None)
        self._seek(partition, owned.state)
        log.info("recovered", stage=self.name, partition=partition, position=owned.state.position)
        if not self._recovering:
            await asyncio.to_thread(give_back)

    # --- chunks ---------------------------------------------------------------------------------------------------

    def committable(self, partition: int) -> int | None:
        """The offset to commit, see `Handover.committable`; None when nothing is stored."""
        owned = self.owned.get(partition)
        stored = owned.stored if owned is not None else -1
        return self.fetcher.handover.committable(partition, stored) if stored >= 0 else None

    def end_offset(self, partition: int) -> int:
        """The end of the partition, as last seen."""
        return self.fetcher.handover.end_offset(partition)

    async def accept(self, chunk: Chunk) -> None:
        """Take in one chunk. Never raises: what cannot go on ends the process before anything is stored."""
        try:
            async with self._turn:
                await self._accept(chunk)
            if self.must_leave:
                await self._leave(self.must_leave)
        except TopicChanged as exc:
            await self._leave(str(exc))
        except (OutputDenied, OutputGone) as exc:
            end(f"{self.name}: {exc}", Exit.AGAIN)
        except Exception as exc:
            log.exception("chunk_failed", stage=self.name, partition=chunk.partition, after=chunk.after)
            end(f"{self.name} {chunk.partition}@{chunk.after}: {exc!r}")
        if chunk.generation == self._generation and self._handed_out.is_last():
            self.fetcher.remind(self.owned)

    async def _accept(self, chunk: Chunk) -> None:
        if self.stall_guard.stood_still():
            end("this process stood still for so long that its partitions may belong to another", Exit.AGAIN)
        await self.watch.make_sure()
        await self.prepare()
        owned = self.owned.get(chunk.partition)
        if chunk.generation != self._generation or owned is None:
            return
        if chunk.idle and not self._idle_words.is_fresh(chunk):
            return
        if chunk.after > owned.state.position:
            self.metrics.holes.inc()
            log.info("chunk_lost", stage=self.name, partition=chunk.partition)
            self._seek(chunk.partition, owned.state)
            return
        if isinstance(chunk.trouble, Gone | Cut):
            await self.watch.make_sure_since(chunk.made_at)
        if isinstance(chunk.trouble, Cut):
            await self._begin_epoch(owned, chunk, chunk.trouble)
            return
        if len(chunk.offsets) and chunk.offsets[0] <= chunk.after:
            end(
                f"{chunk.topic} {chunk.partition} begins anew at {chunk.offsets[0]}: was the topic recreated?",
                Exit.AGAIN,
            )
        await self._apply(owned, chunk)

    async def _apply(self, owned: Owned[State], chunk: Chunk) -> None:
        parcel = Parcel(asyncio.get_running_loop())
        self.metrics.received.inc(len(chunk.values))
        self._pace.begin()
        if chunk.trouble is None:
            await self.work(owned.state, chunk, parcel)
            if chunk.values:
                owned.state.leader_epoch = chunk.leader_epoch
        else:
            await self._pass_over(owned.state, chunk, parcel)
        self._pace.end()
        if not chunk.idle:
            owned.touch()
        is_due = self._checkpoints.is_due(owned)
        write = await self._checkpoints.written(chunk.partition, owned, parcel) if is_due else None
        parcel.seal()
        if chunk.idle:
            self._idle_words.note(chunk.partition, parcel.arrived)
        if parcel.size or write is not None:
            await self._keeper.put(Flight(chunk.partition, owned, owned.state.position, parcel, write))

    def _seek(self, partition: int, state: State) -> None:
        self.fetcher.handover.seek(partition, state.position, state.leader_epoch)

    # --- what is not there to be read -----------------------------------------------------------------------------

    async def _pass_over(self, state: State, chunk: Chunk, parcel: Parcel) -> None:
        """Nothing can be read up to the end of the chunk: say so, and go on behind it."""
        if chunk.last <= state.position:
            return
        self.note_trouble(state, chunk)
        if isinstance(chunk.trouble, UnreadableBatch):
            await self.missing.put_aside(chunk, chunk.trouble, self.dead_letters, parcel)
        else:
            self.missing.note_gone(chunk, chunk.last - state.position)
        state.pass_over(chunk.last)
        state.leader_epoch = -1

    async def _begin_epoch(self, owned: Owned[State], chunk: Chunk, cut: Cut) -> None:
        """Count on behind what is left of the log. Stored before any of that is read: then it is known for good."""
        state = owned.state
        if chunk.after == state.position and cut.end <= state.position:
            self.metrics.cuts.inc()
            log.error(
                "partition_tail_lost",
                topic=chunk.topic,
                partition=chunk.partition,
                lost=state.position + 1 - cut.end,
                end=cut.end,
            )
            await self.all_stored()
            state.begin_epoch(cut.end - 1, self.now_us())
            state.leader_epoch = -1
            owned.stored = state.position
            await self._checkpoints.write(chunk.partition, owned)
            await self._keeper.all_kept()
        self._seek(chunk.partition, state)

    async def _keep_watching(self) -> None:
        try:
            await self.watch.keep_watching()
        except TopicChanged as exc:
            await self._leave(str(exc))

    async def _keep_changelog(self, watch: ChangelogWatch) -> None:
        """A changelog that was deleted has lost what this process still knows: all of it is written once more."""
        try:
            while True:
                await watch.made_anew()
                async with self._turn:
                    for owned in self.owned.values():
                        owned.log = StateLog(owned.log.tenure + 1)
                        owned.touch()
                    await self._checkpoints.write_all(self.owned)
                log.error("state_written_anew", topic=self.changelog.topic, partitions=sorted(self.owned))
        except ChangelogGone as exc:
            end(str(exc), Exit.AGAIN)

    async def _leave(self, why: str) -> None:
        """Store what has been applied, then end: what comes next belongs to another life of the topic, or to others."""
        self.is_pausing = True
        try:
            async with asyncio.timeout(PAUSE_S), self._turn:
                await self.all_stored()
        except TimeoutError:
            log.warning("state_not_stored", stage=self.name)
        end(why, Exit.AGAIN)

    # --- state ----------------------------------------------------------------------------------------------------

    def now_us(self) -> int:
        """The present in microseconds since 1970; by the broker's clock where this machine's is known to be wrong."""
        return 1000 * self.present.now_ms()

    async def all_stored(self) -> None:
        """Store all that has been applied, and wait until it is. Only between two chunks."""
        await self._checkpoints.write_all(self.owned)
        await self._keeper.all_kept()

    async def finish(self, within_s: float = FINISH_S) -> None:
        """Stop reading, and wait until what has been applied is stored, so that the last commit holds it."""
        self.is_pausing = True
        await asyncio.to_thread(self.fetcher.stop)
        for each in self._tasks[1:]:
            each.cancel()
        if not self._tasks:
            return
        try:
            async with asyncio.timeout(within_s), self._turn:
                await self.all_stored()
        except TimeoutError:
            log.warning("state_not_stored", stage=self.name)
        self._tasks[0].cancel()

    async def _pulse(self) -> None:
        """Store what waits although nothing new comes."""
        while True:
            await asyncio.sleep(self._checkpoints.every_s / 2)
            for partition, owned in list(self.owned.items()):
                if self._checkpoints.is_due(owned):
                    async with self._turn:
                        if self._checkpoints.is_due(owned) and self.owned.get(partition) is owned:
                            await self._checkpoints.write(partition, owned)
