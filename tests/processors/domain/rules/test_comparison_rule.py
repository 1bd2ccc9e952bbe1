"""Comparison with other days: the four baselines, when they agree, and stories of a week."""

from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from processors.domain.baseline import BaselineSettings
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.model import ScopeModel
from processors.domain.model.history import DAY, History, packed
from processors.domain.rules import Comparison, Finding, Member, Rule, Series
from processors.domain.rules.comparison import compared_with
from processors.domain.ruleset import RuleSet
from tests.processors.domain.build import M0
from tests.processors.domain.traffic import HOUR, during, traffic
from tests.tracing import untraced

TODAY = M0 // DAY
"""What each of the last five minutes holds; other days held 50 in them."""


def history(*days: tuple[int, int]) -> History:
    """Of these days back: what every five minutes of them held."""
    return History({TODAY - back: packed([held + 1] * 288) for back, held in days})


def flat(held: int, days: int = 28) -> History:
    return history(*[(back, held) for back in range(1, days + 1)])


def asked(
    counts: list[int],
    known: History | None,
    rule: Rule | None = None,
    *,
    dimension: str = "status",
    since: int = -1,
    goes_on: bool = False,
) -> Finding | None:
    """What is found in the last of these minutes of `denied` or of the volume."""
    model, key = ScopeModel(), "total" if dimension == "volume" else "denied"
    for minute, count in enumerate(counts, start=M0 - len(counts) + 1):
        cells = {"denied": count} if dimension == "volume" else {"approved": 500, "denied": count}
        model.hear(minute, {"status": cells}, ())
    model.histories = {dimension: {key: known}} if known else {}
    model.volume.since = model.shares["status"]["denied"].since = since
    member = Member(M0 - 9, M0 - 9, M0 - 1, 3.0, 0.0, plain=False, rules=("other days",)) if goes_on else None
    shown = Series(dimension, key, counts[-1], 500, None, (), M0, model, member)
    return (rule or Comparison("other days", dimension=dimension)).judge(shown)


# --- the baselines -----------------------------------------------------------


def test_the_baselines_are_yesterday_the_weekday_the_week_and_the_month() -> None:
    known = history(*[(back, 10 * back) for back in range(1, 29)])
    told = {each.name: (each.mean, each.days) for each in compared_with(known, M0, 5)}
    assert told == {
        "yesterday": (10.5, 1),
        "this weekday last week": (70.5, 1),
        "the last week on average": (pytest.approx(40 + 0.5 / 7), 7),
        "the last four weeks on average": (pytest.approx(145 + 0.5 / 28), 28),
    }


@pytest.mark.parametrize(
    ("days", "names"),
    [
        ([], []),
        ([2], []),
        ([1, 2, 3], ["yesterday"]),
        ([1, 2, 3, 4], ["yesterday", "the last week on average"]),
        ([7], ["this weekday last week"]),
        (range(8, 22), ["the last four weeks on average"]),
    ],
)
def test_an_average_is_known_when_half_of_its_days_are(days: list[int], names: list[str]) -> None:
    known = history(*[(back, 50) for back in days])
    assert [each.name for each in compared_with(known, M0, 5)] == names


# --- the rule ----------------------------------------------------------------


def test_twice_as_many_as_on_other_days_and_more_is_found_with_all_that_is_known() -> None:
    assert asked([20] * 5, flat(50)) is None
    found = asked([30] * 5, flat(50, 6))
    assert found is not None
    assert found.because == "150 in the last 5 minutes; yesterday 50.5, the last week on average 50.1"
    assert (found.window, found.observed, found.expected) == (5, 150, 50.5), "the one that says least"
    assert (asked([40] * 5, flat(50)) or found).severity == "critical"
    assert found.severity == "warning"


@pytest.mark.parametrize(
    ("direction", "rise", "fall"), [("up", True, False), ("down", False, True), ("both", True, True)]
)
def test_the_direction_says_which_way_is_watched(direction: str, *, rise: bool, fall: bool) -> None:
    rule: Any = Comparison("other days", direction=direction)  # type: ignore[arg-type]
    assert (asked([40] * 5, flat(50), rule) is not None) is rise
    found = asked([0] * 5, flat(100), rule)
    assert (found is not None) is fall
    if found:
        assert found.observed == 0
        assert found.expected == pytest.approx(100, rel=0.01)


def test_so_many_baselines_must_agree() -> None:
    odd = history((1, 10), *[(back, 100) for back in range(2, 29)])
    assert asked([22] * 5, odd) is None, "yesterday alone was low"
    few = history((1, 30))
    assert asked([40] * 5, few) is None, "no other is known"
    assert asked([40] * 5, few, Comparison("other days", agree=1)) is not None


def test_the_same_weekday_must_be_among_them_once_it_is_known() -> None:
    """A Saturday that is as the last one was, after a week of working days."""
    week = [(back, 200) for back in range(1, 7)]
    assert asked([10] * 5, history(*week)) is not None
    assert asked([10] * 5, history(*week, (7, 80))) is None
    assert asked([10] * 5, history(*week, (7, 200))) is not None


def test_small_counts_have_to_be_beyond_chance() -> None:
    assert asked([4] * 5, flat(9), Comparison("other days", strength=3.0, minimum_count=21)) is None
    assert asked([4] * 5, flat(9)) is None, "20 against 9 is beyond the ratio, and not beyond chance"
    assert asked([4] * 5, flat(9), Comparison("other days", strength=1.0)) is not None
    assert asked([6] * 5, flat(0)) is not None, "where there was none"


def test_days_that_differ_anyway_want_more() -> None:
    assert asked([28] * 5, flat(50)) is not None
    assert asked([28] * 5, flat(50), Comparison("other days", spread=0.5)) is None


def test_a_fall_from_few_is_of_no_interest() -> None:
    rule = Comparison("other days", strength=1.0)
    assert asked([0] * 5, flat(19), rule) is None
    assert asked([0] * 5, flat(20), rule) is not None


def test_one_minute_is_no_evidence_unless_it_is_all_that_is_looked_at() -> None:
    assert asked([10, 10, 200, 10, 10], flat(50)) is None
    assert asked([200] * 2 + [10] * 3, flat(50)) is not None
    assert asked([10, 10, 10, 10, 200], flat(50), Comparison("other days", window=1)) is not None
    assert asked([60, 60, 0, 60, 60], flat(600)) is not None
    assert asked([100, 100, 0, 0, 0, 100], flat(500), Comparison("other days", ratio=1.3, strength=1.0)) is not None
    assert asked([95, 95, 95, 95, 0], flat(500), Comparison("other days", ratio=1.3, strength=0.5)) is None


def test_it_needs_all_the_minutes_a_history_and_begins_anew_after_an_incident() -> None:
    assert asked([40] * 4, flat(50)) is None
    assert asked([40] * 5, None) is None
    assert asked([40] * 5, history((2, 50))) is None
    assert asked([40] * 5, flat(50), since=M0 - 4) is None
    assert asked([40] * 5, flat(50), since=M0 - 5) is not None


def test_an_incident_goes_on_until_most_of_the_way_back_is_gone() -> None:
    """The root of the ratio, so 1.41 times what is expected; the loss is counted minute by minute."""
    assert asked([15] * 5, flat(50)) is None
    found = asked([15] * 4 + [18], flat(50), goes_on=True)
    assert found is not None
    assert (found.window, found.observed, found.weight) == (1, 18, 1.0)
    assert found.expected == pytest.approx(10, rel=0.02)
    assert asked([14] * 5, flat(50), goes_on=True) is None
    assert asked([7] * 5, flat(50), goes_on=True) is not None
    assert asked([8] * 5, flat(50), goes_on=True) is None


def test_the_volume_can_be_compared_as_well() -> None:
    found = asked([100] * 5, flat(2_000), dimension="volume")
    assert found is not None
    assert found.observed == 500
    assert found.expected == pytest.approx(2_000, rel=0.01)


def test_after_a_change_of_level_the_old_one_and_the_new_one_are_normal() -> None:
    known = flat(50)
    known.accepted, known.level = M0 - 60, 4.0
    assert asked([40] * 5, known) is None
    assert asked([10] * 5, known) is None, "nor is it news that it is back"
    assert asked([100] * 5, known) is not None
    assert asked([1] * 5, known) is not None
    known.accepted = M0 - 10 * DAY
    assert asked([40] * 5, known) is not None, "yesterday already was at the new level, and held less"


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, None),
        ({"dimension": "volume"}, None),
        ({"window": 61}, "window"),
        ({"ratio": 1.0}, "ratio"),
        ({"agree": 0}, "agree"),
        ({"agree": 5}, "agree"),
        ({"strength": 15.0}, "strength"),
        ({"recovery": 1.5}, "recovery"),
        ({"dimension": "codes"}, "dimension"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], key: str | None) -> None:
    problem = Comparison("a", **settings).problem()
    assert (problem and problem[0]) == key


# --- which histories are kept ------------------------------------------------


def test_histories_are_kept_for_what_the_rules_compare_and_for_nothing_else() -> None:
    def asked_for(*rules: Rule) -> dict[str, tuple[str, ...]]:
        return RuleSet("some", "v", rules=rules).compared

    one, two = Comparison("a", keys=("failed",)), Comparison("b", keys=("denied", "failed"))
    every, codes = Comparison("c"), Comparison("d", dimension="auth_code")
    assert asked_for() == {}
    assert asked_for(one) == {"status": ("failed",)}
    assert asked_for(one, two, codes) == {"status": ("denied", "failed"), "auth_code": ()}
    assert asked_for(one, every, two) == {"status": ()}


# --- stories -----------------------------------------------------------------

RULES = RuleSet(
    "compared",
    "v",
    BaselineSettings(relearn_after=60),
    (Comparison("other days", keys=("denied", "failed", "reversed")),),
    resolve_after=3,
    group=True,
)
MONDAY = 29_196_000 - 29_196_000 % DAY
FIFTH = MONDAY + 5 * DAY + 9 * HOUR
"""The morning of the sixth day."""


@cache
def _week() -> ScopeMemory:
    memory = ScopeMemory()
    with untraced():
        for minute in range(MONDAY, FIFTH):
            judge(JudgedScope(RULES, memory, "all"), minute, MinuteCounts({"status": traffic(minute)["status"]}))
    return memory


def told(change: Any, minutes: int) -> tuple[list[tuple[str, int, str]], ScopeMemory]:
    memory, steps = _week().copy(), list[tuple[str, int, str]]()
    for i in range(minutes):
        held = MinuteCounts({"status": traffic(FIFTH + i, change(i))["status"]})
        found = judge(JudgedScope(RULES, memory, "all"), FIFTH + i, held).steps
        steps += [(step, i, each.key) for step, each in found if step != "updated"]
    return steps, memory


@pytest.mark.story
def test_five_days_of_ordinary_traffic_are_quiet() -> None:
    assert _week().incidents == {}
    assert told(during(0, 0), 120)[0] == []


def test_the_textbook_case_three_times_the_denials_of_other_days_are_found_once_and_teach_nothing() -> None:
    before = deepcopy(_week())
    steps, memory = told(during(10, 29, denied=3.0), 90)
    assert [(step, key) for step, _, key in steps] == [("firing", "denied"), ("resolved", "denied")]
    assert 10 <= steps[0][1] <= 15
    assert 30 <= steps[1][1] <= 38
    known = memory.model.histories["status"]["denied"]
    assert known.total(FIFTH + 10, 20) is None, "what lies inside the incident has not taught"
    assert memory.model.histories["status"]["reversed"].total(FIFTH + 10, 20) is not None
    assert _week() == before, "a copy was judged"


def test_a_level_that_stays_is_accepted_and_pages_no_more() -> None:
    steps, memory = told(lambda i: {"denied": 3.0} if i >= 10 else {}, 300)
    assert [(step, key) for step, _, key in steps] == [("firing", "denied"), ("resolved", "denied")]
    assert memory.model.histories["status"]["denied"].level == pytest.approx(3, rel=0.2)
