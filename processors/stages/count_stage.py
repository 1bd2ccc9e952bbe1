"""Stage 1: counts the records of each source partition by minute and tells the judge the absolute values."""

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from typing import Final

import msgspec
import structlog

from processors.changelog import Recovered
from processors.domain.counting.fact import SCOPE
from processors.domain.counting.partial import judge_of
from processors.domain.counting.partition_count import PartitionCount
from processors.domain.counting.rows import Rows, pieces
from processors.domain.window import TimePolicy, minute_of
from processors.intake.chunk import Chunk, Gone, UnreadableBatch
from processors.intake.reading import FUTURE, MAX_BYTES, UnreadableValue, has_future, read
from processors.present import Present
from processors.stages import first_format
from processors.stages.counting_state import SourceState, load_source, stored_position
from processors.stages.outbox import Parcel
from processors.stages.partial_words import MinuteWord, PartialWord, encode_word, gone_word, refused_word
from processors.stages.refused import RefusedBySource
from processors.stages.stage import Stage
from runtime.exits import Exit, end
from runtime.log_rate import Sparing
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics

log = structlog.get_logger(__name__)

RECORD_BYTES: Final = 400_000
"""How much is told in one record."""
WORD_S: Final = 3.0
"""A judge that has nothing to hear of a source partition hears of its watermark so often."""
MANY: Final = 5_000
"""Records that are read beside the loop, so that it does not stand still meanwhile."""
SURE_WITHIN_S: Final = 20.0
"""For so long it is waited for the right time before records are refused as of the future."""
SURE_AGAIN_S: Final = 0.5
SHOUT_S: Final = 60.0
"""How often it is said that scopes are too many."""


class CountStage(Stage[SourceState]):
    """Counts. See Stage for the discipline, PartitionCount for the arithmetic."""

    name = "count"

    def configure(
        self,
        topics: Topics,
        policy: TimePolicy,
        sources: int,
        judges: int,
        scopes: int,
        max_future_ms: int,
        present: Present,
    ) -> None:
        """Say how to count.

        Args:
            topics: Names.
            policy: Times.
            sources: Partitions of the source topic.
            judges: Partitions of the judge's topic.
            scopes: How many scopes of one minute are told apart.
            max_future_ms: How far ahead of the clock an event may be.
            present: What time it is.
        """
        self._topics, self._policy, self._sources, self._judges = topics, policy, sources, judges
        self.dead_letters, self.partitions = topics.dead_letters, sources
        self._max_future_ms, self.present, self._now_ms = max_future_ms, present, present.now_ms
        self._made = partial(PartitionCount, policy, scopes=scopes)
        self._seldom = Sparing(every_s=SHOUT_S, burst=1)
        self.refused = RefusedBySource()

    def load(self, partition: int, found: Recovered, topic_id: str) -> SourceState:
        """See Stage. In a recreated topic offsets begin anew; what was counted of the old one is counted on."""
        if found.position is not None:
            state, known = load_source(found, self._made, self._judges), stored_position(found).topic_id
        else:
            first = first_format.counted(found.first, partition)
            self.note_foreign(partition, first.strange)
            old = first.position
            if old is None:
                return SourceState(self._made(epoch=1), self._judges)
            count = self._made(epoch=old.epoch, position=old.offset, high_ms=old.high_ms, facts=first.facts)
            state, known = SourceState(count, self._judges), old.topic_id
        if known != topic_id:
            log.warning("topic_recreated", topic=self.topic, partition=partition)
            state.begin_epoch(-1, self.now_us())
            state.leader_epoch = -1
        return state

    def notice(self) -> str:
        """See Stage. What was put aside lately belongs to it."""
        return "; ".join(filter(None, (super().notice(), self.refused.remark(self._now_ms()))))

    def is_ours(self, partition: int) -> bool:
        """See Stage. What is written to a partition that has been added must be counted too."""
        if partition >= self._sources:
            end(f"{self.topic} has more than {self._sources} partitions: the next start takes them in", Exit.AGAIN)
        return True

    def note_trouble(self, state: SourceState, chunk: Chunk) -> None:
        """See Stage. Judges are told of it as well."""
        if isinstance(chunk.trouble, UnreadableBatch):
            self.refused.note_batch(chunk, chunk.trouble, self._now_ms())
        elif isinstance(chunk.trouble, Gone):
            state.lose(chunk.last - state.position)

    async def work(self, state: SourceState, chunk: Chunk, parcel: Parcel) -> None:
        """See Stage. What closes or settles a minute is told at once, all else within a moment."""
        if not chunk.values:
            # What is missing at the end of the partition was there until now at most.
            if state.find_again(self._now_ms()):
                self.owned[chunk.partition].touch()
            await self._tell(state, chunk.partition, parcel, is_idle=True)
            return
        before = state.position
        rows, bad = await self._read(chunk)
        if any(unreadable.reason == FUTURE for unreadable in bad) and not self.present.is_sure():
            await self._until_sure(state, chunk.partition, parcel)
            rows, bad = await self._read(chunk)
        self.refused.note(chunk, bad, self._now_ms())
        new = int(rows.offsets.searchsorted(before, side="right"))
        if new < len(rows.offsets):
            state.find_again(int(rows.times_ms[new]))
        await self._count(state, chunk, rows, parcel)
        for unreadable in bad:
            if int(chunk.offsets[unreadable.index]) > before:
                await self._put_aside(chunk, unreadable, parcel)
                await self.breathe()
        if self._border(state.count.watermark_ms) != self._border(
            min(knowledge.watermark_ms for knowledge in state.knowledge)
        ):
            await self._tell(state, chunk.partition, parcel)
        self.worker_metrics.lag_of(chunk.partition).set(self._now_ms() / 1000 - state.count.high_ms / 1000)

    async def _count(self, state: SourceState, chunk: Chunk, rows: Rows, parcel: Parcel) -> None:
        """Count the rows piece by piece; between two of them the loop may do something else."""
        for piece, last in pieces(rows, chunk.last):
            applied = state.apply(piece, last)
            for index in applied.late:
                await self._late(chunk, int(piece.offsets[index]), parcel)
            if applied.skipped:
                self.metrics.skipped.inc(applied.skipped)
            for dimension, records in applied.folded.items():
                self._folded(chunk.partition, dimension, records)
            await self.breathe()

    async def _read(self, chunk: Chunk) -> tuple[Rows, list[UnreadableValue]]:
        newest_ms = self._now_ms() + self._max_future_ms
        if chunk.rows is not None and not has_future(chunk.rows, newest_ms):
            return chunk.rows, []
        if chunk.load > MANY:
            return await asyncio.to_thread(read, chunk.values, chunk.offsets, newest_ms)
        return read(chunk.values, chunk.offsets, newest_ms)

    async def _until_sure(self, state: SourceState, source: int, parcel: Parcel) -> None:
        """Wait until the time is known, or for so long that it is not to be had.

        Meanwhile the judges are told again and again: what is sent gets the broker's time, which tells whether ours is
        wrong.
        """
        until = time.monotonic() + SURE_WITHIN_S
        while not self.present.is_sure() and time.monotonic() < until:
            await self._tell(state, source, parcel, to_all=True)
            await asyncio.sleep(SURE_AGAIN_S)

    def _border(self, watermark_ms: int) -> tuple[int, int]:
        """Changes when a minute has closed, or can change no more."""
        return minute_of(watermark_ms), minute_of(watermark_ms - self._policy.revise_for_ms)

    def _folded(self, partition: int, dimension: str, records: int) -> None:
        self.worker_metrics.folded.labels(dimension).inc(records)
        if dimension == SCOPE:
            self._seldom.tell(
                log.error,
                "too_many_scopes",
                counted_as="other",
                partition=partition,
                records=records,
                remedy="look at who publishes; FLOODMARK_SCOPES is how many are told apart",
            )

    # --- what is stored -------------------------------------------------------------------------------------------

    def is_due(self, _state: SourceState, beats: int) -> bool:
        """See Stage."""
        return beats > 0

    def position_of(self, state: SourceState) -> bytes:
        """See Stage."""
        return state.encoded_position(self.watch.identity)

    def changes(self, state: SourceState, changed: dict[str, bytes], gone: list[str]) -> Iterator[None]:
        """See Stage."""
        return state.changes(changed, gone)

    def everything(self, state: SourceState) -> Iterator[tuple[str, bytes]]:
        """See Stage."""
        return state.everything()

    # --- what is told ---------------------------------------------------------------------------------------------

    async def tell(self, state: SourceState, partition: int, parcel: Parcel) -> None:
        """See Stage."""
        await self._tell(state, partition, parcel)

    async def _tell(
        self, state: SourceState, source: int, parcel: Parcel, *, is_idle: bool = False, to_all: bool = False
    ) -> None:
        """Send each judge the absolute value of what was touched, and the watermark after it.

        A judge whom nothing concerns is told only when the watermark closes or settles a minute, or now and then, or
        when all are to be told. What time it is they are told only while that is sure.
        """
        by_judge: list[list[MinuteWord]] = [[] for _ in range(self._judges)]
        for minute, fact, scopes in state.take_unsent():
            for scope, at in scopes.items():
                counts = msgspec.Raw(fact.packed(scope))
                by_judge[judge_of(scope, self._judges)].append(MinuteWord(minute, scope, at, counts))
                await self.breathe()
        now, watermark_ms, missing = time.monotonic(), state.count.watermark_ms, state.take_missing()
        is_sure = self.present.is_sure()
        for judge, minutes in enumerate(by_judge):
            knowledge = state.knowledge[judge]
            is_news = is_idle or to_all or missing is not None or now - knowledge.at > WORD_S
            is_news = is_news or self._border(watermark_ms) != self._border(knowledge.watermark_ms)
            if not minutes and not is_news:
                continue
            knowledge.watermark_ms, knowledge.at = watermark_ms, now
            for piece, is_last in _pieces(minutes):
                now_ms = self._now_ms()
                word = PartialWord(
                    source,
                    self._sources,
                    state.epoch,
                    state.position,
                    watermark_ms if is_last else None,
                    is_idle,
                    piece,
                    now_ms if is_sure else None,
                    refused_word(self.refused.word(source, judge, now_ms)) if is_last and is_sure else msgspec.UNSET,
                    gone_word(missing) if is_last else msgspec.UNSET,
                )
                key = str(source).encode()
                await self.outbox.send(parcel, self._topics.partials, encode_word(word), key=key, partition=judge)

    async def _put_aside(self, chunk: Chunk, bad: UnreadableValue, parcel: Parcel) -> None:
        self.worker_metrics.discarded.labels(bad.reason).inc()
        offset = int(chunk.offsets[bad.index])
        letter = DeadLetter(
            topic=chunk.topic,
            partition=chunk.partition,
            offset=offset,
            reason=bad.reason,
            field=bad.field,
            detail=bad.detail,
        )
        raw = chunk.values[bad.index]
        # What is longer came compressed, or past a broker that takes more: it may not fit into the topic as a whole.
        kept = raw and raw[:MAX_BYTES]
        await self.outbox.send_letter(parcel, self._topics.dead_letters, letter, kept)

    async def _late(self, chunk: Chunk, offset: int, parcel: Parcel) -> None:
        self.worker_metrics.discarded.labels("too_late").inc()
        raw = chunk.values[int(chunk.offsets.searchsorted(offset))]
        letter = DeadLetter(
            topic=chunk.topic, partition=chunk.partition, offset=offset, reason="too_late", field="timestamp"
        )
        await self.outbox.send_letter(parcel, self._topics.late, letter, raw)


def _pieces(minutes: list[MinuteWord]) -> Iterator[tuple[list[MinuteWord], bool]]:
    """The minutes in pieces, and whether a piece is the last; no minutes make one empty last piece."""
    piece: list[MinuteWord] = []
    size = 0
    for minute in minutes:
        if size >= RECORD_BYTES:
            yield piece, False
            piece, size = [], 0
        piece.append(minute)
        size += memoryview(minute.counts).nbytes + len(minute.scope) + 60
    yield piece, True
