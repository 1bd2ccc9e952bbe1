"""What is finally said depends on what the minutes finally hold, and on nothing else."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.counting.partition_count import PartitionCount
from processors.domain.incidents.incident import Incident
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import RevisedVerdict, Statement, Timeline, TimelineState
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import Dimensions, TimePolicy, add
from tests.processors.domain.build import M0, PROPERTY, Record, at, partials, punctuation
from tests.processors.domain.desk import MIXED, Desk, last_words
from tests.processors.domain.traffic import RULES, known, traffic

POLICY = TimePolicy(lateness_ms=5_000, revise_for_ms=200_000, max_gap_minutes=6)
SERIES = [("status", "failed"), ("status", "failed"), ("status", "denied"), ("auth_code", "51")]
CLOCK = 99
"""A source that holds nothing and only tells the time."""


# --- the same records, cut and interleaved otherwise, nothing late ---------------------------------------------------


@st.composite
def sources(draw: st.DrawFn) -> list[list[Record]]:
    """Source partitions whose records come at most the lateness behind; each ends with a punctuation."""
    made = []
    for _ in range(draw(st.integers(1, 3))):
        records, high = [], at(0)
        for offset in range(draw(st.integers(0, 15))):
            high += draw(st.sampled_from([0, 20_000, 60_000, 60_000, 130_000, 600_000]))
            time_ms = high - draw(st.sampled_from([0, 0, 1, 5_000]))
            scope = draw(st.sampled_from(["all", "all", "shop"]))
            dimension, key = draw(st.sampled_from(SERIES))
            place = (scope, key, None) if dimension == "status" else (scope, None, key)
            records.append(Record(offset, time_ms, place, draw(st.sampled_from([0, 1, 2, 9]))))
        records.append(punctuation(len(records), at(60)))
        made.append(records)
    return made


def cut(draw: st.DataObject, records: list[Record]) -> list[tuple[list[Record], int]]:
    ends = sorted(draw.draw(st.sets(st.integers(0, len(records) - 1), max_size=5)) | {len(records) - 1})
    starts = [-1, *ends[:-1]]
    return [([r for r in records if start < r.offset <= end], end) for start, end in zip(starts, ends, strict=True)]


def mixed(draw: st.DataObject, lines: list[list[Partial]]) -> list[Partial]:
    """Some interleaving of the lines, each kept in its order."""
    turns = draw.draw(st.permutations([i for i, line in enumerate(lines) for _ in line]))
    queues = [iter(line) for line in lines]
    return [next(queues[i]) for i in turns]


def by_scope(
    verdicts: Iterable[RevisedVerdict], statements: Iterable[Statement]
) -> dict[str, tuple[list[RevisedVerdict], list[Statement]]]:
    answer: dict[str, tuple[list[RevisedVerdict], list[Statement]]] = {}
    for v in verdicts:
        answer.setdefault(v.verdict.scope, ([], []))[0].append(v)
    for s in statements:
        answer.setdefault(s.stated.incident.scope, ([], []))[1].append(s)
    return answer


@pytest.mark.story
@PROPERTY
@given(sources(), st.data())
def test_any_cutting_and_interleaving_publishes_the_same_in_the_same_order(
    records: list[list[Record]], data: st.DataObject
) -> None:
    whole, pieces = Desk(MIXED, POLICY), Desk(MIXED, POLICY)
    for source, line in enumerate(records):
        for partial in partials(PartitionCount(POLICY), source, len(records), [(line, len(line) - 1)]):
            whole.tell(partial)
    lines = [
        partials(PartitionCount(POLICY), source, len(records), cut(data, line)) for source, line in enumerate(records)
    ]
    for partial in mixed(data, lines):
        pieces.tell(partial)
    assert by_scope(pieces.verdicts, pieces.statements) == by_scope(whole.verdicts, whole.statements)
    assert {v.revision for v in whole.verdicts} <= {1}
    assert pieces.too_late == []


def test_a_source_partition_an_hour_behind_loses_nothing() -> None:
    desk = Desk(MIXED, POLICY)
    lines = [[*(Record(m, at(m), count=10) for m in range(120)), punctuation(120, at(120))] for _ in range(2)]
    fast, slow = (
        partials(PartitionCount(POLICY), source, 2, [([r], r.offset) for r in line])
        for source, line in enumerate(lines)
    )
    for i in range(len(fast) + 60):
        for line, turn in ((fast, i), (slow, i - 60)):
            if 0 <= turn < len(line):
                desk.tell(line[turn])
    assert desk.too_late == []
    assert [desk.last("approved", m).verdict.count for m in range(120)] == [20] * 120
    assert {v.revision for v in desk.verdicts} == {1}


# --- late data in any order, against the final counts in one go ------------------------------------------------------


@dataclass(frozen=True)
class Arrival:
    """More of a series, `late_ms` after the end of its minute."""

    minute: int
    late_ms: int
    source: int
    scope: str
    dimension: str
    key: str
    count: int


@st.composite
def arrivals(draw: st.DrawFn) -> list[Arrival]:
    """Arrivals in the order of their arrival, all within the revision time."""
    late = st.sampled_from([-60_000, -60_000, -1, 0, 30_000, 60_000, 120_000, POLICY.revise_for_ms - 1])
    made = [
        Arrival(
            draw(st.sampled_from([0, 1, 2, 3, 4, 5, 6, 16])),
            draw(late),
            draw(st.integers(0, 1)),
            draw(st.sampled_from(["all", "all", "all", "shop"])),
            *draw(st.sampled_from(SERIES)),
            draw(st.sampled_from([0, 1, 1, 3, 9, 30])),
        )
        for _ in range(draw(st.integers(1, 24)))
    ]
    return sorted(made, key=lambda a: at(a.minute + 1) + a.late_ms)


def as_final(desk: Desk) -> tuple[dict[tuple[str, str, str, int], MinuteVerdict], dict[str, Incident]]:
    """The last word on each minute of each series, and on each incident that was not withdrawn."""
    words = {series: revised.verdict for series, revised in last_words(desk.verdicts).items()}
    incidents: dict[str, Statement] = {}
    for s in desk.statements:
        held = incidents.get(s.stated.incident.id)
        assert s.stated.revision == (held.stated.revision + 1 if held else 1), "each thing said has the next revision"
        incidents[s.stated.incident.id] = s
    said = [s.stated for s in incidents.values() if s.stated.state != "withdrawn"]
    assert all((each.state == "resolved") is each.incident.resolved for each in said)
    return words, {each.incident.id: plain(each.incident) for each in said}


def plain(incident: Incident) -> Incident:
    """Without what is no news: offsets, and up to when it has been quiet."""
    judged = incident.judged if incident.resolved else 0
    return structs.replace(incident, judged=judged, seen=structs.replace(incident.seen, offsets={}))


@pytest.mark.story
@PROPERTY
@given(arrivals(), st.integers(7, 30))
def test_late_data_in_any_order_end_as_the_final_counts_judged_in_one_go(arrived: list[Arrival], end: int) -> None:
    desk, once = Desk(MIXED, POLICY), Desk(MIXED, POLICY)
    held: dict[tuple[int, int, str], Dimensions] = {}
    last: dict[tuple[int, int, str], int] = {}
    end = max(end, *(a.minute + 4 for a in arrived))
    for offset, a in enumerate(arrived):
        place = (a.minute, a.source, a.scope)
        add(held.setdefault(place, {}), {a.dimension: {a.key: [a.count, 0]}})
        last[place] = offset
        desk.tell(Partial(CLOCK, 1, 0, offset, at(a.minute + 1) + a.late_ms))
        part = PartialMinute(M0 + a.minute, a.scope, offset, deepcopy(held[place]))
        desk.tell(Partial(a.source, 1, 0, offset, None, minutes=[part]))
    for (minute, source, scope), counts in held.items():
        part = PartialMinute(M0 + minute, scope, last[minute, source, scope], counts)
        once.tell(Partial(source, 1, 0, 0, None, minutes=[part]))
    for each in (desk, once):
        each.tell(Partial(CLOCK, 1, 0, len(arrived), at(end)))
    assert desk.too_late == []
    assert as_final(desk) == as_final(once)
    assert {v.revision for v in once.verdicts} <= {1}


# --- the same for the rules that learn -------------------------------------------------------------------------------

LONG = TimePolicy(lateness_ms=0, revise_for_ms=3_600_000)
ALL_MINUTES = 24
EVERY_WORD = replace(LONG, says_every_minute=True)
"""So that the last word on what goes on is one of the last minute, too."""
troubles = st.sampled_from(
    [{"all": 0.0}, {"all": 0.2}, {"failed": 20.0}, {"denied": 4.0}, {"51": 8.0}, {"denied": 0.0}, {"reversed": 9.0}]
)


@st.composite
def held_by_minutes(draw: st.DrawFn) -> list[Dimensions]:
    """Minutes with one or two troubles in them."""
    changes: dict[int, dict[str, float]] = {}
    for _ in range(draw(st.integers(1, 2))):
        first, trouble = draw(st.integers(0, ALL_MINUTES - 3)), draw(troubles)
        for minute in range(first, first + draw(st.integers(2, 9))):
            changes[minute] = changes.get(minute, {}) | trouble
    return [traffic(M0 + minute, changes.get(minute)) for minute in range(ALL_MINUTES)]


def experienced(policy: TimePolicy = LONG) -> Desk:
    """A desk whose timeline knows the days before."""
    state = TimelineState.after(M0 - 1, known(M0))
    return Desk(judge=PartitionJudge(RULES, policy, timelines={"all": Timeline(RULES, policy, "all", state)}))


def in_one_go(held: list[Dimensions], policy: TimePolicy = LONG) -> Desk:
    desk = experienced(policy)
    desk.minutes(dict(enumerate(held)), upto=ALL_MINUTES)
    return desk


@pytest.mark.story
@settings(PROPERTY, max_examples=25)
@given(held_by_minutes(), st.data())
def test_the_rules_that_learn_say_the_same_minute_by_minute_or_in_one_go(
    held: list[Dimensions], data: st.DataObject
) -> None:
    pieces, once = experienced(), in_one_go(held)
    ends = sorted({*data.draw(st.sets(st.integers(1, ALL_MINUTES - 1))), ALL_MINUTES})
    for first, end in zip([0, *ends[:-1]], ends, strict=True):
        pieces.minutes({minute: held[minute] for minute in range(first, end)}, upto=end)
    told, expected = ([(s.stated.state, plain(s.stated.incident)) for s in desk.statements] for desk in (pieces, once))
    assert told == expected
    assert {s.stated.incident.id for s in pieces.statements} == {s.stated.incident.id for s in once.statements}


def without_offsets(verdict: MinuteVerdict) -> MinuteVerdict:
    """They are counted otherwise where minutes come in another order."""
    return structs.replace(verdict, offsets={})


@pytest.mark.story
@settings(PROPERTY, max_examples=25)
@given(held_by_minutes(), st.data())
def test_the_rules_that_learn_end_with_the_same_incidents_in_whatever_order_the_minutes_come(
    held: list[Dimensions], data: st.DataObject
) -> None:
    desk, once = experienced(EVERY_WORD), in_one_go(held, EVERY_WORD)
    late = data.draw(st.lists(st.integers(0, ALL_MINUTES - 1), unique=True, max_size=5))
    desk.minutes({m: counts for m, counts in enumerate(held) if m not in late}, upto=ALL_MINUTES)
    for minute in late:
        desk.minute(minute, held[minute])
    (words, incidents), (words_once, incidents_once) = as_final(desk), as_final(once)
    assert incidents == incidents_once
    assert {k: without_offsets(v) for k, v in words.items()} == {k: without_offsets(v) for k, v in words_once.items()}
