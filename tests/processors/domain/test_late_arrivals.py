"""How late the counts of a scope usually come, and how long its minutes wait for them."""

import pytest

from processors.domain.judging.arrivals import Arrivals

MOST = 15


def late(arrivals: Arrivals, minutes: range, after: int, counts: tuple[int, int] = (15, 100)) -> list[int]:
    """These minutes get counts so many minutes after their close; how long is waited after each."""
    waits = []
    for minute in minutes:
        closed_to = minute + after - 1
        arrivals.note(minute, closed_to, counts, 0.99)
        arrivals.look(closed_to, MOST)
        waits.append(arrivals.wait)
    return waits


def test_what_twenty_minutes_in_a_row_need_is_usual() -> None:
    waits = late(Arrivals(), range(1000, 1040), 10)
    assert waits == [0] * 22 + [10] * 18


def test_one_burst_that_brings_fifteen_minutes_makes_nobody_wait() -> None:
    arrivals = Arrivals()
    for minute in range(1000, 1015):
        arrivals.note(minute, 1014, (50, 100), 0.99)
    arrivals.look(1014, MOST)
    assert arrivals.wait == 0


def test_where_they_come_each_hour_some_of_their_minutes_are_usual() -> None:
    arrivals, waits = Arrivals(), []
    for end in (1014, 1074, 1134):
        for minute in range(end - 14, end + 1):
            arrivals.note(minute, end, (50, 100), 0.99)
        arrivals.look(end, MOST)
        waits.append(arrivals.wait)
    assert waits == [0, 2, 5], "three times 16 - n minutes needed n or more, and 12 have leaked out"


def test_one_minute_in_ten_is_just_not_usual() -> None:
    assert set(late(Arrivals(), range(1000, 4000, 10), 3)) == {0}
    assert late(Arrivals(), range(1000, 4000, 8), 3)[-1] == 3


def test_less_than_one_count_in_a_hundred_is_not_waited_for() -> None:
    assert set(late(Arrivals(), range(1000, 1100), 5, (1, 100))) == {0}
    assert late(Arrivals(), range(1000, 1100), 5, (2, 100))[-1] == 5


def test_many_small_parts_add_up_from_the_last_one_on() -> None:
    arrivals = Arrivals()
    for minute in range(1000, 1100):
        for after in range(1, 13):
            arrivals.note(minute, minute + after - 1, (4, 1000), 0.99)
        arrivals.look(minute, MOST)
    assert arrivals.wait == 10, "2 of 12 parts, 0.8 %, may be missing"


def test_a_feed_that_comes_late_as_a_whole_is_waited_for() -> None:
    assert late(Arrivals(), range(1000, 1040), 4, (100, 100))[-1] == 4


def test_who_asks_for_nothing_does_not_wait() -> None:
    arrivals = Arrivals()
    for minute in range(1000, 1100):
        arrivals.note(minute, minute, (100, 100), 0.0)
        arrivals.look(minute, MOST)
    assert arrivals.wait == 0


def test_after_a_day_without_late_counts_nobody_waits_any_more() -> None:
    arrivals = Arrivals()
    late(arrivals, range(1000, 1400), 10)
    assert arrivals.look(1409 + 1438, MOST)
    assert arrivals.wait == 10
    assert not arrivals.look(1409 + 1440, MOST), "nothing is known any more"
    assert arrivals.wait == 0


def test_the_wait_becomes_shorter_as_the_longer_one_is_usual_no_more() -> None:
    arrivals = Arrivals()
    late(arrivals, range(1000, 1400), 10)
    waits = late(arrivals, range(1400, 3000), 4)
    assert {*waits} == {10, 4}
    assert waits == sorted(waits, reverse=True)


def test_nobody_waits_for_longer_than_a_minute_can_change() -> None:
    arrivals = Arrivals()
    late(arrivals, range(1000, 1100), 10)
    arrivals.look(1110, 6)
    assert arrivals.wait == 6


def test_counts_that_are_told_again_bring_no_more() -> None:
    arrivals = Arrivals()
    arrivals.note(1000, 1000, (10, 100), 0.99)
    for _ in range(100):
        arrivals.note(1000, 1002, (0, 100), 0.99)
    arrivals.look(1002, MOST)
    assert (arrivals.wait, arrivals.usual) == (0, [1010])


def test_what_is_usually_missing_is_known_by_how_long_ago_a_minute_closed() -> None:
    arrivals = Arrivals()
    for minute in range(1000, 1100):
        arrivals.note(minute, minute + 1, (10, 110), 0.99)
        arrivals.note(minute, minute + 3, (20, 130), 0.99)
        arrivals.look(minute + 3, MOST)
    assert arrivals.wait == 4
    parts = [arrivals.missing(after, 1102) for after in range(5)]
    known = 11 / 12  # the last eleven minutes, and one of which nothing is known
    assert parts == [pytest.approx(known * part / 130) for part in (30, 30, 20, 20, 0)]


def test_of_nothing_known_nothing_is_missing() -> None:
    assert Arrivals().missing(0, 1000) == 0
