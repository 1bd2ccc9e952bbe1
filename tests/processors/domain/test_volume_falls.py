"""Transactions are missing: outages, whole and in part, and what looks like one and is none."""

from dataclasses import replace

import pytest

from processors.domain.judging.timeline import Part, Timeline, TimelineState
from processors.domain.window import TimePolicy, end_ms
from tests.processors.domain.traffic import (
    DAY,
    HOUR,
    NIGHT,
    NOON,
    RULES,
    Told,
    during,
    ended,
    fired,
    known,
    nothing,
    once,
    story,
    traffic,
)


def led_by_the_volume(told: list[Told]) -> bool:
    incident = once(told)
    return (incident.dimension, incident.key, incident.rules) == ("volume", "total", ("volume_drop",))


# --- what pages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("left", "within"), [(0, 2), (0.1, 2), (0.2, 2), (0.5, 4), (0.7, 15)])
@pytest.mark.parametrize("seed", [1, 2])
def test_an_outage_is_found_the_sooner_the_more_is_missing(left: float, within: int, seed: int) -> None:
    told = story(during(5, 45, all=left), 100, seed=seed)
    assert led_by_the_volume(told)
    assert fired(told)[0] <= 5 + within - 1
    assert once(told).severity == ("critical" if left <= 0.2 else once(told).severity)


def test_an_outage_in_the_night_is_found_too() -> None:
    told = story(during(5, 45, all=0), 100, start=NIGHT)
    assert led_by_the_volume(told)
    assert fired(told)[0] <= 7


def test_no_rows_at_all_are_told_as_none() -> None:
    incident = once(story(during(5, 25, all=0), 60))
    assert (incident.seen.count, incident.seen.total, incident.peak) == (0, 0, 0)
    assert incident.because[0].startswith("0 transactions in 2 minutes, where ")
    assert incident.since - NOON == 5


# --- what does not ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [0, 0.1])
@pytest.mark.parametrize("start", [NOON, NIGHT])
def test_one_missing_minute_is_no_outage(left: float, start: int) -> None:
    assert story(during(5, 5, all=left), 40, start=start) == []


def test_a_minute_that_is_late_into_the_next_one_is_no_outage() -> None:
    assert story(lambda i: {"all": {5: 0, 6: 2}.get(i, 1)}, 40) == []


@pytest.mark.story
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hours_with_little_traffic_are_quiet(seed: int) -> None:
    """Three transactions a minute: one without any comes by chance, and two in a row."""
    assert story(nothing, 4 * HOUR, start=NIGHT, scale=0.05, seed=seed) == []


@pytest.mark.parametrize("minutes", [10, 40])
def test_a_surge_and_the_fall_after_it_are_quiet(minutes: int) -> None:
    assert story(during(5, 4 + minutes, all=3), 150) == []
    assert story(lambda i: {"all": 1 + 2 * max(0.0, 1 - abs(i - 60) / minutes)}, 150) == []


def test_an_evening_that_comes_half_an_hour_early_is_quiet() -> None:
    """The traffic of thirty minutes later, all the time."""
    assert story(lambda i: {"all": (120 - 84 * 0.88) / (120 - 84 * 0.93) if i > 30 else 1}, 4 * HOUR) == []


def test_the_rebound_after_an_outage_does_not_page_nor_does_its_end() -> None:
    told = story(lambda i: {"all": 0.1} if 5 <= i < 35 else {"all": 2.5} if 35 <= i < 50 else {}, 150)
    assert led_by_the_volume(told)


# --- how it goes on and ends -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [0, 0.2, 0.5])
def test_it_is_over_soon_after_the_recovery(left: float) -> None:
    told = story(during(5, 34, all=left), 100)
    assert 34 < ended(told) <= 34 + 8


def test_a_dip_within_an_outage_that_recovers_for_a_minute_is_the_same_outage() -> None:
    told = story(lambda i: {"all": 0.1} if 5 <= i < 30 and i != 15 else {}, 80)
    assert led_by_the_volume(told)


def test_a_level_that_stays_is_the_new_level_after_three_hours() -> None:
    """Half of it stays away: one incident, over after 180 minutes and some, and it is not told again."""
    told = story(lambda i: {"all": 0.5} if i >= 5 else {}, 12 * HOUR)
    assert ended(told) - once(told).since + NOON == pytest.approx(182, abs=5)


def test_an_outage_that_stays_total_is_no_new_level() -> None:
    told = story(lambda i: {"all": 0} if 5 <= i < 5 * HOUR else {}, 6 * HOUR)
    assert led_by_the_volume(told)
    assert 5 * HOUR <= ended(told) <= 5 * HOUR + 8


# --- through a timeline ---------------------------------------------------------------------------------------------


def test_an_outage_longer_than_the_largest_gap_is_told_once_and_is_over_in_words_with_the_gap() -> None:
    policy = TimePolicy(max_gap_minutes=30)
    state = TimelineState.after(NOON - 1, known())
    timeline = Timeline(RULES, policy, "all", state)
    for minute in (*range(NOON, NOON + 5), *range(NOON + 2 * DAY, NOON + 2 * DAY + 90)):
        timeline.hear(minute, 0, Part(0, minute, traffic(minute)))
    said = timeline.advance(end_ms(NOON + 2 * DAY + 90)).statements
    assert [s.stated.state for s in said if s.stated.state != "updated"] == ["firing", "resolved"]
    assert [s.stated.incident.key for s in said] == ["total"] * len(said)
    assert said[-1].minute == NOON + 4 + 30
    assert said[-1].stated.incident.because == (
        "nothing has come for 30 minutes: it counts as gone, and is watched again once something comes",
    )


def test_the_volume_is_judged_where_a_rule_asks_for_it_alone() -> None:
    rules = replace(RULES, rules=tuple(r for r in RULES.rules if r.method == "share_tail"))
    assert story(during(5, 45, all=0.2), 60, rules=rules) == []
