"""Limits on shares and counts: two of them, how many transactions it takes, and which way they are watched."""

from dataclasses import replace
from typing import Any

import pytest

from processors.domain.rules import CountThreshold, Finding, Member, Rule, Series, ShareTail, ShareThreshold, VolumeDrop
from processors.domain.rules.base import graded_below, settings_of

DOWN = ShareThreshold("a", warning=0.8, critical=0.5, direction="down", minimum_history=3, window=5)


def counted(count: int, total: int = 1_000, **settings: Any) -> Finding | None:
    return CountThreshold("a", **settings).judge(Series("status", "failed", count, total, None))


def share(rule: ShareThreshold, *minutes: tuple[int, int]) -> Finding | None:
    return rule.judge(Series("status", "approved", *minutes[-1], None, minutes))


# --- counts ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "found"),
    [
        (10, None),
        (11, ("warning", 50.0)),
        (16, ("warning", 62.5)),
        (20, ("warning", 72.5)),
        (21, ("critical", 75.0)),
        (42, ("critical", 100.0)),
        (900, ("critical", 100.0)),
    ],
)
def test_two_limits_make_a_warning_and_a_critical_finding(count: int, found: tuple[str, float] | None) -> None:
    said = counted(count, warning=10, critical=20)
    assert (said and (said.severity, said.score)) == found


@pytest.mark.parametrize(
    ("count", "found"),
    [
        (101, None),
        (100, None),
        (99, ("warning", 50.0)),
        (41, ("warning", 74.0 + 1 / 6)),
        (39, ("critical", 75.0)),
        (0, ("critical", 100.0)),
    ],
)
def test_with_the_direction_down_a_count_below_its_limits_is_found(count: int, found: tuple[str, float] | None) -> None:
    said = counted(count, warning=100, critical=40, direction="down")
    assert (said and said.severity) == (found and found[0])
    assert (said and said.score) == (found and pytest.approx(found[1]))


@pytest.mark.parametrize(
    ("settings", "count", "severity", "score"),
    [
        ({"warning": 10}, 11, "warning", 50.625),
        ({"critical": 10}, 11, "critical", 75.625),
        ({"warning": 10, "direction": "down"}, 0, "warning", 56.25),
        ({"critical": 10, "direction": "down"}, 9, "critical", 75.625),
    ],
)
def test_one_of_the_limits_does(settings: dict[str, Any], count: int, severity: str, score: float) -> None:
    said = counted(count, **settings)
    assert said is not None
    assert (said.severity, said.score) == (severity, score)
    assert said.because == f"{count} in one minute; the limit is 10"
    assert counted(10, **settings) is None


@pytest.mark.parametrize(("total", "fires"), [(499, False), (500, True)])
def test_a_count_needs_enough_transactions(total: int, *, fires: bool) -> None:
    assert (counted(9, total, minimum_total=500) is not None) is fires
    assert (counted(0, total, minimum_total=500, warning=3, direction="down") is not None) is fires


@pytest.mark.parametrize(
    ("settings", "given", "key"),
    [
        ({}, ["above", "severity"], None),
        ({"warning": 5, "critical": 9}, ["warning", "critical"], None),
        ({"warning": 9, "critical": 5, "direction": "down"}, [], None),
        ({"warning": 0}, [], None),
        ({"warning": 5}, ["above"], "above"),
        ({"critical": 5}, ["severity"], "severity"),
        ({"direction": "down"}, ["above"], "direction"),
        ({"direction": "down", "warning": 0}, [], "warning"),
        ({"direction": "down", "warning": 5, "critical": 0}, [], "critical"),
        ({"warning": 5, "critical": 5}, [], "warning"),
        ({"warning": 5, "critical": 9, "direction": "down"}, [], "warning"),
        ({"dimension": "volume"}, [], "dimension"),
    ],
)
def test_limits_that_make_no_sense_are_refused(settings: dict[str, Any], given: list[str], key: str | None) -> None:
    problem = CountThreshold("a", **settings).problem(given)
    assert (problem and problem[0]) == key


# --- shares ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "found"),
    [
        (81, None),
        (80, ("warning", 50.0)),
        (65, ("warning", 62.5)),
        (50, ("critical", 75.0)),
        (25, ("critical", 87.5)),
        (0, ("critical", 100.0)),
    ],
)
def test_a_share_that_is_too_small_is_found(count: int, found: tuple[str, float] | None) -> None:
    said = share(DOWN, *[(count, 100)] * 5)
    assert (said and said.severity) == (found and found[0])
    assert (said and said.score) == (found and pytest.approx(found[1]))


def test_a_share_of_nothing_can_be_the_limit_of_what_is_critical() -> None:
    rule = replace(DOWN, critical=0.0)
    said = share(rule, *[(1, 100)] * 5)
    assert said is not None
    assert said.severity == "warning"
    said = share(rule, *[(0, 100)] * 5)
    assert said is not None
    assert (said.severity, said.score) == ("critical", 100.0)
    assert graded_below(0.0, 0.5, 0.0) == ("critical", 100.0)


def test_a_fall_that_is_over_is_not_said_again() -> None:
    past = [(10, 100)] * 4
    assert share(DOWN, *past, (80, 100)) is not None
    assert share(DOWN, *past, (81, 100)) is None


def test_a_fall_needs_history_and_transactions_as_a_rise_does() -> None:
    assert share(DOWN, *[(0, 100)] * 2) is None
    assert share(DOWN, *[(0, 33)] * 3) is None
    assert share(DOWN, *[(0, 34)] * 3) is not None


UP = ShareThreshold("up", warning=0.1, critical=0.15, minimum_total=1)
OPEN = Member(0, 0, 0, 1.5, 0.0, plain=False, rules=("up",))


@pytest.mark.parametrize(
    ("count", "total", "severity"),
    [
        (63, 117, "critical"),
        (26, 117, "warning"),
        (27, 99, "warning"),
        (15, 60, "warning"),
        (12, 117, None),
        (3, 5, None),
        (5, 5, "critical"),
    ],
)
def test_one_minute_says_a_share_when_chance_does_not_explain_it(count: int, total: int, severity: str | None) -> None:
    found = share(UP, (count, total))
    assert (found and found.severity) == severity
    if found is not None:
        assert (found.observed, found.expected) == (count, pytest.approx(0.1 * total))


@pytest.mark.parametrize(("last", "severity"), [(15, None), (16, "warning")])
def test_what_opens_an_incident_is_also_beyond_chance_where_that_is_asked_for(last: int, severity: str | None) -> None:
    """Of 1 000, of which a tenth is at the limit: 123 or more come once in 97 minutes by chance, 124 once in 126."""
    minutes = [*[(12, 100)] * 9, (last, 100)]
    asked = replace(UP, minimum_history=1, chance=2.0)
    found = share(asked, *minutes)
    assert (found and found.severity) == severity
    assert share(replace(asked, chance=0.0), *minutes) is not None
    assert asked.judge(Series("status", "denied", last, 100, None, minutes, open=OPEN)) is not None
    falls = replace(asked, direction="down", warning=0.9, critical=0.5)
    found = share(falls, *[(total - count, total) for count, total in minutes])
    assert (found and found.severity) == severity


@pytest.mark.parametrize(("last", "severity"), [(15, "warning"), (16, "critical")])
def test_what_chance_may_bring_beyond_the_critical_limit_is_a_warning(last: int, severity: str) -> None:
    found = share(replace(UP, warning=0.05, critical=0.1, minimum_history=1, chance=2.0), *[(12, 100)] * 9, (last, 100))
    assert found is not None
    assert found.severity == severity


@pytest.mark.parametrize(
    ("count", "total", "goes_on"),
    [(801, 10_000, True), (799, 10_000, False), (73, 1_000, True), (71, 1_000, False), (7, 100, True), (5, 100, False)],
)
def test_an_incident_goes_on_until_the_share_is_well_below_its_limit(count: int, total: int, *, goes_on: bool) -> None:
    past = [(count, total)] * 14
    series = Series("status", "denied", count, total, None, [*past, (count, total)], open=OPEN)
    wide = Series("status", "denied", count, total, None, [(count, total)], open=OPEN)
    assert UP.judge(replace(series, open=None)) is None
    found = UP.judge(wide)
    assert (found is not None) is goes_on
    if found is not None:
        assert (found.severity, found.score) == ("warning", 50.0)
        assert ", and it is over below " in found.because


def test_a_fall_goes_on_until_the_share_is_well_above_its_limit() -> None:
    down = replace(DOWN, name="up")
    series = Series("status", "approved", 830, 1_000, None, [(830, 1_000)] * 5, open=OPEN)
    found = down.judge(series)
    assert found is not None
    assert "and it is over above 84.00%" in found.because
    assert down.judge(replace(series, open=None)) is None
    assert down.judge(Series("status", "approved", 850, 1_000, None, [(850, 1_000)] * 5, open=OPEN)) is None
    assert down.judge(Series("status", "approved", 0, 0, None, [(0, 0)] * 5, open=OPEN)) is None


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, None),
        ({"direction": "down", "warning": 0.8, "critical": 0.5}, None),
        ({"direction": "down", "warning": 0.8, "critical": 0.0}, None),
        ({"direction": "down"}, "warning"),
        ({"direction": "down", "warning": 1.0, "critical": 0.0}, "warning"),
        ({"warning": 0.2}, "warning"),
        ({"warning": 0.0}, "warning"),
        ({"critical": 1.1}, "warning"),
        ({"chance": -0.1}, "chance"),
        ({"dimension": "codes"}, "dimension"),
    ],
)
def test_shares_in_the_wrong_order_are_refused(settings: dict[str, Any], key: str | None) -> None:
    problem = ShareThreshold("a", **settings).problem()
    assert (problem and problem[0]) == key


# --- what a rule set's version is made of ------------------------------------


def test_settings_that_came_later_are_no_part_of_a_version_while_they_have_their_defaults() -> None:
    assert settings_of(CountThreshold("a", keys=("failed",), above=7)) == {
        "name": "a",
        "keys": ("failed",),
        "dimension": "status",
        "recommendation": "",
        "runbook": "",
        "above": 7,
        "severity": "critical",
    }
    assert "direction" not in settings_of(ShareThreshold("a"))
    assert settings_of(DOWN)["direction"] == "down"
    assert settings_of(CountThreshold("a", minimum_total=5))["minimum_total"] == 5


# --- rules on tails ----------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        (ShareTail("a"), None),
        (ShareTail("a", critical=6.5), "strength"),
        (ShareTail("a", windows=()), "windows"),
        (ShareTail("a", windows=(1, 5)), "windows"),
        (ShareTail("a", dimension="volume"), "dimension"),
        (VolumeDrop("a"), None),
        (VolumeDrop("a", windows=(5, 61)), "windows"),
        (VolumeDrop("a", dimension="status"), "dimension"),
    ],
)
def test_levels_and_windows_that_make_no_sense_are_refused(rule: Rule, key: str | None) -> None:
    problem = rule.problem()
    assert (problem and problem[0]) == key
