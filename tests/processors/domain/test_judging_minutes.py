"""Minute after minute: score, then learn; incidents open, go on and end."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from processors.domain.baseline import BaselineSettings
from processors.domain.counting.packed import pack
from processors.domain.incidents.incident import Incident, incident_id, opened, quiet, seen_again
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.judging.timeline_parts import Parts
from processors.domain.judging.timeline_state import Part
from processors.domain.rules import CountThreshold, Finding, ShareThreshold, ZScore
from processors.domain.ruleset import RuleSet
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import Dimensions
from tests.processors.domain.build import M0, PROPERTY
from tests.processors.domain.desk import MIXED, SMALL, status

Z = RuleSet("z", "v1", BaselineSettings(window=6, minimum_history=3), (ZScore("z", keys=("failed",)),), resolve_after=2)


def judged(
    rules: RuleSet, minutes: Iterable[Dimensions]
) -> tuple[dict[tuple[str, int], MinuteVerdict], list[tuple[str, int, Incident]]]:
    """All verdicts by (key, minute), and all steps as (step, minute, incident)."""
    memory, verdicts, steps = ScopeMemory(), {}, []
    for minute, counts in enumerate(minutes):
        answer = judge(JudgedScope(rules, memory, "all"), M0 + minute, MinuteCounts(counts, {"0": minute}))
        verdicts |= {(v.key, minute): v for v in answer.verdicts}
        steps += [(step, minute, incident) for step, incident in answer.steps]
    return verdicts, steps


def failing(*counts: int) -> list[Dimensions]:
    return [status(approved=100, failed=c) for c in counts]


# --- verdicts ----------------------------------------------------------------


def test_a_minute_is_no_part_of_its_own_baseline() -> None:
    verdicts, _ = judged(Z, failing(1, 2, 3, 90))
    assert (verdicts["failed", 3].mean, verdicts["failed", 3].std) == (2.0, 1.0)
    assert verdicts["failed", 3].z == 88.0
    assert verdicts["failed", 3].verdict == "warning"


def test_in_the_classic_form_it_is() -> None:
    classic = replace(Z, baseline=replace(Z.baseline, include_current=True))
    verdicts, _ = judged(classic, failing(1, 2, 3, 90))
    assert verdicts["failed", 3].mean == 24.0
    assert verdicts["failed", 3].verdict == "normal"


def test_a_verdict_carries_what_was_seen() -> None:
    verdicts, _ = judged(Z, failing(1, 2, 3, 25))
    seen = verdicts["failed", 3]
    assert (seen.scope, seen.dimension, seen.count, seen.total, seen.share) == ("all", "status", 25, 125, 0.2)
    assert (seen.low, seen.high) == (0.0, 5.0)
    assert (seen.rules, seen.terms, seen.score, seen.offsets) == (("z",), {"z": 100.0}, 100.0, {"0": 3})
    assert seen.minute == M0 + 3


def test_the_low_end_of_the_band_is_not_below_zero_and_may_be_above() -> None:
    verdicts, _ = judged(Z, failing(0, 0, 0, 0))
    assert (verdicts["failed", 3].low, verdicts["failed", 3].high) == (0.0, 0.0)
    assert (verdicts["approved", 3].low, verdicts["approved", 3].high) == (100.0, 100.0)


def test_amounts_are_carried() -> None:
    verdicts, _ = judged(Z, [{"status": {"failed": [1, 4_200]}}])
    assert verdicts["failed", 0].amount == 4_200


def test_while_warming_up_a_verdict_says_so_unless_a_rule_that_needs_no_history_fires() -> None:
    verdicts, _ = judged(SMALL, failing(0, 9, 0))
    assert [verdicts["failed", m].verdict for m in range(3)] == ["warming_up", "critical", "warming_up"]
    assert verdicts["failed", 1].mean is None
    assert verdicts["failed", 1].low is None


def test_the_worst_finding_gives_the_verdict_and_the_highest_score_the_score() -> None:
    rules = replace(SMALL, rules=(CountThreshold("b", above=5, severity="warning"), CountThreshold("a", above=8)))
    verdicts, _ = judged(rules, failing(0, 9))
    both = verdicts["failed", 1]
    assert (both.verdict, both.rules) == ("critical", ("a", "b"))
    assert both.terms == {"a": 75.78125, "b": 55.0}
    assert both.score == 75.78125


# --- what is remembered ------------------------------------------------------


def test_a_key_never_seen_before_has_been_zero_since_its_dimension_began() -> None:
    verdicts, _ = judged(Z, [*[status(approved=100)] * 4, *failing(7)])
    assert (verdicts["failed", 4].mean, verdicts["failed", 4].z) == (0.0, 7.0)
    assert verdicts["failed", 4].verdict == "warning"


def test_the_zeros_of_a_newcomer_reach_no_further_back_than_the_window() -> None:
    verdicts, _ = judged(Z, [*[status(approved=100)] * 9, *failing(4, 4, 4, 4, 4, 4)])
    assert verdicts["failed", 14].mean == pytest.approx(20 / 6)


def test_a_newcomer_has_a_share_over_all_minutes_of_its_dimension() -> None:
    share = ShareThreshold("s", warning=0.1, critical=0.5, window=4, minimum_history=4, minimum_total=1)
    verdicts, _ = judged(replace(Z, rules=(share,)), [*[status(approved=100)] * 3, *failing(60)])
    assert verdicts["failed", 3].verdict == "warning"
    assert verdicts["failed", 3].terms == {"s": pytest.approx(50 + 25 * (60 / 460 - 0.1) / 0.4)}


@PROPERTY
@given(
    st.lists(
        st.tuples(*[st.sampled_from([0, 0, 0, 1, 2, 9, 30])] * 3).filter(any),
        min_size=1,
        max_size=20,
    )
)
def test_dense_and_sparse_input_are_judged_alike(cells: list[tuple[int, int, int]]) -> None:
    """Zeros that are written and zeros that are left out, where each minute holds something."""
    keys = ("failed", "denied", "approved")
    dense = [status(**dict(zip(keys, minute, strict=True))) for minute in cells]
    sparse = [status(**{k: c for k, c in zip(keys, minute, strict=True) if c}) for minute in cells]
    of_dense, steps_of_dense = judged(MIXED, dense)
    of_sparse, steps_of_sparse = judged(MIXED, sparse)
    assert of_sparse.items() <= of_dense.items()
    assert all(of_dense[each].count == 0 for each in of_dense.keys() - of_sparse.keys())
    assert steps_of_sparse == steps_of_dense


def test_minutes_with_a_finding_do_not_teach_the_baseline() -> None:
    verdicts, _ = judged(Z, failing(1, 2, 3, 90, 90, 2))
    assert [verdicts["failed", m].mean for m in (3, 4, 5)] == [2.0, 2.0, 2.0]
    assert [verdicts["failed", m].verdict for m in (3, 4, 5)] == ["warning", "warning", "normal"]


def test_they_do_if_the_rule_file_says_so() -> None:
    verdicts, _ = judged(replace(Z, baseline=replace(Z.baseline, learn_incidents=True)), failing(1, 2, 3, 90, 90))
    assert verdicts["failed", 4].mean == 24.0


def test_quiet_minutes_of_an_open_incident_teach() -> None:
    verdicts, _ = judged(Z, failing(1, 2, 3, 90, 2, 90))
    assert verdicts["failed", 5].mean == 2.0
    verdicts, _ = judged(Z, failing(1, 2, 3, 90, 3, 90))
    assert verdicts["failed", 5].mean == 2.25


def test_a_minute_that_an_incident_is_held_by_does_not_teach() -> None:
    """Within the limit, but not by as much as ends the incident."""
    verdicts, _ = judged(Z, failing(1, 2, 3, 90, 4, 90))
    assert verdicts["failed", 5].mean == 2.0


def test_a_level_that_stays_is_learned_after_a_while() -> None:
    """The incident begins in minute 3 and teaches from minute 7 on; then 90 is what is expected."""
    rules = replace(Z, baseline=replace(Z.baseline, relearn_after=4, window=3))
    verdicts, steps = judged(rules, failing(1, 2, 3, *[90] * 12))
    assert [verdicts["failed", m].mean for m in (6, 7, 8)] == [2.0, 2.0, pytest.approx(95 / 3)]
    assert verdicts["failed", 10].mean == 90.0
    assert verdicts["failed", 14].verdict == "normal"
    assert steps[-1][0] == "resolved"


def test_a_copy_of_a_memory_changes_apart() -> None:
    memory = ScopeMemory()
    for minute, counts in enumerate(failing(1, 2, 3, 90)):
        judge(JudgedScope(Z, memory, "all"), M0 + minute, MinuteCounts(counts))
    memory.last_data = M0 + 3
    copy = memory.copy()
    assert copy == memory
    judge(JudgedScope(Z, copy, "all"), M0 + 4, MinuteCounts({**status(failed=3), "auth_code": {"51": [1, 0]}}))
    assert set(memory.dimensions) == {"status"}
    assert memory.dimensions["status"].minutes == 4
    assert memory.dimensions["status"].series["failed"].taught == [1, 2, 3]
    assert memory.incidents["status|failed"].judged == M0 + 3


def test_parts_of_a_minute_add_up() -> None:
    one = {"status": {"failed": [1, 10]}}
    two = {"status": {"failed": [2, 20], "denied": [1, 0]}, "auth_code": {"51": [1, 0]}}
    parts = Parts({M0: {1: Part(0, 7, two), 0: Part(0, 5, one)}, M0 + 1: {0: Part(0, 8, pack(one))}})
    total = parts.total_at(M0)
    assert total.counts == {"status": {"failed": [3, 30], "denied": [1, 0]}, "auth_code": {"51": [1, 0]}}
    assert total.offsets == {"0": 5, "1": 7}
    assert one == {"status": {"failed": [1, 10]}}
    assert parts.total_at(M0 + 1) == MinuteCounts(one, {"0": 8})
    assert parts.total_at(M0 + 2) == MinuteCounts()


# --- incidents ---------------------------------------------------------------


def said(rules: RuleSet, *counts: int) -> list[tuple[str, int]]:
    return [(step, minute) for step, minute, _ in judged(rules, failing(*counts))[1]]


def test_an_incident_opens_once_is_updated_and_resolves() -> None:
    assert said(SMALL, 0, 9, 9, 0, 9, 0, 0, 0) == [
        ("firing", 1),
        ("updated", 2),
        ("updated", 4),
        ("resolved", 6),
    ]


@pytest.mark.parametrize("resolve_after", [1, 2, 5])
def test_it_resolves_in_the_last_of_so_many_quiet_minutes(resolve_after: int) -> None:
    rules = replace(SMALL, resolve_after=resolve_after)
    assert said(rules, 9, *[0] * (resolve_after - 1)) == [("firing", 0)]
    assert said(rules, 9, *[0] * resolve_after) == [("firing", 0), ("resolved", resolve_after)]


def test_the_next_one_after_it_is_another_incident() -> None:
    _, steps = judged(SMALL, failing(9, 0, 0, 9))
    assert [(s, m) for s, m, _ in steps] == [("firing", 0), ("resolved", 2), ("firing", 3)]
    assert steps[0][2].id == steps[1][2].id != steps[2][2].id


def test_an_incident_remembers_the_worst_of_it() -> None:
    high = CountThreshold("high", keys=("failed",), above=20)
    rules = replace(SMALL, rules=(high, replace(high, name="low", above=5, severity="info")))
    _, steps = judged(rules, failing(7, 50, 6))
    incidents = [incident for _, _, incident in steps]
    assert [i.severity for i in incidents] == ["info", "critical", "critical"]
    assert [i.score for i in incidents[1:]] == [84.375, 84.375]
    assert [i.peak for i in incidents] == [7, 50, 50]
    assert [i.minutes for i in incidents] == [1, 2, 3]
    assert [i.rules for i in incidents] == [("low",), ("high", "low"), ("high", "low")]
    assert [i.seen.count for i in incidents] == [7, 50, 6]
    assert incidents[1].because == ("50 in one minute; the limit is 20", "50 in one minute; the limit is 5")
    assert [(i.since - M0, i.last_seen - M0, i.judged - M0) for i in incidents] == [(0, 0, 0), (0, 1, 1), (0, 2, 2)]


@PROPERTY
@given(st.lists(st.sampled_from([0, 0, 6, 9, 40]), min_size=1, max_size=25))
def test_within_minutes_the_severity_and_score_of_an_incident_never_fall(counts: list[int]) -> None:
    _, steps = judged(MIXED, failing(*counts))
    order = {"info": 0, "warning": 1, "critical": 2}
    last: dict[str, Incident] = {}
    for step, minute, incident in steps:
        held = last.get(incident.id)
        assert (step == "firing") is (held is None)
        if held is not None:
            assert not held.resolved
            assert order[incident.severity] >= order[held.severity]
            assert incident.reckoning.highest >= incident.score >= held.score
            assert incident.peak >= held.peak
            assert (incident.since, incident.judged) == (held.since, M0 + minute)
        last[incident.id] = incident


def test_every_series_has_its_own_incident() -> None:
    rules = replace(SMALL, rules=(CountThreshold("any", above=5),))
    _, steps = judged(rules, [status(failed=9, denied=9)])
    assert sorted(incident.key for _, _, incident in steps) == ["denied", "failed"]


def test_the_id_of_an_incident_is_the_same_for_whoever_judges_the_same() -> None:
    assert incident_id("v1", "all", "status", "failed", M0) == "66725ba8b8d46e90"
    others = [
        incident_id("v2", "all", "status", "failed", M0),
        incident_id("v1", "shop", "status", "failed", M0),
        incident_id("v1", "all", "auth_code", "failed", M0),
        incident_id("v1", "all", "status", "denied", M0),
        incident_id("v1", "all", "status", "failed", M0 + 1),
    ]
    assert len({"66725ba8b8d46e90", *others}) == 6


def test_an_incident_is_over_when_so_many_quiet_minutes_have_passed_also_in_a_jump() -> None:
    verdict = judged(SMALL, failing(9))[0]["failed", 0]
    first = opened("v1", "all", verdict, [Finding("burst", "critical", 80.0, "why")], ["status|failed"])
    assert not quiet(first, M0 + 1, 2).resolved
    assert quiet(first, M0 + 2, 2).resolved
    assert quiet(first, M0 + 50, 2).resolved
    lead, found = structs.replace(verdict, minute=M0 + 2), [Finding("b", "info", 1.0, "x")]
    again = seen_again(quiet(first, M0 + 1, 2), lead, found, ["status|denied"])
    assert (again.last_seen, again.resolved) == (M0 + 2, False)
    assert (again.members, again.rules) == (("status|denied", "status|failed"), ("b", "burst"))


def test_an_incident_begins_where_the_evidence_that_leads_it_begins() -> None:
    verdict = judged(SMALL, failing(9))[0]["failed", 0]
    found = [Finding("a", "warning", 50.0, "why", 5, 40, 9.5), Finding("b", "critical", 80.0, "why", 2)]
    incident = opened("v1", "all", verdict, found, ["status|failed"])
    assert (incident.since, incident.opened) == (M0 - 4, M0)
    assert incident.id == incident_id("v1", "all", "status", "failed", M0 - 4)
    assert (incident.rules, incident.because) == (("a", "b"), ("why", "why"))


# --- rule sets ---------------------------------------------------------------


def test_a_rule_set_reaches_as_far_as_its_longest_rule() -> None:
    assert SMALL.reach == 1
    assert replace(SMALL, rules=(ZScore("z"), ShareThreshold("s", window=15))).reach == 15
    assert RuleSet("empty", "v").reach == 1


def test_a_rule_is_found_by_its_name() -> None:
    assert SMALL.rule("burst") is SMALL.rules[0]
    with pytest.raises(KeyError):
        SMALL.rule("burts")


def test_rules_see_no_series_but_those_they_watch() -> None:
    minute: Mapping[str, Dimensions] = {"auth": {"auth_code": {"failed": [99, 0]}}, "status": status(failed=99)}
    assert judged(SMALL, [minute["auth"]])[0]["failed", 0].rules == ()
    assert judged(SMALL, [minute["status"]])[0]["failed", 0].rules == ("burst",)


def test_a_minute_that_adds_evidence_to_an_incident_is_as_severe_as_that_is_by_then() -> None:
    """So the minutes of a critical incident are found as critical from when it became so."""
    denied = [20, 60, 20, 20, 0, 0]
    verdicts, steps = judged(SMALL, [status(approved=100 - n, denied=n) for n in denied])
    assert [verdicts["denied", m].verdict for m in range(6)] == [
        "warning",
        *["critical"] * 3,
        "warming_up",
        "warming_up",
    ]
    assert [i.severity for _, _, i in steps] == ["warning", *["critical"] * 4]
