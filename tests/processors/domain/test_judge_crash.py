"""A judge that crashes anywhere says, all in all, what one says that never crashed: word for word."""

from copy import deepcopy
from dataclasses import dataclass, field

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import Part, Timeline, TimelineState
from processors.domain.judging.timeline_parts import Parts
from processors.domain.watermark import SourceMark, Watermarks
from tests.processors.domain.build import M0, PROPERTY, at
from tests.processors.domain.desk import MIXED, POLICY, SMALL, Desk, status
from tests.processors.domain.hearings import TIGHT, Said, Told, acknowledged, chunks, inputs, said_by


@dataclass
class Shelf:
    """What is stored of a judge, as the stream stores it: all of it together, as it was after one record."""

    timelines: dict[str, tuple[TimelineState, Parts]] = field(default_factory=dict)
    position: int = -1
    marks: Watermarks = field(default_factory=Watermarks)

    def restarted(self) -> PartitionJudge:
        """The judge that finds this shelf."""
        timelines = {
            scope: Timeline(MIXED, TIGHT, scope, written_and_read(state), copied(parts))
            for scope, (state, parts) in self.timelines.items()
        }
        return PartitionJudge(MIXED, TIGHT, position=self.position, marks=deepcopy(self.marks), timelines=timelines)

    def store(self, judge: PartitionJudge) -> None:
        """Take in what has changed."""
        for scope in judge.take_changed():
            timeline = judge.timelines[scope]
            self.timelines[scope] = written_and_read(timeline.state), copied(timeline.parts)
        self.position, self.marks = judge.position, deepcopy(judge.marks)


def written_and_read(state: TimelineState) -> TimelineState:
    """A state as it comes back from JSON."""
    return msgspec.json.decode(msgspec.json.encode(state), type=TimelineState)


def copied(parts: Parts) -> Parts:
    """Parts as they come back from the changelog: packed."""
    return Parts({minute: parts.packed(minute) for minute in parts.between(-1, 1 << 40)})


def work(judge: PartitionJudge, shelf: Shelf, chunk: list[tuple[int, Told]], *, is_stored: bool = True) -> Said:
    """Apply a chunk and store what came of it, or crash before. What was published."""
    said: Said = set()
    for offset, told in chunk:
        said |= said_by(judge, offset, told)
    if is_stored:
        shelf.store(judge)
    return said


@settings(PROPERTY, max_examples=80)
@given(inputs(), st.data())
def test_whatever_was_stored_when_it_crashed_the_same_is_said_under_the_same_ids(
    records: list[tuple[int, Told]], data: st.DataObject
) -> None:
    for _ in range(data.draw(st.integers(0, 2), label="acknowledgements")):
        records = acknowledged(data, [told for _, told in records])
    truth = work(PartitionJudge(MIXED, TIGHT), Shelf(), records)
    shelf, said = Shelf(), set()
    for _ in range(data.draw(st.integers(1, 3), label="crashes")):
        judge = shelf.restarted()
        ahead = chunks(data, records[shelf.position + 1 :])
        crash_in = data.draw(st.integers(0, len(ahead)), label="in chunk")
        for i, chunk in enumerate(ahead[: crash_in + 1]):
            said |= work(judge, shelf, chunk, is_stored=i < crash_in)
    said |= work(shelf.restarted(), shelf, records[shelf.position + 1 :])
    assert said == truth


def test_a_record_that_is_in_does_nothing() -> None:
    desk = Desk()
    desk.minutes({0: status(failed=9)}, upto=1)
    record = Partial(0, 1, 0, 7, at(9), minutes=[PartialMinute(M0 + 1, "all", 7, status(failed=9))])
    for offset in (0, 1):
        step = desk.judge.apply(offset, record)
        assert (step.outcomes, step.scopes, step.too_late) == ([], set(), [])
    assert desk.judge.position == 1
    assert desk.judge.marks.reached_ms == at(1)


def restarted(desk: Desk) -> Desk:
    """A desk that finds all that this one has stored."""
    (timeline,) = desk.judge.timelines.values()
    again = Timeline(SMALL, POLICY, "all", written_and_read(timeline.state), copied(timeline.parts))
    judge = PartitionJudge(
        SMALL, POLICY, position=desk.judge.position, marks=deepcopy(desk.judge.marks), timelines={"all": again}
    )
    return Desk(judge=judge)


def test_after_a_restart_late_data_mend_what_was_said_before_it() -> None:
    desk = Desk()
    desk.minutes({0: status(approved=90, denied=10), 1: status(approved=90, denied=10)}, upto=2)
    assert [s for s, _, _ in desk.said] == ["firing", "updated"]
    again = restarted(desk)
    for both in (desk, again):
        both.minute(1, status(approved=9_000, denied=10), offset=9)
        both.until(6)
    assert desk.said[2:] == again.said == [("amended", 0, 3), ("resolved", 0, 4)]
    assert desk.judge.timelines["all"].state == again.judge.timelines["all"].state


def test_a_restart_says_nothing_by_itself() -> None:
    desk = Desk()
    desk.minutes({0: status(approved=90, denied=10), 1: status(approved=90, denied=10)}, upto=2)
    again = restarted(desk)
    again.minute(2, status(approved=90), offset=9)
    assert (again.verdicts, again.statements) == ([], [])
    again.until(3)
    assert {v.verdict.minute for v in again.verdicts} == {M0 + 2}


def test_a_recreated_input_begins_a_new_epoch_and_is_read_from_its_start() -> None:
    desk = Desk()
    desk.minutes({0: status(approved=90, denied=10)}, upto=1)
    judge = PartitionJudge(SMALL, POLICY, epoch=1, timelines=desk.judge.timelines)
    anew = Desk(judge=judge)
    anew.minute(1, status(approved=90, denied=10), offset=50)
    anew.until(2)
    assert anew.said == [("updated", 0, 2)]
    assert (judge.epoch, judge.position) == (1, 1)


def test_a_part_of_a_newer_life_of_the_source_replaces_the_older_one() -> None:
    timeline = Timeline(SMALL, POLICY, "all")
    timeline.hear(M0, 0, Part(1, 900, status(approved=90)))
    timeline.hear(M0, 0, Part(2, 0, status(approved=1)))
    timeline.hear(M0, 0, Part(1, 950, status(approved=95)))
    assert timeline.parts.at(M0)[0].counts == status(approved=1)


def test_the_marks_of_a_restart_are_those_that_were_stored() -> None:
    marks = Watermarks(1, {0: SourceMark(0, 5, at(3), idle=False)}, at(3))
    judge = PartitionJudge(SMALL, POLICY, position=5, marks=marks)
    assert judge.marks.reached_ms == at(3)
