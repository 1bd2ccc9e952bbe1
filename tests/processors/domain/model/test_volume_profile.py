"""What is known of the day and the weekend of a volume: its profile, and where it is closed."""

import pytest

from tests.processors.domain.model.volume_kit import DAY, HOUR, MONDAY, flat, shop, taught, wave


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


@pytest.mark.parametrize(("day", "at", "knows"), [(5, 119, False), (5, 120, True), (6, 0, False), (7, 0, True)])
def test_a_kind_of_day_that_was_never_seen_is_known_once_it_has_begun(day: int, at: int, *, knows: bool) -> None:
    model = taught(range(MONDAY, MONDAY + 5 * DAY), flat)
    assert model.knows_its_kind(MONDAY + day * DAY + at) == knows


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
