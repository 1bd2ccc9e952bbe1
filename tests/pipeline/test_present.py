"""A count stage on a machine whose clock is wrong: what it refuses as of the future, and what time it tells."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from processors.domain.counting.partition_count import PartitionCount
from processors.domain.window import TimePolicy
from processors.intake.chunk import Chunk
from processors.stages.count_stage import CountStage
from processors.stages.counting_state import SourceState
from processors.stages.outbox import Parcel
from processors.stages.partial_words import read_word
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics

NOW_MS = 1_760_000_000_000
POLICY = TimePolicy()


@dataclass
class Clock:
    """A clock that is off; how many questions whether it is sure pass until it is compared, and then it is right."""

    off_ms: int
    unsure_for: int = 0
    is_known: bool = True

    def now_ms(self) -> int:
        return NOW_MS + (0 if self.unsure_for == 0 and self.is_known else self.off_ms)

    def is_sure(self) -> bool:
        self.unsure_for = max(0, self.unsure_for - 1)
        return self.unsure_for == 0


@dataclass
class Sent:
    """What a stage has sent: topic to values."""

    by_topic: dict[str, list[bytes]] = field(default_factory=dict)

    async def send(self, _parcel: Parcel, topic: str, value: bytes, **_: Any) -> None:
        self.by_topic.setdefault(topic, []).append(value)

    async def send_letter(self, parcel: Parcel, topic: str, _letter: DeadLetter, value: bytes) -> None:
        await self.send(parcel, topic, value)


class Unasked:
    """What a stage has beside, and is not asked for here."""

    topic = ""


def counted(clock: Clock, *times_ms: int) -> tuple[SourceState, Sent]:
    """A stage that has counted records of these times."""

    async def run() -> tuple[SourceState, Sent]:
        sent, unasked = Sent(), Unasked()
        stage: Any = CountStage(Topics().transactions, *[unasked] * 2, sent, *[unasked] * 2)  # type: ignore[arg-type]
        stage.configure(Topics(), POLICY, 1, 1, 20_000, 300_000, clock)
        state, parcel = SourceState(PartitionCount(POLICY), 1), Parcel(asyncio.get_running_loop())
        values = [json.dumps({"timestamp": time_ms, "status": "approved"}).encode() for time_ms in times_ms]
        chunk = Chunk(Topics().transactions, 0, -1, len(values) - 1, values, np.arange(len(values), dtype=np.int64))
        await stage.work(state, chunk, parcel)
        await stage.tell(state, 0, parcel)
        return state, sent

    return asyncio.run(run())


def told_times(sent: Sent) -> list[int | None]:
    words = [read_word(raw, 1) for raw in sent.by_topic[Topics().partials]]
    return [word.now_ms for word in words]  # type: ignore[union-attr]


def refused(sent: Sent) -> int:
    return len(sent.by_topic.get(Topics().dead_letters, []))


def test_what_lies_ahead_of_the_broker_s_time_is_refused() -> None:
    state, sent = counted(Clock(0), NOW_MS, NOW_MS + 300_001)
    assert (state.count.position, refused(sent)) == (1, 1)
    assert msgspec.json.decode(sent.by_topic[Topics().dead_letters][0])["timestamp"] == NOW_MS + 300_001


def test_live_records_wait_for_the_right_time_before_they_are_refused_by_a_clock_an_hour_slow() -> None:
    state, sent = counted(Clock(-3_600_000, unsure_for=4), NOW_MS, NOW_MS + 1)
    assert refused(sent) == 0
    assert sum(len(fact.tally["all"]["status"]) for fact in state.count.facts.values()) == 1
    assert told_times(sent)[0] is None, "what it was not sure of it has told nobody"
    assert told_times(sent)[-1] == NOW_MS


def test_records_that_are_not_ahead_wait_for_nothing() -> None:
    state, sent = counted(Clock(3_600_000, unsure_for=9, is_known=False), NOW_MS)
    assert (state.count.position, refused(sent)) == (0, 0)
    assert set(told_times(sent)) == {None}
