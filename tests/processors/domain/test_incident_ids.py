"""What the id of an incident hangs on, and that people keep it while rules, words and windows around it change."""

from dataclasses import replace

import pytest
from msgspec import structs

from processors.domain.calendar import Calendar, Maintenance
from processors.domain.incidents.carrying import carried
from processors.domain.incidents.incident import Incident, incident_id
from processors.domain.incidents.stream_trust import blinded
from processors.domain.judging.acknowledging import Acknowledgement
from processors.domain.judging.timeline_state import StatedIncident, TimelineState
from processors.domain.rules import CountThreshold, ForestRule, Rule, ShareTail, ShareThreshold
from processors.domain.ruleset import RuleSet
from tests.processors.domain.build import M0
from tests.processors.domain.desk import POLICY, SMALL, Desk, status

BURST, SHARE = SMALL.rules
CALM = status(approved=100)
BROKEN = status(approved=100, failed=9)
NIGHT = Maintenance("night", tuple(range(7)), 0, 1440, scopes=("elsewhere",))
ELSEWHERE = Calendar(maintenance=(NIGHT,))
HARMLESS = {
    "a link": replace(SMALL, version="b", rules=(replace(BURST, runbook="https://example.org"), SHARE)),
    "words": replace(SMALL, version="b", rules=(replace(BURST, recommendation="Ask."), SHARE)),
    "the name of a rule": replace(SMALL, version="b", rules=(replace(BURST, name="many"), SHARE)),
    "what its findings are called": replace(SMALL, version="b", rules=(replace(BURST, severity="warning"), SHARE)),
    "a key more": replace(SMALL, version="b", rules=(replace(BURST, keys=("failed", "new")), SHARE)),
    "another rule": replace(SMALL, version="b", rules=(BURST, replace(SHARE, keys=("failed",), warning=0.4))),
    "a rule more": replace(SMALL, version="b", rules=(*SMALL.rules, CountThreshold("more", keys=("new",)))),
    "a rule less": replace(SMALL, version="b", rules=(BURST,)),
    "a window for another scope": replace(SMALL, version="b", calendar=ELSEWHERE),
    "the end of incidents": replace(SMALL, version="b", resolve_after=3),
}


def broken(rules: RuleSet) -> Desk:
    desk = Desk(rules)
    desk.minutes({0: CALM, 1: BROKEN}, upto=2)
    return desk


@pytest.mark.parametrize("rules", HARMLESS.values(), ids=HARMLESS)
def test_an_id_hangs_on_what_decides_and_on_nothing_beside(rules: RuleSet) -> None:
    (before,), (after,) = broken(SMALL).statements, broken(rules).statements
    assert after.stated.incident.id == before.stated.incident.id


def test_another_limit_of_the_rule_is_another_id() -> None:
    stricter = replace(SMALL, rules=(replace(BURST, above=4), SHARE))
    assert broken(stricter).statements[0].stated.incident.id != broken(SMALL).statements[0].stated.incident.id


@pytest.mark.parametrize("rules", HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_edit_says_nothing_anew_and_who_is_on_it_stays_on_it(rules: RuleSet) -> None:
    desk = broken(SMALL)
    id_ = desk.statements[0].stated.incident.id
    desk.offset += 1
    desk.judge.acknowledge(desk.offset, Acknowledgement(id_, "all", "ann", 0))
    desk.judge.judge_by(rules)
    desk.minutes({2: CALM}, upto=3)
    said = desk.judge.timelines["all"].state.stated
    assert list(said) == [id_]
    assert said[id_].state in ("acknowledged", "amended")
    assert said[id_].acknowledged is not None
    assert {s.stated.state for s in desk.statements[1:]} <= {"amended"}
    desk.until(9)
    assert desk.statements[-1].stated.state == "resolved"
    assert {s.stated.incident.id for s in desk.statements} == {id_}


def test_an_incident_that_another_limit_finds_as_well_keeps_its_id_also_when_late_data_come() -> None:
    desk = broken(SMALL)
    desk.judge.judge_by(replace(SMALL, version="b", rules=(replace(BURST, above=4), SHARE)))
    desk.minutes({2: CALM}, upto=3)
    desk.minute(1, status(approved=100, failed=11))
    assert desk.said == [("firing", 1, 1), ("amended", 1, 2), ("amended", 1, 3)]
    assert len({s.stated.incident.id for s in desk.statements}) == 1


def test_a_window_for_this_scope_takes_back_what_it_covers_and_a_scope_beside_hears_nothing() -> None:
    desk = Desk(SMALL)
    for scope in ("all", "shop"):
        desk.minute(0, CALM, scope=scope)
        desk.minute(1, BROKEN, scope=scope)
    desk.until(2)
    now = Maintenance("now", tuple(range(7)), 0, 1440, scopes=("shop",))
    desk.judge.judge_by(replace(SMALL, version="b", calendar=Calendar(maintenance=(now,))))
    desk.minute(2, CALM)
    desk.until(3)
    told = [(s.stated.incident.scope, s.stated.state) for s in desk.statements]
    assert told == [("all", "firing"), ("shop", "firing"), ("shop", "withdrawn")]


def as_of_old(desk: Desk) -> TimelineState:
    """The state of its timeline as a release stored it whose ids hung on the version of the rules."""
    state = desk.judge.timelines["all"].state
    state.judged_by = "0123456789ab"
    said: dict[str, StatedIncident] = {}
    for held in state.stated.values():
        i = held.incident
        old = structs.replace(i, id=incident_id(state.judged_by, i.scope, i.dimension, i.key, i.since))
        said[old.id] = structs.replace(held, incident=old)
    state.stated = said
    return state


@pytest.mark.parametrize("settled", [False, True])
def test_what_an_older_release_has_stored_is_carried_on(settled: bool) -> None:
    desk = broken(SMALL) if not settled else Desk(SMALL, replace(POLICY, revise_for_ms=0))
    if settled:
        desk.minutes({0: CALM, 1: BROKEN}, upto=2)
    (old,) = as_of_old(desk).stated
    desk.judge.judge_by(SMALL)
    desk.minutes({2: BROKEN}, upto=3)
    desk.until(9)
    assert [(s.stated.state, s.stated.incident.id) for s in desk.statements[1:]] == [
        ("updated", old),
        ("resolved", old),
    ]


def said_of(incident: Incident, state: str = "firing") -> StatedIncident:
    return StatedIncident(1, state, incident)  # type: ignore[arg-type]  # drawn from what states there are


def test_of_two_ids_of_one_place_the_one_that_was_not_withdrawn_is_carried() -> None:
    incident = broken(SMALL).statements[0].stated.incident
    one, two = structs.replace(incident, id="one"), structs.replace(incident, id="two")
    state = TimelineState(stated={"two": said_of(two), "one": said_of(one, "withdrawn")})
    place = "status", "failed", M0 + 1
    assert carried(SMALL, "all", state.stated, state.judged_by) == {place: "two"}
    own = TimelineState(stated={"one": said_of(one, "withdrawn"), incident.id: said_of(incident)})
    assert carried(SMALL, "all", own.stated, own.judged_by) == {}


def test_what_no_rule_decides_hangs_on_none() -> None:
    incident = blinded("all", "duplicated", M0)
    assert carried(SMALL, "all", {incident.id: said_of(incident)}, "") == {}
    older = structs.replace(incident, id="older")
    state = TimelineState(stated={"older": said_of(older)})
    assert carried(SMALL, "all", state.stated, state.judged_by) == {("stream", "duplicated", M0): "older"}


@pytest.mark.parametrize(
    ("rule", "same", "other"),
    [
        (ShareTail("a"), ShareTail("b", excluded=("approved",)), ShareTail("a", rest=3.0)),
        (CountThreshold("a"), CountThreshold("b", keys=("x",)), CountThreshold("a", dimension="auth_code")),
        (ShareThreshold("a"), ShareThreshold("a", runbook="x"), ShareThreshold("a", critical=0.3)),
    ],
)
def test_a_rule_is_known_by_what_it_decides_by(rule: Rule, same: Rule, other: Rule) -> None:
    assert rule.identity == same.identity != other.identity


def test_methods_with_equal_settings_are_told_apart() -> None:
    assert len({r.identity for r in (CountThreshold("a"), ShareThreshold("a"), ShareTail("a"))}) == 3
    assert "excluded" not in ForestRule.labels, "what a forest does not look at changes its answer"


def test_of_several_rules_that_open_an_incident_the_first_gives_the_id_and_early_ones_come_before_others() -> None:
    late, early = CountThreshold("late"), CountThreshold("early", above=7, early=True)
    rules = RuleSet("r", "v", rules=(late, replace(late, name="next", above=6), early))
    assert rules.identity(["next", "late"]) == late.identity
    assert rules.identity(["next", "late", "early"]) == early.identity
