"""What both stages do: take chunks, send what follows, wait until it has arrived, store the state.

The order is the promise: output, then state, then commit. The stored position never runs ahead of what has
been acknowledged, so after a crash everything that is not certain is read again; and everything that is sent
twice carries the same key and the same or a higher (epoch, offset), so nothing counts twice.

State is stored by time, not by chunk: what lies between is read again after a crash, which changes no number.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

import msgspec
import structlog
from confluent_kafka import KafkaException

from processors.changelog import Recovered, StateDamaged, StateLog, Write, recover
from processors.changelog.reading import ChangelogUnread
from processors.intake.chunk import Chunk, Cut, Gone, UnreadableBatch
from processors.intake.fetching import Fetcher
from processors.intake.topic_identity import TopicChanged, TopicWatch
from processors.metrics import WorkerMetrics
from processors.present import MachineClock, Present
from processors.stages.keeper import Flight, Keeper
from processors.stages.outbox import Outbox, OutputDenied, Parcel
from runtime.allocator import give_back
from runtime.exits import Exit, end
from runtime.log_rate import Sparing
from runtime.minding import task
from runtime.stall_guard import StallGuard
from schemas.dead_letter import DeadLetter

log = structlog.get_logger(__name__)

STUCK_S = 3.0
"""A chunk that was handed out so long ago and is not applied was lost on its way through Faust."""
LOOK_S = 0.5
"""How often such chunks are looked for."""
FRESH_S = 0.5
"""An older word that a partition is idle is not passed on: less than a beat, so that two are never sent at once."""
FINISH_S = 5.0
"""How long a worker that is told to stop waits for what is on its way."""
PAUSE_S = 3.0
"""How long the loss of partitions is held up to store what has been applied; what is not, is read again."""
READERS: Final = 2
"""Changelogs that are read at the same time."""
AGAIN_S: Final = 1.0
"""Pause before a changelog that could not be read is tried again."""
ILL_S: Final = 10.0
"""A partition that cannot be read for so long is spoken of."""
BATCH_BYTES: Final = 100_000
"""How much of a batch that nobody can read is kept."""
LONG_S: Final = 5.0
"""What is at work for longer is spoken of."""
TURN_S: Final = 0.02
"""After so long at work, the loop may do something else."""


class HasPosition(Protocol):
    """The state of one partition."""

    @property
    def position(self) -> int:
        """The last offset of the source topic that is applied."""

    @property
    def epoch(self) -> int:
        """Which life of the source topic the position belongs to."""

    leader_epoch: int
    """Under which leader the record at the position was written; -1 where that is not known."""

    def pass_over(self, last: int) -> None:
        """There is nothing to apply up to and including this offset."""

    def begin_epoch(self, position: int, now_us: int) -> None:
        """Offsets begin anew after this one: what has been applied stays, and new facts outdo the old ones.

        `now_us` is the present, in microseconds since 1970.
        """


class Changelog(Protocol):
    """Where the states of a stage's partitions lie."""

    @property
    def topic(self) -> str:
        """Its topic."""

    def read(self, partition: int) -> dict[bytes, bytes]:
        """What each key of a partition holds last; blocks."""


State = TypeVar("State", bound=HasPosition)


@dataclass(slots=True)
class Owned(Generic[State]):
    """A partition that this worker owns.

    Args:
        state: Its state.
        log: Where it is written.
        stored: The position that is stored; -1 when nothing is.
        dirty_since: Since when there is something that is not stored, in monotonic seconds; None when all is.
        written_at: When it was last written.
    """

    state: State
    log: StateLog
    stored: int
    dirty_since: float | None = None
    written_at: float = field(default_factory=time.monotonic)

    def touch(self) -> None:
        """There is something that is not stored."""
        if self.dirty_since is None:
            self.dirty_since = time.monotonic()


class Stage(ABC, Generic[State]):
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

    name: str
    dead_letters: str
    """The topic for what cannot be read."""
    partitions: int
    """How many partitions of the source topic there are to read."""

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
        self.every_s = every_s
        self.worker_metrics = metrics or WorkerMetrics()
        self.metrics = self.worker_metrics.of_stage(self.name)
        self.owned: dict[int, Owned[State]] = {}
        self.sparing = Sparing()
        """Writes what many records may cause."""
        self.present: Present = MachineClock()
        """What time it is."""
        self.turned_at = self._breathed_at = self._looked_at = self._stepped_at = time.monotonic()
        self._at_work_since: float | None = None
        """Since when a chunk has been at work; None when none is."""
        self.remark = ""
        """What people should know of records that were not there to be read; empty when there is nothing."""
        self._unread: dict[int, str] = {}
        """Why the state of a partition cannot be read yet."""
        self._gone: dict[int, int] = {}
        self.must_leave = ""
        """Why this worker must end once the chunk that is at work is dealt with as far as it was applied."""
        self.is_pausing = False
        """Whether a chunk that is at work should stop after the record it is at: somebody waits for the state."""
        self._generation = -1
        self._last_generation = -1
        self._wanted: list[int] = []
        self._recovering: dict[int, asyncio.Task[None]] = {}
        self._readers = asyncio.Semaphore(READERS)
        self._turn = asyncio.Lock()
        self._keeper = Keeper(self.name, changelog.topic, outbox, in_flight, self.metrics)
        self._tasks: list[asyncio.Task[None]] = []
        self._idle_words: dict[int, asyncio.Future[None]] = {}
        self._behind_since: dict[int, tuple[int, float]] = {}
        self._in_hand = 0
        self._handed_at = time.monotonic()

    @abstractmethod
    def load(self, partition: int, found: Recovered, topic_id: str) -> State:
        """The state of a partition from what its changelog holds."""

    @abstractmethod
    async def work(self, state: State, chunk: Chunk, parcel: Parcel) -> None:
        """Apply a chunk, and send with the parcel what cannot wait."""

    @abstractmethod
    async def tell(self, state: State, partition: int, parcel: Parcel) -> None:
        """Send what has waited: it must be on its way before the state is stored."""

    @abstractmethod
    def is_due(self, state: State, beats: int) -> bool:
        """Whether the state is to be stored now, when something has waited for it for so many beats of `every_s`."""

    @abstractmethod
    def position_of(self, state: State) -> bytes:
        """What is stored beside the named values."""

    @abstractmethod
    def changes(self, state: State, changed: dict[str, bytes], gone: list[str]) -> Iterator[None]:
        """Add the named values that have changed since this was last asked, in small steps."""

    @abstractmethod
    def everything(self, state: State) -> Iterator[tuple[str, bytes]]:
        """All named values of the state."""

    def value_of(self, _state: State, _name: str) -> bytes | None:
        """One named value, where it is at hand."""
        return None

    def note_trouble(self, _state: State, _chunk: Chunk) -> None:
        """Take note of what there is instead of records, before it is passed over."""
        return

    def denied(self, after_s: float) -> str:
        """See TopicWatch."""
        return self.watch.denied(after_s)

    @property
    def is_long_at_work(self) -> bool:
        """Whether one chunk has been at work for a while, and goes on step by step.

        A record that ends hours of silence closes each of their minutes in each scope of which something is to be said.
        That is no hang: a new start would only begin it again.
        """
        now, since = time.monotonic(), self._at_work_since
        return since is not None and now - since > LONG_S and now - self._stepped_at < STUCK_S

    async def prepare(self) -> None:
        """What is to be done between two chunks, before the next one is looked at."""
        return

    def notice(self) -> str:
        """What people should know of its topic; empty when there is nothing."""
        return "; ".join(filter(None, (self.remark, *self._unread.values(), self.fetcher.ailing.complaint(ILL_S))))

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
            self._tasks = [task(each, f"{self.name}: {name}") for name, each in work.items()]

    def take(self, partitions: Iterable[int], generation: int) -> dict[int, Chunk]:
        """Chunks that are ready. A new generation begins with recovering what is new; a lost chunk is read again."""
        wanted = sorted(partition for partition in partitions if self.is_ours(partition))
        if generation != self._generation or wanted != self._wanted:
            self._begin(wanted, generation)
        self._look_for_lost_chunks()
        if self._is_busy():
            return {}
        found = self.fetcher.take(self.owned)
        self._in_hand, self._handed_at = len(found), time.monotonic()
        return found

    def _is_busy(self) -> bool:
        """Whether chunks that were handed out are still being applied.

        More of them would wait in Faust's queue, and when that is full, Faust takes nothing from the other stage
        either. Here they wait too, and become one. What was handed out and does not come was lost on its way.
        """
        if self._in_hand and not self._turn.locked() and time.monotonic() - self._handed_at > STUCK_S:
            self._in_hand = 0
        return self._in_hand > 0

    def is_ours(self, partition: int) -> bool:
        """Whether the partition is one of those that are read; one that nobody writes to is not."""
        return partition < self.partitions

    async def pause(self) -> None:
        """The partitions are about to be taken away: store what has been applied, and read no further."""
        if self._generation < 0:
            return
        self.fetcher.handover.assign({}, -1)
        self.is_pausing = True
        try:
            async with asyncio.timeout(PAUSE_S):
                async with self._turn:
                    await self._write_all()
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
        self._behind_since.clear()
        self._unread.clear()
        self._in_hand = 0
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
            found, topic_id = await self._found(partition)
            if generation != self._generation:
                return
            state = await self._loaded_state(partition, found, topic_id)
            if generation != self._generation:
                return
            self.owned[partition] = Owned(state, StateLog(found.tenure + 1, found.keys), state.position)
        except TopicChanged as exc:
            await self._leave(str(exc))
        except Exception as exc:
            log.exception("recovery_failed", stage=self.name, partition=partition)
            end(f"{self.changelog.topic} {partition}: {exc}")
        self._recovering.pop(partition, None)
        self._seek(partition, state)
        log.info("recovered", stage=self.name, partition=partition, position=state.position)
        if not self._recovering:
            await asyncio.to_thread(give_back)

    async def _loaded_state(self, partition: int, found: Recovered, topic_id: str) -> State:
        """Beside the loop: of many scopes it takes a while."""
        try:
            return await asyncio.to_thread(self.load, partition, found, topic_id)
        except (msgspec.MsgspecError, ValueError) as exc:
            log.exception("state_unreadable", stage=self.name, partition=partition)
            end(
                f"{self.changelog.topic} {partition}: this release cannot read the state in it ({exc}); start the "
                "release that wrote it, or delete the changelogs to begin anew"
            )

    async def _found(self, partition: int) -> tuple[Recovered, str]:
        while True:
            try:
                async with self._readers:
                    topic_id = await asyncio.to_thread(self.watch.begin)
                    last_values = await asyncio.to_thread(self.changelog.read, partition)
                    found = await asyncio.to_thread(recover, last_values)
            except StateDamaged as exc:
                end(f"{self.changelog.topic} {partition}: {exc}; delete the changelogs to begin anew, or restore them")
            except (KafkaException, ChangelogUnread) as exc:
                log.warning("changelog_unreadable", stage=self.name, partition=partition, error=str(exc))
                self._unread[partition] = f"{self.changelog.topic} {partition} cannot be read yet: {exc}"
                await asyncio.sleep(AGAIN_S)
            else:
                self._unread.pop(partition, None)
                self.note_foreign(partition, found.strange)
                return found, topic_id

    def note_foreign(self, partition: int, records: int) -> None:
        """So many records of a changelog are none of ours: they are left out, and deleted with the next checkpoint."""
        if records:
            self.worker_metrics.discarded.labels("not_state").inc(records)
            log.error("changelog_records_foreign", topic=self.changelog.topic, partition=partition, n=records)

    # --- chunks ---------------------------------------------------------------------------------------------------

    def committable(self, partition: int) -> int | None:
        """One after the stored position; None when nothing is stored.

        What lies between that and where the fetcher found nothing more is no record, but the ends of transactions and
        what was aborted in them: it is committed too, or whoever counts offsets would wait for it for ever.
        """
        owned = self.owned.get(partition)
        if owned is None or owned.stored < 0:
            return None
        # In this order: what is handed out meanwhile shows in the second answer.
        drained = self.fetcher.handover.drained_at(partition)
        is_all_stored = self.fetcher.handover.handed_out(partition) == owned.stored
        return max(owned.stored + 1, drained) if is_all_stored else owned.stored + 1

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
        except OutputDenied as exc:
            end(f"{self.name}: {exc}", Exit.AGAIN)
        except Exception as exc:
            log.exception("chunk_failed", stage=self.name, partition=chunk.partition, after=chunk.after)
            end(f"{self.name} {chunk.partition}@{chunk.after}: {exc!r}")
        if chunk.generation == self._generation and self._in_hand:
            self._in_hand, self._handed_at = self._in_hand - 1, time.monotonic()
            if not self._in_hand:
                self.fetcher.remind(self.owned)

    async def _accept(self, chunk: Chunk) -> None:
        if self.stall_guard.stood_still():
            end("this process stood still for so long that its partitions may belong to another", Exit.AGAIN)
        await self.watch.make_sure()
        await self.prepare()
        owned = self.owned.get(chunk.partition)
        if chunk.generation != self._generation or owned is None:
            return
        if chunk.idle and not self._is_fresh(chunk):
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
        self._breathed_at = self._stepped_at = self._at_work_since = time.monotonic()
        if chunk.trouble is None:
            await self.work(owned.state, chunk, parcel)
            if chunk.values:
                owned.state.leader_epoch = chunk.leader_epoch
        else:
            await self._pass_over(owned.state, chunk, parcel)
        self._at_work_since = None
        if not chunk.idle:
            owned.touch()
        write = await self._written(chunk.partition, owned, parcel) if self._is_due(owned) else None
        parcel.seal()
        if chunk.idle:
            self._idle_words[chunk.partition] = parcel.arrived
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
            await self._put_batch_aside(chunk, chunk.trouble, parcel)
        else:
            self._note_gone(chunk, chunk.last - state.position)
        state.pass_over(chunk.last)
        state.leader_epoch = -1

    async def _put_batch_aside(self, chunk: Chunk, batch: UnreadableBatch, parcel: Parcel) -> None:
        self.worker_metrics.discarded.labels("unreadable_batch").inc(batch.records)
        detail = (
            f"the batch of offsets {batch.first} to {batch.last}, {batch.records:,} records by its header: {batch.why}"
        )
        self.sparing.tell(
            log.error,
            "batch_unreadable",
            topic=chunk.topic,
            partition=chunk.partition,
            batch=detail,
        )
        letter = DeadLetter(
            topic=chunk.topic,
            partition=chunk.partition,
            offset=batch.first,
            reason="unreadable_batch",
            detail=detail,
        )
        kept = batch.raw[:BATCH_BYTES]
        await self.outbox.send(parcel, self.dead_letters, kept, key=letter.key, headers=letter.headers())

    def _note_gone(self, chunk: Chunk, records: int) -> None:
        self.metrics.gone.inc(records)
        self._gone[chunk.partition] = self._gone.get(chunk.partition, 0) + records
        lost = ", ".join(f"{number:,} of partition {partition}" for partition, number in sorted(self._gone.items()))
        self.remark = f"{chunk.topic}: records were deleted before they could be read ({lost}); counts are not whole"
        self.sparing.tell(
            log.error,
            "records_deleted",
            topic=chunk.topic,
            partition=chunk.partition,
            records=records,
            since_the_start=self._gone[chunk.partition],
            upto=chunk.last,
            remedy="keep records for longer (retention), or run more workers",
        )

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
            await self._write(chunk.partition, owned)
            await self._keeper.all_kept()
        self._seek(chunk.partition, state)

    async def _keep_watching(self) -> None:
        try:
            await self.watch.keep_watching()
        except TopicChanged as exc:
            await self._leave(str(exc))

    async def _leave(self, why: str) -> None:
        """Store what has been applied, then end: what comes next belongs to another life of the topic, or to others."""
        self.is_pausing = True
        try:
            async with asyncio.timeout(PAUSE_S), self._turn:
                await self.all_stored()
        except TimeoutError:
            log.warning("state_not_stored", stage=self.name)
        end(why, Exit.AGAIN)

    def _is_fresh(self, chunk: Chunk) -> bool:
        """Whether the partition was looked at just now, and after its last word of idleness arrived.

        The judge takes two such words for the proof that nothing came in between; see Watermarks.
        """
        last = self._idle_words.get(chunk.partition)
        return (last is None or last.done()) and time.monotonic() - chunk.made_at < FRESH_S

    def _look_for_lost_chunks(self) -> None:
        """The last chunk of a quiet partition may have been lost: nothing behind it would ever show that.

        Nor would anything show a partition of ours that is not read.
        """
        now = time.monotonic()
        if now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        for partition, owned in self.owned.items():
            handed, position = self.fetcher.handover.handed_out(partition), owned.state.position
            if handed is not None and handed <= position:
                self._behind_since.pop(partition, None)
                continue
            known, since = self._behind_since.setdefault(partition, (position, now))
            if known != position or self._turn.locked():
                self._behind_since[partition] = (position, now)
            elif now - since > STUCK_S and self._keeper.is_idle and not self.fetcher.handover.has_ready([partition]):
                self.metrics.holes.inc()
                self._behind_since.pop(partition)
                self._seek(partition, owned.state)

    # --- state ----------------------------------------------------------------------------------------------------

    def _is_due(self, owned: Owned[State]) -> bool:
        """All partitions count by the same beats, so that what is due of them is sent, and comes back, together."""
        if owned.dirty_since is None:
            return False
        waits_since = max(owned.dirty_since, owned.written_at)
        return self.is_due(owned.state, int(time.monotonic() // self.every_s) - int(waits_since // self.every_s))

    async def _written(self, partition: int, owned: Owned[State], parcel: Parcel) -> Write:
        """The next checkpoint; what it relies on goes with the parcel."""
        state, changed, gone = owned.state, dict[str, bytes](), list[str]()
        await self.tell(state, partition, parcel)
        for _ in self.changes(state, changed, gone):
            await self.breathe()
        owned.dirty_since, owned.written_at = None, time.monotonic()
        at, position = (state.epoch, state.position), self.position_of(state)
        if not owned.log.wants_all(changed):
            return owned.log.addition(at, position, changed, gone, lambda name: self.value_of(state, name))
        everything = dict[str, bytes]()
        for name, value in self.everything(state):
            everything[name] = value
            await self.breathe()
        return owned.log.whole(at, position, everything)

    def now_us(self) -> int:
        """The present in microseconds since 1970; by the broker's clock where this machine's is known to be wrong."""
        return 1000 * self.present.now_ms()

    async def breathe(self) -> None:
        """One step is done: let the loop do something else, if it has not for a while. The other stage shares it."""
        self._stepped_at = time.monotonic()
        if self._stepped_at - self._breathed_at > TURN_S:
            await asyncio.sleep(0)
            self._breathed_at = time.monotonic()

    async def _write(self, partition: int, owned: Owned[State]) -> None:
        parcel = Parcel(asyncio.get_running_loop())
        self._breathed_at = time.monotonic()
        write = await self._written(partition, owned, parcel)
        parcel.seal()
        await self._keeper.put(Flight(partition, owned, owned.state.position, parcel, write))

    async def _write_all(self) -> None:
        for partition, owned in list(self.owned.items()):
            if owned.dirty_since is not None:
                await self._write(partition, owned)

    async def all_stored(self) -> None:
        """Store all that has been applied, and wait until it is. Only between two chunks."""
        await self._write_all()
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
            await asyncio.sleep(self.every_s / 2)
            for partition, owned in list(self.owned.items()):
                if self._is_due(owned):
                    async with self._turn:
                        if self._is_due(owned) and self.owned.get(partition) is owned:
                            await self._write(partition, owned)
