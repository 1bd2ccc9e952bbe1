"""Faust's transport with our hands on the source topics.

Source topics are read by a Fetcher at the position of our own state; Faust's consumer keeps the membership, the
changelogs and the commits. What it commits for a source topic is the position of the state that has been stored.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiokafka import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP, ConsumerMessage

from processors.faustapp.joining import leave_the_join
from processors.intake.chunk import Chunk

WAIT_S: Final = 1.0
"""How long to wait for a chunk before Faust's loop turns all the same: new ones wake us."""


class StageSource(Protocol):
    """A stage, as the consumer sees it."""

    topic: str

    def turn(self) -> None:
        """The consumer's loop turns, whether or not it has partitions."""

    def take(self, partitions: Iterable[int], generation: int) -> dict[int, Chunk]:
        """Chunks that are ready; when the generation is new, reading starts anew from the positions."""

    async def pause(self) -> None:
        """The partitions are about to be taken away: store what has been applied, and read no further."""

    def committable(self, partition: int) -> int | None:
        """The offset to commit: one after the position that is in the state; None when nothing is known."""

    def end_offset(self, partition: int) -> int:
        """The end of the partition, as last seen."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """Chunks of several partitions of one topic: Faust spends as much on one item as on another."""

    each: tuple[Chunk, ...]


class ChunkScheduler(DefaultSchedulingStrategy):
    """Yields chunks as one item; records of other topics one by one, as Faust does."""

    def iterate(self, records: Mapping[TP, Any]) -> Iterator[tuple[TP, Any]]:
        """Chunks first, then the rest in round-robin order."""
        chunks = {tp: value for tp, value in records.items() if isinstance(value, Chunks)}
        yield from chunks.items()
        rest = {tp: value for tp, value in records.items() if tp not in chunks}
        if rest:
            yield from super().iterate(rest)


class SourceConsumer(driver.Consumer):
    """aiokafka's consumer, less the source topics."""

    _joining = False
    """Between the loss of the old partitions and the gain of the new ones."""

    @property
    def sources(self) -> Mapping[str, StageSource]:
        """The stages of our app, by the topic that each reads."""
        sources: Mapping[str, StageSource] = self.app.sources
        return sources

    @property
    def news(self) -> asyncio.Event:
        """Set when a stage of our app has something to take."""
        news: asyncio.Event = self.app.news
        return news

    async def _wait_next_records(self, timeout: float) -> Any:
        for source in self.sources.values():
            source.turn()
        return await super()._wait_next_records(timeout)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        active = active_partitions or set()
        others = {tp for tp in active if tp.topic not in self.sources}
        if others:
            return await super()._getmany(others, timeout)
        self._keep_membership()
        self.news.clear()
        found = self._chunks(active)
        if not found:
            try:
                async with asyncio.timeout(min(timeout, WAIT_S)):
                    await self.news.wait()
            except TimeoutError:
                return {}
            self.news.clear()
            found = self._chunks(active)
        return found

    def _keep_membership(self) -> None:
        """Tell aiokafka that we turn: it leaves the group when nobody has asked it for records for `max_poll_s`.

        Nobody does when all that we read is read by the fetchers, and then a worker would stop for ever.
        """
        consumer = self._thread._ensure_consumer()
        consumer._subscription._last_fetch_ended = time.monotonic()

    def _chunks(self, active: set[TP]) -> dict[TP, Chunks]:
        generation = self.app.consumer_generation_id
        found: dict[TP, Chunks] = {}
        for topic, source in self.sources.items():
            partitions = sorted(tp.partition for tp in active if tp.topic == topic)
            if taken := source.take(partitions, generation):
                first = TP(topic, min(taken))
                found[first] = Chunks(tuple(taken.values()))
                self._read_offset[first] = None
        return found

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        if not isinstance(record, Chunks):
            return super()._to_message(tp, record)
        generation = self.app.consumer_generation_id
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            record.each[0].last,
            None,
            None,
            None,
            None,
            record,
            None,
            None,
            None,
            tp,
            generation_id=generation,
        )

    def close(self) -> None:
        """A join has come about while we stop: nothing is closed under it, `on_stop` leaves the group.

        Faust would close the connections here. aiokafka then asks for the committed offsets of what was assigned, over
        and over, and its end waits for the answer: until the deadline of a stop.
        """

    async def on_stop(self) -> None:
        """A join that is under way is left at once."""
        await self._leave_the_join()
        await super().on_stop()

    async def _leave_the_join(self) -> None:
        thread = self._thread
        consumer, loop = thread._consumer, thread.thread_loop
        if consumer is None or not loop.is_running():
            return
        left = asyncio.run_coroutine_threadsafe(leave_the_join(consumer._coordinator), loop)
        await asyncio.wrap_future(left)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Stop reading first: what is read from now on would be thrown away."""
        for source in self.sources.values():
            await source.pause()
        await super().on_partitions_revoked(revoked)
        self._joining = True
        await self.maybe_wait_for_commit_to_finish()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Keep aiokafka from fetching what the fetchers fetch, and from looking for it five times a second."""
        self._joining = False
        ours = [TopicPartition(tp.topic, tp.partition) for tp in assigned if tp.topic in self.sources]
        consumer = self._thread._ensure_consumer()
        consumer._fetcher._fetcher_timeout = WAIT_S
        consumer.pause(*(tp for tp in ours if tp in consumer.assignment()))
        await super().on_partitions_assigned(assigned, generation_id)

    def on_buffer_full(self, tp: TP) -> None:
        """Faust would wait a second with nothing active; a full stream queue holds the fetchers back by itself."""

    def highwater(self, tp: TP) -> int:
        """The end of the partition."""
        source = self.sources.get(tp.topic)
        return source.end_offset(tp.partition) if source else super().highwater(tp)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Source topics have their own health check: aiokafka does not fetch them."""
        if tp.topic not in self.sources:
            super().verify_event_path(now, tp)

    async def verify_all_partitions_active(self) -> None:
        """As there, without a turn of the loop for each partition that has nothing to be verified."""
        if any(tp.topic not in self.sources for tp in self.assignment()):
            await super().verify_all_partitions_active()

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        if tp.topic not in self.sources:
            await super()._add_gap(tp, offset_from, offset_to)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        """Also where the state is ahead of the committed offset and nothing new comes.

        Not while we join: the commit would wait behind the join on the same connection, come with the old generation
        when that is over, be refused for it, and make aiokafka join again as a new member, and so on for ever.
        """
        if self._joining:
            return
        for tp in self.assignment():
            if tp.topic in self.sources and (topics is None or tp in topics or tp.topic in topics):
                yield tp

    async def _commit_offsets(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:  # noqa: FBT001, FBT002 - Faust's signature
        """As there, except for three things.

        Faust notes a refused commit as done, and would never try again on a topic where nothing new comes. It draws a
        table of the offsets for a log that is off, and flushes a producer that has nothing to send.
        """
        assigned = self.assignment()
        ours = {tp: offset for tp, offset in offsets.items() if tp in assigned}
        done = bool(ours) and bool(await self._commit(ours))
        if done:
            self._committed_offset.update(ours)
        return done

    def _new_offset(self, tp: TP) -> int | None:
        source = self.sources.get(tp.topic)
        return source.committable(tp.partition) if source else super()._new_offset(tp)


class SourceTransport(driver.Transport):
    """aiokafka's transport with our consumer."""

    Consumer = SourceConsumer
