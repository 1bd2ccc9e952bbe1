"""A judge that crashes anywhere says, all in all, what one says that never crashed: word for word."""

from copy import deepcopy
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.domain.acknowledging import Acknowledgement
from processors.domain.course import Course, CourseState, Part
from processors.domain.judging import PartitionJudge
from processors.domain.partial import Partial, PartialMinute
from processors.domain.watermark import SourceMark, Watermarks
from processors.domain.window import Dimensions, TimePolicy
from tests.domain.build import M0, PROPERTY, at
from tests.domain.desk import MIXED, POLICY, SMALL, Desk, status

TIGHT = TimePolicy(lateness_ms=0, revise_for_ms=150_000, max_gap_minutes=4)
Told = Partial | Acknowledgement
Said = set[str]
"""All that was published, each with the input offset that led to it, written out."""


@dataclass
class Shelf:
    """What is stored of a judge, as the stream stores it: after a chunk the courses, their parts, the position."""

    courses: dict[str, CourseState] = field(default_factory=dict)
    parts: dict[tuple[str, int], dict[int, Part]] = field(default_factory=dict)
    position: int = -1
    marks: Watermarks = field(default_factory=Watermarks)

    def restarted(self) -> PartitionJudge:
        """The judge that finds this shelf."""
        courses = {}
        for scope, stored in self.courses.items():
            state = written_and_read(stored)
            parts = {m: dict(p) for (s, m), p in self.parts.items() if s == scope}
            courses[scope] = Course(MIXED, TIGHT, scope, state, parts)
        return PartitionJudge(MIXED, TIGHT, position=self.position, marks=deepcopy(self.marks), courses=courses)


def written_and_read(state: CourseState) -> CourseState:
    """A state as it comes back from JSON."""
    return msgspec.json.decode(msgspec.json.encode(state), type=CourseState)


def work(judge: PartitionJudge, shelf: Shelf, chunk: list[tuple[int, Told]], writes: int | None) -> Said:
    """Apply a chunk and store it; a crash lets only the first `writes` values through. What was published."""
    said: Said = set()
    moved: set[str] = set()
    heard: set[tuple[str, int]] = set()
    for offset, told in chunk:
        if isinstance(told, Acknowledgement):
            step = judge.acknowledge(offset, told)
        else:
            step = judge.apply(offset, told)
            heard |= {(p.scope, p.minute) for p in told.minutes}
        moved |= step.scopes
        said |= {repr((offset, late)) for late in step.too_late}
        for outcome in step.outcomes:
            said |= {repr((offset, each)) for each in (*outcome.verdicts, *outcome.statements)}
    values: list[tuple[dict[Any, Any], object, object]] = [
        (shelf.courses, scope, written_and_read(judge.courses[scope].state)) for scope in sorted(moved)
    ]
    values += [
        (shelf.parts, (scope, minute), dict(judge.courses[scope].parts[minute]))
        for scope, minute in sorted(heard)
        if scope in moved and minute in judge.courses[scope].parts
    ]
    for into, key, value in values[:writes]:
        into[key] = value
    if writes is None or writes > len(values):
        shelf.position, shelf.marks = judge.position, deepcopy(judge.marks)
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
    shelf, judge = Shelf(), PartitionJudge(MIXED, TIGHT)
    work(judge, shelf, list(enumerate(records)), None)
    known = [(scope, id_) for scope, course in sorted(judge.courses.items()) for id_ in course.state.said]
    scope, id_ = data.draw(st.sampled_from([*known, ("all", "unknown")]), label="incident")
    at_offset = data.draw(st.integers(0, len(records)), label="acknowledged at")
    told = Acknowledgement(id_, scope, "ann", at(at_offset))
    return list(enumerate([*records[:at_offset], told, *records[at_offset:]]))


@settings(PROPERTY, max_examples=80)
@given(inputs(), st.data())
def test_whatever_was_stored_when_it_crashed_the_same_is_said_under_the_same_ids(
    records: list[tuple[int, Told]], data: st.DataObject
) -> None:
    for _ in range(data.draw(st.integers(0, 2), label="acknowledgements")):
        records = acknowledged(data, [told for _, told in records])
    truth = work(PartitionJudge(MIXED, TIGHT), Shelf(), records, None)
    shelf, said = Shelf(), set()
    for _ in range(data.draw(st.integers(1, 3), label="crashes")):
        judge = shelf.restarted()
        ahead = chunks(data, records[shelf.position + 1 :])
        crash_in = data.draw(st.integers(0, len(ahead)), label="in chunk")
        for i, chunk in enumerate(ahead[: crash_in + 1]):
            said |= work(judge, shelf, chunk, data.draw(st.integers(0, 6)) if i == crash_in else None)
    said |= work(shelf.restarted(), shelf, records[shelf.position + 1 :], None)
    assert said == truth


def stored(desk: Desk) -> CourseState:
    return written_and_read(desk.judge.courses["all"].state)


def test_a_record_that_is_in_does_nothing() -> None:
    desk = Desk()
    desk.minutes({0: status(failed=9)}, upto=1)
    record = Partial(0, 1, 0, 7, at(9), minutes=[PartialMinute(M0 + 1, "all", 7, status(failed=9))])
    for offset in (0, 1):
        step = desk.judge.apply(offset, record)
        assert (step.outcomes, step.scopes, step.too_late) == ([], set(), [])
    assert desk.judge.position == 1
    assert desk.judge.marks.reached_ms == at(1)


@pytest.mark.parametrize("parts_were_stored", [True, False])
def test_a_course_that_is_stored_further_than_the_position_is_not_judged_again(*, parts_were_stored: bool) -> None:
    desk = Desk()
    desk.minutes({0: status(approved=90, denied=10), 1: status(approved=90, denied=10)}, upto=2)
    assert [s for s, _, _ in desk.said] == ["firing", "updated"]
    course = desk.judge.courses["all"]
    parts = deepcopy(course.parts) if parts_were_stored else {}
    again = Desk(
        judge=PartitionJudge(SMALL, POLICY, courses={"all": Course(SMALL, POLICY, "all", stored(desk), parts)})
    )
    again.minutes({0: status(approved=90, denied=10), 1: status(approved=90, denied=10)}, upto=2)
    assert (again.verdicts, again.statements) == ([], [])
    for both in (desk, again):
        both.minute(1, status(approved=9_000, denied=10), offset=9)
        both.until(6)
    assert desk.said[2:] == again.said == [("amended", 0, 3), ("resolved", 0, 4)]
    assert desk.judge.courses["all"].state == again.judge.courses["all"].state


def test_parts_that_are_told_again_are_to_be_stored_again() -> None:
    desk = Desk()
    desk.minutes({0: status(approved=90)}, upto=1)
    course = Course(SMALL, POLICY, "all", stored(desk), {})
    again = Desk(judge=PartitionJudge(SMALL, POLICY, courses={"all": course}))
    assert again.minute(0, status(approved=90)).scopes == {"all"}
    assert course.parts == desk.judge.courses["all"].parts
    assert course.state.offset == 1, "what is stored of the course is ahead and stays so"


def test_settled_parts_that_are_told_again_are_not_taken_in() -> None:
    desk = Desk()
    desk.minutes({0: status(approved=90), 1: status(approved=90)}, upto=7)
    assert desk.judge.courses["all"].parts == {}
    course = Course(SMALL, POLICY, "all", stored(desk))
    again = Desk(judge=PartitionJudge(SMALL, POLICY, courses={"all": course}))
    again.minute(0, status(approved=90))
    assert course.parts == {}


def test_a_recreated_input_begins_a_new_epoch_and_is_read_from_its_start() -> None:
    desk = Desk()
    desk.minutes({0: status(approved=90, denied=10)}, upto=1)
    judge = PartitionJudge(SMALL, POLICY, epoch=1, courses=desk.judge.courses)
    anew = Desk(judge=judge)
    anew.minute(1, status(approved=90, denied=10), offset=50)
    anew.until(2)
    assert anew.said == [("updated", 0, 2)]
    assert (judge.courses["all"].state.epoch, judge.courses["all"].state.offset) == (1, 1)


def test_a_part_of_a_newer_life_of_the_source_replaces_the_older_one() -> None:
    course = Course(SMALL, POLICY, "all")
    course.hear(M0, 0, Part(1, 900, status(approved=90)))
    course.hear(M0, 0, Part(2, 0, status(approved=1)))
    course.hear(M0, 0, Part(1, 950, status(approved=95)))
    assert course.parts[M0][0].counts == status(approved=1)


def test_the_marks_of_a_restart_are_those_that_were_stored() -> None:
    marks = Watermarks(1, {0: SourceMark(0, 5, at(3), idle=False)}, at(3))
    judge = PartitionJudge(SMALL, POLICY, position=5, marks=marks)
    assert judge.marks.reached_ms == at(3)
