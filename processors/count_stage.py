"""Stage 1: counts the records of each source partition by minute and tells the judge the absolute values."""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec
import structlog

from processors import metrics
from processors.chunk import Chunk
from processors.domain.counting import Applied, Fact, PartitionCount
from processors.domain.partial import Partial, PartialMinute, judge_of
from processors.domain.window import TimePolicy
from processors.outbox import Parcel
from processors.reading import MAX_BYTES, Unreadable, read
from processors.stage import Stage
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics

log = structlog.get_logger(__name__)

POSITION: Final = b"position"
CELLS_A_RECORD: Final = 2_000
"""Keeps a partial under a megabyte, however long its words."""


class Position(msgspec.Struct, array_like=True):
    """What is stored of a partition beside its minutes."""

    epoch: int
    offset: int
    high_ms: int
    topic_id: str


class StoredFact(msgspec.Struct, array_like=True):
    """A fact as it is stored."""

    epoch: int
    offset: int
    tally: dict[str, dict[str, dict[str, list[int]]]]


_encode: Final = msgspec.json.Encoder().encode
_position: Final = msgspec.json.Decoder(Position)
_fact: Final = msgspec.json.Decoder(StoredFact)


def order(value: bytes) -> tuple[int, int]:
    """(epoch, offset) of any stored value: they lie first."""
    head = value[1:60].split(b",", 2)
    return int(head[0]), int(head[1].rstrip(b"]"))


class CountStage(Stage[PartitionCount]):
    """Counts. See Stage for the discipline, PartitionCount for the arithmetic."""

    name = "count"

    def configure(
        self,
        topics: Topics,
        policy: TimePolicy,
        sources: int,
        judges: int,
        max_future_ms: int,
        now_ms: Callable[[], int],
    ) -> None:
        """Say how to count: names, times, number of partitions of the source and of the judge's topic, wall clock."""
        self._topics, self._policy, self._sources, self._judges = topics, policy, sources, judges
        self._max_future_ms, self._now_ms = max_future_ms, now_ms

    def load(self, partition: int, held: dict[bytes, bytes], topic_id: str) -> PartitionCount:
        """See Stage. In a recreated topic offsets begin anew, so what is held of the old one ends here."""
        prefix = f"{partition}|".encode()
        raw = held.get(prefix + POSITION)
        at = _position.decode(raw) if raw else Position(1, -1, -1, topic_id)
        if at.topic_id != topic_id:
            log.warning("the topic was recreated: counting begins anew", topic=self.topic, partition=partition)
            return PartitionCount(self._policy, epoch=at.epoch + 1)
        facts: dict[int, Fact] = {}
        for key, value in held.items():
            name = key.removeprefix(prefix)
            if name != POSITION:
                stored = _fact.decode(value)
                facts[int(name)] = Fact(stored.epoch, stored.offset, stored.tally)
        return PartitionCount(self._policy, epoch=at.epoch, position=at.offset, high_ms=at.high_ms, facts=facts)

    async def work(
        self, state: PartitionCount, chunk: Chunk, parcel: Parcel
    ) -> tuple[list[tuple[bytes, bytes]], list[bytes]]:
        """See Stage."""
        if not chunk.values:
            await self._tell(state, chunk, {}, parcel)
            return [], []
        before = state.position
        rows, bad = read(chunk.values, chunk.offsets, self._now_ms() + self._max_future_ms)
        applied = state.apply(rows, chunk.last)
        for unreadable in bad:
            if int(chunk.offsets[unreadable.index]) > before:
                await self._put_aside(chunk, unreadable, parcel)
        for index in applied.late:
            await self._late(chunk, int(rows.offsets[index]), parcel)
        metrics.SKIPPED.labels(self.name).inc(applied.skipped)
        for dimension, records in applied.folded.items():
            metrics.FOLDED.labels(dimension).inc(records)
        await self._tell(state, chunk, applied.touched, parcel)
        metrics.LAG_S.labels(str(chunk.partition)).set(self._now_ms() / 1000 - state.high_ms / 1000)
        return self._to_store(state, chunk, applied)

    def _to_store(
        self, state: PartitionCount, chunk: Chunk, applied: Applied
    ) -> tuple[list[tuple[bytes, bytes]], list[bytes]]:
        prefix = f"{chunk.partition}|".encode()
        puts = [
            (prefix + str(minute).encode(), _encode(StoredFact(fact.epoch, fact.offset, fact.tally)))
            for minute, fact in applied.touched.items()
            if minute in state.facts
        ]
        at = Position(state.epoch, state.position, state.high_ms, self.identity)
        puts.append((prefix + POSITION, _encode(at)))
        return puts, [prefix + str(minute).encode() for minute in applied.settled]

    async def _tell(self, state: PartitionCount, chunk: Chunk, touched: dict[int, Fact], parcel: Parcel) -> None:
        """Send the judge the absolute value of each touched minute, and the watermark after them."""
        by_judge: dict[int, list[PartialMinute]] = {judge: [] for judge in range(self._judges)}
        for minute in sorted(touched):
            for scope, counts in touched[minute].tally.items():
                judge = judge_of(scope, self._judges)
                by_judge[judge].append(PartialMinute(minute, scope, touched[minute].offset, counts))
        for judge, minutes in by_judge.items():
            for part, is_last in _parts(minutes):
                partial = Partial(
                    source=chunk.partition,
                    sources=self._sources,
                    epoch=state.epoch,
                    offset=state.position,
                    watermark_ms=state.watermark_ms if is_last else None,
                    idle=chunk.idle,
                    minutes=part,
                    now_ms=self._now_ms(),
                )
                key = str(chunk.partition).encode()
                await self.outbox.send(parcel, self._topics.partials, _encode(partial), key=key, partition=judge)

    async def _put_aside(self, chunk: Chunk, bad: Unreadable, parcel: Parcel) -> None:
        metrics.DISCARDED.labels(bad.reason).inc()
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
        await self.outbox.send(parcel, self._topics.dead_letters, kept, key=letter.key, headers=letter.headers())

    async def _late(self, chunk: Chunk, offset: int, parcel: Parcel) -> None:
        metrics.DISCARDED.labels("too_late").inc()
        raw = chunk.values[int(chunk.offsets.searchsorted(offset))]
        letter = DeadLetter(
            topic=chunk.topic, partition=chunk.partition, offset=offset, reason="too_late", field="timestamp"
        )
        await self.outbox.send(parcel, self._topics.late, raw, key=letter.key, headers=letter.headers())


def _parts(minutes: list[PartialMinute]) -> Iterator[tuple[list[PartialMinute], bool]]:
    """The minutes in pieces, and whether a piece is the last; no minutes make one empty last piece."""
    piece: list[PartialMinute] = []
    cells = 0
    for minute in minutes:
        if cells >= CELLS_A_RECORD:
            yield piece, False
            piece, cells = [], 0
        piece.append(minute)
        cells += 1 + sum(map(len, minute.counts.values()))
    yield piece, True
