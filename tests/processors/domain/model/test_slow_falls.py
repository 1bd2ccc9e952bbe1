"""Volume that falls so slowly that the last minutes follow it, and small falls of much."""

from dataclasses import replace

import pytest

from processors.domain.model import ScopeModel, VolumeModel
from processors.domain.model.habits import DAY as QUARTERS
from processors.domain.model.habits import QUARTER, Habits
from processors.domain.model.profile import week_ago
from processors.domain.model.unrest import GRID
from processors.domain.rules import Finding, Series, VolumeDrop
from processors.domain.window import TOTAL, VOLUME
from tests.processors.domain.traffic import DAY, HOUR, fired, once, story

DROP = VolumeDrop("drop")
BEGIN = (4 + 8) * DAY
"""Midnight of a Tuesday; eight days are known then."""


def quiet_before(rate: float = 100.0, *, last_week: float | None = None, upto: int = BEGIN + 6 * HOUR) -> VolumeModel:
    """Days of the same rate in each minute; the Tuesday a week ago may have had another one."""
    habits = Habits()
    for number in range(BEGIN // QUARTER - 8 * QUARTERS, BEGIN // QUARTER):
        is_last_week = BEGIN - 7 * DAY <= number * QUARTER < BEGIN - 6 * DAY
        habits.learn(number, last_week if is_last_week and last_week is not None else rate, barred=False)
    model = VolumeModel(habits=habits)
    for minute in range(BEGIN, upto):
        model.hear(minute, round(rate), barred=False)
    return model


def after(model: VolumeModel, *counts: int, upto: int = BEGIN + 6 * HOUR) -> int:
    """The model hears these minutes; the last of them."""
    for at, count in enumerate(counts):
        model.hear(upto + at, count, barred=False)
    return upto + len(counts) - 1


def test_what_is_held_on_to_is_the_level_of_the_last_hours() -> None:
    model = quiet_before()
    minute = after(model, *(100 - each for each in range(60)))
    near, far = model.forecast(minute, 12), model.far_forecast(minute, 12, 0.72)
    assert near is not None
    assert far is not None
    assert far.mean == pytest.approx(1200, rel=0.01)
    assert sum(far.parts) == pytest.approx(1)
    slow = model.forecast(minute, 4)
    assert slow is not None
    assert slow.mean < 0.6 * 400, "the last twenty minutes have followed the fall"


def test_nothing_is_said_of_minutes_that_hold_what_they_should() -> None:
    model = quiet_before()
    assert model.far_forecast(after(model, *[80] * 12), 12, 0.72) is None


def test_a_level_that_goes_back_to_the_habit_of_the_day_is_no_fall() -> None:
    model = quiet_before()
    for minute in range(BEGIN + 6 * HOUR, BEGIN + 11 * HOUR):
        model.hear(minute, 200, barred=False)
    minute = after(model, *[100] * 12, upto=BEGIN + 11 * HOUR)
    far = model.far_forecast(minute, 12, 0.72)
    assert far is None or far.mean == pytest.approx(1320, rel=0.01)
    assert 1200 >= 1320 * 0.72


def test_what_was_as_low_a_week_ago_is_none() -> None:
    falling = [100 - each for each in range(60)]
    lower, unknown = quiet_before(last_week=70.0), quiet_before()
    assert lower.far_forecast(after(lower, *falling), 12, 0.72) is None
    unknown.habits = Habits()
    unknown.habits.learn(BEGIN // QUARTER - 1, 100.0, barred=False)
    assert week_ago(unknown.habits, BEGIN + 7 * HOUR, 12) == float("inf")


def test_too_little_is_known_in_an_incident_at_the_beginning_and_where_nothing_is_usual() -> None:
    falling = [100 - each for each in range(60)]
    barred, new, closed, fresh = quiet_before(), VolumeModel(), quiet_before(0.0), quiet_before(upto=BEGIN + 35)
    minute = after(barred, *falling)
    barred.bar(1)
    assert barred.far_forecast(minute, 12, 0.72) is None
    assert new.far_forecast(after(new, *falling), 12, 0.72) is None
    assert closed.far_forecast(after(closed, *[0] * 60), 12, 0.72) is None
    steep = [100 - 2 * each for each in range(25)]
    assert fresh.far_forecast(after(fresh, *steep, upto=BEGIN + 35), 12, 0.72) is None, "no level of hours yet"


def test_its_error_is_learned_by_itself() -> None:
    model = quiet_before(1000.0)
    assert model.errors["far|15"] < 0.1
    for minute in range(BEGIN + 6 * HOUR, BEGIN + 8 * HOUR):
        model.hear(minute, 1000 - 3 * (minute - BEGIN - 6 * HOUR), barred=False)
    assert model.errors["far|15"] > quiet_before(1000.0).errors["far|15"]


def asked(model: VolumeModel, minute: int, rule: VolumeDrop = DROP) -> Finding | None:
    return rule.judge(Series(VOLUME, TOTAL, 0, 0, None, (), minute, ScopeModel(model)))


def test_a_slow_fall_is_found_by_the_level_of_hours() -> None:
    model = quiet_before()
    found = [asked(model, after(model, 100 - 2 * at, upto=BEGIN + 6 * HOUR + at)) for at in range(30)]
    first = next(each for each in found if each is not None)
    assert first.rule == "drop"
    assert first.expected == pytest.approx(first.window * 100, rel=0.01)
    other = quiet_before()
    alone = [
        asked(other, after(other, 100 - 2 * at, upto=BEGIN + 6 * HOUR + at), replace(DROP, slow_effect=0.0))
        for at in range(30)
    ]
    assert sum(each is not None for each in found) > sum(each is not None for each in alone)


def test_windows_that_are_shorter_than_the_time_between_deliveries_are_not_asked() -> None:
    model = quiet_before()
    model.lows = b"".join(bytes([0, *(0 if window < 16 else 200 for window in GRID)]) for _ in range(12))
    model._usual_lows = None
    assert model.steady_from == 16
    minute = after(model, *[100] * 30, *[0] * 12, *[100] * 8)
    assert asked(model, minute) is None


def test_what_fell_in_one_minute_alone_is_no_slow_fall() -> None:
    model = quiet_before()
    minute = after(model, *[100] * 30, *[65] * 20, 100)
    assert DROP._slowly(Series(VOLUME, TOTAL, 0, 0, None, (), minute, ScopeModel(model)), model, 60) is None


def test_fifteen_per_cent_less_of_thousands_a_minute_is_found_and_of_hundreds_is_not() -> None:
    found = {rate: asked(*fallen(rate)) for rate in (500.0, 5000.0)}
    assert found[500.0] is None
    assert found[5000.0] is not None
    assert found[5000.0].observed == round(0.84 * 5000) * found[5000.0].window


def fallen(rate: float) -> tuple[VolumeModel, int]:
    model = quiet_before(rate)
    model.errors["day|15"] = 0.02
    return model, after(model, *[round(0.84 * rate)] * 16)


# --- as the default rules find it ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_outage_that_comes_within_two_hours_is_found_before_half_is_lost(seed: int) -> None:
    told = story(lambda i: {"all": max(0.0, 1 - i / 120)}, 60, seed=seed)
    assert fired(told)[0] < 60
    assert (once(told).dimension, once(told).rules) == ("volume", ("volume_drop",))


@pytest.mark.parametrize(("usual", "effect"), [(100, 0.8), (1250, 0.8), (1500, 1 - 250 / 1500), (5000, 0.88)])
def test_the_more_is_usual_the_smaller_a_fall_is_of_interest(usual: float, effect: float) -> None:
    assert DROP._effect(8, usual) == pytest.approx(effect)
    assert (DROP._effect(2, usual), DROP._effect(3, usual)) == (0.45, 0.65)


@pytest.mark.parametrize(
    ("begun", "left", "is_found"), [(60, 0.84, False), (60, 0.76, False), (60, 0.7, True), (150, 0.84, True)]
)
def test_a_small_fall_in_the_first_hours_of_the_first_saturday_is_its_own_level(
    begun: int, left: float, *, is_found: bool
) -> None:
    saturday, habits = (4 + 5) * DAY, Habits()
    for number in range((saturday - 5 * DAY) // QUARTER, saturday // QUARTER):
        habits.learn(number, 5000.0, barred=False)
    model = VolumeModel(habits=habits)
    model.errors["day|15"] = 0.02
    for minute in range(saturday - 2 * HOUR, saturday + begun):
        model.hear(minute, 5000, barred=False)
    minute = after(model, *[round(left * 5000)] * 16, upto=saturday + begun)
    assert (asked(model, minute) is not None) == is_found
