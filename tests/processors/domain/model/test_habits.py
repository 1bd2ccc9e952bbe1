"""What two weeks of quarter hours say of the next day: a habit is what like days have in common."""

from collections.abc import Callable

import pytest

from processors.domain.model.habits import DAY, DAYS, QUARTER, Habits, of_profile

MONDAY = 4
"""Day of the epoch: 1970-01-05."""
NOON = DAY // 2
USUAL = 100.0


def taught(
    days: range, rate: Callable[[int, int], float | None], barred: Callable[[int, int], bool] = lambda *_: False
) -> Habits:
    """Habits of days (0 is a Monday), each quarter hour of which holds `rate(day, quarter)` a minute."""
    habits = Habits()
    for day in days:
        for quarter in range(DAY):
            held = rate(day, quarter)
            if held is not None:
                habits.learn((MONDAY + day) * DAY + quarter, held, barred=barred(day, quarter))
    return habits


def usual(habits: Habits, day: int, quarter: int = NOON) -> float | None:
    return habits.usual((MONDAY + day) * DAY + quarter)


def only(*days: int, held: float, at: range = range(NOON, NOON + 4)) -> Callable[[int, int], float]:
    """The usual, but `held` from noon on for an hour on these days."""
    return lambda day, quarter: held if day in days and quarter in at else USUAL


def taken(*days: int) -> Callable[[int, int], bool]:
    return lambda day, quarter: day in days and quarter in range(NOON, NOON + 4)


# --- one day says nothing, two do ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("held", "day"), [(0.0, 3), (0.0, 2), (200.0, 3), (200.0, 1), (50.0, 3)])
def test_what_was_so_on_one_day_is_no_habit(held: float, day: int) -> None:
    assert usual(taught(range(4), only(day, held=held)), 4) == pytest.approx(USUAL, rel=0.01)


def test_of_two_days_that_differ_the_lower_one_is_expected() -> None:
    assert usual(taught(range(2), only(1, held=200.0)), 2) == pytest.approx(USUAL, rel=0.01)
    assert usual(taught(range(2), only(1, held=20.0)), 2) == pytest.approx(20, rel=0.01)


@pytest.mark.parametrize("is_barred", [False, True])
def test_what_fell_on_two_days_in_a_row_falls_also_where_it_was_taken_for_outages(*, is_barred: bool) -> None:
    habits = taught(range(5), only(3, 4, held=0.0), taken(3, 4) if is_barred else taken())
    assert usual(habits, 7) == 0


def test_an_outage_is_no_habit_though_it_was_long() -> None:
    habits = taught(range(5), only(4, held=0.0, at=range(DAY)), lambda day, _: day == 4)
    assert usual(habits, 7) == pytest.approx(USUAL, rel=0.01)


def test_a_fall_on_two_of_the_last_like_days_is_a_habit_though_others_lie_between() -> None:
    assert usual(taught(range(5), only(1, 3, held=0.0)), 7) == 0
    assert usual(taught(range(5), only(1, 3, held=200.0)), 7) == pytest.approx(USUAL, rel=0.01)


def test_nothing_but_outages_is_a_habit_once_there_were_two_of_them() -> None:
    first, second = (taught(range(days), lambda *_: 0.0, lambda *_: True) for days in (1, 2))
    assert usual(first, 1) is None
    assert usual(second, 2) == 0


def is_sunday(day: int) -> bool:
    return day % 7 == 6


# --- weeks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("weeks", "expected"), [(1, USUAL), (2, 0.0)])
def test_a_shop_that_was_closed_on_two_sundays_is_closed_on_sundays(weeks: int, expected: float) -> None:
    habits = taught(
        range(7 * weeks + 6), lambda day, _: 0.0 if is_sunday(day) else USUAL, lambda day, _: is_sunday(day)
    )
    assert usual(habits, 7 * weeks + 6) == pytest.approx(expected, rel=0.01)


def test_a_late_evening_each_thursday_is_expected_on_thursdays_alone() -> None:
    habits = taught(range(14), lambda day, q: 60.0 if day % 7 == 3 or q < 80 else 0.0)
    late = usual(habits, 17, 84)
    assert late is not None
    assert 40 < late <= 60.1
    assert usual(habits, 18, 84) == 0


def test_weekends_have_a_level_of_their_own_and_weekdays_speak_for_the_first() -> None:
    habits = taught(range(5), lambda *_: USUAL)
    assert usual(habits, 5) == pytest.approx(USUAL, rel=0.01)
    habits = taught(range(14), lambda day, _: 40.0 if day % 7 > 4 else USUAL)
    assert usual(habits, 14) == pytest.approx(USUAL, rel=0.01)
    assert usual(habits, 19) == pytest.approx(40, rel=0.01)
    assert usual(habits, 19, 2) == pytest.approx(40, rel=0.01), "by the level of its own kind, from midnight on"


def test_where_no_weekday_was_ever_open_the_weekend_does_not_speak_for_it() -> None:
    habits = taught(range(5, 8), lambda day, _: 0.0 if day == 7 else USUAL, lambda day, _: day == 7)
    assert usual(habits, 8) == 0


@pytest.mark.parametrize(("quarter", "expected"), [(4, 30.0), (60, 100.0)])
def test_where_it_is_still_sunday_in_some_zone_a_week_ago_is_enough(quarter: int, expected: float) -> None:
    habits = taught(range(-2, 7), lambda day, q: 30.0 if day == 0 and q in (3, 4, 5, 60) else USUAL)
    assert usual(habits, 7, quarter) == pytest.approx(expected, rel=0.1)


# --- whose days ------------------------------------------------------------------------------------------------------


def of_tokyo(day: int, quarter: int) -> float:
    """40 on Saturdays and Sundays of Tokyo, which begin at 15:00 UTC on the day before."""
    return 40.0 if (day * DAY + quarter + 36) // DAY % 7 > 4 else USUAL


@pytest.mark.parametrize(
    ("day", "quarter", "by_zone"), [(4, 59, USUAL), (4, 60, 40.0), (5, 0, 40.0), (6, 59, 40.0), (6, 60, USUAL)]
)
def test_days_begin_by_the_zone_that_was_declared(day: int, quarter: int, by_zone: float) -> None:
    habits = taught(range(11), of_tokyo)
    habits.follow(36)
    assert usual(habits, day + 7, quarter) == pytest.approx(by_zone, rel=0.01)


def test_a_zone_that_is_said_again_is_no_news() -> None:
    habits = taught(range(14), lambda *_: USUAL)
    habits.follow(36)
    habits.lines[0] = (1.0, 2.0, 3.0)
    habits.follow(36)
    assert habits.lines == {0: (1.0, 2.0, 3.0)}
    habits.follow(0)
    assert habits.lines == {}


def test_a_zone_that_is_exchanged_is_asked_anew_and_copies_keep_it() -> None:
    habits = taught(range(11), of_tokyo)
    habits.follow(36)
    friday = [usual(each, 11, 70) for each in (habits, habits.copy())]
    habits.follow(0)
    assert friday == pytest.approx([40, 40], rel=0.01)
    assert usual(habits, 11, 70) == pytest.approx(USUAL, rel=0.1)


def test_the_first_evening_of_all_has_the_level_of_others_and_is_not_made_to_look_like_them() -> None:
    """By UTC it is a Monday, by the people a Sunday: a third of a Monday, which is expected a week later, too."""
    habits = taught(range(7), lambda day, q: 33.0 if day == 0 and q < 16 else 60.0 if day > 4 else USUAL)
    assert usual(habits, 7, 3) == pytest.approx(33, rel=0.01)


def test_a_kind_of_day_is_known_when_one_of_it_was_seen() -> None:
    known = taught(range(5), lambda *_: USUAL)
    assert [known.knows_its_kind((MONDAY + day) * DAY) for day in (4, 5, 6, 7)] == [True, False, False, True]
    known.follow(48)
    assert known.knows_its_kind((MONDAY + 5) * DAY - 49)
    assert not known.knows_its_kind((MONDAY + 5) * DAY - 48)
    assert not Habits().knows_its_kind(MONDAY * DAY)


# --- levels ----------------------------------------------------------------------------------------------------------


def test_the_end_of_a_doubling_and_its_beginning_are_no_habits_and_what_follows_is_none_either() -> None:
    doubled = range(1 * DAY + NOON, 3 * DAY + NOON)
    habits = taught(range(5), lambda day, q: 200.0 if day * DAY + q in doubled else USUAL)
    course = [usual(habits, 7, q) for q in range(NOON - 4, NOON + 20)]
    assert max(each or 0.0 for each in course) / min(each or 0.0 for each in course) < 1.15


def test_no_more_is_expected_than_there_ever_was() -> None:
    habits = taught(range(3), lambda day, q: 0.0 if day < 2 and q < NOON else USUAL)
    assert usual(habits, 3, NOON + 1) == pytest.approx(USUAL, rel=0.01)
    assert habits.highest == pytest.approx(USUAL, rel=0.01)
    assert Habits().highest == 0


def test_the_most_that_a_quarter_hour_held_is_that_of_the_busiest_day() -> None:
    habits = taught(range(4), only(1, held=200.0))
    assert habits.most((MONDAY + 4) * DAY + NOON) == pytest.approx(200, rel=0.01)
    assert habits.most((MONDAY + 4) * DAY + NOON + 8) == pytest.approx(USUAL, rel=0.01)
    assert Habits().most(NOON) == 0


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_counts_are_kept_to_a_thousandth_and_zero_is_not_unknown() -> None:
    for held in (0.0, 0.2, 1.0, 57.3, 5_000.0, 2e6):
        assert usual(taught(range(1), lambda *_, held=held: held), 1) == pytest.approx(held, rel=0.001)
    assert usual(Habits(), 1) is None


def test_two_weeks_are_kept_and_what_was_left_out_is_not_known() -> None:
    habits = taught(range(20), lambda *_: USUAL)
    assert (len(habits.table), habits.known) == (DAYS * DAY * 2, DAYS * DAY)
    habits.learn((MONDAY + 23) * DAY, USUAL, barred=False)
    assert habits.known == (DAYS - 3) * DAY
    assert usual(habits, 23) == pytest.approx(USUAL, rel=0.01)
    habits.skip_to((MONDAY + 60) * DAY)
    assert habits.known == 0
    assert usual(habits, 60) is None


def test_a_quarter_of_an_hour_that_comes_again_because_clocks_go_back_is_not_taken_in_twice() -> None:
    habits = taught(range(1), lambda *_: USUAL)
    before = habits.copy()
    habits.learn(habits.upto, 7.0, barred=True)
    habits.skip_to(habits.upto)
    assert habits == before


def test_a_copy_changes_apart_and_answers_do_not_depend_on_when_they_were_found() -> None:
    habits = taught(range(9), lambda day, q: 50.0 + q % 7 + day)
    early = [usual(habits, 9, q) for q in range(DAY)]
    copy, late = habits.copy(), []
    for quarter in range(DAY):
        late.append(usual(copy.copy(), 9, quarter))
        if quarter >= 4:
            copy.learn((MONDAY + 9) * DAY + quarter - 4, 1.0, barred=False)
    assert late == early
    assert habits != copy


def test_a_profile_of_an_older_release_becomes_two_weeks_of_like_days() -> None:
    slots = {quarter: (30 * (100.0 + quarter), 30.0, float(MONDAY + 4)) for quarter in range(DAY)}
    slots |= {DAY + quarter: (30 * 40.0, 30.0, float(MONDAY - 1)) for quarter in range(DAY)}
    slots[7] = (3.0, 3.0, float(MONDAY + 4))
    habits = of_profile(slots)
    assert usual(habits, 7, 50) == pytest.approx(150, rel=0.01)
    assert usual(habits, 5, 50) == pytest.approx(40, rel=0.01)
    assert usual(habits, 7, 7) is None or usual(habits, 7, 7) == pytest.approx(40, rel=0.01)
    assert of_profile({}) == Habits()


def test_a_profile_that_one_day_has_taught_is_one_day() -> None:
    slots = {quarter: (15 * USUAL, 15.0, float(MONDAY)) for quarter in range(DAY)}
    assert of_profile(slots).known == DAY
    assert of_profile(slots).upto == MONDAY * DAY + DAY - 1
    assert QUARTER == 15


# --- outages that ended ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [0.0, 70.0])
def test_the_day_after_an_outage_on_the_first_saturday_is_as_other_days(held: float) -> None:
    habits = taught(range(6), only(5, held=held), taken(5))
    assert usual(habits, 6) == pytest.approx(USUAL, rel=0.02)


@pytest.mark.parametrize("held", [0.0, 40.0])
def test_what_has_closed_or_is_accepted_as_it_is_may_be_so_on_the_next_day(held: float) -> None:
    habits = taught(range(6), only(5, held=held, at=range(NOON, DAY)), taken(5))
    assert usual(habits, 6) == pytest.approx(held, abs=0.5)


def test_what_a_quarter_hour_held_a_week_ago_is_known_for_two_weeks() -> None:
    habits = taught(range(8), only(0, held=33.0))
    assert habits.week_ago((MONDAY + 7) * DAY + NOON) == pytest.approx(33, rel=0.01)
    assert habits.week_ago((MONDAY + 8) * DAY + NOON) == pytest.approx(USUAL, rel=0.01)
    assert habits.week_ago((MONDAY + 6) * DAY + NOON) is None
    assert Habits().week_ago(0) is None
