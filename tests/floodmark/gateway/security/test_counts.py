"""Requests are counted as `limits` counts them, in a bounded memory, and without a thread."""

import threading
from dataclasses import dataclass

import pytest
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, RateLimiter, SlidingWindowCounterRateLimiter

from floodmark.gateway.security.counts import SWEEP, Counts


@dataclass
class Clock:
    now: float = 6_000.0

    def __call__(self) -> float:
        return self.now


def test_a_request_counts_for_a_minute_where_each_is_remembered() -> None:
    clock = Clock()
    limiter, two = MovingWindowRateLimiter(Counts(clock=clock)), RateLimitItemPerMinute(2)
    assert [limiter.hit(two, "a"), limiter.hit(two, "a"), limiter.hit(two, "a")] == [True, True, False]
    assert limiter.get_window_stats(two, "a") == (6_060.0, 0)
    assert limiter.test(two, "b")
    clock.now = 6_059.9
    assert not limiter.hit(two, "a")
    clock.now = 6_060.1
    assert limiter.hit(two, "a")
    assert limiter.get_window_stats(two, "a") == (6_120.1, 1)


def test_of_the_window_before_counts_the_part_that_is_still_near() -> None:
    clock = Clock()
    limiter, ten = SlidingWindowCounterRateLimiter(Counts(clock=clock)), RateLimitItemPerMinute(10)
    assert [limiter.hit(ten, "a") for _ in range(11)] == [True] * 10 + [False]
    clock.now = 6_075.0  # three quarters of the window before: 7.5
    assert limiter.get_window_stats(ten, "a").remaining == 3
    assert [limiter.hit(ten, "a") for _ in range(4)] == [True, True, True, False]
    clock.now = 6_181.0  # nothing in the window before this one
    assert limiter.get_window_stats(ten, "a").remaining == 10


@pytest.mark.parametrize("kind", [MovingWindowRateLimiter, SlidingWindowCounterRateLimiter])
def test_it_counts_as_the_storage_that_the_library_brings(
    kind: type[RateLimiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("limits.storage.memory.time.time", clock)
    theirs = MemoryStorage()
    ours, item = Counts(clock=clock), RateLimitItemPerMinute(7)
    both = kind(ours), kind(theirs)
    steps = [0.0, 0.5, 3.0, 0.0, 11.0, 1.0, 0.25, 29.0, 0.0, 0.0, 47.0, 2.0, 61.0, 5.0, 120.5, 0.5, 200.0, 0.0]
    for turn, step in enumerate(steps * 3):
        clock.now += step
        who = "ab"[turn % 3 == 0]
        mine, other = (each.hit(item, who) for each in both)
        assert mine == other, turn
        assert (
            ours.get_moving_window(item.key_for(who), 7, 60)[1] == theirs.get_moving_window(item.key_for(who), 7, 60)[1]
        )
        assert both[0].get_window_stats(item, who).remaining == both[1].get_window_stats(item, who).remaining, turn
    theirs.timer.join()


def test_who_asks_from_ever_new_addresses_gets_no_more_memory_and_no_thread() -> None:
    clock, threads = Clock(), threading.active_count()
    counts = Counts(most=100, clock=clock)
    limiter, item = MovingWindowRateLimiter(counts), RateLimitItemPerMinute(1)
    for number in range(1_000):
        assert limiter.hit(item, f"2001:db8:{number:x}::/64")
    assert len(counts) == 100
    assert not limiter.hit(item, "2001:db8:3e7::/64")
    assert threading.active_count() <= threads


def test_names_that_say_nothing_any_more_go_by_themselves() -> None:
    clock = Clock()
    counts = Counts(clock=clock)
    limiter, item = MovingWindowRateLimiter(counts), RateLimitItemPerMinute(1)
    for number in range(10 * SWEEP):
        limiter.hit(item, str(number))
    clock.now += 61
    for _ in range(10):
        limiter.hit(item, "one")
    assert len(counts) == 1
