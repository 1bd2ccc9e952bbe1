"""Flapping: minutes beyond a limit that come again and again."""

from dataclasses import replace
from typing import Any

import pytest

from processors.domain.baseline import BaselineSettings
from processors.domain.incidents.incident import Incident
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.rules import CountThreshold, Finding, Member, Repeated, Rule, Series
from processors.domain.ruleset import RuleSet
from tests.processors.domain.build import M0
from tests.processors.domain.desk import status
from tests.processors.domain.traffic import NOON, traffic

FLAPS = Repeated("flaps", times=3, window=10, count=5)


def asked(rule: Rule, *minutes: tuple[int, int], since: int = -1, goes_on: bool = False) -> Finding | None:
    member = Member(M0 - 9, M0 - 9, M0 - 1, 1.0, 0.0, plain=False, rules=(rule.name,)) if goes_on else None
    shown = Series("status", "failed", *minutes[-1], None, minutes, M0, None, member, since=since)
    return rule.judge(shown)


def told(rules: tuple[Rule, ...], counts: list[int], resolve_after: int = 3) -> list[tuple[str, int, Incident]]:
    memory, steps = ScopeMemory(), list[tuple[str, int, Incident]]()
    settings = RuleSet("flapping", "v", BaselineSettings(), rules, resolve_after)
    for i, count in enumerate(counts):
        held = MinuteCounts(status(approved=100, failed=count))
        judged = judge(JudgedScope(settings, memory, "all"), M0 + i, held)
        steps += [(step, i, incident) for step, incident in judged.steps if step != "updated"]
    return steps


def test_so_many_of_the_last_minutes_beyond_the_limit_are_found_in_one_of_them() -> None:
    calm, loud = (0, 100), (6, 100)
    assert asked(FLAPS, loud, calm, loud, calm, calm) is None
    found = asked(FLAPS, calm, loud, calm, loud, calm, calm, loud)
    assert found is not None
    assert found.because == "3 of the last 7 minutes above the limit of 5 a minute"
    assert (found.severity, found.score, found.window, found.weight) == ("warning", 50.0, 6, 1.0)
    assert asked(FLAPS, calm, loud, calm, loud, calm, loud, calm) is None, "it does not begin in a quiet minute"


def test_the_score_rises_with_the_minutes_up_to_all_of_them() -> None:
    found = asked(FLAPS, *[(6, 100)] * 10)
    assert found is not None
    assert (found.score, found.weight) == (75.0, 10 / 3)
    every = asked(replace(FLAPS, times=10), *[(6, 100)] * 10)
    assert every is not None
    assert every.score == 50.0


def test_it_goes_on_through_quiet_minutes_until_well_fewer_are_left() -> None:
    minutes = [(6, 100), (0, 100), (6, 100), (0, 100), (6, 100), (0, 100), (0, 100)]
    assert asked(FLAPS, *minutes) is None
    assert asked(FLAPS, *minutes, goes_on=True) is not None
    assert asked(FLAPS, *minutes, *[(0, 100)] * 5, goes_on=True) is not None, "two are left, and fewer than 1.8 end it"
    assert asked(FLAPS, *minutes, *[(0, 100)] * 6, goes_on=True) is None


@pytest.mark.parametrize(
    ("settings", "minute", "beyond"),
    [
        ({"count": 5}, (5, 100), False),
        ({"count": 5}, (6, 100), True),
        ({"count": 5}, (6, 19), False),
        ({"count": 5}, (6, 20), True),
        ({"count": 5, "direction": "down"}, (5, 100), False),
        ({"count": 5, "direction": "down"}, (4, 100), True),
        ({"share": 0.05}, (4, 100), False),
        ({"share": 0.05}, (5, 100), True),
        ({"share": 0.05}, (19, 19), False),
        ({"share": 0.05, "direction": "down"}, (6, 100), False),
        ({"share": 0.05, "direction": "down"}, (5, 100), True),
        ({"share": 0.05, "direction": "down", "minimum_total": 0}, (0, 0), False),
        ({}, (100, 100), False),
    ],
)
def test_a_minute_lies_beyond_its_limit(settings: dict[str, Any], minute: tuple[int, int], *, beyond: bool) -> None:
    found = asked(Repeated("a", times=3, window=5, **settings), *[minute] * 3)
    assert (found is not None) is beyond


def test_a_limit_on_the_share_and_one_for_a_fall_are_said_so() -> None:
    found = asked(Repeated("a", times=1, share=0.5, direction="down"), (20, 100))
    assert found is not None
    assert found.because == "1 of the last 1 minutes below the limit of 50.00% of all"


def test_the_textbook_case_a_failure_that_comes_every_few_minutes_is_one_incident() -> None:
    """Two bad minutes of five, for an hour: a limit opens an incident each time, this rule one in all."""
    counts = [0] * 20 + [9, 9, 0, 0, 0] * 12 + [0] * 20
    limit = told((CountThreshold("limit", keys=("failed",), above=5),), counts)
    assert [step for step, *_ in limit].count("firing") == 12
    flaps = told((Repeated("flaps", keys=("failed",), times=4, window=10, count=5),), counts)
    assert [(step, at) for step, at, _ in flaps] == [("firing", 26), ("resolved", 83)]
    assert flaps[0][2].since == M0 + 20, "the first of the minutes that made it fire"


def test_what_belongs_to_an_incident_that_is_over_is_evidence_but_not_when_the_next_one_began() -> None:
    """Were it, two incidents of a series could begin in one minute and have one id."""
    rules: tuple[Rule, ...] = (
        CountThreshold("limit", keys=("failed",), above=50),
        Repeated("flaps", keys=("failed",), times=3, window=15, count=5),
    )
    steps = told(rules, [0] * 5 + [60] + [0] * 5 + [9, 9] + [0] * 20)
    fired = [incident for step, _, incident in steps if step == "firing"]
    assert [(each.since - M0, each.rules) for each in fired] == [(5, ("limit",)), (9, ("flaps",))]
    assert steps[1][:2] == ("resolved", 8)
    assert len({each.id for each in fired}) == 2


def test_a_finding_is_not_about_minutes_up_to_the_end_of_the_last_incident() -> None:
    found = asked(FLAPS, *[(6, 100)] * 10, since=M0 - 4)
    assert found is not None
    assert found.window == 4


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"count": 5}, None),
        ({"share": 0.1, "direction": "down"}, None),
        ({"count": 0}, None),
        ({"count": 5, "times": 0}, "times"),
        ({"count": 5, "times": 16}, "times"),
        ({"count": 5, "window": 61}, "window"),
        ({}, "share"),
        ({"count": 5, "share": 0.1}, "share"),
        ({"share": 0.0}, "share"),
        ({"share": 1.0}, "share"),
        ({"count": 0, "direction": "down"}, "count"),
        ({"count": 5, "dimension": "volume"}, "dimension"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], key: str | None) -> None:
    problem = Repeated("a", **settings).problem()
    assert (problem and problem[0]) == key


def test_on_ordinary_traffic_it_is_quiet_and_denials_that_flap_are_found() -> None:
    rule = Repeated("flaps", keys=("denied",), times=4, window=15, share=0.15)
    memory, opened = ScopeMemory(), list[int]()
    rules = RuleSet("one", "v", BaselineSettings(), (rule,))
    for i in range(180):
        change = {"denied": 4.0} if i >= 120 and i % 3 == 0 else {}
        held = MinuteCounts(traffic(NOON + i, change))
        opened += [i for step, _ in judge(JudgedScope(rules, memory, "all"), NOON + i, held).steps if step == "firing"]
    assert opened == [129], "the fourth minute of every third"
