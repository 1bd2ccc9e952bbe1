"""Where too much waits for a source partition that holds the watermark, minutes are judged without it, and not trusted.

A producer whose clock stands still, alone on a partition, is such a source: it is never idle, and never goes on.
"""

from dataclasses import replace

import msgspec

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.incidents.stream_trust import ADVICE, LEFT_OUT
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline_parts import Parts
from processors.domain.judging.timeline_state import Part
from processors.domain.watermark import NO_WATERMARK, SourceMark, Watermarks
from processors.domain.window import MINUTE_MS
from processors.stages.records import alert_of
from tests.processors.domain.build import M0, at
from tests.processors.domain.desk import POLICY, SMALL, Desk, status

SCOPES = 4
ROOM = 100
STUCK = 3
"""The minute in which the source stops going on."""


class Feed:
    """Source 0 goes on, source 1 stands still; both bring every scope. Their clock runs with event time."""

    def __init__(self, *, room: int = ROOM, speaks: bool = True, sources: int = 2) -> None:
        self.desk = Desk(judge=PartitionJudge(SMALL, POLICY, speaks=speaks, waiting=room))
        self.sources = sources
        self.minute = 0

    def bring(self, source: int, minute: int, scopes: int = SCOPES, *, now: int | None = None) -> list[int]:
        """All of a minute, and the watermark at its end; who is left out now."""
        offset = self.desk.offset + 1
        parts = [PartialMinute(M0 + minute, f"shop-{n}", offset, status(approved=90)) for n in range(scopes)]
        seen_ms = at(minute + 1 if now is None else now)
        partial = Partial(source, self.sources, 0, offset, at(minute + 1), minutes=parts, now_ms=seen_ms)
        return self.desk.tell(partial).left_out

    def run(self, upto: int, *, stuck: bool = True) -> list[tuple[int, list[int]]]:
        """Until this minute is over; when who was left out."""
        left_out = []
        for minute in range(self.minute, upto):
            moves = not stuck or minute <= STUCK
            at_once = self.bring(1, minute if moves else STUCK, now=minute + 1) + self.bring(0, minute)
            if at_once:
                left_out.append((minute, at_once))
        self.minute = upto
        return left_out

    @property
    def judged_to(self) -> int:
        """The last minute that was judged."""
        judged_to = self.desk.judge.timelines["shop-0"].state.judged_to
        assert judged_to is not None
        return judged_to - M0

    @property
    def waiting(self) -> int:
        """How many parts wait."""
        timelines = self.desk.judge.timelines.values()
        return sum(t.parts.about_after(M0 + self.judged_to) for t in timelines)

    @property
    def said(self) -> list[tuple[str, str, int]]:
        """(kind, state, since) of what was said of the stream."""
        each = (s.stated for s in self.desk.statements if s.stated.incident.dimension == "stream")
        return [(s.incident.key, s.state, s.incident.since - M0) for s in each]


def test_what_waits_has_an_end() -> None:
    feed = Feed()
    # 4 scopes a minute: after minute 28, 25 minutes of source 0 wait, which is all there is room for.
    assert feed.run(29) == []
    assert (feed.judged_to, feed.waiting) == (STUCK, ROOM)
    assert feed.run(30) == [(29, [1])]
    assert (feed.judged_to, feed.waiting) == (29, 0)
    feed.run(80)
    assert (feed.judged_to, feed.waiting) == (79, 0)


def test_it_is_paged_once_with_where_and_what_to_do() -> None:
    feed = Feed()
    feed.run(60)
    assert [each for each in feed.said if each[0] == LEFT_OUT] == [(LEFT_OUT, "firing", STUCK + 1)]
    (statement,) = [s for s in feed.desk.statements if s.stated.incident.key == LEFT_OUT]
    alert = alert_of(statement, SMALL, 1)
    assert (alert.severity, alert.recommendation) == ("critical", ADVICE[LEFT_OUT])
    assert "source partition 1 stands still" in alert.summary


def test_minutes_without_it_are_not_trusted() -> None:
    feed = Feed()
    feed.run(40)
    words = {v.verdict.minute - M0: v.verdict.verdict for v in feed.desk.verdicts if v.verdict.key == "approved"}
    assert {word for minute, word in words.items() if minute > STUCK} == {"unknown"}
    assert "unknown" not in {word for minute, word in words.items() if minute <= STUCK}


def test_a_source_that_comes_as_far_as_the_others_is_waited_for_again() -> None:
    feed = Feed()
    feed.run(40)
    feed.bring(1, 20, now=40)
    assert feed.desk.judge.marks.left_out == {1: at(STUCK + 1)}, "it has come a part of the way"
    late = {minute for _, minute in feed.desk.too_late}
    assert late == {STUCK, 20}, "what is settled goes to the topic of late records"
    feed.bring(1, 39, now=41)
    assert feed.desk.judge.marks.left_out == {}
    assert feed.said[-1] == (LEFT_OUT, "resolved", STUCK + 1)
    feed.bring(0, 40)
    assert feed.judged_to == 39
    feed.bring(1, 40)
    assert feed.judged_to == 40


def test_what_lags_is_not_said_to_hold_up_the_others_while_it_is_left_out() -> None:
    feed = Feed()
    feed.run(60)
    assert feed.said == [
        ("lagging", "firing", STUCK + 1),
        ("lagging", "resolved", STUCK + 1),
        (LEFT_OUT, "firing", STUCK + 1),
    ] or feed.said == [
        ("lagging", "firing", STUCK + 1),
        (LEFT_OUT, "firing", STUCK + 1),
        ("lagging", "resolved", STUCK + 1),
    ]


def test_a_backlog_for_which_there_is_room_is_waited_for() -> None:
    feed = Feed(room=SCOPES * 120)
    assert feed.run(120) == []
    for minute in range(STUCK + 1, 120):
        feed.bring(1, minute, now=120)
    assert feed.judged_to == 119
    assert feed.desk.too_late == []
    assert all(v.verdict.verdict != "unknown" for v in feed.desk.verdicts)


def test_each_judge_says_so_for_itself() -> None:
    feed = Feed(speaks=False)
    feed.run(60)
    assert feed.said == [(LEFT_OUT, "firing", STUCK + 1)]


def test_a_source_that_has_never_spoken_is_left_out_too() -> None:
    feed = Feed(sources=3)
    left_out = feed.run(40, stuck=False)
    # No minute was judged of these scopes: each takes as much as three parts more.
    assert left_out == [(11, [2])]
    assert feed.judged_to == 39
    assert feed.said == [(LEFT_OUT, "firing", 0)]


def test_scopes_by_the_thousand_are_what_waits_as_well() -> None:
    feed = Feed(room=1000)
    feed.run(STUCK + 1)
    left_out = [feed.bring(0, STUCK + 1 + n, scopes=SCOPES + 100 * (n + 1)) for n in range(6)]
    assert left_out[:4] == [[], [], [], []], "few minutes are always waited for"
    assert [1] in left_out[4:]


def test_the_records_decide_and_not_when_a_worker_began() -> None:
    feed, other = Feed(), Feed()
    for minute in range(60):
        feed.run(minute + 1)
        judge = other.desk.judge
        again = PartitionJudge(
            SMALL,
            POLICY,
            epoch=judge.epoch,
            position=judge.position,
            marks=msgspec.msgpack.decode(msgspec.msgpack.encode(judge.marks), type=Watermarks),
            timelines=judge.timelines,
            watch=judge.watch,
            speaks=True,
            waiting=ROOM,
        )
        other.desk.judge = again
        other.run(minute + 1)
    assert other.said == feed.said
    assert other.desk.verdicts == feed.desk.verdicts


def test_marks_that_were_stored_before_sources_could_be_left_out_are_read() -> None:
    marks = {"sources": 1, "marks": {}, "reached_ms": 5, "older": {}}
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(marks), type=Watermarks) == Watermarks(1, {}, 5)


def test_about_as_many_parts_wait_as_the_fuller_of_the_first_and_the_last_minute_has() -> None:
    parts = Parts()
    for minute, sources in ((1, 1), (2, 3), (5, 2), (9, 1)):
        for source in range(sources):
            parts.put(minute, source, Part(0, 1, status(approved=1)))
    assert [parts.about_after(minute) for minute in (0, 1, 2, 5, 9)] == [4, 9, 4, 1, 0]
    parts.pack(5)
    assert parts.about_after(2) == 4


# --- watermarks -------------------------------------------------------------------------------------------------------


def marked(*at_minutes: int | None) -> Watermarks:
    """Sources that have come so far; None: it has not spoken."""
    marks = Watermarks()
    for source, minute in enumerate(at_minutes):
        if minute is not None:
            marks.hear(source, len(at_minutes), SourceMark(0, 1, minute * MINUTE_MS, idle=False))
    return marks


def test_one_after_the_other_is_left_out_but_the_foremost() -> None:
    marks = marked(1, 9, 5, 1)
    assert (marks.holders(), marks.leave_out(0), marks.reached_ms) == ([0, 3], True, 5 * MINUTE_MS)
    assert (marks.holders(), marks.leave_out(7), marks.reached_ms) == ([2], True, 9 * MINUTE_MS)
    assert (marks.holders(), marks.leave_out(9), marks.reached_ms) == ([1], False, 9 * MINUTE_MS)
    assert marks.left_out == {0: 0, 2: 7, 3: 0}


def test_who_has_not_spoken_holds_first() -> None:
    marks = marked(3, None, 8)
    assert (marks.reached_ms, marks.holders(), marks.leave_out(0)) == (-1, [1], True)
    assert (marks.reached_ms, marks.holders()) == (3 * MINUTE_MS, [0])


def test_nobody_is_left_out_where_nobody_has_spoken() -> None:
    marks = Watermarks(2)
    assert (marks.holders(), marks.leave_out(0)) == ([0, 1], False)


def test_an_idle_source_does_not_look_at_who_is_left_out() -> None:
    marks = marked(1, 9, 9)
    marks.leave_out(0)
    idle = SourceMark(0, 1, 9 * MINUTE_MS, idle=True)
    marks.hear(2, 3, idle)
    marks.hear(1, 3, SourceMark(0, 2, 20 * MINUTE_MS, idle=False))
    for _ in range(2):
        marks.hear(2, 3, idle)
    assert marks.reached_ms == 20 * MINUTE_MS


def test_one_that_is_idle_and_lets_the_others_go_is_not_left_out_any_more() -> None:
    marks = marked(1, 9)
    marks.leave_out(0)
    idle = SourceMark(0, 1, MINUTE_MS, idle=True)
    marks.hear(0, 2, idle)
    assert marks.left_out == {0: 0}
    marks.hear(0, 2, replace(idle))
    assert marks.left_out == {}


def test_a_partition_that_holds_no_records_lets_the_others_go_when_one_that_stood_still_is_left_out() -> None:
    """It was idle all the time, and went no further than who stood still."""
    marks = marked(30, 1, None)
    for _ in range(3):
        marks.hear(2, 3, SourceMark(0, -1, NO_WATERMARK, idle=True))
    assert (marks.reached_ms, marks.holders()) == (MINUTE_MS, [1, 2])
    assert marks.leave_out(0)
    assert (marks.left_out, marks.holders()) == ({1: 0}, [2])
    assert marks.leave_out(0)
    assert (marks.left_out, marks.reached_ms) == ({1: 0}, 30 * MINUTE_MS)
    assert not marks.leave_out(0)


def test_idle_ones_that_cannot_let_go_any_further_end_it() -> None:
    marks = Watermarks(2)
    marks.marks = {0: SourceMark(0, 1, 1, idle=True, granted_ms=5), 1: SourceMark(0, 1, 2, idle=True, granted_ms=9)}
    marks.reached_ms = 5
    assert not marks.leave_out(0)
    assert (marks.left_out, marks.reached_ms) == ({}, 5)
