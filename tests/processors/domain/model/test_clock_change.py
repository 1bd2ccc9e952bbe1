"""Where nobody has said by which clock people live, it shows in the days after clocks have changed."""

from collections.abc import Callable
from datetime import UTC, datetime
from math import cos, tau
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from processors.domain.clock import ClockChanges
from processors.domain.model import ScopeModel, clock_change
from processors.domain.model.habits import DAY, Habits

WORLD = ClockChanges([ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")])
BACK = int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()) // 900
"""Quarter hour (since the epoch) at which clocks go back."""
MONDAY = BACK - 4 - 20 * DAY
"""Three weeks before, at midnight."""
FORWARD = int(datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp()) // 900


def busy(quarter: int) -> float:
    """20 a minute at midnight, 100 at noon."""
    return 60 - 40 * cos(tau * quarter / DAY)


def later(change: int, by: int) -> Callable[[int], float]:
    """People whose clocks change, so that they come so many quarter hours later from then on."""
    return lambda quarter: busy(quarter - by if quarter >= change else quarter)


def taught(rate: Callable[[int], float], first: int, upto: int, changes: ClockChanges | None = WORLD) -> Habits:
    habits = Habits()
    habits.expect(changes)
    for quarter in range(first, upto):
        habits.learn(quarter, rate(quarter), barred=False)
    return habits


def misses(habits: Habits, first: int, rate: Callable[[int], float]) -> float:
    """By which part more is expected than comes, where that is most, in a day from `first` on."""
    parts = [(habits.usual(quarter) or 0.0) / rate(quarter) - 1 for quarter in range(first, first + DAY)]
    return max(parts)


@pytest.mark.parametrize("days", [1, 2, 5, 6, 12])
@pytest.mark.parametrize(("change", "by"), [(BACK, 4), (FORWARD, -4)])
def test_after_a_day_people_are_expected_by_the_clock_that_has_changed(change: int, by: int, days: int) -> None:
    rate = later(change, by)
    midnight = change - 4 + days * DAY
    habits = taught(rate, change - 4 - 20 * DAY, midnight)
    assert misses(habits, midnight, rate) < 0.04
    # And no less than comes: an outage is missed in no hour.
    assert min((habits.usual(q) or 0.0) / rate(q) for q in range(midnight, midnight + DAY)) > 0.96


def test_without_it_the_mornings_after_are_expected_an_hour_early() -> None:
    rate = later(BACK, 4)
    midnight = BACK - 4 + DAY
    assert misses(taught(rate, MONDAY, midnight, None), midnight, rate) > 0.2


@pytest.mark.parametrize("by", [0, 4])
def test_on_the_day_itself_the_least_of_both_is_expected(by: int) -> None:
    rate = later(BACK, by)
    habits = taught(rate, MONDAY, BACK - 4)
    expected = [habits.usual(quarter) for quarter in range(BACK - 4, BACK + 28)]
    both = [min(busy(quarter), busy(quarter - 4)) for quarter in range(BACK - 4, BACK + 28)]
    assert expected == pytest.approx(both, rel=0.01)


@pytest.mark.parametrize("days", [1, 3, 9])
def test_who_keeps_to_the_hours_by_utc_is_expected_by_them(days: int) -> None:
    midnight = BACK - 4 + days * DAY
    habits = taught(busy, MONDAY, midnight)
    expected = [habits.usual(quarter) for quarter in range(midnight, midnight + DAY)]
    assert expected == pytest.approx([busy(quarter) for quarter in range(midnight, midnight + DAY)], rel=0.01)


def test_a_morning_that_is_late_on_another_day_is_no_change_of_clocks() -> None:
    thursday = MONDAY + 17 * DAY
    rate = later(thursday, 4)
    assert misses(taught(rate, MONDAY, thursday + DAY), thursday + DAY, rate) > 0.2


def test_what_shows_is_what_was_there_hours_ago_whenever_it_is_asked_for() -> None:
    rate = later(BACK, 4)
    early, late = (taught(rate, MONDAY, BACK + upto) for upto in (44 - 6, 44 + 10))
    stretch = range(BACK + 44, BACK + 60)
    assert [early.usual(quarter) for quarter in stretch] == [late.usual(quarter) for quarter in stretch]


def test_copies_expect_the_same_changes() -> None:
    rate = later(BACK, 4)
    habits = taught(rate, MONDAY, BACK - 4 + DAY)
    assert misses(habits.copy(), BACK - 4 + DAY, rate) < 0.04


def test_a_model_expects_the_changes_that_come_with_a_minute() -> None:
    model = ScopeModel()
    model.hear(0, {}, (), changes=WORLD)
    assert model.volume.habits.changes is WORLD
    model.hear(1, {}, ())
    assert model.volume.habits.changes is None


def counts(*levels: float, unknown: int = 0) -> np.ndarray:
    """Days with a slope, each at its level; of the first quarter hours nothing is known."""
    found = np.concatenate([level * np.arange(100.0, 196.0) + 1 for level in levels])
    found[:unknown] = 0
    return found


def test_days_are_compared_each_at_its_own_level() -> None:
    flat = np.full(2 * DAY, 150.0)
    assert clock_change.seen(counts(1, 3), counts(2, 1), flat, DAY) == "stayed"
    assert clock_change.seen(counts(1, 3), flat, counts(2, 1), DAY) == "moved"


def test_what_is_not_known_or_has_never_been_says_nothing() -> None:
    flat = np.full(DAY, 150.0)
    assert clock_change.seen(counts(1, unknown=DAY), counts(2), flat, DAY) == "unclear"
    assert clock_change.seen(counts(1), counts(2), counts(2), DAY) == "unclear"
    assert clock_change.seen(counts(1), counts(0), flat, DAY) == "unclear"
