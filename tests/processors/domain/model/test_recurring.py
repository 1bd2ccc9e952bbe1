"""Rises of a share that come again at the same time of day."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

import pytest

from processors.domain.clock import SummerClock
from processors.domain.model import ScopeModel, ShareModel
from processors.domain.model.recurring import Recurring, Rise, packed, unpacked
from processors.domain.rules import Series, ShareTail

DAY = 1440
HOUR = 60
BASE = 10
TOTAL = 200
TWO = 2 * HOUR
"""02:00"""


class AlwaysSummer(tzinfo):
    """A zone whose clocks are an hour ahead all year."""

    def utcoffset(self, _: datetime | None) -> timedelta:
        return timedelta(hours=1)

    dst = utcoffset


def after(days: int, count: Callable[[int], int]) -> Recurring:
    """What is known after so many days and an hour of 200 a minute, of which a key usually has ten."""
    recurring = Recurring()
    for end in range(HOUR - 1, days * DAY + HOUR, 30):
        minutes = range(end - 39, end + 1)
        recurring.note(end, [count(minute) for minute in minutes], [TOTAL] * 40, BASE / TOTAL, 0.05)
    return recurring


def at_two(minute: int) -> int:
    """Four times as much for twelve minutes from 02:00 on."""
    return 4 * BASE if TWO <= minute % DAY < TWO + 12 else BASE


def test_what_never_rises_is_no_habit() -> None:
    recurring = after(3, lambda _: BASE)
    assert recurring.rises == {}
    assert recurring.usual(3 * DAY + TWO) == 1.0
    assert recurring.since(3 * DAY + TWO) == -1


def test_one_day_is_no_habit_and_two_are() -> None:
    assert after(1, at_two).usual(DAY + TWO + 3) == 1.0
    assert after(2, at_two).usual(2 * DAY + TWO + 3) == pytest.approx(4, rel=0.03)
    assert after(9, at_two).usual(9 * DAY + TWO + 3) == pytest.approx(4, rel=0.03)


def test_a_habit_is_one_from_minutes_before_it_to_minutes_after_it_and_windows_begin_after_that() -> None:
    recurring, day = after(2, at_two), 2 * DAY
    on = [minute for minute in range(day, day + 6 * HOUR) if recurring.usual(minute) > 1]
    assert (on[0], on[-1]) == (day + TWO - 5, day + TWO + 17)
    assert all(recurring.is_burst(minute) for minute in on)
    assert not recurring.is_burst(on[-1] + 1)
    assert recurring.since(on[0]) == -1
    assert [recurring.since(on[-1] + later) for later in (1, 10, 40)] == [on[-1]] * 3


def test_what_begins_at_other_times_is_no_habit() -> None:
    def moved(minute: int) -> int:
        return at_two(minute + minute // DAY * 20)

    recurring = after(3, moved)
    assert len(recurring.rises) >= 3
    assert all(recurring.usual(3 * DAY + minute) == 1.0 for minute in range(5 * HOUR))


def test_what_comes_no_more_is_forgotten_within_days() -> None:
    def for_two_days(minute: int) -> int:
        return at_two(minute) if minute < 2 * DAY else BASE

    assert after(3, for_two_days).usual(3 * DAY + TWO + 3) > 3.5
    later = after(6, for_two_days)
    assert later.rises == {}
    assert later.usual(6 * DAY + TWO + 3) == 1.0


def test_of_two_days_the_lesser_height_is_the_habit() -> None:
    def less_today(minute: int) -> int:
        return at_two(minute) // (1 if minute < DAY else 2) if at_two(minute) > BASE else BASE

    assert after(2, less_today).usual(2 * DAY + TWO + 3) == pytest.approx(2, rel=0.05)


def test_a_rise_of_hours_is_a_habit_by_when_it_began_and_a_matter_of_the_time_of_day() -> None:
    def for_two_hours(minute: int) -> int:
        return 4 * BASE if TWO + 10 <= minute % DAY < 2 * TWO + 10 else BASE

    recurring, later = after(2, for_two_hours), 2 * DAY + TWO + 100
    assert recurring.rises[(TWO + 90) // 30].first == pytest.approx(10 - 90, abs=2)
    assert recurring.usual(later) == pytest.approx(4, rel=0.03)
    assert not recurring.is_burst(later)
    shifted = after(2, lambda minute: for_two_hours(minute + 15 * (minute >= DAY)))
    assert shifted.usual(later) == 1.0


def test_few_counts_and_chance_are_no_rise() -> None:
    recurring = Recurring()
    recurring.note(39, [0] * 36 + [1, 1, 1, 2], [TOTAL] * 40, 1e-4, 0.02)
    recurring.note(69, [BASE] * 38 + [BASE + 8] * 2, [TOTAL] * 40, BASE / TOTAL, 0.02)
    recurring.note(99, [BASE] * 30 + [2 * BASE] * 10, [TOTAL] * 40, BASE / TOTAL, 0.5)
    assert recurring.rises == {}


def test_how_high_is_bounded_and_a_rise_from_next_to_nothing_is_one() -> None:
    recurring = Recurring()
    recurring.note(39, [0] * 30 + [10**9] * 10, [10**9] * 40, 1e-12, 0.02)
    assert recurring.rises[1].height == 255


def test_what_is_packed_comes_back_and_what_is_damaged_is_refused() -> None:
    rises = {0: Rise(-128, 29, 255), 191: Rise(29, 0, 1), 7: Rise(0, 12, 32)}
    assert unpacked(packed(rises)) == Recurring(rises)
    assert [*unpacked(packed(rises)).rises] == [0, 191, 7]
    assert unpacked(b"") == Recurring()
    for raw in (b"\x00", b"\xc0\x80\x00\x01", b"\x00\x80\x1e\x01"):
        with pytest.raises(ValueError, match="half hours"):
            unpacked(raw)


def test_a_copy_changes_apart() -> None:
    recurring = after(1, at_two)
    again = recurring.copy()
    again.rises.clear()
    assert len(recurring.rises) == 1


# --- in a share, and by the rule -------------------------------------------------------------------------------------


def after_days(days: int, count: Callable[[int], int], until: int = 0) -> tuple[ScopeModel, int]:
    """A scope after so many days of 200 a minute and `until` more minutes, and its last minute."""
    model, minute = ScopeModel(), -1
    for minute in range(days * DAY + until):
        denied = count(minute)
        model.hear(minute, {"status": {"approved": TOTAL - denied, "denied": denied}}, ())
    return model, minute


def is_found(model: ScopeModel, minute: int) -> bool:
    counts, total = model.shares["status"]["denied"].counts, model.totals["status"][-1]
    series = Series("status", "denied", counts[-1], total, None, (), minute, model)
    return ShareTail("rise").judge(series) is not None


def test_a_batch_of_each_night_is_found_on_two_days_and_never_again_but_what_is_more_than_it_is() -> None:
    for days, found in [(1, True), (2, False), (3, False)]:
        model, minute = after_days(days, at_two, until=TWO + 4)
        assert is_found(model, minute) is found
        for later in range(minute + 1, minute + 45):
            denied = at_two(later)
            model.hear(later, {"status": {"approved": TOTAL - denied, "denied": denied}}, ())
            assert found or not is_found(model, later)
    model, minute = after_days(3, lambda m: 16 * BASE if m >= 3 * DAY + TWO else at_two(m), until=TWO + 4)
    assert is_found(model, minute)


def test_bursts_by_habit_teach_no_time_of_day() -> None:
    model, _ = after_days(4, at_two)
    share = model.shares["status"]["denied"]
    assert share.expected(4 * DAY + TWO) == pytest.approx(BASE / TOTAL, rel=0.25), "the first two days have taught"
    assert share.highest(4 * DAY + TWO) == pytest.approx(4 * BASE / TOTAL, rel=0.1)
    assert share.highest(4 * DAY + 5 * HOUR) == share.expected(4 * DAY + 5 * HOUR)


def test_habits_follow_the_clock_and_windows_begin_after_an_incident_as_well() -> None:
    model = ShareModel(recurring=after(2, at_two), seen=50_000, of=1_000_000)
    last = 2 * DAY + TWO + 17
    assert model.begins(last + 10) == last
    model.since = last + 4
    assert model.begins(last + 10) == last + 4
    assert model.begins(last - 15) == last + 4
    model.since, model.clock = -1, SummerClock(AlwaysSummer())
    assert model.begins(last - 60 + 10) == last - 60


def test_maintenance_is_no_habit_and_no_noise() -> None:
    model, minute = after_days(1, lambda _: BASE)
    for later in range(minute + 1, minute + 61):
        model.hear(later, {"status": {"approved": TOTAL - 90, "denied": 90}}, (), kind=2)
    assert model.shares["status"]["denied"].recurring.rises == {}
