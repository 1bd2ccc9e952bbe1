"""How single messages are delivered: order, whose fault a failure is, what is committed, and the past."""

import random
import threading
from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from schemas.dead_letter import FOR_SINK
from sinks.backoff import Backoff
from sinks.delivery.channel import Rejected, Terms
from sinks.delivery.crew import Crew
from sinks.delivery.ledger import Ledger, Place
from sinks.delivery.loop import Delivery
from sinks.delivery.notes import MAX_NOTES, Done, noted, read
from sinks.delivery.standing import Standing
from sinks.metrics import Metrics
from sinks.protocol import Busy, Entry, Partition, Record, Refusal, Trouble
from tests.sinks.sink_kit import ALERTS, AT_MS, Bench, FakeAside, FakeSource, plain

OTHER = Partition("alerts", 1)
MINUTE_MS = 60_000


def said(offset: int, lane: str, word: str = "more", age_min: int = 0, partition: Partition = ALERTS) -> Record:
    """A message: `first`, `more` or `last` of its lane, of so many minutes ago."""
    return plain(offset, f"{lane} {word} {AT_MS - age_min * MINUTE_MS}".encode(), partition)


class Told:
    """A channel that keeps what it gets. `answers` are raised by the next tries of a lane, one each."""

    name = "told"

    def __init__(self, terms: Terms | None = None) -> None:
        self.terms = terms or Terms()
        self.answers: dict[str, list[Exception]] = {}
        self.always: dict[str, Exception] = {}
        self.got: list[str] = []
        self.tried: list[str] = []
        self.unwanted: set[str] = set()
        self.while_sending: Callable[[], object] = lambda: None

    def read(self, record: Record) -> Entry[str] | None:
        if record.value is None:
            return None
        lane, word, at = record.value.decode().split()
        return Entry(record, f"{lane} {word} {record.offset}", int(at))

    def lane(self, entry: Entry[str]) -> str:
        return entry.data.split()[0]

    def begins(self, entry: Entry[str]) -> bool:
        return entry.data.split()[1] == "first"

    def ends(self, entry: Entry[str]) -> bool:
        return entry.data.split()[1] == "last"

    def wants(self, entry: Entry[str]) -> bool:
        return self.lane(entry) not in self.unwanted

    def send(self, entry: Entry[str]) -> None:
        self.while_sending()
        lane = self.lane(entry)
        self.tried.append(lane)
        if answers := self.answers.get(lane):
            raise answers.pop(0)
        if lane in self.always:
            raise self.always[lane]
        self.got.append(entry.data)

    def sent(self, entry: Entry[str]) -> None:
        pass

    def summary(self, over: Sequence[Entry[str]]) -> str:
        return f"summary of {len(over)}"

    def close(self) -> None:
        pass

    def lanes(self) -> list[str]:
        return [text.split()[0] for text in self.got]


def down(retry_after_s: float | None = None) -> Busy:
    return Busy(Trouble.SERVER_ERROR, "it answered 500", retry_after_s)


def refused() -> Busy:
    return Busy(Trouble.REFUSED, "it answered 401: check the credentials")


def until(bench: Bench, met: Callable[[], bool], most: int = 5_000) -> None:
    """Have the loop stop as soon as it waits and `met` is true."""
    waits = iter(range(most))
    bench.source.on_hold = lambda: bench.stop.set() if met() or next(waits, None) is None else None


class TestOrder:
    def test_one_that_fails_holds_up_its_own_lane_and_no_other(self) -> None:
        channel = Told()
        channel.answers["a"] = [down()] * 4
        bench = Bench([said(0, "a"), said(1, "b"), said(2, "a"), *(said(n, f"c{n}") for n in range(3, 30))], channel)
        bench.run()
        assert channel.lanes()[:28] == ["b", *(f"c{n}" for n in range(3, 30))]
        assert channel.got[-2:] == ["a more 0", "a more 2"]
        assert bench.source.committed == {ALERTS: 30}

    def test_nothing_behind_what_is_held_is_committed(self) -> None:
        channel = Told()
        channel.always["b"] = down()
        bench = Bench([said(0, "a"), said(1, "b"), said(2, "c")], channel)
        until(bench, lambda: channel.lanes() == ["a", "c"])
        bench.run()
        assert bench.source.committed == {ALERTS: 1}

    def test_what_is_not_wanted_is_committed_and_not_sent(self) -> None:
        channel = Told()
        channel.unwanted = {"a"}
        bench = Bench([said(0, "a"), plain(1, None), said(2, "b")], channel)
        bench.run()
        assert channel.lanes() == ["b"]
        assert bench.source.committed == {ALERTS: 3}
        assert bench.metric("discarded_total", reason="not_meant") == 2

    def test_while_the_target_takes_nothing_one_at_a_time_asks_it(self) -> None:
        standing = Standing(Terms(at_once=4))
        assert standing.at_once == 4
        standing.failed("a")
        assert standing.at_once == 1
        standing.accepted()
        assert standing.at_once == 4

    def test_no_more_is_fetched_than_may_be_in_hand(self) -> None:
        channel = Told(Terms(in_hand=5))
        channel.always["a"] = down()
        bench = Bench([said(n, "a") for n in range(12)], channel)
        until(bench, lambda: len(bench.source.held) > 3)
        bench.run()
        assert len(bench.source.records) == 7
        assert bench.source.paused

    def test_some_that_never_get_through_are_always_due_and_hold_up_none_of_the_others(self) -> None:
        """More of them than are on their way at once, each try far longer than the longest wait for the next one."""
        channel = Told(Terms(at_once=4))
        channel.always = {f"a{n}": down() for n in range(8)}
        bench = Bench([*(said(n, f"a{n}") for n in range(8)), *(said(n, f"b{n}") for n in range(8, 20))], channel)
        channel.while_sending = lambda: setattr(bench.source.clock, "now", bench.source.clock.now + 60)
        until(bench, lambda: len(channel.got) == 12, most=200)
        bench.run()
        assert channel.lanes() == [f"b{n}" for n in range(8, 20)]

    def test_forty_slow_ones_are_on_their_way_ten_at_a_time(self) -> None:
        """Each ten meet while they are being sent, which they could not one after the other."""
        channel, stop = Told(Terms(at_once=10)), threading.Event()
        together = threading.Barrier(10)
        channel.while_sending = lambda: together.wait(20)
        source = FakeSource([said(n, f"a{n}") for n in range(40)])
        metrics = Metrics("told", ["alerts"], CollectorRegistry())
        loop = Delivery(source, channel, FakeAside(), metrics, backoff=Backoff(), crew=Crew(10), wall_s=lambda: 0.0)
        source.on_idle = lambda: None if loop.in_hand else stop.set()
        loop.run(stop)
        assert sorted(channel.lanes()) == sorted(f"a{n}" for n in range(40))
        assert source.committed == {ALERTS: 40}


class TestWaiting:
    def test_what_one_has_to_wait_for_the_others_need_not(self) -> None:
        channel = Told()
        channel.answers["a"] = [down(retry_after_s=50.0)]
        bench = Bench([said(0, "a"), said(1, "b")], channel)
        begun = bench.source.clock.now
        channel.while_sending = lambda: times.append(bench.source.clock.now - begun)
        times: list[float] = []
        bench.run()
        assert channel.tried == ["a", "b", "a"]
        assert times[1] < 1.0
        assert times[2] >= 50.0

    def test_a_target_may_not_ask_for_more_than_the_cap(self) -> None:
        backoff = Backoff(ask_cap_s=60.0, rng=random.Random(1))
        assert 60.0 <= backoff.delay_s(1, 3600.0) <= 66.0


class TestWhoseFault:
    def test_what_somebody_can_mend_is_held_for_as_long_as_it_takes_and_said(self) -> None:
        channel = Told(Terms(deadline_s=10.0))
        for lane in "ab":
            channel.always[lane] = refused()
        bench = Bench([said(0, "a"), said(1, "b")], channel)
        healths: list[tuple[bool, str]] = []

        def mend() -> None:
            healths.append(bench.loop.health.check())
            if bench.source.clock.now > 5_000:
                channel.always.clear()

        bench.source.on_hold = mend
        bench.run()
        assert (bench.aside.records, sorted(channel.lanes())) == ([], ["a", "b"])
        well, why = healths[5]
        assert not well
        assert why.endswith("2 held: it answered 401: check the credentials")
        assert bench.loop.health.check()[0]
        assert bench.source.committed == {ALERTS: 2}

    def test_a_target_that_rejects_everything_has_a_trouble_of_its_own(self) -> None:
        channel = Told()
        for lane in "abc":
            channel.always[lane] = Rejected("it answered 400")
        bench = Bench([said(n, lane) for n, lane in enumerate("abc")], channel)
        until(bench, lambda: len(channel.tried) > 30)
        bench.run()
        assert bench.aside.records == []
        assert bench.source.commits == []
        assert not bench.loop.health.check()[0]

    def test_also_when_it_took_others_before(self) -> None:
        channel = Told()
        for lane in "bcd":
            channel.always[lane] = Rejected("it answered 400")
        bench = Bench([said(n, lane) for n, lane in enumerate("abcd")], channel)
        until(bench, lambda: len(channel.tried) > 30)
        bench.run()
        assert bench.aside.records == []
        assert bench.source.committed == {ALERTS: 1}

    def test_what_is_rejected_while_others_get_through_is_put_aside(self) -> None:
        channel = Told()
        channel.always["b"] = Rejected("it answered 422")
        bench = Bench([said(0, "a"), said(1, "b"), said(2, "b"), said(3, "c")], channel)
        bench.run()
        assert [(o, r) for o, r, _ in bench.aside.records] == [(1, Refusal.REJECTED), (2, Refusal.REJECTED)]
        assert channel.lanes() == ["a", "c"]
        assert bench.source.committed == {ALERTS: 4}

    def test_the_last_one_of_all_is_put_aside_once_it_was_rejected_three_times(self) -> None:
        channel = Told()
        channel.always["b"] = Rejected("it answered 422")
        bench = Bench([said(0, "a"), said(1, "b")], channel)
        bench.run()
        assert channel.tried == ["a", "b", "b", "b"]
        assert bench.aside.offsets == [1]

    def test_one_that_fails_past_its_deadline_while_others_get_through_gives_way(self) -> None:
        channel = Told(Terms(deadline_s=100.0))
        channel.always["a"] = down()
        bench = Bench([said(0, "a"), said(1, "b")], channel)
        begun = bench.source.clock.now
        offsets = iter(range(2, 100))

        def bring() -> None:
            """One more every ten seconds."""
            if bench.source.clock.now - begun > 10 * (len(channel.got) - 1):
                bench.source.records.append(said(next(offsets), "c"))

        bench.source.on_hold = bring
        bench.run()
        assert [(o, r) for o, r, _ in bench.aside.records] == [(0, Refusal.UNDELIVERED)]
        assert 100.0 <= bench.source.clock.now - begun < 150.0

    def test_a_deadline_means_nothing_while_nobody_gets_through(self) -> None:
        channel = Told(Terms(deadline_s=10.0))
        channel.always["a"] = down()
        bench = Bench([said(0, "a")], channel)
        until(bench, lambda: bench.source.clock.now > 5_000)
        bench.run()
        assert bench.aside.records == []

    def test_any_other_error_ends_it_before_the_commit(self) -> None:
        channel = Told()
        channel.answers["a"] = [RuntimeError("a fault of ours")]
        bench = Bench([said(0, "a")], channel)
        with pytest.raises(RuntimeError, match="fault of ours"):
            bench.run()
        assert bench.source.commits == []


class TestRebalances:
    def test_what_is_done_is_committed_and_what_waits_is_dropped(self) -> None:
        channel = Told()
        channel.always["b"] = down()
        bench = Bench([said(0, "a"), said(1, "b"), said(5, "c", partition=OTHER)], channel)
        bench.source.on_hold = lambda: bench.source.revoke(ALERTS) if bench.metric("held") else None
        bench.run()
        assert channel.lanes() == ["a", "c"]
        assert bench.source.committed == {ALERTS: 1, OTHER: 6}
        assert bench.metric("discarded_total", reason="revoked") == 1


class TestThePast:
    def test_a_new_group_sends_what_is_open_and_sums_up_what_is_over(self) -> None:
        channel = Told()
        records = [
            said(0, "a", "first"),
            said(1, "b", "first"),
            said(2, "a", "last"),
            said(3, "b"),
            said(4, "c", "last"),
        ]
        bench = Bench(records, channel)
        bench.source.new, bench.source.behind = {ALERTS}, {ALERTS}
        bench.source.on_hold = bench.source.behind.clear
        bench.run()
        assert channel.got == ["summary of 2", "b more 3"]
        assert bench.source.committed == {ALERTS: 5}

    def test_what_comes_after_the_end_was_reached_is_sent_one_by_one(self) -> None:
        channel = Told()
        bench = Bench([said(0, "a", "first"), said(1, "a", "last")], channel)
        bench.source.new = {ALERTS}
        bench.run()
        assert channel.got == ["a first 0", "a last 1"]

    def test_after_a_pause_what_is_old_is_summed_up_unless_somebody_waits_for_its_end(self) -> None:
        channel = Told()
        records = [
            said(0, "heard", "last", age_min=60),
            said(1, "missed", "first", age_min=60),
            said(2, "missed", "last", age_min=50),
            said(3, "fresh", "first", age_min=3),
            said(4, "fresh", "last", age_min=2),
        ]
        bench = Bench(records, channel)
        bench.source.behind = {ALERTS}
        bench.source.on_hold = bench.source.behind.clear
        bench.run()
        assert sorted(channel.got) == ["fresh first 3", "fresh last 4", "heard last 0", "summary of 1"]

    def test_from_the_beginning_means_one_by_one(self) -> None:
        channel = Told()
        records = [said(n, "a", word, age_min=600) for n, word in enumerate(("first", "more", "last"))]
        bench = Bench(records, channel, one_by_one=True)
        bench.source.new, bench.source.behind = {ALERTS}, {ALERTS}
        bench.run()
        assert channel.got == ["a first 0", "a more 1", "a last 2"]

    def test_what_is_sent_again_for_us_is_no_past_and_for_others_no_matter(self) -> None:
        channel = Told()
        records = [
            Record(ALERTS, n, None, f"{sink} last {AT_MS - 600 * MINUTE_MS}".encode(), [(FOR_SINK, sink.encode())])
            for n, sink in enumerate(("told", "console"))
        ]
        bench = Bench(records, channel)
        bench.source.new, bench.source.behind = {ALERTS}, {ALERTS}
        bench.run()
        assert channel.got == ["told last 0"]
        assert bench.source.committed == {ALERTS: 2}

    @pytest.mark.parametrize("is_new", [True, False])
    def test_who_goes_on_after_one_that_was_killed_before_the_summary_was_sent_sends_it(self, is_new: bool) -> None:
        """And what is over is not told piece by piece to somebody who has never heard of it."""
        records = [
            said(0, "a", "first", age_min=60),
            said(1, "open", "first", age_min=60),
            said(2, "a", "last", age_min=59),
            said(3, "b", "first", age_min=50),
            said(4, "b", "last", age_min=49),
        ]
        killed, after = Told(), Told()
        killed.always["summary"] = down()
        bench = self.reading_the_past(records, killed, is_new=is_new)
        until(bench, lambda: killed.lanes() == ["open"] and len(killed.tried) > 3)
        bench.run()
        offset, note = bench.source.committed.get(ALERTS, 0), bench.source.notes.get(ALERTS, "")
        second = self.reading_the_past(records[offset:], after, is_new=is_new and ALERTS not in bench.source.committed)
        second.source.notes = {ALERTS: note}
        second.run()
        assert "summary of 2" in after.got
        assert set(after.lanes()) <= {"summary", "open"}
        assert second.source.committed == {ALERTS: 5}

    def reading_the_past(self, records: Sequence[Record], channel: Told, *, is_new: bool) -> Bench:
        bench = Bench(records, channel)
        bench.source.new, bench.source.behind = {ALERTS} if is_new else set(), {ALERTS}
        bench.source.on_idle = lambda: (bench.source.behind.clear(), bench._wait())  # type: ignore[assignment]
        return bench

    def test_a_summary_that_is_rejected_is_let_go(self) -> None:
        channel = Told()
        channel.always["summary"] = Rejected("it answered 400")
        bench = Bench([said(0, "a", "last")], channel)
        bench.source.new, bench.source.behind = {ALERTS}, {ALERTS}
        bench.source.on_hold = bench.source.behind.clear
        bench.run()
        assert (bench.aside.records, bench.source.committed) == ([], {ALERTS: 1})

    def test_where_nothing_was_said_yet_the_end_is_committed(self) -> None:
        ledger = Ledger()
        ledger.reached(ALERTS, 7)
        assert ledger.due() == {ALERTS: Place(7)}
        ledger.committed({ALERTS: Place(7)})
        assert ledger.due() == {}


class TestAfterACrash:
    """Whoever goes on where another one was killed sends what was held, and not what was delivered behind it."""

    RECORDS = (said(0, "a"), said(1, "b"), said(2, "c"), said(3, "b"))

    def killed(self) -> Bench:
        """Of one that holds `b` all others are delivered; it does not come to its end."""
        channel = Told()
        channel.always["b"] = down()
        bench = Bench(self.RECORDS, channel)
        until(bench, lambda: channel.lanes() == ["a", "c"] and bench.source.notes.get(ALERTS) != "")
        bench.run()
        assert (bench.source.committed, bench.source.notes) == ({ALERTS: 1}, {ALERTS: "-1 2-3"})
        return bench

    def after(self, *records: Record, note: str) -> list[str]:
        channel = Told()
        bench = Bench(records, channel)
        bench.source.notes = {ALERTS: note}
        bench.run()
        assert bench.source.committed == {ALERTS: records[-1].offset + 1}
        return channel.got

    def test_what_was_delivered_behind_what_is_held_is_noted_and_not_sent_again(self) -> None:
        note = self.killed().source.notes[ALERTS]
        assert self.after(*self.RECORDS[1:], said(4, "c"), note=note) == ["b more 1", "c more 4", "b more 3"]

    def test_what_was_written_later_in_the_place_of_what_the_log_lost_is_sent(self) -> None:
        """The broker lost its tail, and a new leader has written other records at these offsets."""
        old, new = (replace(said(n, name), leader_epoch=n) for n, name in ((3, "old"), (4, "new")))
        assert self.after(old, new, note="3 2-9") == ["new more 4"]

    @pytest.mark.parametrize("note", ["", "somebody else's note", "3", "3 2", "3 a-b", "3 2-", "3 -2-3"])
    def test_a_note_that_is_not_ours_says_nothing(self, note: str) -> None:
        assert read(note).ranges == ()

    def test_while_nothing_was_committed_a_note_alone_is_not(self) -> None:
        """A group that has committed nothing sums up what it finds, also after a crash."""
        for is_new, due in ((True, {}), (False, {ALERTS: Place(0, "-1 1-2")})):
            ledger = Ledger(lambda _, is_new=is_new: is_new)
            ledger.took([said(0, "a"), said(1, "b")])
            ledger.done([said(1, "b")])
            assert ledger.due() == due

    def test_a_note_holds_as_much_as_a_broker_keeps(self) -> None:
        assert noted([5, 6, 9], 12, 2) == "2 7-9 10-12"
        assert noted([5, 6], 7, 2) == ""
        note = noted(range(1_000_000, 1_010_000, 2), 1_010_001, 7)
        assert 3_900 < len(note) <= MAX_NOTES + 2
        assert read(note) == Done(7, tuple((n, n + 1) for n in range(1_000_001, read(note).ranges[-1][1], 2)))
