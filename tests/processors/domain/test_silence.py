"""No traffic is not zero traffic: silence is told, is bounded, and ends what was learned."""

from dataclasses import replace

import pytest

from processors.domain.judging.silence import PATIENCE
from processors.domain.window import TimePolicy
from tests.processors.domain.build import M0
from tests.processors.domain.desk import POLICY, SMALL, Desk, status

CALM = status(approved=100)
FAILING = status(approved=100, failed=9)
GAP = POLICY.max_gap_minutes


def calm(first: int, last: int) -> dict:
    return dict.fromkeys(range(first, last + 1), CALM)


def test_a_silent_minute_has_the_verdict_no_data_in_every_series_seen_so_far() -> None:
    desk = Desk()
    desk.minutes({0: FAILING, 1: CALM}, upto=4)
    assert desk.words("approved") == {0: "warming_up", 1: "warming_up", 2: "no_data", 3: "no_data"}
    assert desk.words("failed")[3] == "no_data"
    silent = desk.last("approved", 3).verdict
    assert (silent.count, silent.total, silent.share, silent.mean, silent.offsets) == (0, 0, None, None, {})


def test_zeros_are_data() -> None:
    desk = Desk()
    desk.minutes({**calm(0, 4), 5: status(approved=0)}, upto=6)
    assert desk.words("approved")[5] == "normal"
    assert desk.last("approved", 5).verdict.share is None


def test_silent_minutes_teach_nothing() -> None:
    desk = Desk()
    desk.minutes({**calm(0, 3), 9: CALM}, upto=10)
    assert (desk.last("approved", 9).verdict.mean, desk.last("approved", 9).verdict.verdict) == (100.0, "normal")


def test_one_dimension_may_be_silent_while_another_goes_on() -> None:
    desk = Desk()
    codes = {"auth_code": {"00": [100, 0]}}
    desk.minutes({0: {**CALM, **codes}, 1: CALM, 2: {**CALM, **codes}}, upto=3)
    assert desk.words("00", "auth_code") == {0: "warming_up", 1: "no_data", 2: "warming_up"}
    assert set(desk.words("approved").values()) == {"warming_up"}


def test_an_incident_ends_in_silence() -> None:
    desk = Desk()
    desk.minutes({0: CALM, 1: FAILING}, upto=9)
    assert desk.said == [("firing", 1, 1), ("resolved", 1, 2)]
    assert desk.statements[-1].minute == M0 + 3


def test_silence_of_which_nothing_is_to_be_said_is_told_for_a_short_while() -> None:
    desk = Desk()
    desk.minutes(calm(0, 4), upto=5 + GAP + 50)
    assert [m for m, word in desk.words("approved").items() if word == "no_data"] == list(range(5, 5 + PATIENCE))


def test_silence_with_an_incident_in_it_is_told_until_that_is_over() -> None:
    desk = Desk(replace(SMALL, resolve_after=GAP - 3))
    desk.minutes({**calm(0, 3), 4: FAILING}, upto=5 + GAP + 50)
    told = [m for m, word in desk.words("approved").items() if word == "no_data"]
    assert told == list(range(5, 5 + GAP)), "what follows is looked at every ten minutes"
    assert desk.said[-1] == ("resolved", 4, 2)


@pytest.mark.parametrize(("silent", "word"), [(GAP, "normal"), (GAP + 1, "warming_up")])
def test_after_a_silence_longer_than_the_largest_gap_warm_up_starts_anew(silent: int, word: str) -> None:
    desk = Desk()
    after = 5 + silent
    desk.minutes({**calm(0, 4), after: CALM}, upto=after + 1)
    assert desk.words("approved")[after] == word


def test_after_such_a_silence_only_series_that_come_back_are_followed() -> None:
    desk = Desk()
    desk.minutes({**calm(0, 4), 5: FAILING, 99: CALM}, upto=100)
    assert 99 in desk.words("approved")
    assert 99 not in desk.words("failed")


def test_an_incident_ends_even_if_the_largest_gap_is_shorter_than_its_recovery() -> None:
    desk = Desk(replace(SMALL, resolve_after=9), replace(POLICY, max_gap_minutes=1))
    desk.minutes({0: CALM, 1: FAILING, 60: CALM}, upto=61)
    assert desk.said == [("firing", 1, 1), ("resolved", 1, 2)]
    assert desk.statements[-1].minute == M0 + 10


def test_24_years_of_silence_take_no_time() -> None:
    desk = Desk(policy=TimePolicy())
    later = 24 * 365 * 1440
    desk.minutes({**calm(0, 12), 13: FAILING, later: CALM, later + 1: FAILING}, upto=later + 30)
    assert len(desk.words("approved")) == 14 + PATIENCE + 1 + 1 + PATIENCE
    assert desk.words("approved")[later] == "warming_up"
    assert desk.said == [("firing", 13, 1), ("resolved", 13, 2), ("firing", later + 1, 1), ("resolved", later + 1, 2)]


def test_time_that_goes_on_step_by_step_in_a_long_silence_changes_nothing() -> None:
    """As a live stream does where one scope has gone quiet: nothing is said or to be stored after the gap."""
    stepwise, at_once = Desk(), Desk()
    for desk in (stepwise, at_once):
        desk.minutes(calm(0, 4), upto=5)
    states = [desk.judge.timelines["all"].state for desk in (stepwise, at_once)]
    to_store = [m for m in range(6, 200) if stepwise.until(m).scopes]
    at_once.until(199)
    assert stepwise.verdicts == at_once.verdicts
    assert [(s.judged_to, s.settled_to) for s in states] == [(M0 + 4 + PATIENCE, M0 + 4 + PATIENCE)] * 2
    assert to_store[-1] == 4 + PATIENCE + POLICY.revise_for_ms // 60_000 + 1
    for desk in (stepwise, at_once):
        desk.minute(200, CALM, offset=999)
        desk.until(201)
    assert stepwise.verdicts == at_once.verdicts
    assert stepwise.judge.timelines["all"].parts == at_once.judge.timelines["all"].parts


def test_what_is_stored_of_a_scope_that_went_quiet_is_settled_in_the_end() -> None:
    desk = Desk()
    desk.minutes(calm(0, 4), upto=5)
    desk.minute(4, FAILING)
    assert desk.judge.timelines["all"].state.revisions == {M0 + 4: 2}
    for minute in range(6, 60):
        desk.until(minute)
    state = desk.judge.timelines["all"].state
    assert state.settled_to == state.judged_to == M0 + 4 + PATIENCE
    assert (state.revisions, state.stated, len(desk.judge.timelines["all"].parts)) == ({}, {}, 0)


def test_a_scope_without_a_closed_minute_says_nothing() -> None:
    desk = Desk()
    desk.minute(5, CALM)
    step = desk.until(5, 59.999)
    assert (step.outcomes, step.scopes) == ([], set())
    assert desk.until(6).outcomes[0].verdicts[0].verdict.minute == M0 + 5


def test_scopes_are_judged_apart() -> None:
    desk = Desk()
    desk.minute(0, CALM, scope="shop")
    desk.minute(3, CALM)
    desk.until(6)
    assert desk.last("approved", 1, scope="shop").verdict.verdict == "no_data"
    assert sorted(desk.words("approved")) == [0, 1, 2, 3, 4, 5]
    assert {v.verdict.minute - M0 for v in desk.verdicts if v.verdict.scope == "all"} == {3, 4, 5}
