"""What a window should have held: by the day where it is known, and by the level now and some hours ago."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.clock import SummerClock
from processors.domain.model.volume import OVERDISPERSION, Forecast, VolumeModel
from tests.processors.domain.build import PROPERTY
from tests.processors.domain.model.volume_kit import DAY, HOUR, MONDAY, flat, taught, wave


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
