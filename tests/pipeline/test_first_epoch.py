"""How a judge that knows nothing of its past names its epoch, on machines whose clock is wrong."""

import asyncio
from typing import Any

import numpy as np
import pytest

from processors.changelog import recover
from processors.domain.window import TimePolicy
from processors.intake.chunk import Chunk
from processors.rules.load import load
from processors.stages.judge_stage import JudgeStage
from processors.stages.outbox import Parcel
from schemas.topics import Topics
from tests.pipeline.test_present import Clock, Unasked

NOW_MS = 1_760_000_000_000
HOUR_MS = 3_600_000


def judged(clock: Clock, *appended_ms: int) -> list[int]:
    """The epochs of a judge of which nothing is stored: as it is loaded, and after each chunk of one record."""

    async def run() -> list[int]:
        unasked = Unasked()
        stage: Any = JudgeStage(Topics().partials, *[unasked] * 5)  # type: ignore[arg-type]
        stage.configure(Topics(), TimePolicy(), load(), 1, 1, unasked)
        stage.present = clock
        state = stage.load(0, recover({}), "life")
        epochs, parcel = [state.epoch], Parcel(asyncio.get_running_loop())
        for offset, at_ms in enumerate(appended_ms):
            value, offsets = [b"not a partial"], np.array([offset], np.int64)
            chunk = Chunk(stage.topic, 0, offset - 1, offset, value, offsets, appended_ms=at_ms)
            await stage.work(state, chunk, parcel)
            epochs.append(state.epoch)
        return epochs

    return asyncio.run(run())


def test_it_is_named_by_the_clock_of_this_machine_where_that_is_right() -> None:
    assert judged(Clock(0), NOW_MS - 5) == [1000 * NOW_MS] * 2


@pytest.mark.parametrize("known_at", [True, False])
def test_on_a_machine_that_is_an_hour_slow_it_is_named_by_the_brokers_time(known_at: bool) -> None:
    clock = Clock(-HOUR_MS, unsure_for=0 if known_at else 99)
    assert judged(clock, NOW_MS)[-1] == 1000 * NOW_MS


def test_on_one_that_is_fast_it_is_named_by_the_brokers_time_once_that_is_known() -> None:
    assert judged(Clock(HOUR_MS), NOW_MS - 5)[-1] == 1000 * NOW_MS


def test_old_records_do_not_make_it_old() -> None:
    assert judged(Clock(0), NOW_MS - HOUR_MS)[-1] == 1000 * NOW_MS


def test_it_is_named_once() -> None:
    assert len(set(judged(Clock(-HOUR_MS, unsure_for=99), NOW_MS, NOW_MS + HOUR_MS)[1:])) == 1
