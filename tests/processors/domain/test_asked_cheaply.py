"""What is asked cheaply first, and of what: no answer is another one for it."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.incidents.memory import JudgedScope
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.model import VolumeModel
from processors.domain.rules import CountThreshold
from processors.domain.ruleset import _MAX_ASKED, RuleSet
from processors.domain.series_key import SeriesKey
from tests.processors.domain.build import M0, PROPERTY
from tests.processors.domain.desk import SMALL
from tests.processors.domain.traffic import DAY, FIRST, NOON, RULES, known, traffic, usual
from tests.tracing import untraced

WINDOWS = [(2, 0.45), (3, 0.65), (6, 0.8), (8, 0.8), (12, 0.8), (30, 0.8), (60, 0.8)]


def heard(first: int, minutes: int, model: VolumeModel | None = None) -> VolumeModel:
    model = model or VolumeModel()
    for minute in range(first, first + minutes):
        model.hear(minute, round(usual(minute)), barred=False)
    return model


@PROPERTY
@given(
    st.sampled_from([0, 10, 100, DAY + 30, 2 * DAY + 700]),
    st.lists(st.tuples(st.integers(0, 400), st.booleans(), st.sampled_from([0, 0, 0, 1, 2])), max_size=60),
)
def test_where_no_fall_is_seen_cheaply_there_is_none(taught: int, minutes: list[tuple[int, bool, int]]) -> None:
    model, now = heard(M0, taught), M0 + taught
    for now, (total, barred, kind) in enumerate(minutes, start=now):  # noqa: B020 - goes on from there
        model.hear(now, total, barred=barred and kind == 2, kind=kind)
    fallen = model.fallen(WINDOWS)
    for window, part in WINDOWS:
        assert window in fallen or model.forecast(now, window, part) is None


@PROPERTY
@given(
    st.sampled_from([5, 8, 12, 20]),
    st.integers(-70, 70),
    st.sampled_from([1, 5, 15]),
    st.lists(st.tuples(st.sampled_from([0, 1, 40, 100, 300]), st.integers(1, 30)), max_size=5),
)
def test_so_it_is_where_a_shop_opens_and_closes_and_where_it_delivers_in_bulk(
    hour: int, after: int, every: int, story: list[tuple[int, int]]
) -> None:
    model, now = copied_shop(every), M0 + 2 * DAY + 60 * hour + after
    for minute in range(M0 + 2 * DAY, now):
        model.hear(minute, of_shop(minute, every), barred=False)
    for total in (total for total, lasts in story for _ in range(lasts)):
        model.hear(now, total, barred=False)
        now += 1
    fallen, few = model.fallen(WINDOWS), model.fallen(WINDOWS, 14.0)
    for window, part in WINDOWS:
        assert window in fallen or model.forecast(now - 1, window, part) is None
        forecast = model.forecast(now - 1, window)
        assert window in few or window not in fallen or forecast is None or forecast.mean < 14


def of_shop(minute: int, every: int) -> int:
    """Open from eight to twenty hours after the tests begin; it delivers once in so many minutes."""
    at = (minute - M0) % DAY
    return 100 * every if 8 * 60 <= at < 20 * 60 and at % every == 0 else 0


@cache
def taught_shop(every: int) -> VolumeModel:
    model = VolumeModel()
    with untraced():
        for minute in range(M0, M0 + 2 * DAY):
            model.hear(minute, of_shop(minute, every), barred=False)
    return model


def copied_shop(every: int) -> VolumeModel:
    return taught_shop(every).copy()


@PROPERTY
@given(
    st.sampled_from([0, 30, DAY + 30]),
    st.lists(st.tuples(st.sampled_from([0, 0, 1, 40]), st.integers(1, 40)), max_size=6),
    st.sampled_from([3.0, 14.0]),
)
def test_a_window_that_is_left_out_holds_less_than_is_asked_for(
    taught: int, story: list[tuple[int, int]], least: float
) -> None:
    model, now = heard(M0, taught), M0 + taught - 1
    for total in (total for total, lasts in story for _ in range(lasts)):
        now += 1
        model.hear(now, total, barred=False)
    every, few = model.fallen(WINDOWS), model.fallen(WINDOWS, least)
    for window in {*every} - {*few}:
        forecast = model.forecast(now, window)
        assert forecast is None or forecast.mean < least


def test_on_most_minutes_no_window_is_looked_at_closely() -> None:
    model, asked = heard(FIRST, 2 * DAY), 0
    for minute in range(FIRST + 2 * DAY, FIRST + 3 * DAY):
        model.hear(minute, round(usual(minute)), barred=False)
        asked += len(model.fallen(WINDOWS))
    assert asked == 0
    model.hear(FIRST + 3 * DAY, 0, barred=False)
    model.hear(FIRST + 3 * DAY + 1, 0, barred=False)
    assert 2 in model.fallen(WINDOWS)


def test_a_rule_set_knows_which_rules_watch_a_series_however_many_were_asked_for() -> None:
    rules = RuleSet("a", "v", rules=(CountThreshold("some", keys=("5", "x")), CountThreshold("all")))
    for each in range(5_000):
        assert [rule.name for rule in rules.watching(SeriesKey("status", str(each)))] == (
            ["some", "all"] if each == 5 else ["all"]
        )
    assert [rule.name for rule in rules.watching(SeriesKey("status", "x"))] == ["some", "all"]
    assert rules.watching(SeriesKey("auth_code", "x")) == ()
    assert rules == RuleSet("a", "v", rules=rules.rules)


@pytest.mark.parametrize(("rules", "reach", "learns"), [(RULES, 1, True), (SMALL, 1, False)])
def test_what_a_rule_set_asks_for_is_known_from_its_rules(rules: RuleSet, reach: int, learns: bool) -> None:
    assert (rules.reach, rules.learns, rules.compared) == (reach, learns, {})


def test_the_verdict_on_the_volume_says_what_was_expected_only_where_it_may_be_told() -> None:
    memory = known(NOON)
    calm = judge(JudgedScope(RULES, memory, "all"), NOON, MinuteCounts(traffic(NOON)))
    assert calm.looks[-1].verdict.expected is None
    for minute in range(NOON + 1, NOON + 5):
        loud = judge(JudgedScope(RULES, memory, "all"), minute, MinuteCounts())
    assert loud.looks[-1].findings
    assert loud.looks[-1].verdict.expected is not None


def test_more_series_than_are_remembered_get_the_rules_that_watch_them() -> None:
    rules = RuleSet("n", "v", rules=(CountThreshold("burst", keys=("k7",), above=5), CountThreshold("any", above=5)))
    asked = [SeriesKey("status", f"k{number}") for number in range(_MAX_ASKED + 10)]
    for _ in range(2):
        found = {series: tuple(rule.name for rule in rules.watching(series)) for series in asked}
        assert found.pop(SeriesKey("status", "k7")) == ("burst", "any")
        assert set(found.values()) == {("any",)}
    assert len(rules._asked) <= _MAX_ASKED
