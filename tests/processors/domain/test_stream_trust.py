"""A stream that cannot be trusted is told apart from an outage: once, with its cause, and never as all clear."""

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.incidents.stream_trust import ADVICE, KEPT, Watch, blinded
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.window import MINUTE_MS
from processors.stages.records import alert_of
from tests.processors.domain.build import M0, PROPERTY, at
from tests.processors.domain.desk import POLICY, SMALL, Desk, status

RATE = 10
"""Records a second of each source."""
LATE_MS = 5_000
SOME = settings(PROPERTY, max_examples=12)
"""Each example is a story of minutes that is judged."""


class Stream:
    """Sources that are followed live; seconds since the beginning of the tests."""

    def __init__(self, sources: int = 2, *, speaks: bool = True, behind_s: int = 0) -> None:
        self.desk = Desk(judge=PartitionJudge(SMALL, POLICY, speaks=speaks))
        self.sources = sources
        self.behind_s = behind_s
        self.offsets = dict.fromkeys(range(sources), 0)
        self.second = 0

    def look(self, source: int, *, idle: bool = False, event_s: float | None = None, failed: int = 0) -> None:
        """The count stage looks at a source: it brings what came since, or is idle."""
        event_s = self.second - self.behind_s if event_s is None else event_s
        minute = int(event_s // 60)
        parts = [] if idle else [self._part(minute, failed)]
        partial = Partial(
            source,
            self.sources,
            0,
            self.offsets[source],
            at(0, event_s) - LATE_MS,
            idle,
            parts,
            now_ms=at(0, self.second),
        )
        self.desk.tell(partial)

    def _part(self, minute: int, failed: int) -> PartialMinute:
        return PartialMinute(M0 + minute, "all", self.desk.offset + 1, status(approved=100, failed=failed))

    def flow(self, seconds: int, *, silent: frozenset[int] = frozenset(), failed: int = 0) -> None:
        """Every five seconds each source is looked at; the silent ones bring nothing and are idle after ten seconds."""
        for second in range(self.second + 5, self.second + seconds + 5, 5):
            self.second = second
            for source in range(self.sources):
                if source in silent:
                    self.look(source, idle=True, event_s=self.heard[source])
                else:
                    self.offsets[source] += 5 * RATE
                    self.heard[source] = second - self.behind_s
                    self.look(source, failed=failed)

    @property
    def heard(self) -> dict[int, float]:
        """When each source was last heard, in event time."""
        self._heard: dict[int, float] = getattr(self, "_heard", {})
        return self._heard

    @property
    def told(self) -> list[tuple[str, str]]:
        """(kind, state) of what was said of the stream."""
        return [
            (s.stated.incident.key, s.stated.state)
            for s in self.desk.statements
            if s.stated.incident.dimension == "stream"
        ]


EVERY = frozenset({0, 1})


def live(sources: int = 2) -> Stream:
    stream = Stream(sources)
    stream.flow(180)
    assert stream.told == []
    return stream


def test_a_stream_that_flows_is_never_blind() -> None:
    stream = live()
    stream.flow(600)
    assert stream.told == []


def test_when_no_source_speaks_that_is_said_once_and_not_as_an_outage() -> None:
    stream = live()
    stream.flow(600, silent=EVERY)
    assert stream.told == [("silent", "firing")]
    assert [s.stated.incident.key for s in stream.desk.statements] == ["silent"]


def test_silence_is_told_within_two_minutes() -> None:
    stream = live()
    stream.flow(65, silent=EVERY)
    assert stream.told == [("silent", "firing")]


def test_less_silence_than_chance_may_bring_is_nothing() -> None:
    stream = live()
    stream.flow(50, silent=EVERY)
    assert stream.told == []


def test_when_sources_speak_again_one_after_the_other_none_of_them_is_missed() -> None:
    stream = live()
    stream.flow(100, silent=EVERY)
    stream.flow(30)
    assert stream.told == [("silent", "firing"), ("silent", "resolved")]


def test_one_that_does_not_come_back_with_the_others_is_missed_a_minute_later() -> None:
    stream = live()
    stream.flow(100, silent=EVERY)
    stream.flow(50, silent=frozenset({0}))
    assert stream.told[-1] == ("silent", "resolved")
    stream.flow(20, silent=frozenset({0}))
    assert stream.told[-1] == ("source_silent", "firing")


def test_one_source_that_falls_silent_is_named() -> None:
    stream = live()
    stream.flow(120, silent=frozenset({1}))
    assert stream.told == [("source_silent", "firing")]
    assert "source partition 1" in stream.desk.statements[-1].stated.incident.because[0]


def test_a_source_that_never_brought_anything_is_not_missed() -> None:
    stream = Stream()
    stream.heard[1] = 0
    stream.flow(900, silent=frozenset({1}))
    assert stream.told == []


def test_when_the_source_comes_back_it_is_over() -> None:
    stream = live()
    stream.flow(120, silent=frozenset({1}))
    stream.flow(30)
    assert stream.told == [("source_silent", "firing"), ("source_silent", "resolved")]
    assert [s.stated.revision for s in stream.desk.statements] == [1, 2]


def test_minutes_while_a_source_is_silent_are_unknown_and_open_nothing() -> None:
    stream = live()
    stream.flow(120, silent=frozenset({1}))
    stream.flow(120, silent=frozenset({1}), failed=20)
    words = stream.desk.words("failed")
    blind = stream.desk.judge.watch.stretches[0].since - M0
    assert words[blind - 1] != "unknown"
    assert {word for minute, word in words.items() if minute >= blind} == {"unknown"}
    assert [s.stated.incident.dimension for s in stream.desk.statements] == ["stream"]


def test_what_is_still_wrong_when_it_is_over_pages_then() -> None:
    stream = live()
    stream.flow(120, silent=frozenset({1}))
    stream.flow(60, silent=frozenset({1}), failed=20)
    stream.flow(240, failed=20)
    keys = [(s.stated.incident.key, s.stated.state) for s in stream.desk.statements]
    assert keys[:3] == [("source_silent", "firing"), ("source_silent", "resolved"), ("failed", "firing")]


def test_an_incident_that_was_open_is_not_all_clear_while_blind() -> None:
    stream = live()
    stream.flow(120, failed=20)
    stream.flow(400, silent=frozenset({1}))
    states = [s.stated.state for s in stream.desk.statements if s.stated.incident.key == "failed"]
    assert states[0] == "firing"
    assert "resolved" not in states


def fallen_behind() -> Stream:
    """A live stream of which nothing was read for five minutes, and then for a quarter of one only what is old."""
    stream = live()
    stream.second += 300
    for _ in range(4):
        stream.offsets[0] += 50
        stream.look(0, event_s=stream.second - 290)
        stream.second += 5
    return stream


def test_a_live_stream_whose_reader_falls_behind_says_so_and_judges_on() -> None:
    stream = fallen_behind()
    assert stream.told == [("lagging", "firing")]
    assert not stream.desk.judge.watch.is_blind(M0 + 5)
    stream.offsets[0] += 100
    stream.second += 5
    stream.look(0)
    stream.look(1)
    assert stream.told[-1] == ("lagging", "resolved")


def test_while_it_still_lags_it_is_not_over() -> None:
    stream = fallen_behind()
    stream.look(0, event_s=stream.second - 120)
    assert stream.told == [("lagging", "firing")]


def test_history_that_is_replayed_is_neither_late_nor_silent() -> None:
    stream = Stream(behind_s=400 * 86_400)
    stream.flow(300)
    stream.flow(600, silent=EVERY)
    assert stream.told == []


def test_events_from_the_future_are_the_clock_of_a_source() -> None:
    stream = live()
    stream.second += 5
    stream.offsets[1] += 50
    stream.look(1, event_s=stream.second + 200)
    assert stream.told == [("clock_skew", "firing")]
    stream.second += 200
    stream.look(1, event_s=stream.second)
    assert stream.told[-1] == ("clock_skew", "resolved")


def test_a_row_of_the_minute_that_runs_is_not_from_the_future() -> None:
    stream = live()
    stream.second += 5
    stream.look(1, event_s=stream.second + 60)
    assert stream.told == []


def test_the_rate_of_a_source_that_is_looked_at_often_is_taken_over_seconds() -> None:
    stream = live()
    for _ in range(10):
        stream.second += 1
        stream.offsets[0] += RATE
        stream.look(0)
    assert stream.desk.judge.watch.sights[0].rate == pytest.approx(RATE)


def test_only_one_of_the_judges_of_a_stream_speaks_but_all_know() -> None:
    stream = Stream(speaks=False)
    stream.flow(180)
    stream.flow(120, silent=frozenset({1}))
    assert stream.told == []
    assert stream.desk.judge.watch.is_blind(M0 + 4)


def test_a_clock_that_steps_back_changes_nothing() -> None:
    stream = live()
    before = dict(stream.desk.judge.watch.sights)
    stream.second -= 60
    stream.look(0)
    assert stream.desk.judge.watch.sights == before


def test_after_a_restart_what_was_said_is_known() -> None:
    stream = live()
    stream.flow(120, silent=frozenset({1}))
    stored = msgspec.json.encode(stream.desk.judge.watch)
    assert msgspec.json.decode(stored, type=Watch) == stream.desk.judge.watch


def test_stretches_of_long_ago_are_forgotten() -> None:
    watch = Watch()
    stream = live()
    stream.flow(120, silent=frozenset({1}))
    stream.flow(30)
    watch = stream.desk.judge.watch
    assert len(watch.stretches) == 1
    assert list(watch.conclude((watch.stretches[0].until or 0) * MINUTE_MS + KEPT * MINUTE_MS)) == []
    assert watch.stretches == []


@pytest.mark.parametrize("kind", sorted(ADVICE))
def test_each_kind_says_what_to_do(kind: str) -> None:
    from processors.domain.judging.timeline import StatedIncident, Statement

    alert = alert_of(Statement(StatedIncident(1, "firing", blinded("all", kind, M0)), M0), SMALL, 1)
    assert alert.recommendation == ADVICE[kind]
    assert alert.dimension == "stream"
    assert alert.summary
    assert alert.runbook == "floodmark runbook stream"


@SOME
@given(
    st.integers(70, 900),
    st.sampled_from([frozenset({0}), EVERY]),
    st.lists(st.sampled_from(["nothing", "late record"]), max_size=3),
)
@example(300, EVERY, ["nothing"])
@example(300, EVERY, ["late record"])
def test_a_source_that_wakes_is_not_behind_whatever_it_says_first(
    silent_s: int, silent: frozenset[int], first: list[str]
) -> None:
    stream = live()
    stream.flow(silent_s, silent=silent)
    before = [told for told in stream.told if told[0] == "lagging"]
    for word in first:
        stream.second += 1
        stream.offsets[0] += word == "late record"
        stream.look(0, event_s=stream.heard[0])
    stream.flow(60)
    assert before == [told for told in stream.told if told[0] == "lagging"] == []


@SOME
@given(st.integers(70, 900), st.integers(1, 14))
@example(300, 2)
def test_what_came_while_nobody_looked_and_is_read_within_seconds_is_no_lag(away_s: int, seconds: int) -> None:
    """The broker or all workers were away; the first records are as old as that, the last ones are new."""
    stream = live()
    began, left = stream.second + away_s, stream.second
    for second in range(seconds):
        stream.second = began + second
        for source in range(stream.sources):
            stream.offsets[source] += away_s * RATE // seconds
            stream.look(source, event_s=left + away_s * second / seconds)
    stream.flow(60)
    assert [told for told in stream.told if told[0] == "lagging"] == []


def test_what_came_while_nobody_looked_and_takes_long_to_read_is_lag() -> None:
    stream = live()
    left = stream.second
    for second in range(0, 20, 5):
        stream.second = left + 900 + second
        stream.offsets[0] += 50
        stream.look(0, event_s=left + second)
        stream.look(1)
        assert stream.told == ([("lagging", "firing")] if second >= 15 else [])


def test_a_source_that_wakes_and_goes_on_bringing_what_is_old_is_behind() -> None:
    stream = live()
    stream.flow(50, silent=frozenset({0}))
    since = stream.second + 5
    for second in range(since, since + 20, 5):
        stream.second = second
        stream.offsets[0] += 50
        stream.look(0, event_s=second - 240)
        stream.look(1)
        assert stream.told == ([("lagging", "firing")] if second - since >= 15 else [])


def test_a_source_that_comes_late_is_named_told_once_and_over_once() -> None:
    stream = live()
    for _ in range(60):
        stream.second += 5
        for source, behind_s in ((0, 0), (1, 290)):
            stream.offsets[source] += 5 * RATE
            stream.look(source, event_s=stream.second - behind_s)
    assert stream.told == [("lagging", "firing")]
    assert stream.desk.statements[-1].stated.incident.because == (
        "what source partition 1 brings lies minutes behind the clock, the others do not: all minutes wait for it, and "
        "what is told of the present is old",
    )
    stream.flow(60)
    assert stream.told == [("lagging", "firing"), ("lagging", "resolved")]


def test_a_second_source_that_falls_silent_is_named_too_and_all_is_over_once() -> None:
    stream = live(3)
    stream.flow(180, silent=frozenset({0}))
    stream.flow(180, silent=frozenset({0, 2}))
    stream.flow(300, silent=frozenset({0, 2}))
    assert stream.told == [("source_silent", "firing"), ("source_silent", "updated")]
    assert [text[:18] for text in stream.desk.statements[-1].stated.incident.because] == [
        "source partition 0",
        "source partition 2",
    ]
    stream.flow(60, silent=frozenset({2}))
    assert stream.told[2:] == []
    stream.flow(60)
    assert stream.told[2:] == [("source_silent", "resolved")]
