"""Habits follow the clock: a zone's summer time moves them by an hour, by UTC, and nothing else does."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from processors.domain.calendar import Calendar
from processors.domain.clock import DAY, ClockChange, ClockChanges, SummerClock, clock_of, days_before
from processors.domain.model import ScopeModel
from processors.domain.model.history import History
from processors.domain.rules.comparison import compared_with
from processors.domain.ruleset import RuleSet

BERLIN = ZoneInfo("Europe/Berlin")
FORWARD = datetime(2026, 3, 29, 1, tzinfo=UTC)
BACK = datetime(2026, 10, 25, 1, tzinfo=UTC)


def minute(at: datetime) -> int:
    return int(at.timestamp()) // 60


def local(text: str) -> int:
    """The minute in which clocks in Berlin show this; the first of two."""
    return minute(datetime.fromisoformat(text).replace(tzinfo=BERLIN))


@pytest.mark.parametrize(("change", "before", "after"), [(FORWARD, 0, 60), (BACK, 60, 0)])
def test_summer_time_begins_and_ends_with_its_minute(change: datetime, before: int, after: int) -> None:
    clock = SummerClock(BERLIN)
    assert [clock.ahead(minute(change) + step) for step in (-16, -1, 0, 15)] == [before, before, after, after]


def test_summer_time_may_be_half_an_hour_and_lie_over_new_year() -> None:
    clock = SummerClock(ZoneInfo("Australia/Lord_Howe"))
    assert [clock.ahead(minute(datetime(2026, month, 1, tzinfo=UTC))) for month in (1, 7)] == [30, 0]


def test_a_clock_that_is_asked_of_many_minutes_answers_the_same_for_the_first_one() -> None:
    clock = SummerClock(BERLIN)
    first = minute(FORWARD)
    assert {clock.ahead(first + 15 * step) for step in range(9_000)} == {60}
    assert clock.ahead(first) == 60


@pytest.mark.parametrize(
    ("zone", "has"), [("UTC", False), ("Africa/Abidjan", False), ("Asia/Tokyo", True), ("Europe/Berlin", True)]
)
def test_a_zone_has_a_clock_of_its_own_when_it_shows_another_time_than_utc(zone: str, has: bool) -> None:
    assert (clock_of(ZoneInfo(zone)) is not None) == has
    assert (RuleSet("r", "1", calendar=Calendar(ZoneInfo(zone))).clock is not None) == has


@pytest.mark.parametrize(
    ("zone", "east"),
    [("UTC", 0), ("Asia/Tokyo", 540), ("Europe/Berlin", 60), ("America/New_York", -300), ("Asia/Kathmandu", 345)],
)
def test_days_of_a_zone_begin_by_its_standard_time(zone: str, east: int) -> None:
    assert SummerClock(ZoneInfo(zone)).east == east


def test_without_a_calendar_there_is_no_clock() -> None:
    assert RuleSet("r", "1").clock is None
    assert clock_of(UTC) is None


@pytest.mark.parametrize(
    ("now", "before"), [("2026-03-30T09:00", "2026-03-28T09:00"), ("2026-10-26T09:00", "2026-10-24T09:00")]
)
def test_two_days_before_clocks_showed_the_same(now: str, before: str) -> None:
    assert days_before(local(now), 2, SummerClock(BERLIN)) == local(before)
    assert days_before(local(now), 2, None) == local(now) - 2 * DAY


def taught(first: int, days: int, rate: Callable[[int], int], clock: SummerClock | None) -> ScopeModel:
    """A model that has heard days of traffic: 10 % denied by night, 20 % by day, and `rate` a minute."""
    model = ScopeModel()
    for at in range(first, first + days * DAY):
        total = rate(at)
        denied = total // 5 if total > 50 else total // 10
        model.hear(at, {"status": {"approved": total - denied, "denied": denied}}, (), 0, clock)
    return model


def by_local_day(at: int) -> int:
    """200 a minute from 8 to 20 by the clock, 40 else."""
    return 200 if 8 <= datetime.fromtimestamp(at * 60, BERLIN).hour < 20 else 40


@pytest.mark.parametrize(
    ("to", "since"), [("2026-03-29T00:00", "2026-03-25T00:00"), ("2026-10-25T00:00", "2026-10-21T00:00")]
)
def test_the_morning_after_the_change_is_expected_by_the_clock(to: str, since: str) -> None:
    days = (local(to) - local(since)) // DAY
    clock = SummerClock(BERLIN)
    model = taught(local(since), days, by_local_day, clock)
    day = to[:10]
    denied = model.shares["status"]["denied"]
    for time, usual in (("07:30", 40), ("08:30", 200), ("19:30", 200), ("20:30", 40)):
        assert model.volume.at(local(f"{day}T{time}")) == pytest.approx(usual, rel=0.1)
    night, noon = (denied.expected(local(f"{day}T{time}")) for time in ("05:00", "12:00"))
    assert noon > 1.3 * night
    assert denied.expected(local(f"{day}T08:45")) == pytest.approx(denied.expected(local(f"{since[:10]}T08:45")))
    assert denied.knows_the_hour(local(f"{day}T12:00"))


def test_without_a_clock_the_morning_after_the_change_is_an_hour_off() -> None:
    model = taught(local("2026-03-25T00:00"), 4, by_local_day, None)
    assert model.volume.at(local("2026-03-29T08:30")) == pytest.approx(40, rel=0.1)


def test_what_is_learned_after_the_change_goes_where_the_same_time_was() -> None:
    clock = SummerClock(BERLIN)
    model = taught(local("2026-03-27T00:00"), 5, by_local_day, clock)
    winter, summer = local("2026-03-27T08:30"), local("2026-03-31T08:30")
    assert model.volume.at(summer) == model.volume.at(winter) == pytest.approx(200, rel=0.1)
    first = (local("2026-03-27T00:00") + 60) // 15
    gone = sum(model.volume.habits.usual(each + 96) is None for each in range(first, first + 96))
    assert gone == 0


def test_days_are_compared_by_the_clock() -> None:
    clock = SummerClock(BERLIN)
    first, history = local("2026-03-20T00:00"), History()
    for at in range(first, local("2026-03-30T08:00")):
        history.learn(at, by_local_day(at))
    begin = local("2026-03-30T08:00")
    told = {each.name: each.mean for each in compared_with(history, begin, 30, clock)}
    assert told["yesterday"] == pytest.approx(30 * 200, rel=0.01)
    assert told["this weekday last week"] == pytest.approx(30 * 200, rel=0.01)
    off = {each.name: each.mean for each in compared_with(history, begin, 30)}
    assert off["this weekday last week"] == pytest.approx(30 * 40, rel=0.01)


def test_a_model_that_is_copied_keeps_its_clock_and_is_the_same_without_it() -> None:
    clock = SummerClock(BERLIN)
    model = taught(local("2026-03-25T00:00"), 1, by_local_day, clock)
    copy = model.copy()
    assert copy.volume.clock is clock
    assert copy.shares["status"]["denied"].clock is clock
    copy.volume.clock = None
    assert copy == model


def changes(first: str, last: str, *zones: str) -> list[ClockChange]:
    days = [minute(datetime.fromisoformat(day).replace(tzinfo=UTC)) // DAY for day in (first, last)]
    return ClockChanges([ZoneInfo(zone) for zone in zones]).within(*days)


def test_it_is_known_beforehand_when_clocks_change_in_any_of_some_zones() -> None:
    zones = ("America/New_York", "Europe/Berlin", "Asia/Tokyo")
    new_york = ClockChange(minute(datetime(2026, 11, 1, 6, tzinfo=UTC)), -60)
    assert changes("2026-10-25", "2026-11-01", *zones) == [ClockChange(minute(BACK), -60), new_york]
    assert changes("2026-03-29", "2026-03-29", *zones) == [ClockChange(minute(FORWARD), 60)]
    assert changes("2026-10-26", "2026-10-31", *zones) == []
    assert changes("2026-04-04", "2026-04-04", "Australia/Lord_Howe") == [
        ClockChange(minute(datetime(2026, 4, 4, 15, tzinfo=UTC)), -30)
    ]


def test_of_zones_that_change_at_one_weekend_by_as_much_the_first_counts() -> None:
    sydney = ClockChange(minute(datetime(2026, 4, 4, 16, tzinfo=UTC)), -60)
    assert changes("2026-04-01", "2026-04-07", "America/Santiago", "Australia/Sydney") == [sydney]
    assert len(changes("2026-03-27", "2026-04-07", "Australia/Sydney", "Europe/Berlin")) == 2


def test_rules_whose_calendar_has_a_clock_expect_no_other_change() -> None:
    world = ClockChanges([BERLIN])
    assert RuleSet("r", "1", changes=world).changes is world
    assert RuleSet("r", "1", calendar=Calendar(UTC), changes=world).changes is world
    assert RuleSet("r", "1", calendar=Calendar(BERLIN), changes=world).changes is None
