"""What every rule promises. A new rule needs one row in LOUD; the rest is picked up from METHODS."""

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, fields, replace
from functools import cache
from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.domain.baseline import BaselineSettings, baseline
from processors.domain.model import ScopeModel
from processors.domain.model.history import History, packed
from processors.domain.rules import (
    METHODS,
    Comparison,
    CountThreshold,
    Drift,
    Ewma,
    Finding,
    Hybrid,
    IsolationForest,
    KeySilence,
    Member,
    Repeated,
    RobustZ,
    Rule,
    Series,
    ShareTail,
    ShareThreshold,
    VolumeDrop,
    ZScore,
    worst,
)
from processors.domain.rules.base import instead_of
from processors.domain.rules.forest import LOADED
from tests.processors.domain.build import M0, PROPERTY
from tests.processors.domain.forests import forest
from tests.tracing import untraced

Cells = list[tuple[int, int]]
"""Minutes as (count of the key, count of all others)."""
FOREST = forest()
BURST: Cells = [(1, 100), (2, 100)] * 6 + [(90, 100)]


@dataclass(frozen=True)
class Loud:
    """A rule that finds something in most series.

    Args:
        needs_history: Whether it is silent while warming up.
        finds: Minutes in which it finds something.
    """

    rule: Rule
    needs_history: bool = True
    finds: tuple[tuple[int, int], ...] = tuple(BURST)


LOUD: dict[str, Loud] = {
    "z_score": Loud(ZScore("a", threshold=0.5, minimum_count=1)),
    "robust_z": Loud(RobustZ("a", threshold=0.5, minimum_count=1, direction="both")),
    "ewma": Loud(Ewma("a", threshold=0.5, minimum_count=1, direction="both")),
    "share": Loud(ShareThreshold("a", warning=0.01, critical=0.5, window=12, minimum_history=4, minimum_total=1)),
    "count": Loud(CountThreshold("a", above=2), needs_history=False),
    "share_tail": Loud(
        ShareTail("a", strength=0.1, critical=0.5, minimum_total=1, minimum_count=1, rest=0.0, windows=(2, 3, 5, 9))
    ),
    "silence": Loud(
        KeySilence("a", strength=0.1, critical=0.5, minimum_total=1, minimum_expected=0.1, effect=0.9, windows=(2, 5)),
        finds=((2, 100),) * 6 + ((0, 100),) * 6,
    ),
    "repeated": Loud(
        Repeated("a", times=2, window=6, count=2, minimum_total=0),
        needs_history=False,
        finds=((2, 100), (30, 100)) * 4,
    ),
    "drift": Loud(
        Drift(
            "a",
            window=2,
            against=3,
            before=4,
            ratio=1.1,
            critical=1.5,
            strength=0.1,
            minimum_count=1,
            minimum_total=1,
            direction="both",
        ),
        finds=((2, 100),) * 6 + ((40, 100),) * 4,
    ),
    "comparison": Loud(
        Comparison("a", ratio=1.1, agree=1, strength=0.1, critical=0.5, minimum_count=1, spread=0.0),
        finds=((2, 100),) * 6 + ((40, 100),) * 6,
    ),
    "volume_drop": Loud(
        VolumeDrop("a", strength=0.1, critical=0.5, rest=0.0, effect=0.99, effects_short=(0.99, 0.99)),
        finds=((2, 100),) * 6 + ((0, 5),) * 4,
    ),
    "isolation_forest": Loud(
        IsolationForest("a", forest=FOREST, strength=0.1, critical=0.5), finds=((2, 100),) * 6 + ((40, 100),) * 4
    ),
    "hybrid": Loud(Hybrid("a", forest=FOREST, strength=0.1, critical=0.5), finds=((2, 100),) * 6 + ((40, 100),) * 4),
}
"""Method to a row."""

FLOOR = {"info": 0.0, "warning": 50.0, "critical": 75.0}
SEVERITIES = ("info", "warning", "critical")
HISTORY = 150
"""Minutes that the model has seen, where it has seen any."""
every_rule = pytest.mark.parametrize("method", sorted(METHODS))


@cache
def learned(before: tuple[int, int]) -> ScopeModel:
    """What is known after so many minutes of the same."""
    model = ScopeModel()
    with untraced():
        for minute in range(M0 - HISTORY, M0):
            model.hear(minute, {"status": {"failed": before[0], "approved": before[1]}}, ())
    flat = packed([5 * before[0] + 1] * 288)
    model.histories = {"status": {"failed": History({M0 // 1440 - back: flat for back in range(1, 29)})}}
    return model


def series(cells: Cells, before: tuple[int, int] | None = None, member: Member | None = None) -> Series:
    """The series `status|failed` at the last of these minutes, `before` the minutes that the model knows, if any."""
    recent = [(count, count + others) for count, others in cells]
    count, total = recent[-1]
    taught = [c for c, _ in recent[:-1]]
    base = baseline(taught, count, BaselineSettings(window=20, minimum_history=4))
    model = learned(before).copy() if before else ScopeModel()
    for minute, (failed, approved) in enumerate(cells, start=M0):
        model.hear(minute, {"status": {"failed": failed, "approved": approved}}, ())
    return Series("status", "failed", count, total, base, recent, M0 + len(cells) - 1, model, member, taught)


@cache
def turned(size: tuple[int, int], minutes: int) -> Series:
    """Ordinary minutes and then so many of this size, which have taught no baseline: they are part of an incident."""
    usual = [(20, 400), (26, 400), (14, 400)] * 5
    shown = series([*usual, *[size] * minutes], before=(20, 400))
    taught = [count for count, _ in usual]
    base = baseline(taught, size[0], BaselineSettings(window=20, minimum_history=4))
    return replace(shown, baseline=base, taught=taught, recent=[*[(20, 420)] * 60, *shown.recent])


levels = st.one_of(st.just(st.integers(0, 6)), st.just(st.integers(0, 10**12)))
cells = levels.flatmap(lambda level: st.lists(st.tuples(level, st.integers(0, 200)), min_size=1, max_size=25))
befores = st.sampled_from([None, (2, 100), (0, 100), (40, 60), (10**9, 10**9)])
members = st.one_of(
    st.none(),
    st.builds(
        Member,
        since=st.integers(M0 - 200, M0 - 5),
        opened=st.just(M0 - 5),
        seen=st.just(M0 - 1),
        excess=st.sampled_from([0.0, 0.5, 1.0, 3.0, 1e9]),
        level=st.sampled_from([0.0, 100.0, 1e9]),
        plain=st.booleans(),
        rules=st.just(("a",)),
    ),
)
shown_to = st.builds(series, cells, befores, members)


def variants(method: str) -> list[Rule]:
    """The loud rule in each severity that it can be set to."""
    rule: Any = LOUD[method].rule
    if "severity" not in {f.name for f in fields(rule)}:
        return [rule]
    return [replace(rule, severity=severity) for severity in SEVERITIES]


def settable(setting: Field[Any]) -> bool:
    """Whether a rule file may say it, and need not."""
    return setting.metadata != LOADED and setting.default not in (MISSING, None)


def test_every_method_has_a_row_here() -> None:
    assert {m: type(row.rule) for m, row in LOUD.items()} == METHODS


@every_rule
def test_a_method_is_named_as_its_rule_says(method: str) -> None:
    assert METHODS[method].method == method


@every_rule
def test_it_fires_on_what_it_is_made_for(method: str) -> None:
    for rule in variants(method):
        found = rule.judge(series([*LOUD[method].finds], before=(2, 100)))
        assert found is not None
        assert found.rule == rule.name
        assert found.because
        assert found.window >= 1
        assert found.weight >= 1


@every_rule
def test_with_ordinary_settings_it_can_come_to_a_warning_and_to_critical(method: str) -> None:
    """Bursts, collapses and outages of every size and some lengths: no band of the score is out of reach."""
    loud: Any = LOUD[method].rule
    ordinary = replace(loud, **{f.name: f.default for f in fields(loud) if settable(f)})
    rules = [ordinary]
    if "severity" in {f.name for f in fields(ordinary)}:
        rules = [replace(ordinary, severity=severity) for severity in SEVERITIES]
    bursts = [(count, 400) for count in (0, 5, 26, 30, 34, 40, 60, 90, 150, 400)]
    sizes = [*bursts, (12, 240), (5, 100), (1, 20), (0, 100), (0, 0)]
    reached = {
        found.severity
        for rule in rules
        for size in sizes
        for minutes in (1, 2, 3, 6, 12)
        if (found := rule.judge(turned(size, minutes))) is not None
    }
    assert {"warning", "critical"} <= reached


@every_rule
def test_it_is_silent_when_nothing_happens(method: str) -> None:
    rule = METHODS[method](name="a")
    assert rule.judge(series([(0, 100)] * 25, before=(0, 100))) is None
    assert rule.judge(series([(0, 0)] * 25)) is None
    for level in [(40, 60), (10**9, 10**9)] if rule.learns else []:
        assert rule.judge(series([level] * 25, before=level)) is None


@every_rule
@PROPERTY
@given(shown_to)
def test_the_same_series_gets_the_same_answer(method: str, shown: Series) -> None:
    rule = LOUD[method].rule
    before = replace(shown, model=shown.model and shown.model.copy())
    first = rule.judge(shown)
    rule.judge(series([(10**6, 1)] * 12))
    assert rule.judge(shown) == first
    assert shown == before, "the series is left as it was"


@every_rule
@PROPERTY
@given(shown_to)
def test_the_score_lies_in_0_to_100_and_not_below_its_severity(method: str, shown: Series) -> None:
    for rule in variants(method):
        found = rule.judge(shown)
        if found is not None:
            assert isfinite(found.score)
            assert FLOOR[found.severity] <= found.score <= 100.0
            assert found.severity == getattr(rule, "severity", found.severity)
            assert isfinite(found.expected)
            assert found.expected >= 0
            assert found.observed >= 0
            assert 1 <= found.window <= 60


@every_rule
@PROPERTY
@given(shown_to)
def test_it_needs_no_more_of_the_past_than_its_reach(method: str, shown: Series) -> None:
    rule = LOUD[method].rule
    assert rule.judge(replace(shown, recent=shown.recent[-rule.reach :])) == rule.judge(shown)


@every_rule
@PROPERTY
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_it_is_silent_while_warming_up_if_it_needs_history(method: str, count: int, others: int) -> None:
    row = LOUD[method]
    found = row.rule.judge(series([(count, others)] * 3))
    if row.needs_history:
        assert found is None
    else:
        assert (found is not None) is (count > 2)


@every_rule
def test_a_rule_that_learns_says_nothing_where_nothing_was_learned_for_it(method: str) -> None:
    rule = LOUD[method].rule
    if rule.learns:
        assert rule.judge(replace(series(BURST, before=(2, 100)), model=None)) is None


@every_rule
def test_it_watches_its_dimension_and_its_keys_alone(method: str) -> None:
    some = METHODS[method](name="a", keys=("51", "59"), dimension="auth_code")
    assert some.watches("auth_code", "51")
    assert not some.watches("auth_code", "00")
    assert not some.watches("status", "51")
    every = METHODS[method](name="a")
    assert every.watches(every.dimension, "a new word")
    assert not every.watches("auth_code", "51")


@every_rule
def test_its_settings_cannot_be_changed(method: str) -> None:
    rule: Any = METHODS[method](name="a")
    with pytest.raises(FrozenInstanceError):
        rule.name = "b"


def test_the_worst_severity_is_the_highest_in_any_order() -> None:
    assert worst(["info", "critical", "warning"]) == "critical"
    assert worst(["warning", "info"]) == "warning"
    assert worst(["info"]) == "info"


def test_a_higher_score_does_not_make_a_finding_another_kind() -> None:
    """Severity is what the rule file says; the score says how far beyond."""
    found = CountThreshold("a", above=1, severity="info").judge(series([(10**6, 0)]))
    assert found == Finding("a", "info", 100.0, "1,000,000 in one minute; the limit is 1", observed=10**6, expected=1.0)


@pytest.mark.parametrize(
    ("expected", "says"),
    [(0.04, "where hardly any were"), (0.05, "where 0.1 were"), (9.94, "where 9.9 were"), (120.4, "where 120 were")],
)
def test_what_was_to_be_expected_is_said_with_as_many_digits_as_mean_something(expected: float, says: str) -> None:
    assert instead_of(expected) == f"{says} to be expected"
