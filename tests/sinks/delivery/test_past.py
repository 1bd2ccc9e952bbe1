"""What a channel is told of what came before it: the past of a new group, and what one that was killed left."""

from collections.abc import Sequence
from itertools import product

import pytest
from msgspec.structs import replace

from schemas.dead_letter import FOR_SINK
from sinks.delivery.channel import Rejected
from sinks.delivery.ledger import OffsetLedger, OffsetPlace
from sinks.delivery.notes import MAX_NOTES, Done, noted, read
from sinks.protocol import Record
from tests.sinks.delivery.delivery_kit import MINUTE_MS, Told, down, said, until
from tests.sinks.sink_kit import ALERTS, AT_MS, Bench


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

    def test_a_fetch_that_brings_the_end_too_tells_the_past_from_what_came_after_it(self) -> None:
        channel = Told()
        records = [said(n, name, word) for n, (name, word) in enumerate(product("ab", ("first", "last")))]
        bench = Bench(records, channel)
        bench.source.new, bench.source.end_at = {ALERTS}, {ALERTS: 2}
        bench.run()
        assert sorted(channel.got) == ["b first 2", "b last 3", "summary of 1"]
        assert bench.source.committed == {ALERTS: 4}

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
        assert (bench.dead_letters.records, bench.source.committed) == ([], {ALERTS: 1})

    def test_where_nothing_was_said_yet_the_end_is_committed(self) -> None:
        ledger = OffsetLedger()
        ledger.reached(ALERTS, 7)
        assert ledger.due() == {ALERTS: OffsetPlace(7)}
        ledger.committed({ALERTS: OffsetPlace(7)})
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
        for is_new, due in ((True, {}), (False, {ALERTS: OffsetPlace(0, "-1 1-2")})):
            ledger = OffsetLedger(lambda _, is_new=is_new: is_new)
            ledger.took([said(0, "a"), said(1, "b")])
            ledger.done([said(1, "b")])
            assert ledger.due() == due

    def test_a_note_holds_as_much_as_a_broker_keeps(self) -> None:
        assert noted([5, 6, 9], 12, 2) == "2 7-9 10-12"
        assert noted([5, 6], 7, 2) == ""
        note = noted(range(1_000_000, 1_010_000, 2), 1_010_001, 7)
        assert 3_900 < len(note) <= MAX_NOTES + 2
        assert read(note) == Done(7, tuple((n, n + 1) for n in range(1_000_001, read(note).ranges[-1][1], 2)))
