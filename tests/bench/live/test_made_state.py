"""The state that the bench makes at speed is the state that judging makes."""

from typing import Final

import pytest

from processors.changelog import StateLog, recover
from processors.domain.counting.partial import judge_of
from processors.domain.judging.live_memory import anchor_at
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import Timeline
from processors.domain.window import TimePolicy
from processors.rules.load import load
from processors.stages.judging_state import JudgeState, stored_position, stored_timelines
from tests.bench.live.copies import copied, judges, sources
from tests.bench.live.day import JUST_AFTER_MS, Day, live_day, name_of
from tests.bench.live.traffic import MINUTE_MS

END: Final = 29_000_000
SCOPES: Final = 40
POLICY: Final = TimePolicy(anchor_every=3, revise_for_ms=4 * MINUTE_MS)


@pytest.fixture(scope="module")
def day() -> Day:
    return live_day(END, SCOPES, load(), policy=POLICY, now_ms=END * MINUTE_MS, minutes=40)


def _way(name: str) -> int:
    return anchor_at(name, POLICY.anchor_every)


def _twin(timeline: Timeline) -> str:
    """Another name that is anchored in the same minutes."""
    names = (f"shop-{number:05}" for number in range(SCOPES))
    return next(n for n in names if n != timeline.scope and _way(n) == _way(timeline.scope))


def test_a_copied_timeline_is_the_one_that_the_same_data_make_under_its_name(day: Day) -> None:
    original = day.judge.timelines["shop-00000"]
    name = _twin(original)
    day = live_day(
        END,
        SCOPES,
        load(),
        policy=POLICY,
        now_ms=END * MINUTE_MS,
        minutes=40,
        named=lambda number: name_of(number) if number else name,
    )
    other = day.judge.timelines[name]

    twin = copied(original, name)

    assert twin.state == other.state
    assert twin.parts == other.parts
    assert len(twin.state.anchors) > 1


def test_one_scope_of_each_way_is_judged_and_every_scope_is_anchored_as_it_would_anchor_itself(day: Day) -> None:
    assert len(day.judge.timelines) == POLICY.anchor_every
    for state in judges(day):
        for name, timeline in state.judge.timelines.items():
            assert timeline.scope == name
            assert all(a.minute % POLICY.anchor_every == _way(name) for a in timeline.state.anchors)


def test_all_scopes_are_there_each_in_its_partition_and_a_worker_finds_them_judged_to_the_end(day: Day) -> None:
    found: set[str] = set()
    for partition, state in enumerate(judges(day)):
        timelines = _read_back(state.judge, StateLog(1), state)
        assert timelines == dict.fromkeys(state.judge.timelines, END - 1)
        assert {judge_of(name, 6) for name in timelines} <= {partition}
        found |= timelines.keys()
    assert len(found) == SCOPES


def _read_back(judge: PartitionJudge, log: StateLog, state: JudgeState) -> dict[str, int | None]:
    write = log.whole((1, -1), state.encoded_position("id"), dict(state.everything()))
    held = recover(dict(write.records))
    timelines = stored_timelines(held, stored_position(held), judge.rules, judge.policy)
    return {name: timeline.state.judged_to for name, timeline in timelines.items()}


def test_sources_hold_every_minute_that_may_still_change_and_are_told_of_no_more(day: Day) -> None:
    for state in sources(day):
        assert [*state.count.facts] == list(range(END - 4, END))
        assert state.count.watermark_ms == day.judge.marks.reached_ms == END * MINUTE_MS + JUST_AFTER_MS
        assert not list(state.take_unsent())
