"""What the calendar says of a minute: days, events, maintenance, and what clocks do twice a year."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.calendar import ORDINARY, Calendar, Event, Maintenance, minute_at
from tests.processors.domain.build import PROPERTY

NEW_YORK = ZoneInfo("America/New_York")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
EVERY_DAY = tuple(range(7))
SUNDAY = (6,)


def m(text: str) -> int:
    """The minute that begins then, in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) // 60


def maintenance(text: str, days: tuple[int, ...] = EVERY_DAY, **more: object) -> Calendar:
    begins, ends = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.split("-"))
    window = Maintenance("night work", days, begins, ends, **{"zone": NEW_YORK, **more})  # type: ignore[arg-type]
    return Calendar(maintenance=(window,))


def on(calendar: Calendar, first: str, last: str, scope: str = "all") -> list[str]:
    """The stretches of maintenance from `first` to `last`, in UTC."""
    told: list[str] = []
    for minute in range(m(first), m(last) + 1):
        is_on = bool(calendar.at(minute, scope).maintenance)
        if is_on != bool(len(told) % 2):
            told.append(f"{datetime.fromtimestamp(minute * 60, UTC):%d %H:%M}")
    return told


# --- days and events -------------------------------------------------------------------------------------------------


def test_a_special_day_lasts_from_local_midnight_to_local_midnight() -> None:
    calendar = Calendar(SAO_PAULO, {date(2026, 12, 25).toordinal(): "Christmas Day"})
    assert calendar.at(m("2026-12-25T02:59"), "all") is ORDINARY
    assert calendar.at(m("2026-12-25T03:00"), "all").special == ("Christmas Day",)
    assert calendar.at(m("2026-12-26T02:59"), "shop").special == ("Christmas Day",)
    assert calendar.at(m("2026-12-26T03:00"), "all") is ORDINARY


def test_a_day_that_begins_with_the_jump_of_the_clock_begins_there() -> None:
    """In São Paulo 2018-11-04 began at 01:00, which was 03:00 UTC."""
    calendar = Calendar(SAO_PAULO, {date(2018, 11, 4).toordinal(): "a day of 23 hours"})
    assert not calendar.at(m("2018-11-04T02:59"), "all").special
    assert calendar.at(m("2018-11-04T03:00"), "all").special
    assert calendar.at(m("2018-11-05T01:59"), "all").special
    assert not calendar.at(m("2018-11-05T02:00"), "all").special


def test_an_event_lasts_as_long_as_it_says_in_the_scopes_it_names() -> None:
    begins, ends = m("2026-11-27T20:00"), m("2026-11-29T01:30")
    calendar = Calendar(events=(Event("sale", begins, ends, ("shop", "app")),))
    told = [(scope, at) for scope in ("shop", "all") for at in (-1, 0) if calendar.at(begins + at, scope).special]
    assert told == [("shop", 0)]
    assert calendar.at(m("2026-11-28T12:00"), "app").special == ("sale",)
    assert calendar.at(ends - 1, "shop").special == ("sale",)
    assert calendar.at(ends, "shop") is ORDINARY


def test_all_that_is_special_about_a_day_is_named() -> None:
    minute = m("2026-12-25T12:00")
    calendar = Calendar(
        UTC, {date(2026, 12, 25).toordinal(): "Christmas Day"}, (), (Event("sale", minute, minute + 1),)
    )
    assert calendar.at(minute, "all").special == ("Christmas Day", "sale")
    assert calendar.at(minute, "all").notes == ("on a special day: Christmas Day, sale",)
    assert ORDINARY.notes == ()


# --- maintenance -----------------------------------------------------------------------------------------------------


def test_maintenance_comes_on_its_days_alone() -> None:
    """2026-06-07 is a Sunday; New York is four hours behind UTC then."""
    calendar = maintenance("02:00-04:00", SUNDAY)
    assert on(calendar, "2026-06-05T00:00", "2026-06-15T00:00") == ["07 06:00", "07 08:00", "14 06:00", "14 08:00"]


def test_maintenance_that_crosses_midnight_belongs_to_the_day_it_begins_on() -> None:
    calendar = maintenance("23:30-00:30", SUNDAY)
    assert on(calendar, "2026-06-05T00:00", "2026-06-10T00:00") == ["08 03:30", "08 04:30"]


def test_a_whole_day_ends_at_midnight() -> None:
    calendar = maintenance("00:00-24:00", SUNDAY)
    assert on(calendar, "2026-06-05T00:00", "2026-06-10T00:00") == ["07 04:00", "08 04:00"]


def test_maintenance_comes_from_its_first_to_its_last_date_both_included() -> None:
    first, last = date(2026, 6, 2).toordinal(), date(2026, 6, 3).toordinal()
    calendar = maintenance("23:00-01:00", zone=UTC, first=first, last=last)
    assert on(calendar, "2026-06-01T00:00", "2026-06-10T00:00") == ["02 23:00", "03 01:00", "03 23:00", "04 01:00"]


def test_when_the_clock_is_put_forward_a_window_that_holds_the_jump_is_an_hour_shorter() -> None:
    """On 2026-03-08 the clocks of New York go from 02:00 to 03:00, at 07:00 UTC."""
    around = "2026-03-08T00:00", "2026-03-09T00:00"
    assert on(maintenance("01:00-04:00", SUNDAY), *around) == ["08 06:00", "08 08:00"]
    assert on(maintenance("02:30-03:15", SUNDAY), *around) == ["08 07:00", "08 07:15"]
    assert on(maintenance("01:30-02:30", SUNDAY), *around) == ["08 06:30", "08 07:00"]
    assert on(maintenance("02:10-02:50", SUNDAY), *around) == [], "no clock shows these times"


def test_when_the_clock_is_put_back_an_hour_that_comes_twice_is_in_the_window_both_times() -> None:
    """On 2026-11-01 the clocks of New York go from 02:00 to 01:00, at 06:00 UTC."""
    around = "2026-11-01T00:00", "2026-11-02T00:00"
    assert on(maintenance("00:00-04:00", SUNDAY), *around) == ["01 04:00", "01 09:00"]
    assert on(maintenance("01:15-01:45", SUNDAY), *around) == ["01 05:15", "01 06:45"]
    assert on(maintenance("01:30-03:00", SUNDAY), *around) == ["01 05:30", "01 08:00"]


def test_the_days_before_and_after_a_switch_are_as_ever() -> None:
    calendar = maintenance("02:30-03:30")
    told = on(calendar, "2026-03-07T00:00", "2026-03-09T12:00")
    assert told == ["07 07:30", "07 08:30", "08 07:00", "08 07:30", "09 06:30", "09 07:30"]


def test_maintenance_names_the_scopes_and_the_keys_it_is_about() -> None:
    calendar = maintenance("02:00-04:00", zone=UTC, scopes=("shop",), keys=("failed", "total"))
    minute = m("2026-06-01T03:00")
    assert calendar.at(minute, "all") is ORDINARY
    moment = calendar.at(minute, "shop")
    assert (moment.hushes("failed"), moment.hushes("51", "denied"), moment.hushes("total")) == (True, False, True)
    assert not ORDINARY.hushes("failed")
    assert maintenance("02:00-04:00", zone=UTC).at(minute, "all").hushes("anything")


# --- the whole -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati"])
@PROPERTY
@given(st.integers(m("1975-01-01"), m("2099-12-31")))
def test_a_minute_lies_between_the_times_that_its_clock_shows(zone: str, minute: int) -> None:
    local = datetime.fromtimestamp(minute * 60, ZoneInfo(zone))
    ordinal, shown = local.toordinal(), local.hour * 60 + local.minute
    first, last = (minute_at(ordinal, shown, local.tzinfo or UTC, again=again) for again in (False, True))
    assert first <= minute <= last <= first + 60
    assert minute in (first, last)


def test_the_same_question_has_the_same_answer_whatever_was_asked_before() -> None:
    days = {date(2026, 1, 1).toordinal() + n: f"day {n}" for n in range(0, 300, 3)}
    asked = [m("2026-01-01T12:00") + 1440 * n for n in range(300)]
    calendar = Calendar(NEW_YORK, days)
    first = [calendar.at(minute, "all") for minute in asked]
    assert [calendar.at(minute, "all") for minute in reversed(asked)] == first[::-1]
    assert calendar == Calendar(NEW_YORK, days)
    assert sum(bool(moment.special) for moment in first) == 100
