"""How single messages are delivered: order, whose fault a failure is, and what is committed."""

import random
import threading

import pytest
from prometheus_client import CollectorRegistry

from sinks.backoff import Backoff
from sinks.delivery.channel import Rejected, Terms
from sinks.delivery.crew import Crew
from sinks.delivery.loop import Delivery
from sinks.delivery.standing import Standing
from sinks.metrics import Metrics
from sinks.protocol import Refusal
from tests.sinks.delivery.delivery_kit import OTHER, Told, down, refused, said, until
from tests.sinks.sink_kit import ALERTS, Bench, FakeDeadLetters, FakeSource, plain


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
        channel.while_sending = lambda: together.wait(120)
        source = FakeSource([said(n, f"a{n}") for n in range(40)])
        metrics = Metrics("told", ["alerts"], CollectorRegistry())
        loop = Delivery(
            source, channel, FakeDeadLetters(), metrics, backoff=Backoff(), crew=Crew(10), wall_s=lambda: 0.0
        )
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
        assert (bench.dead_letters.records, sorted(channel.lanes())) == ([], ["a", "b"])
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
        assert bench.dead_letters.records == []
        assert bench.source.commits == []
        assert not bench.loop.health.check()[0]

    def test_also_when_it_took_others_before(self) -> None:
        channel = Told()
        for lane in "bcd":
            channel.always[lane] = Rejected("it answered 400")
        bench = Bench([said(n, lane) for n, lane in enumerate("abcd")], channel)
        until(bench, lambda: len(channel.tried) > 30)
        bench.run()
        assert bench.dead_letters.records == []
        assert bench.source.committed == {ALERTS: 1}

    def test_what_is_rejected_while_others_get_through_is_put_aside(self) -> None:
        channel = Told()
        channel.always["b"] = Rejected("it answered 422")
        bench = Bench([said(0, "a"), said(1, "b"), said(2, "b"), said(3, "c")], channel)
        bench.run()
        assert [(o, r) for o, r, _ in bench.dead_letters.records] == [(1, Refusal.REJECTED), (2, Refusal.REJECTED)]
        assert channel.lanes() == ["a", "c"]
        assert bench.source.committed == {ALERTS: 4}

    def test_the_last_one_of_all_is_put_aside_once_it_was_rejected_three_times(self) -> None:
        channel = Told()
        channel.always["b"] = Rejected("it answered 422")
        bench = Bench([said(0, "a"), said(1, "b")], channel)
        bench.run()
        assert channel.tried == ["a", "b", "b", "b"]
        assert bench.dead_letters.offsets == [1]

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
        assert [(o, r) for o, r, _ in bench.dead_letters.records] == [(0, Refusal.UNDELIVERED)]
        assert 100.0 <= bench.source.clock.now - begun < 150.0

    def test_a_deadline_means_nothing_while_nobody_gets_through(self) -> None:
        channel = Told(Terms(deadline_s=10.0))
        channel.always["a"] = down()
        bench = Bench([said(0, "a")], channel)
        until(bench, lambda: bench.source.clock.now > 5_000)
        bench.run()
        assert bench.dead_letters.records == []

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
