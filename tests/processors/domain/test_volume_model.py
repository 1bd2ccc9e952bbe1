"""What is known of the volume: the day, the weekend, the level now and some hours ago, and how well one can know it."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import UTC
from math import pi, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.clock import SummerClock
from processors.domain.model.volume import OVERDISPERSION, SPAN, Forecast, VolumeModel
from tests.processors.domain.build import PROPERTY

DAY = 1440
HOUR = 60
MONDAY = 4 * DAY
"""1970-01-05."""


def taught(
    minutes: Iterable[int],
    total: Callable[[int], float],
    barred: Callable[[int], bool] = lambda _: False,
    model: VolumeModel | None = None,
) -> VolumeModel:
    """A model that has heard these minutes."""
    model = model or VolumeModel()
    for minute in minutes:
        model.hear(minute, round(total(minute)), barred=barred(minute))
    return model


def flat(_: int) -> float:
    return 100


def wave(minute: int) -> float:
    """100 at six, 20 at eighteen o'clock."""
    return 60 + 40 * sin(2 * pi * minute / DAY)


# --- the profile -----------------------------------------------------------------------------------------------------


def test_nothing_is_known_of_an_hour_until_it_has_been_seen_and_is_old_enough() -> None:
    model = taught(range(MONDAY, MONDAY + 2 * HOUR), flat)
    assert model.at(MONDAY + DAY + 30) == pytest.approx(100, rel=0.001)
    assert model.at(MONDAY + DAY + 90) is None
    assert model.at(MONDAY + DAY + 5) is None, "half of it lies before midnight"


def test_the_profile_follows_the_day() -> None:
    model = taught(range(MONDAY, MONDAY + 2 * DAY), wave)
    for minute in range(MONDAY + 2 * DAY, MONDAY + 3 * DAY, 61):
        assert model.at(minute) == pytest.approx(wave(minute), abs=1)


def test_between_the_middles_of_two_quarters_of_an_hour_the_profile_is_a_line() -> None:
    model = taught(range(MONDAY, MONDAY + DAY), lambda m: 100 + m % 120 // 15)
    said = [model.at(MONDAY + DAY + 12 * HOUR + m) for m in (30, 37, 45)]
    assert said == pytest.approx([101.5, 102 - 1 / 30, 102.5], rel=0.001)


@pytest.mark.parametrize(("minute", "lowest"), [(-16, 120), (-15, 0.02), (0, 0.02), (8, 0.02), (60, 0.02)])
def test_where_a_shop_closes_as_good_as_nothing_is_expected_from_a_quarter_of_an_hour_before(
    minute: int, lowest: float
) -> None:
    model = taught(range(MONDAY, MONDAY + DAY), lambda m: 120 if m % DAY < 12 * HOUR else 0)
    assert model.at(MONDAY + DAY + 12 * HOUR + minute) == pytest.approx(lowest, rel=0.001)


def test_weekends_have_a_profile_of_their_own() -> None:
    model = taught(range(MONDAY, MONDAY + 7 * DAY), lambda m: 40 if m >= MONDAY + 5 * DAY else 100)
    assert model.at(MONDAY + 7 * DAY + 12 * HOUR) == pytest.approx(100, rel=0.02)
    assert model.at(MONDAY + 12 * DAY + 12 * HOUR) == pytest.approx(40, rel=0.02)


def test_until_a_weekend_has_been_seen_weekdays_speak_for_it() -> None:
    model = taught(range(MONDAY, MONDAY + 5 * DAY), wave)
    saturday = MONDAY + 5 * DAY + 12 * HOUR
    assert model.at(saturday) == pytest.approx(wave(saturday), abs=1)


def test_another_level_is_no_habit_of_the_time_of_day_at_which_it_began() -> None:
    """It doubles at noon of the third day: the next days expect no rise at noon, whatever the level is."""
    model = taught(range(MONDAY, MONDAY + 4 * DAY), lambda m: 100 if m < MONDAY + 2 * DAY + 12 * HOUR else 200)
    noon = MONDAY + 4 * DAY + 12 * HOUR
    before, after = model.at(noon - HOUR), model.at(noon + HOUR)
    assert before is not None
    assert after == pytest.approx(before, rel=0.1)


def test_a_time_without_traffic_is_known_as_one_and_not_as_nothing_at_all() -> None:
    model = taught(range(MONDAY, MONDAY + DAY), lambda _: 0)
    assert model.at(MONDAY + DAY + 12 * HOUR) == 0.02
    forecast = taught(range(MONDAY + DAY, MONDAY + DAY + HOUR), lambda _: 0, model=model).forecast(
        MONDAY + DAY + HOUR - 1, 5
    )
    assert forecast is None or forecast.mean < 1


def test_barred_minutes_teach_the_profile_nothing() -> None:
    model = taught(range(MONDAY, MONDAY + DAY), flat)
    down = range(MONDAY + DAY + 12 * HOUR, MONDAY + DAY + 14 * HOUR)
    taught(
        range(MONDAY + DAY, MONDAY + 2 * DAY),
        lambda m: 0 if m in down else 100,
        barred=lambda m: m in down,
        model=model,
    )
    assert model.at(MONDAY + 2 * DAY + 13 * HOUR) == pytest.approx(100, rel=0.001)


# --- the forecast ----------------------------------------------------------------------------------------------------


def test_there_is_no_forecast_before_a_quarter_of_an_hour_has_gone() -> None:
    model = taught(range(MONDAY, MONDAY + 16), flat)
    assert model.forecast(MONDAY + 15, 2) is None
    taught([MONDAY + 16], flat, model=model)
    assert model.forecast(MONDAY + 16, 2) is not None


def test_where_no_profile_is_known_the_last_minutes_say_what_is_to_come() -> None:
    model = taught(range(MONDAY, MONDAY + 40), flat)
    forecast = model.forecast(MONDAY + 39, 10)
    assert forecast is not None
    assert forecast.mean == pytest.approx(1_000)
    assert list(forecast.parts) == pytest.approx([0.1] * 10)


def test_a_forecast_follows_the_day_where_it_is_known() -> None:
    """At noon of the wave it falls by a sixth in an hour; the level alone would not know."""
    model = taught(range(MONDAY, MONDAY + 3 * DAY), wave)
    now = MONDAY + 3 * DAY + 12 * HOUR
    taught(range(MONDAY + 3 * DAY, now + 1), wave, model=model)
    for window in (2, 4, 8):
        forecast = model.forecast(now, window)
        assert forecast is not None
        assert forecast.mean == pytest.approx(sum(wave(m) for m in range(now - window + 1, now + 1)), rel=0.07)
        assert sum(forecast.parts) == pytest.approx(1)


def test_a_day_that_is_half_as_busy_as_usual_is_forecast_from_its_own_level() -> None:
    model = taught(range(MONDAY, MONDAY + 3 * DAY), wave)
    now = MONDAY + 3 * DAY + 6 * HOUR
    taught(range(MONDAY + 3 * DAY, now + 1), lambda m: wave(m) / 2, model=model)
    forecast = model.forecast(now, 4)
    assert forecast is not None
    assert forecast.mean == pytest.approx(4 * wave(now) / 2, rel=0.05)


def test_a_ramp_may_come_early_or_late() -> None:
    """Where the profile climbs, a longer window may hold what it held twenty minutes away."""

    def climbing(minute: int) -> float:
        return 100 * 1.01 ** (minute % DAY - 8 * HOUR) if 8 * HOUR <= minute % DAY < 11 * HOUR else 100

    model = taught(range(MONDAY, MONDAY + 2 * DAY), climbing)
    after = MONDAY + 2 * DAY + 9 * HOUR + 30
    taught(range(MONDAY + 2 * DAY, after + 1), climbing, model=model)
    short, longer = model.forecast(after, 4), model.forecast(after, 8)
    assert short is not None
    assert longer is not None
    assert longer.mean / 8 == pytest.approx(short.mean / 4 / 1.2, rel=0.05)


def test_of_much_traffic_the_minutes_before_say_how_late_a_ramp_is() -> None:
    """1 % a minute: whether it is late or not shows in the level; where it begins it does not, yet."""

    def climbing(minute: int) -> float:
        return 2_000 * 1.01 ** max(0, min(minute % DAY - 8 * HOUR, 3 * HOUR))

    model = taught(range(MONDAY, MONDAY + 2 * DAY), climbing)
    begun = MONDAY + 2 * DAY + 8 * HOUR + 5
    taught(range(MONDAY + 2 * DAY, begun + 1), climbing, model=model)
    early = model.forecast(begun, 8)
    after = begun + 85
    taught(range(begun + 1, after + 1), climbing, model=model)
    late = model.forecast(after, 8)
    assert early is not None
    assert late is not None
    assert early.mean < 0.99 * sum(climbing(at) for at in range(begun - 7, begun + 1))
    assert late.mean == pytest.approx(sum(climbing(at) for at in range(after - 7, after + 1)), rel=0.02)


@pytest.mark.parametrize(("day", "at", "knows"), [(5, 119, False), (5, 120, True), (6, 0, False), (7, 0, True)])
def test_a_kind_of_day_that_was_never_seen_is_known_once_it_has_begun(day: int, at: int, *, knows: bool) -> None:
    model = taught(range(MONDAY, MONDAY + 5 * DAY), flat)
    assert model.knows_its_kind(MONDAY + day * DAY + at) == knows


def test_a_sharp_rise_may_come_a_quarter_of_an_hour_late() -> None:
    def steep(minute: int) -> float:
        return 500 if minute % DAY >= 8 * HOUR else 100

    model = taught(range(MONDAY, MONDAY + 2 * DAY), steep)
    after = MONDAY + 2 * DAY + 8 * HOUR + 14
    taught(range(MONDAY + 2 * DAY, after + 1), lambda _: 100, model=model)
    for window in (2, 4, 8):
        forecast = model.forecast(after, window)
        assert forecast is not None
        assert forecast.mean < 130 * window


def surge(minute: int) -> float:
    return 300 if MONDAY + 2 * DAY <= minute < MONDAY + 2 * DAY + 50 else 100


@pytest.mark.parametrize("first", [MONDAY, MONDAY + 2 * DAY - 6 * HOUR])
def test_a_surge_does_not_raise_what_is_expected_after_it(first: int) -> None:
    """With a profile of the day and without one: the level of some hours is not moved by fifty minutes."""
    now = MONDAY + 2 * DAY + 54
    model = taught(range(first, now + 1), surge)
    forecast = model.forecast(now, 5)
    assert forecast is not None
    assert forecast.mean == pytest.approx(500, rel=0.05)


def test_minutes_that_are_barred_do_not_lower_the_level() -> None:
    down = range(MONDAY + 6 * HOUR, MONDAY + 6 * HOUR + 12)
    now = MONDAY + 6 * HOUR + 16
    model = taught(range(MONDAY, now + 1), lambda m: 0 if m in down else 100, barred=lambda m: m in down)
    forecast = model.forecast(now, 5)
    assert forecast is not None
    assert forecast.mean == pytest.approx(500, rel=0.01)


def test_where_the_minutes_before_are_all_barred_the_level_of_the_last_hours_serves_and_else_there_is_none() -> None:
    model = taught(range(MONDAY, MONDAY + 3 * HOUR), flat)
    model.bar(40)
    forecast = model.forecast(MONDAY + 3 * HOUR - 1, 3)
    assert forecast is not None
    assert forecast.mean == pytest.approx(300)
    young = taught(range(MONDAY, MONDAY + 40), flat)
    young.bar(40)
    assert young.forecast(MONDAY + 39, 3) is None


def test_a_level_that_is_accepted_is_what_is_expected_at_once() -> None:
    changed = MONDAY + 2 * DAY
    now = changed + 4 * HOUR
    model = taught(range(MONDAY, now), lambda m: 100 if m < changed else 40, barred=lambda m: m >= changed)
    before = model.forecast(now - 1, 4)
    model.accept()
    after = model.forecast(now - 1, 4)
    assert before is not None
    assert after is not None
    assert before.mean == pytest.approx(400, rel=0.05)
    assert after.mean == pytest.approx(160, rel=0.05)


def test_with_hardly_any_traffic_there_is_no_forecast() -> None:
    model = taught(range(MONDAY, MONDAY + 60), lambda m: m % 15 == 0)
    assert model.forecast(MONDAY + 59, 5) is None


def test_a_forecast_less_one_minute_is_as_uncertain_as_before() -> None:
    whole = Forecast(1_000.0, OVERDISPERSION * 1_000 + (0.1 * 1_000) ** 2, (0.2, 0.3, 0.5))
    left = whole.without(1)
    assert left.mean == pytest.approx(700)
    assert left.variance == pytest.approx(OVERDISPERSION * 700 + (0.1 * 700) ** 2)


@PROPERTY
@given(
    st.lists(st.tuples(st.sampled_from([0, 0, 1, 3, 100, 10**9]), st.booleans()), min_size=15, max_size=90),
    st.integers(1, 60),
)
def test_any_forecast_is_above_zero_and_varies_at_least_as_counts_do(
    minutes: list[tuple[int, bool]], window: int
) -> None:
    model = VolumeModel()
    for minute, (total, barred) in enumerate(minutes, start=MONDAY):
        model.hear(minute, total, barred=barred)
    forecast = model.forecast(MONDAY + len(minutes) - 1, window)
    if forecast is not None:
        assert forecast.mean > 0
        assert forecast.variance >= OVERDISPERSION * forecast.mean
        assert len(forecast.parts) == window
        assert sum(forecast.parts) == pytest.approx(1)


# --- what a window is likely to have held ----------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 2])
def test_the_level_before_a_window_says_what_it_would_have_held(days: int) -> None:
    model = taught(range(MONDAY, MONDAY + days * DAY + 60), flat)
    taught(range(MONDAY + days * DAY + 60, MONDAY + days * DAY + 65), lambda _: 50, model=model)
    assert model.likely(5) == pytest.approx(500, rel=0.01)


def test_it_is_never_less_than_the_window_did_hold_and_never_four_times_as_much() -> None:
    risen = taught(range(MONDAY, MONDAY + 60), lambda m: 100 if m < MONDAY + 55 else 900)
    assert risen.likely(5) == 4_500
    fallen = taught(range(MONDAY, MONDAY + 60), lambda m: 100 if m < MONDAY + 55 else 1)
    assert fallen.likely(5) == 20


def test_with_too_little_before_it_a_window_is_likely_to_have_held_what_it_held() -> None:
    assert taught(range(MONDAY, MONDAY + 19), flat).likely(5) == 500


# --- how well it does ------------------------------------------------------------------------------------------------


def test_the_forecast_learns_how_well_it_does() -> None:
    steady = taught(range(MONDAY, MONDAY + 3 * DAY), lambda m: 20 * wave(m))
    first = VolumeModel().errors
    assert steady.errors["day|5"] < 0.5 * first["day|5"]
    assert steady.errors["day|15"] < 0.5 * first["day|15"]
    noise = np.random.default_rng(5).uniform(0.2, 1.8, size=3 * DAY // 15)
    wild = taught(range(MONDAY, MONDAY + 3 * DAY), lambda m: 5_000 * noise[(m - MONDAY) // 15])
    assert wild.errors["day|15"] > 2 * first["day|15"]
    least = {"5": 0.025, "15": 0.012}
    errors = [(name, error) for model in (steady, wild) for name, error in model.errors.items()]
    assert all(least[name.partition("|")[2]] <= error <= 0.4 for name, error in errors)


def test_an_uncertain_forecast_says_so() -> None:
    certain = taught(range(MONDAY, MONDAY + DAY), lambda _: 1_000)
    uncertain = certain.copy()
    uncertain.errors = dict.fromkeys(uncertain.errors, 0.4)
    sure, unsure = (model.forecast(MONDAY + DAY - 1, 10) for model in (certain, uncertain))
    assert sure is not None
    assert unsure is not None
    assert unsure.variance > 5 * sure.variance


def test_few_transactions_say_nothing_of_the_forecast() -> None:
    model = taught(range(MONDAY, MONDAY + DAY), lambda m: 15 if m % 2 else 1)
    assert model.errors == VolumeModel().errors


def test_an_outage_says_nothing_of_the_forecast() -> None:
    model = taught(range(MONDAY, MONDAY + 6 * HOUR), lambda _: 1_000)
    known = dict(model.errors)
    taught(
        range(MONDAY + 6 * HOUR, MONDAY + 7 * HOUR), lambda m: 1_000 if m % 9 else 0, barred=lambda _: True, model=model
    )
    assert model.errors == known


# --- as a thing to be kept -------------------------------------------------------------------------------------------


def test_after_a_lapse_nothing_is_recent_and_the_habits_are_kept() -> None:
    model = taught(range(MONDAY, MONDAY + DAY), wave)
    habits, errors = model.habits.copy(), dict(model.errors)
    model.lapse()
    assert (model.totals, model.profile, model.barred, model.blocks) == ([], [], [], [])
    assert (model.habits, model.errors) == (habits, errors)
    assert model.forecast(MONDAY + 3 * DAY, 5) is None
    taught(range(MONDAY + 3 * DAY, MONDAY + 3 * DAY + 20), wave, model=model)
    assert model.forecast(MONDAY + 3 * DAY + 19, 5) is not None


def test_after_weeks_of_silence_nothing_is_known_of_the_day() -> None:
    model = taught(range(MONDAY, MONDAY + DAY), wave)
    model.lapse()
    taught([MONDAY + 20 * DAY], wave, model=model)
    assert model.at(MONDAY + 20 * DAY + 12 * HOUR) is None


def test_what_was_heard_last_is_learned_at_once_where_nothing_follows() -> None:
    model = taught(range(MONDAY, MONDAY + 2 * HOUR), flat)
    model.settle(MONDAY + 2 * HOUR - 1)
    assert model.at(MONDAY + DAY + 100) == pytest.approx(100, rel=0.001)


# --- closed and open -------------------------------------------------------------------------------------------------


def shop(minute: int) -> float:
    """Open from eight to twenty o'clock."""
    return 100 if 8 * HOUR <= minute % DAY < 20 * HOUR else 0


def test_an_opening_that_does_not_come_is_missed_though_nothing_came_before_it() -> None:
    now = MONDAY + 3 * DAY + 8 * HOUR + 30
    model = taught(range(MONDAY, now + 1), lambda m: shop(m) if m < MONDAY + 3 * DAY else 0)
    assert model.usual == pytest.approx(1, rel=0.05)
    forecast = model.forecast(now, 12)
    assert forecast is not None
    assert forecast.mean == pytest.approx(12 * 100 * 0.6 * 0.6, rel=0.05), "it may be otherwise, and late"
    assert 12 in model.fallen([(12, 0.8)], 14.0)
    assert model.hopes() > 1_000


def test_while_it_is_closed_nothing_is_expected_and_the_first_minutes_say_no_level() -> None:
    night = MONDAY + 3 * DAY + 2 * HOUR
    model = taught(range(MONDAY, night + 1), shop)
    forecast = model.forecast(night, 60)
    assert forecast is None or forecast.mean < 2
    assert model.fallen([(60, 0.8)], 14.0) == []
    early = MONDAY + 3 * DAY + 8 * HOUR + 17
    taught(range(night + 1, early + 1), shop, model=model)
    forecast = model.forecast(early, 2)
    assert forecast is not None
    assert forecast.mean == pytest.approx(200 * 0.6, rel=0.05), "what came before eight is held against nothing"


def test_as_good_as_nothing_before_a_window_is_a_low_level_and_no_unknown_one() -> None:
    model = taught(range(MONDAY, MONDAY + 6 * HOUR), lambda m: 100 if m < MONDAY + 5 * HOUR else 0)
    forecast = model.forecast(MONDAY + 6 * HOUR - 1, 5)
    assert forecast is not None
    assert forecast.mean < 2


def test_a_copy_changes_apart() -> None:
    model = taught(range(MONDAY, MONDAY + DAY), lambda m: 20 * wave(m))
    before = deepcopy(model)
    copy = model.copy()
    assert copy == model
    taught(range(MONDAY + DAY, MONDAY + DAY + 3 * HOUR), lambda m: 9 * wave(m) * (1 + m % 3), model=copy)
    copy.bar(7)
    assert copy.errors != model.errors
    assert model == before


def test_it_holds_no_more_after_two_weeks_than_after_a_day() -> None:
    model = taught(range(MONDAY, MONDAY + 14 * DAY), wave)
    assert len(model.totals) == len(model.profile) == len(model.barred) == SPAN
    assert len(model.blocks) == 24
    assert len(model.habits.table) == 15 * 96 * 2
    assert len(model.lows) == 24 * 12


def test_more_minutes_than_there_are_can_be_barred() -> None:
    model = taught(range(MONDAY, MONDAY + 9), flat)
    model.bar(45)
    assert model.barred == [True] * 9


@pytest.mark.parametrize("after", [22, 32])
def test_the_minutes_below_a_step_do_not_lift_the_level_after_it(after: int) -> None:
    """Some come before eight o'clock already, and more than the profile says that near to the step."""

    def early(minute: int) -> float:
        at = minute % DAY
        return 400 if at >= 8 * HOUR else 100 if at >= 8 * HOUR - 20 else 20

    now = MONDAY + 3 * DAY + 8 * HOUR + after
    model = taught(range(MONDAY, now - 20), early)
    taught(range(now - 20, now + 1), lambda _: 400, model=model)
    forecast = model.forecast(now, 2)
    assert forecast is not None
    assert 200 < forecast.mean < 840


@pytest.mark.parametrize("clock", [None, SummerClock(UTC)])
def test_a_monday_that_begins_on_sunday_afternoon_by_utc_is_not_expected_twice(clock: SummerClock | None) -> None:
    """Tokyo's: the level knows of it by midnight UTC, and the profile takes the minutes after that for Monday's."""

    def total(minute: int) -> float:
        return 40 if 5 * DAY <= minute - MONDAY < 6 * DAY + 15 * HOUR else 100

    model = VolumeModel(clock=clock)
    taught(range(MONDAY, MONDAY + 7 * DAY + 25), total, model=model)
    found = model.forecast(MONDAY + 7 * DAY + 24, 3)
    assert found is not None
    assert found.mean == pytest.approx(300, rel=0.05)
