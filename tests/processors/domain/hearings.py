"""What judges hear, to try: late, idle and repeated words, acknowledgements, and cuts between any two of them."""

from copy import deepcopy
from itertools import pairwise
from typing import Final

from hypothesis import strategies as st

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.judging.acknowledging import Acknowledgement
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.window import Dimensions, TimePolicy
from tests.processors.domain.build import M0, at
from tests.processors.domain.desk import MIXED

TIGHT: Final = TimePolicy(lateness_ms=0, revise_for_ms=150_000, max_gap_minutes=4, anchor_every=2)
Told = Partial | Acknowledgement
Said = set[str]
"""All that was published, each with the input offset that led to it, written out."""


def said_by(judge: PartitionJudge, offset: int, told: Told) -> Said:
    """Let the judge hear one record; what it says."""
    step = judge.acknowledge(offset, told) if isinstance(told, Acknowledgement) else judge.apply(offset, told)
    said = {repr((offset, late)) for late in step.too_late}
    for outcome in step.outcomes:
        said |= {repr((offset, each)) for each in (*outcome.verdicts, *outcome.statements)}
    return said


@st.composite
def inputs(draw: st.DrawFn) -> list[tuple[int, Partial]]:
    """Records of two source partitions for two scopes: in time, late, too late, idle, repeated."""
    held: dict[tuple[int, int, str], Dimensions] = {}
    offsets, now = [0, 0], 0
    records = [Partial(source, 2, 0, 0, at(0)) for source in (0, 1)]
    for _ in range(draw(st.integers(8, 30))):
        source, is_repeat = draw(st.integers(0, 1)), draw(st.integers(0, 9)) == 9
        if is_repeat:
            records.append(draw(st.sampled_from(records)))
            continue
        offsets[source] += 1
        minutes = []
        for _ in range(draw(st.integers(0, 2))):
            minute = max(now + draw(st.sampled_from([0, 0, -1, -1, -2, -3, 1])), 0)
            scope = draw(st.sampled_from(["all", "all", "all", "shop"]))
            counts = held.setdefault((source, minute, scope), {})
            dimension, key = draw(st.sampled_from([("status", "failed"), ("status", "denied"), ("auth_code", "51")]))
            cell = counts.setdefault(dimension, {}).setdefault(key, [0, 0])
            cell[0] += draw(st.sampled_from([0, 1, 9]))
            minutes.append(PartialMinute(M0 + minute, scope, offsets[source], deepcopy(counts)))
        now += draw(st.sampled_from([0, 0, 1, 1, 2, 9]))
        watermark = at(now, draw(st.sampled_from([0, 30])))
        told = draw(st.sampled_from([watermark, watermark, watermark, None]))
        records.append(Partial(source, 2, 0, offsets[source], told, draw(st.integers(0, 5)) == 5, minutes))
    return list(enumerate(records))


def chunks(data: st.DataObject, records: list[tuple[int, Told]]) -> list[list[tuple[int, Told]]]:
    ends = sorted(data.draw(st.sets(st.integers(0, len(records)), max_size=4)) | {0, len(records)})
    return [records[a:b] for a, b in pairwise(ends)]


def acknowledged(data: st.DataObject, records: list[Told]) -> list[tuple[int, Told]]:
    """The records with an acknowledgement among them, mostly of an incident that has been told of before."""
    judge = PartitionJudge(MIXED, TIGHT)
    for offset, told in enumerate(records):
        said_by(judge, offset, told)
    known = [(scope, id_) for scope, timeline in sorted(judge.timelines.items()) for id_ in timeline.state.stated]
    scope, id_ = data.draw(st.sampled_from([*known, ("all", "unknown")]), label="incident")
    at_offset = data.draw(st.integers(0, len(records)), label="acknowledged at")
    late_word = Acknowledgement(id_, scope, "ann", at(at_offset))
    return list(enumerate([*records[:at_offset], late_word, *records[at_offset:]]))
