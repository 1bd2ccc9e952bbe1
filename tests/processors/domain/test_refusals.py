"""When much of a source cannot be read, that is said once, with the reason and an example, and minutes are unknown."""

import msgspec
import pytest

from processors.domain.counting.partial import Partial, PartialMinute
from processors.domain.incidents.refusals import KNOWN_MS, LASTS_MS, OVER, SAMPLE, Refusals, RefusedCount, example
from processors.domain.incidents.stream_trust import ADVICE, Watch
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.window import MINUTE_MS
from processors.stages.records import alert_of
from tests.processors.domain.build import M0, at
from tests.processors.domain.desk import POLICY, SMALL, Desk, status

COUNTS = RefusedCount(0, 0, "type", "count", 'transactions/1@7 {"count":1.0}')


class Source:
    """A source that is read every ten seconds; seconds since its beginning."""

    def __init__(self, share: float = 0.2) -> None:
        self.refusals = Refusals(share)
        self.second = 0

    def read(self, seconds: int, records: int, refused: int) -> "Source":
        for _ in range(seconds // 10):
            self.second += 10
            self.refusals.note(at(0, self.second), records, refused, COUNTS)
        return self

    def word(self, judge: int = 0) -> RefusedCount | None:
        return self.refusals.word(judge, at(0, self.second))


def test_a_source_of_which_all_can_be_read_says_nothing_for_long() -> None:
    assert Source().read(KNOWN_MS // 1000 - 10, 100, 0).word() is None


def test_a_share_above_the_limit_is_told_when_it_has_lasted_and_not_before() -> None:
    source = Source().read(600, 100, 0)
    source.word()
    source.read(LASTS_MS // 1000, 100, 100)
    assert source.word() is None, "the share of five minutes was too high for less than two"
    told = source.read(70, 100, 100).word()
    assert told == RefusedCount(1900, 2600, "type", "count", COUNTS.sample)
    assert told.words == (
        '1,900 of the last 2,600 records were put aside, as type in count: transactions/1@7 {"count":1.0}'
    )


def test_all_refused_from_the_beginning_is_told_after_two_minutes() -> None:
    source = Source().read(130, 8, 8)
    assert source.word() is None, "eight are chance, so it counts from the second time"
    told = source.read(10, 8, 8).word()
    assert told is not None
    assert (told.refused, told.records) == (112, 112)


@pytest.mark.parametrize(("share", "refused", "is_told"), [(0.2, 19, False), (0.2, 20, True), (0.5, 49, False)])
def test_the_limit_is_a_setting_and_itself_too_much(share: float, refused: int, *, is_told: bool) -> None:
    assert (Source(share).read(400, 100, refused).word() is not None) == is_told


def test_a_few_refused_records_are_chance_whatever_their_share() -> None:
    source = Source().read(10, 9, 9).read(300, 0, 0)
    assert source.word() is None


def test_every_judge_is_told_as_long_as_it_lasts_and_once_that_it_is_over() -> None:
    source = Source().read(200, 100, 100)
    assert source.word(0) is not None
    assert source.word(0) is not None
    source.read(300, 100, 10)
    assert source.word(0) is not None, "half of the limit is still too much"
    source.read(600, 100, 0)
    assert [source.word(judge) for judge in (0, 1, 0, 1)] == [OVER, OVER, None, None]


def test_a_source_of_which_nothing_comes_any_more_stays_as_it_was() -> None:
    source = Source().read(200, 100, 100)
    source.second += 3600
    assert source.word() is not None
    assert source.read(10, 100, 0).word() == OVER


def test_a_worker_that_has_just_started_does_not_say_that_it_is_over() -> None:
    source = Source().read(60, 100, 0)
    assert source.word() is None
    assert source.read(KNOWN_MS // 1000, 100, 0).word() == OVER


def test_a_clock_that_is_set_back_does_not_hold_up_what_is_told() -> None:
    source = Source().read(120, 100, 100)
    source.second -= 3600
    assert source.read(130, 100, 100).word() is not None


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (None, "t/1@7 null"),
        (b'{"count":1.0}', 't/1@7 {"count":1.0}'),
        (b"\xff\x1b[31m\xe2\x80\xae", "t/1@7 \\xff\\x1b[31m\\u202e"),
        (b"x" * SAMPLE, "t/1@7 " + "x" * SAMPLE),
        (b"x" * (SAMPLE + 1), "t/1@7 " + "x" * SAMPLE + "…"),
        (b"x" * 10**6, "t/1@7 " + "x" * SAMPLE + "…"),
    ],
)
def test_an_example_is_short_and_steers_no_terminal(raw: bytes | None, shown: str) -> None:
    assert example("t/1@7", raw) == shown


class Stream:
    """Two sources that are followed live, each looked at every five seconds."""

    def __init__(self) -> None:
        self.desk = Desk(judge=PartitionJudge(SMALL, POLICY, speaks=True))
        self.second = 0
        self.offset = 0

    def flow(self, seconds: int, word: RefusedCount | None = None, *, reads: bool = True) -> "Stream":
        """Source 1 says this; without `reads` it brings records and none that can be read."""
        for _ in range(seconds // 5):
            self.second += 5
            self.offset += 50
            for source in (0, 1):
                is_good = reads or source == 0
                if is_good:
                    self.read_to = {**getattr(self, "read_to", {}), source: self.second}
                minutes = [
                    PartialMinute(M0 + self.second // 60, "all", self.desk.offset + 1, status(approved=100, failed=0))
                ]
                self.desk.tell(
                    Partial(
                        source,
                        2,
                        0,
                        self.offset,
                        at(0, self.read_to.get(source, -3600)) - 5_000,
                        minutes=minutes if is_good else [],
                        now_ms=at(0, self.second),
                        refused=word if source == 1 else None,
                    )
                )
        return self

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(s.stated.incident.key, s.stated.state) for s in self.desk.statements]


MUCH = RefusedCount(95, 100, "type", "count", COUNTS.sample)


def test_it_is_paged_as_blind_with_the_reason_the_field_and_an_example() -> None:
    stream = Stream().flow(180).flow(60, MUCH)
    assert stream.told == [("refused", "firing")]
    incident = stream.desk.statements[0].stated.incident
    assert (incident.severity, incident.dimension) == ("critical", "stream")
    assert incident.because == (
        "much of what source partition 1 brings cannot be read, and is not counted: 95 of the last 100 records were "
        'put aside, as type in count: transactions/1@7 {"count":1.0}',
    )
    alert = alert_of(stream.desk.statements[0], SMALL, 7)
    assert alert.recommendation == ADVICE["refused"]
    assert "1.0" in alert.summary


def test_a_source_that_brings_nothing_readable_is_not_taken_for_a_slow_reader() -> None:
    stream = Stream().flow(180).flow(120, reads=False).flow(600, MUCH, reads=False)
    assert stream.told == [("refused", "firing")]


def test_minutes_are_unknown_meanwhile_and_it_is_over_when_the_source_says_so() -> None:
    stream = Stream().flow(180).flow(300, MUCH)
    watch = stream.desk.judge.watch
    assert watch.is_blind(M0 + 5)
    stream.flow(60)
    assert stream.told == [("refused", "firing")], "no news is no end"
    stream.flow(5, OVER).flow(300)
    assert stream.told == [("refused", "firing"), ("refused", "resolved")]
    assert not watch.is_blind(M0 + (stream.second // 60))


def test_where_nothing_could_ever_be_read_the_minute_is_that_of_the_clock() -> None:
    watch = Watch()
    watch.look(0, 50, at(9), -5_000, idle=False)
    watch.refuse(0, at(9), MUCH)
    ((step, incident),) = watch.conclude(-1)
    assert (step, incident.since, incident.opened) == ("firing", M0 + 9, M0 + 9)
    watch.look(0, 60, at(10), at(10), idle=False)
    watch.refuse(0, at(10), OVER)
    ((step, incident),) = watch.conclude(at(8))
    assert (step, incident.judged) == ("resolved", M0 + 10)


def test_an_older_word_changes_nothing() -> None:
    watch = Watch()
    watch.look(0, 50, at(9), at(9), idle=False)
    watch.look(0, 40, at(8), at(8), idle=False)
    watch.refuse(0, at(8), MUCH)
    assert watch.sights[0].refused is None


def test_what_is_known_of_it_is_stored_with_the_rest_and_states_of_before_are_read() -> None:
    watch = Stream().flow(180).flow(60, MUCH).desk.judge.watch
    encoded = msgspec.msgpack.encode(watch)
    assert msgspec.msgpack.decode(encoded, type=Watch) == watch
    before = msgspec.to_builtins(watch)
    for sight in before["sights"].values():
        del sight["refused"]
    assert msgspec.convert(before, Watch).sights[1].refused is None


def test_the_window_is_whole_minutes_of_the_clock() -> None:
    refusals = Refusals()
    for minute in range(6):
        refusals.note(minute * MINUTE_MS, 100, 100, COUNTS)
    told = refusals.word(0, 5 * MINUTE_MS)
    assert told is not None
    assert (told.refused, told.records) == (500, 500)
