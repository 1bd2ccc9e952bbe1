"""The state of all partitions of both stages after a day, from the few timelines that were judged through it."""

from collections.abc import Iterator
from typing import Final

import msgspec

from processors.domain.counting.fact import Fact
from processors.domain.counting.packed import unpack
from processors.domain.counting.partial import judge_of
from processors.domain.counting.partition_count import PartitionCount
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import Timeline, TimelineState
from processors.domain.judging.timeline_parts import Parts
from processors.domain.judging.timeline_state import Anchor
from processors.domain.window import minute_of
from processors.stages.counting_state import SourceState
from processors.stages.judging_state import JudgeState, StoredNews
from tests.bench.live.day import Day
from tests.bench.live.site import PARTITIONS

NOTHING_READ: Final = -1
"""The topics of the installation are empty: their first record is the first after the day."""

_encode: Final = msgspec.msgpack.Encoder().encode
_news: Final = msgspec.msgpack.Decoder(StoredNews).decode


def judges(day: Day) -> Iterator[JudgeState]:
    """The state of each partition of the judge stage, in order."""
    made = day.judge
    for partition in range(PARTITIONS):
        timelines = {
            name: copied(made.timelines[way], name)
            for name, way in day.way_of.items()
            if judge_of(name, PARTITIONS) == partition
        }
        yield JudgeState(
            PartitionJudge(
                made.rules,
                made.policy,
                epoch=1,
                position=NOTHING_READ,
                marks=made.marks,
                timelines=timelines,
                watch=made.watch,
                speaks=partition == 0,
            )
        )


def sources(day: Day) -> Iterator[SourceState]:
    """The state of each partition of the count stage, in order: the minutes that may still change."""
    policy, high_ms = day.judge.policy, day.high_ms
    first = minute_of(high_ms - policy.lateness_ms - policy.revise_for_ms)
    for source in range(PARTITIONS):
        facts: dict[int, Fact] = {}
        for minute in range(first, day.end_minute):
            held = {name: timeline.parts.at(minute).get(source) for name, timeline in day.judge.timelines.items()}
            tally = {name: part.counts for name, way in day.way_of.items() if (part := held[way]) is not None}
            cells = sum(len(keys) for counts in tally.values() for keys in unpack(counts).values())
            facts[minute] = Fact(1, NOTHING_READ, dict(tally), cells)
        count = PartitionCount(policy, epoch=1, position=NOTHING_READ, high_ms=high_ms, facts=facts)
        yield SourceState(count, PARTITIONS)


def copied(timeline: Timeline, name: str) -> Timeline:
    """The timeline that another scope, anchored in the same minutes, would have taken with the same data.

    Names must have the same length: where one is in what is packed, the other takes its place.
    """
    state, old, new = timeline.state, timeline.scope.encode(), name.encode()
    if len(old) != len(new):
        raise ValueError(f"{name!r} is not as long as {timeline.scope!r}")
    news = _news(_encode(StoredNews(state.stated, state.revisions)).replace(old, new))
    minutes = (minute for minute in timeline.kept_minutes() if minute in timeline.parts)
    return Timeline(
        timeline.rules,
        timeline.policy,
        name,
        TimelineState(
            [Anchor(anchor.minute, anchor.memory.replace(old, new)) for anchor in state.anchors],
            settled_to=state.settled_to,
            judged_to=state.judged_to,
            found=set(state.found),
            revisions=news.revisions,
            stated=news.stated,
            judged_by=state.judged_by,
        ),
        Parts({minute: timeline.parts.packed(minute) for minute in minutes}),
    )
