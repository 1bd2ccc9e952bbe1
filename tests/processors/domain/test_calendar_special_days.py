"""Holidays, pay days and events: the volume follows no habit then, and what goes wrong pages all the same."""

from dataclasses import replace

import pytest

from processors.domain.calendar import Calendar, Event
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.model import VolumeModel
from processors.domain.model.special_days import SPECIAL
from processors.domain.rules import Comparison
from processors.domain.ruleset import RuleSet
from tests.processors.domain.build import M0
from tests.processors.domain.traffic import (
    DAY,
    FIRST,
    HOUR,
    NOON,
    RULES,
    Change,
    Told,
    during,
    ended,
    fired,
    known,
    once,
    story,
    traffic,
)

WEDNESDAY = FIRST + 2 * DAY
"""Its midnight; two days are known by then."""


def event(begins: int = WEDNESDAY, ends: int = WEDNESDAY + DAY, *scopes: str) -> RuleSet:
    return replace(RULES, calendar=Calendar(events=(Event("sale", begins, ends, scopes),)))


def all_day(level: float, change: Change = lambda _: {}) -> Change:
    """The volume of a special day at so many times the usual, and what else is otherwise."""
    return lambda i: {**change(i), "all": (level if i < DAY else 1.0) * change(i).get("all", 1.0)}


def told_of(change: Change, minutes: int, rules: RuleSet, start: int = WEDNESDAY, seed: int = 7) -> list[Told]:
    return story(change, minutes, start=start, seed=seed, rules=rules)


# --- what does not page ----------------------------------------------------------------------------------------------


@pytest.mark.story
@pytest.mark.parametrize(("level", "seed"), [(0.5, 1), (3.0, 2)])
def test_a_day_of_another_volume_is_quiet_from_its_first_minute_to_the_next_morning(level: float, seed: int) -> None:
    assert told_of(all_day(level), DAY + 8 * HOUR, event(), seed=seed) == []


@pytest.mark.story
@pytest.mark.parametrize(("level", "at"), [(0.5, 5), (3.0, DAY + 1)])
def test_without_the_calendar_the_same_day_pages(level: float, at: int) -> None:
    """Half the volume at once, or the end of three times the volume, is a partial outage to who knows no better."""
    assert at in fired(told_of(all_day(level), DAY + HOUR, RULES))


@pytest.mark.story
@pytest.mark.parametrize("level", [3, 6])
def test_a_sale_of_two_hours_is_quiet_and_so_is_its_end(level: float) -> None:
    rules = event(NOON + 60, NOON + 180)
    assert told_of(during(60, 179, all=level), 6 * HOUR, rules, start=NOON) == []


@pytest.mark.story
def test_a_deal_within_the_day_and_the_fall_after_it_are_quiet() -> None:
    """Twice as much as the rest of the day for half an hour, in the afternoon."""
    surge = during(15 * HOUR, 15 * HOUR + 29, all=2)
    assert told_of(all_day(2.0, surge), 18 * HOUR, event()) == []


# --- what does -------------------------------------------------------------------------------------------------------

FAULTS = {"outage": {"all": 0.0}, "failures": {"failed": 10.0}, "denials": {"denied": 5.0}}


@pytest.mark.story
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("at", [0, 12, 70, 11 * HOUR])
def test_an_anomaly_inside_a_busy_day_pages_at_once_and_once(fault: str, at: int) -> None:
    told = told_of(all_day(3.0, during(at, at + 19, **FAULTS[fault])), at + 70, event())
    incident = once(told)
    assert (incident.dimension, incident.key) == {
        "outage": ("volume", "total"),
        "failures": ("status", "failed"),
        "denials": ("status", "denied"),
    }[fault]
    assert fired(told)[0] - at <= 1
    assert at + 19 < ended(told) <= at + 19 + 12


@pytest.mark.story
@pytest.mark.parametrize("at", [15, 70, 11 * HOUR])
def test_half_of_the_volume_missing_is_found_once_the_day_has_a_level_of_its_own(at: int) -> None:
    told = told_of(all_day(3.0, during(at, at + 29, all=0.5)), at + 20, event())
    assert once(told).key == "total"
    assert fired(told)[0] - at <= 5


def test_on_a_quiet_holiday_an_outage_is_found_too() -> None:
    told = told_of(all_day(0.4, during(9 * HOUR, 9 * HOUR + 19, all=0)), 10 * HOUR, event())
    assert once(told).key == "total"
    assert fired(told)[0] - 9 * HOUR <= 1


def test_what_is_seen_on_a_special_day_says_so() -> None:
    change = during(70, 89, denied=5)
    assert once(told_of(all_day(3.0, change), 120, event())).because[-1] == "on a special day: sale"
    assert once(told_of(change, 120, event(WEDNESDAY, WEDNESDAY + DAY, "shop"))).because[-1].startswith("auth_code")


# --- its ends --------------------------------------------------------------------------------------------------------


@pytest.mark.story
@pytest.mark.parametrize("at", [10, 3 * HOUR, 12 * HOUR])
def test_the_day_after_is_judged_by_the_old_habit(at: int) -> None:
    """On the Thursday half of the usual is missing."""
    late = DAY + at
    told = told_of(all_day(3.0, during(late, late + 44, all=0.5)), late + 45, event())
    assert once(told).key == "total"
    assert fired(told)[0] - late <= 5


@pytest.mark.story
def test_a_special_day_teaches_no_habit() -> None:
    ordinary, special = known(WEDNESDAY), known(WEDNESDAY)
    for i in range(DAY + HOUR):
        judge(
            JudgedScope(event(), special, "all"), WEDNESDAY + i, MinuteCounts(traffic(WEDNESDAY + i, all_day(3.0)(i)))
        )
    at = WEDNESDAY + 7 * DAY + 20 * HOUR
    assert special.model.volume.at(at) == ordinary.model.volume.at(at)
    assert special.model.volume.errors == ordinary.model.volume.errors


def test_an_outage_that_the_end_of_the_day_finds_open_is_over_when_the_usual_volume_is_back() -> None:
    """Five times the volume until midnight, none from ten to midnight until five past, then the usual."""
    gone = during(DAY - 10, DAY + 4, all=0)
    told = told_of(all_day(5.0, gone), DAY + 60, event())
    assert fired(told) == [DAY - 9]
    assert DAY + 5 <= ended(told) <= DAY + 15


def test_an_outage_that_the_beginning_of_a_day_finds_open_is_over_when_the_volume_of_that_day_is_back() -> None:
    begins = NOON + 60
    gone = during(50, 79, all=0)
    quieter = lambda i: {"all": gone(i).get("all", 0.5 if i >= 60 else 1.0)}  # noqa: E731 - one line of a story
    told = told_of(quieter, 150, event(begins, begins + DAY), start=NOON)
    assert fired(told) == [51]
    assert 80 <= ended(told) <= 90


def test_a_profile_that_is_not_known_yet_makes_no_difference_at_the_end_of_a_day() -> None:
    """On the first day of all: a sale of an hour, an outage that lasts beyond its end, and the usual again."""
    rules, memory = event(FIRST + 12 * HOUR, FIRST + 13 * HOUR), ScopeMemory()
    told: list[tuple[str, int]] = []
    for i in range(14 * HOUR):
        change = {"all": 0.0 if -10 <= i - 13 * HOUR < 5 else 4.0 if 12 * HOUR <= i < 13 * HOUR else 1.0}
        held = MinuteCounts(traffic(FIRST + i, change))
        told += [(step, i - 13 * HOUR) for step, _ in judge(JudgedScope(rules, memory, "all"), FIRST + i, held).steps]
    assert [at for step, at in told if step == "firing"] == [-9]
    assert 5 <= next(at for step, at in told if step == "resolved") <= 15


@pytest.mark.story
def test_days_that_are_compared_with_one_another_are_ordinary_ones() -> None:
    """By a rule that compares with yesterday: Wednesday has three times the volume, Thursday the usual."""
    rule = Comparison("days", dimension="volume", agree=1)
    bare = RuleSet("days", "v1", rules=(rule,), group=True)
    for rules, expected in ((bare, {0, 1}), (replace(bare, calendar=event().calendar), set[int]())):
        memory, pages_on = ScopeMemory(), set[int]()
        for i in range(-2 * DAY, DAY + 4 * HOUR):
            count = 300 if 0 <= i < DAY else 100
            steps = judge(JudgedScope(rules, memory, "all"), WEDNESDAY + i, total(count)).steps
            pages_on |= {i // DAY for step, _ in steps if step == "firing"}
        assert pages_on == expected


def total(count: int) -> MinuteCounts:
    return MinuteCounts({"status": {"approved": [count, 0]}})


# --- the model -------------------------------------------------------------------------------------------------------


def model(*stretches: tuple[int, int, int]) -> VolumeModel:
    """A model that has heard these stretches, each so many minutes of a total and a kind, up to M0."""
    volume, minute = VolumeModel(), M0 - sum(minutes for minutes, _, _ in stretches)
    for minutes, total, kind in stretches:
        for _ in range(minutes):
            volume.hear(minute, total, barred=False, kind=kind)
            minute += 1
    return volume


def mean(volume: VolumeModel, window: int) -> float | None:
    forecast = volume.forecast(M0 - 1, window)
    return forecast and forecast.mean


def test_there_is_no_forecast_for_a_window_that_days_of_both_kinds_share() -> None:
    volume = model((100, 50, 0), (5, 50, SPECIAL))
    assert mean(volume, 5) is not None
    assert mean(volume, 6) is None


def test_a_day_that_has_just_begun_is_expected_to_be_far_below_the_last_one_at_worst() -> None:
    assert mean(model((100, 50, 0), (5, 150, SPECIAL)), 2) == pytest.approx(2 * 50 * 0.4)
    assert mean(model((100, 50, 0), (10, 150, SPECIAL)), 2) == pytest.approx(2 * 150)


def test_where_the_minutes_before_say_nothing_the_usual_level_does() -> None:
    """Hours of the usual, then a special day with minutes that are barred: nothing of it may tell a level."""
    volume = model((300, 50, 0), (60, 150, SPECIAL))
    volume.bar(60)
    assert mean(volume, 2) == pytest.approx(2 * 50 * 0.4)
    nothing = model((20, 50, 0), (40, 150, SPECIAL))
    nothing.bar(60)
    assert mean(nothing, 2) is None


def test_a_special_day_has_a_slow_level_of_its_own() -> None:
    """An hour of 300, and the fall back to 150 after it: no more than 150 is to be expected."""
    assert mean(model((60, 50, 0), (120, 150, SPECIAL), (60, 300, SPECIAL), (4, 150, SPECIAL)), 4) == pytest.approx(600)


def test_two_hours_after_it_nothing_of_a_special_day_is_left() -> None:
    volume = model((60, 50, 0), (200, 150, SPECIAL), (119, 50, 0))
    assert volume.minute_kinds is not None
    volume.hear(M0, 50, barred=False)
    assert volume.minute_kinds is None


def test_a_level_that_is_accepted_is_that_of_the_special_day_too() -> None:
    volume = model((60, 50, 0), (120, 150, SPECIAL), (40, 60, SPECIAL))
    volume.accept()
    assert mean(volume, 2) == pytest.approx(120)


def test_a_long_silence_ends_what_is_kept_of_special_days() -> None:
    volume = model((60, 50, 0), (120, 150, SPECIAL))
    volume.lapse()
    assert volume.minute_kinds is None


def test_what_a_share_should_have_held_is_not_taken_from_days_of_the_other_kind() -> None:
    assert model((100, 150, 0), (5, 50, SPECIAL)).likely(5) == 250
    assert model((100, 150, 0), (30, 50, SPECIAL)).likely(5) == pytest.approx(250)
