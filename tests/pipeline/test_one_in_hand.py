"""A stage is handed no more while it applies what it has: what comes meanwhile waits, and hinders nobody."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast

import numpy as np
import pytest

from processors.changelog import Recovered, StateLog
from processors.intake.chunk import Chunk
from processors.stages import handed_out, pace
from processors.stages.outbox import Parcel
from processors.stages.owned import Owned
from processors.stages.stage import Stage
from runtime.stall_guard import StallGuard


@dataclass
class At:
    """A state that is nothing but a position."""

    position: int = -1
    epoch: int = 1
    leader_epoch: int = -1

    def pass_over(self, last: int) -> None:
        """Nothing is missing here."""

    def begin_epoch(self, position: int) -> None:
        """Nothing begins anew here."""


class Follows(Stage[At]):
    """Applies a chunk by moving on."""

    name = "count"
    partitions = 1

    def load(self, partition: int, found: Recovered, topic_id: str) -> At:
        return At()

    async def work(self, state: At, chunk: Chunk, parcel: Parcel) -> None:
        state.position = chunk.last

    async def tell(self, state: At, partition: int, parcel: Parcel) -> None:
        """Has nothing to tell."""

    def is_due(self, state: At, beats: int) -> bool:
        return False

    def position_of(self, state: At) -> bytes:
        return b""

    def changes(self, state: At, changed: dict[str, bytes], gone: list[str]) -> Iterator[None]:
        return iter(())

    def everything(self, state: At) -> Iterator[tuple[str, bytes]]:
        return iter(())


@dataclass
class Waiting:
    """A fetcher of one partition in which the next record always waits."""

    after: int = -1
    reminded: int = 0
    taken: list[int] = field(default_factory=list)
    sought: list[tuple[int, int]] = field(default_factory=list)
    is_read: bool = True

    @property
    def handover(self) -> "Waiting":
        return self

    def take(self, partitions: Iterable[int]) -> dict[int, Chunk]:
        last = self.after + 1
        chunk = Chunk("t", 0, self.after, last, [b"x"], np.array([last]), generation=1)
        self.after = last
        self.taken.append(last)
        return {0: chunk}

    def assign(self, positions: Mapping[int, int], generation: int, leader_epochs: Mapping[int, int]) -> None:
        """Nothing is read anew here."""

    def handed_out(self, partition: int) -> int | None:
        return self.after if self.is_read else None

    def has_ready(self, partitions: Iterable[int]) -> bool:
        return self.is_read

    def seek(self, partition: int, position: int, leader_epoch: int) -> None:
        self.sought.append((partition, position))

    def remind(self, partitions: Iterable[int]) -> None:
        self.reminded += 1


class Same:
    """A topic that is what it was."""

    async def make_sure(self) -> None:
        """At once."""


class Named:
    """A changelog of which only the name is asked."""

    topic = ""


def on_a_loop(story: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that runs on a loop of its own."""

    @wraps(story)
    def runs(**given: Any) -> None:
        asyncio.run(story(**given))

    return runs


def stage_on(fetcher: Waiting, kind: type[Follows] = Follows) -> Follows:
    parts = cast("tuple[Any, ...]", ("t", Named(), fetcher, None, StallGuard(60), Same()))
    stage = kind(*parts)
    stage.take([], 1)
    fetcher.taken.clear()
    fetcher.after = -1
    stage._wanted = [0]
    stage._handed_out.begin_anew()
    stage.owned[0] = Owned(At(), StateLog(1), -1)
    return stage


@on_a_loop
async def test_nothing_is_handed_out_while_a_chunk_is_in_hand() -> None:
    fetcher = Waiting()
    stage = stage_on(fetcher)
    (first,) = stage.take([0], 1).values()
    assert (stage.take([0], 1), fetcher.taken, fetcher.reminded) == ({}, [0], 0)
    await stage.accept(first)
    assert fetcher.reminded == 1
    assert (list(stage.take([0], 1)), fetcher.taken) == ([0], [0, 1])


@on_a_loop
async def test_a_chunk_of_another_generation_frees_no_hand() -> None:
    fetcher = Waiting()
    stage = stage_on(fetcher)
    stage.take([0], 1)
    await stage.accept(Chunk("t", 0, -1, 0, [b"x"], np.array([0]), generation=0))
    assert stage.take([0], 1) == {}


class FollowsStepwise(Follows):
    """Looks at itself after each of two steps of a chunk."""

    def configure(self) -> None:
        self.seen: list[bool] = []

    async def work(self, state: At, chunk: Chunk, parcel: Parcel) -> None:
        for _ in range(2):
            self.seen.append(self.is_long_at_work)
            await self.breathe()
        await super().work(state, chunk, parcel)


@pytest.mark.parametrize(
    ("long_s", "still_s", "expected"), [(-1.0, 60.0, True), (60.0, 60.0, False), (-1.0, -1.0, False)]
)
@on_a_loop
async def test_a_chunk_that_is_long_at_work_and_goes_on_shows(
    monkeypatch: pytest.MonkeyPatch, long_s: float, still_s: float, expected: bool
) -> None:
    monkeypatch.setattr(pace, "LONG_S", long_s)
    monkeypatch.setattr(pace, "STILL_S", still_s)
    stage = stage_on(Waiting(), FollowsStepwise)
    assert isinstance(stage, FollowsStepwise)
    stage.configure()
    (chunk,) = stage.take([0], 1).values()
    await stage.accept(chunk)
    assert (stage.seen, stage.is_long_at_work) == ([expected] * 2, False)


@on_a_loop
async def test_a_chunk_that_was_lost_on_its_way_keeps_no_hand_full(monkeypatch: pytest.MonkeyPatch) -> None:
    fetcher = Waiting()
    stage = stage_on(fetcher)
    stage.take([0], 1)
    monkeypatch.setattr(handed_out, "STUCK_S", -1.0)
    async with stage._turn:
        assert stage.take([0], 1) == {}
    assert list(stage.take([0], 1)) == [0]


@pytest.mark.parametrize("is_read", [True, False])
@on_a_loop
async def test_a_partition_of_ours_that_nobody_reads_is_sought(monkeypatch: pytest.MonkeyPatch, is_read: bool) -> None:
    fetcher = Waiting(is_read=is_read)
    stage = stage_on(fetcher)
    monkeypatch.setattr(handed_out, "STUCK_S", -1.0)
    monkeypatch.setattr(handed_out, "LOOK_S", -1.0)
    stage._seek_lost_chunks()
    assert fetcher.sought == ([] if is_read else [(0, -1)])
