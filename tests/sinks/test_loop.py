import pytest

from sinks.protocol import CommitFailed, Partition, Refusal
from tests.sinks.sink_kit import ALERTS, Bench, busy, plain

OTHER = Partition("alerts", 1)


def test_a_batch_is_written_and_then_committed() -> None:
    bench = Bench([plain(0), plain(1)])
    bench.run()
    assert bench.journal == ["write", "commit 2"]


def test_batches_are_no_larger_than_the_destination_wants() -> None:
    bench = Bench([plain(n) for n in range(25)])
    bench.run()
    assert bench.journal == ["write", "commit 10", "write", "commit 20", "write", "commit 25"]


def test_every_partition_is_committed_at_its_own_offset() -> None:
    bench = Bench([plain(4), plain(0, partition=OTHER), plain(7)])
    bench.run()
    assert bench.source.committed == {ALERTS: 8, OTHER: 1}


def test_a_tombstone_is_committed_and_not_written() -> None:
    bench = Bench([plain(0, None), plain(1)])
    bench.run()
    assert bench.destination.written == [1]
    assert bench.source.committed == {ALERTS: 2}
    assert bench.metric("discarded_total", reason="not_meant") == 1


def test_a_batch_of_tombstones_is_committed_without_a_write() -> None:
    bench = Bench([plain(0, None)])
    bench.run()
    assert bench.journal == ["commit 1"]


def test_an_unreadable_record_is_put_aside_and_the_rest_is_written() -> None:
    bench = Bench([plain(0), plain(1, b"noise"), plain(2)])
    bench.run()
    assert bench.dead_letters.records == [(1, Refusal.UNREADABLE, "noise")]
    assert bench.destination.written == [0, 2]
    assert bench.source.committed == {ALERTS: 3}


def test_what_cannot_be_put_aside_is_not_committed() -> None:
    bench = Bench([plain(0, b"noise")])
    bench.dead_letters.error = RuntimeError("no dead letters today")
    with pytest.raises(RuntimeError, match="no dead letters"):
        bench.run()
    assert bench.source.commits == []


def test_a_destination_that_refuses_what_it_was_not_given_ends_the_loop() -> None:
    bench = Bench([plain(0), plain(1)])
    stranger = bench.destination.read(plain(9))
    from sinks.protocol import BadRecord

    bench.destination.errors = [BadRecord(Refusal.REJECTED, [(stranger, "?")])]
    with pytest.raises(ValueError, match="not given"):
        bench.run()


class TestBusy:
    def test_nothing_is_fetched_while_the_target_is_busy(self) -> None:
        bench = Bench([plain(0), *(plain(n) for n in range(1, 30))])
        bench.destination.errors = [busy(), busy(), busy()]
        bench.run()
        assert bench.destination.written == list(range(30))
        assert bench.metric("retries_total") == 3
        assert bench.metric("errors_total", reason="unreachable") == 3

    def test_the_wish_of_the_target_is_kept(self) -> None:
        bench = Bench([plain(0)])
        bench.destination.errors = [busy(retry_after_s=20.0)]
        started = bench.source.clock.now
        bench.run()
        assert 20.0 <= sum(bench.source.held) <= 22.0
        assert bench.source.clock.now - started >= 20.0

    def test_the_wait_is_cut_into_short_holds(self) -> None:
        bench = Bench([plain(0)])
        bench.destination.errors = [busy(retry_after_s=20.0)]
        bench.run()
        assert max(bench.source.held) <= 0.2

    def test_a_stop_while_waiting_ends_at_once_and_commits_nothing(self) -> None:
        bench = Bench([plain(0)])
        bench.destination.errors = [busy(retry_after_s=300.0)] * 2
        bench.source.on_hold = bench.stop.set
        bench.run()
        assert len(bench.source.held) == 1
        assert bench.source.commits == []

    def test_partitions_that_go_away_meanwhile_are_dropped(self) -> None:
        bench = Bench([plain(0), plain(5, partition=OTHER)])
        bench.destination.errors = [busy()]
        bench.source.on_hold = lambda: bench.source.revoke(ALERTS)
        bench.run()
        assert bench.destination.written == [5]
        assert bench.source.committed == {OTHER: 6}
        assert bench.metric("discarded_total", reason="revoked") == 1

    def test_when_all_partitions_go_away_there_is_nothing_left_to_write(self) -> None:
        bench = Bench([plain(0)])
        bench.destination.errors = [busy()]
        bench.source.on_hold = lambda: bench.source.revoke(ALERTS)
        bench.run()
        assert bench.destination.written == []
        assert bench.source.commits == []


class TestCommits:
    def test_a_failed_commit_is_tried_again_without_writing_again(self) -> None:
        bench = Bench([plain(0)])
        bench.source.commit_errors = [CommitFailed("coordinator is moving")]
        bench.run()
        assert bench.journal == ["write", "commit 1"]
        assert bench.metric("errors_total", reason="commit") == 1

    def test_what_is_written_is_committed_when_its_partition_goes_away(self) -> None:
        bench = Bench([plain(0)])
        bench.source.commit_errors = [CommitFailed("rebalancing")] * 2
        bench.source.on_idle = lambda: (bench.source.revoke(ALERTS), bench.stop.set())
        bench.run()
        assert bench.journal == ["write", "commit 1"]

    def test_a_lost_partition_is_not_committed(self) -> None:
        bench = Bench([plain(0)])
        bench.source.commit_errors = [CommitFailed("fenced")] * 2
        bench.source.on_idle = lambda: (bench.source.revoke(ALERTS, may_commit=False), bench.stop.set())
        bench.run()
        assert bench.source.commits == []


class TestHealth:
    def test_an_idle_loop_is_healthy(self) -> None:
        bench = Bench([])
        turns = iter(range(500))
        bench.source.on_idle = lambda: next(turns, None) is None and bench.stop.set()
        bench.run()
        assert bench.source.clock.now > 1200
        assert bench.loop.health.check() == (True, "idle: nothing more on the broker")

    def test_a_target_that_stays_down_is_told_after_two_minutes(self) -> None:
        bench = Bench([plain(0)])
        bench.destination.errors = [busy() for _ in range(1000)]
        answers: list[tuple[float, tuple[bool, str]]] = []

        def look() -> None:
            answers.append((bench.source.clock.now - 1000, bench.loop.health.check()))
            if answers[-1][0] > 200:
                bench.stop.set()

        bench.source.on_hold = look
        bench.run()
        assert all(well for at, (well, _) in answers if at < 119)
        assert not any(well for at, (well, _) in answers if at > 121)
        assert "unreachable" in answers[-1][1][1]
        assert bench.loop.health.complaint() is None, "a new start does not mend the target"

    def test_a_partition_that_gives_nothing_though_it_has_more_is_told(self) -> None:
        bench = Bench([])
        bench.source.unseen = {ALERTS: 3}
        turns = iter(range(300))
        bench.source.on_idle = lambda: next(turns, None) is None and bench.stop.set()
        bench.run()
        assert bench.loop.health.check()[0] is False
        assert bench.loop.health.complaint() == bench.loop.health.check()[1]
        assert bench.metric("lag_records", topic="alerts", partition="0") == 3

    def test_a_write_that_hangs_is_told(self) -> None:
        bench = Bench([plain(0)])
        seen: list[tuple[bool, str]] = []

        def hang() -> None:
            bench.source.clock.now += 130
            seen.append(bench.loop.health.check())
            bench.loop.health.busy("timeout")
            assert bench.loop.health.complaint() == seen[-1][1], "also while it waits for the target"
            bench.loop.health.waiting_for = ""

        bench.destination.before_write = hang
        bench.run()
        assert seen == [(False, "the loop has not turned for 130 s (limit 120 s)")]
        assert bench.loop.health.check()[0]


class TestMetrics:
    def test_counters_are_there_at_zero_before_anything_happens(self) -> None:
        bench = Bench([])
        assert bench.metric("received_total", topic="minutes") == 0
        assert bench.metric("sent_total") == 0
        assert bench.metric("refused_total", reason="unstorable") == 0
        assert bench.metric("errors_total", reason="throttled") == 0
        assert bench.metric("discarded_total", reason="revoked") == 0

    def test_what_came_and_went_is_counted(self) -> None:
        bench = Bench([plain(0), plain(1, b"bad"), plain(2)])
        bench.run()
        assert bench.metric("received_total", topic="alerts") == 3
        assert bench.metric("sent_total") == 2
        assert bench.metric("refused_total", reason="unstorable") == 1
        assert bench.metric("committed_offset", topic="alerts", partition="0") == 3
        assert bench.metric("write_seconds_count") == 1
        assert bench.metric("event_lag_seconds") == 3

    def test_a_partition_that_went_away_leaves_no_gauge_behind(self) -> None:
        bench = Bench([plain(0)])
        bench.run()
        bench.source.revoke(ALERTS)
        assert bench.metric("committed_offset", topic="alerts", partition="0") is None
