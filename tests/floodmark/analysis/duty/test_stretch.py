"""A shift by the clock, also where the clocks change."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from floodmark.analysis.duty.stretch import Stretch, last_hours, shift

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = time(22), time(6)


def hours(stretch: Stretch) -> float:
    return (stretch.end - stretch.begin).total_seconds() / 3600


@pytest.mark.parametrize(
    ("day", "long"),
    [(date(2025, 3, 29), 7.0), (date(2025, 3, 30), 8.0), (date(2025, 10, 25), 9.0), (date(2025, 10, 26), 8.0)],
)
def test_the_night_in_which_the_clocks_change_is_an_hour_shorter_or_longer(day: date, long: float) -> None:
    night = shift(*NIGHT, BERLIN, day, datetime(2026, 1, 1, tzinfo=UTC))
    assert hours(night) == long
    assert [at.astimezone(BERLIN).hour for at in (night.begin, night.end)] == [22, 6]


@pytest.mark.parametrize("day", [date(2025, 3, 29), date(2025, 10, 25)])
def test_a_shift_ends_where_the_next_one_begins_also_at_an_hour_that_is_skipped_or_comes_twice(day: date) -> None:
    turn = time(2, 30)
    before = shift(time(22), turn, BERLIN, day, datetime(2026, 1, 1, tzinfo=UTC))
    after = shift(turn, time(10), BERLIN, before.end.astimezone(BERLIN).date(), datetime(2026, 1, 1, tzinfo=UTC))
    assert before.end == after.begin


@pytest.mark.parametrize(
    ("newest", "begins"),
    [
        (datetime(2025, 3, 4, 15, tzinfo=UTC), datetime(2025, 3, 4, 1, tzinfo=UTC)),
        (datetime(2025, 3, 5, 1, tzinfo=UTC), datetime(2025, 3, 4, 1, tzinfo=UTC)),
        (datetime(2025, 3, 5, 1, 1, tzinfo=UTC), datetime(2025, 3, 5, 1, tzinfo=UTC)),
    ],
    ids=["by day: the last night", "as it begins: the last one", "in it: this one"],
)
def test_without_a_day_it_is_the_last_one_that_has_a_minute(newest: datetime, begins: datetime) -> None:
    night = shift(*NIGHT, SAO_PAULO, None, newest)
    assert (night.begin, hours(night)) == (begins, 8.0)


def test_a_shift_of_one_day_is_named_by_it() -> None:
    early = shift(time(6), time(14), SAO_PAULO, date(2025, 3, 4), datetime(2026, 1, 1, tzinfo=UTC))
    assert (early.name, early.begin.hour) == ("Tue 04 March 2025, 06:00 to 14:00", 9)


def test_hours_are_hours_that_pass() -> None:
    found = last_hours(8, datetime(2025, 3, 30, 6, tzinfo=BERLIN), BERLIN)
    assert hours(found) == 8.0
    assert found.name == "Sat 29 March 2025, 21:00 to Sun 30 March 06:00"
