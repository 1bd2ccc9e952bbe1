"""Scopes of which a few transactions an hour come: hours are looked at where minutes say nothing."""

import msgspec
import pytest

from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import Judged, MinuteCounts, judge
from processors.domain.judging.snapshot import pack, unpack
from processors.domain.model import ScopeModel, ShareModel
from processors.domain.rules import Series, ShareTail
from processors.domain.ruleset import RuleSet
from tests.processors.domain.desk import status

HOUR = 60
RULE = ShareTail("rise", failures=("denied",))
RULES = RuleSet("tails", "v1", rules=(RULE,), resolve_after=3, group=True)
NOW = 1000 * HOUR + 30


def small(denied: dict[int, int], approved: dict[int, int], *, of: float = 300.0, since: int = -1) -> ScopeModel:
    """A scope of which 5 % are denied, with so many in the hours before NOW (1: the last whole one) and in this (0)."""
    hours = {
        NOW // HOUR - back: {
            key: each[back] for key, each in (("denied", denied), ("approved", approved)) if each.get(back)
        }
        for back in {*denied, *approved} - {0}
    }
    now, other = denied.get(0, 0), approved.get(0, 0)
    shares = {
        "denied": ShareModel([0] * 60 + [now], since=since, seen=0.05 * of, of=of),
        "approved": ShareModel([0] * 60 + [other], seen=0.95 * of, of=of),
    }
    return ScopeModel(shares={"status": shares}, totals={"status": [0] * 60 + [now + other]}, hours={"status": hours})


def found(model: ScopeModel, key: str = "denied") -> str | None:
    count, total = model.shares["status"][key].counts[-1], model.totals["status"][-1]
    finding = RULE.judge(Series("status", key, count, total, None, (), NOW, model))
    return None if finding is None else finding.because


def test_hours_of_which_all_is_denied_are_found() -> None:
    assert found(small({0: 1, 1: 3, 2: 4}, {2: 1})) == "8 of 9 transactions in 4 h, where 0.5 were to be expected"


def test_a_finding_is_about_its_hours() -> None:
    model = small({0: 1, 1: 5}, {1: 0})
    finding = RULE.judge(Series("status", "denied", 1, 1, None, (), NOW, model))
    assert finding is not None
    assert (finding.window, finding.observed) == (120, 6)
    assert finding.expected == pytest.approx(6 * 16 / 302)


def test_fewer_than_five_or_no_majority_or_nothing_now_are_not_found() -> None:
    assert found(small({0: 1, 1: 3}, {})) is None
    assert found(small({0: 1, 1: 6}, {1: 8})) is None
    assert found(small({1: 9}, {0: 1})) is None


def test_only_what_says_that_something_goes_wrong_is_looked_at() -> None:
    assert found(small({}, {0: 2, 1: 30}, of=300), "approved") is None


def test_a_scope_that_has_hardly_been_seen_says_nothing() -> None:
    assert found(small({0: 1, 1: 9}, {}, of=90.0)) is None


def test_hours_that_hold_too_little_to_be_sure_say_nothing() -> None:
    model = small({0: 1, 1: 4}, {1: 4})
    assert found(model) is None
    assert found(small({0: 1, 1: 5}, {})) is not None


def test_what_lies_before_the_last_incident_is_not_counted() -> None:
    assert found(small({0: 1, 1: 9}, {}, since=NOW - 10)) is None
    model = small({0: 1, 1: 9}, {}, since=NOW)
    assert [*model.over_hours("status", "denied", NOW)] == []


# --- hours are kept --------------------------------------------------------------------------------------------------


def heard(minutes: int, count: int = 1, every: int = 20, first: int = 0, model: ScopeModel | None = None) -> ScopeModel:
    model = model or ScopeModel()
    for minute in range(first, first + minutes):
        model.hear(minute, {"status": {"approved": count}} if minute % every == 0 else {}, ())
    return model


def test_hours_of_few_transactions_are_kept_for_a_day() -> None:
    model = heard(30 * HOUR)
    assert model.hours == {"status": {hour: {"approved": 3} for hour in range(6, 30)}}
    assert [*model.over_hours("status", "approved", 30 * HOUR - 1)][:2] == [(1, 3, 3), (2, 6, 6)]


def test_where_more_comes_no_hours_are_kept() -> None:
    model = heard(3 * HOUR)
    heard(HOUR, every=1, count=2, first=3 * HOUR, model=model)
    assert model.hours == {}
    assert [*model.over_hours("status", "approved", 4 * HOUR)] == []


def test_a_silent_hour_is_not_written_down() -> None:
    model = heard(2 * HOUR)
    heard(HOUR, count=0, every=1, first=2 * HOUR, model=model)
    assert list(model.hours["status"]) == [0, 1]
    assert heard(2 * HOUR, count=0, every=1).hours == {}


def test_hours_are_copied_and_end_with_a_long_silence() -> None:
    model = heard(2 * HOUR)
    other = model.copy()
    heard(HOUR, first=2 * HOUR, model=other)
    assert list(model.hours["status"]) == [0, 1]
    other.lapse()
    assert other.hours == {}


def test_hours_are_stored_and_a_memory_that_was_stored_without_them_has_none() -> None:
    memory = ScopeMemory(model=heard(2 * HOUR))
    raw = pack(memory)
    assert unpack(raw) == memory
    older = msgspec.msgpack.decode(raw[1:])[:-1]
    again = unpack(raw[:1] + msgspec.msgpack.encode(older))
    assert again.model.hours == {}
    assert again.model.shares == memory.model.shares


# --- an incident of hours --------------------------------------------------------------------------------------------


def days(known: int, then: list[tuple[int, str]]) -> list[tuple[int, Judged]]:
    """After days of three an hour, of which one in twenty is denied, a status in these minutes; what came of them."""
    memory = ScopeMemory()
    scope = JudgedScope(RULES, memory, "all")
    for minute in range(known * 24 * HOUR):
        at = minute // 20
        counts = status(**{"denied" if at % 20 == 0 else "approved": 1}) if minute % 20 == 0 else {}
        judge(scope, minute, MinuteCounts(counts))
    begin, by_minute = known * 24 * HOUR, dict(then)
    last = max(by_minute) + 200
    each = ((minute, status(**{by_minute[minute]: 1}) if minute in by_minute else {}) for minute in range(last))
    return [(minute, judge(scope, begin + minute, MinuteCounts(counts))) for minute, counts in each]


@pytest.fixture(scope="module")
def steps() -> list[tuple[int, str]]:
    """Four hours of denials, one each 20 minutes, then two approved."""
    story = [(20 * each, "denied") for each in range(12)] + [(240, "approved"), (260, "approved")]
    return [(minute, step) for minute, judged in days(4, story) for step, _ in judged.steps if step != "updated"]


def test_it_is_found_within_hours_and_is_one_incident_though_minutes_between_are_silent(
    steps: list[tuple[int, str]],
) -> None:
    assert [step for _, step in steps] == ["firing", "resolved"]
    assert steps[0][0] <= 120


def test_it_ends_when_none_has_come_for_an_hour_or_two(steps: list[tuple[int, str]]) -> None:
    assert 220 + HOUR <= steps[1][0] <= 220 + 2 * HOUR
