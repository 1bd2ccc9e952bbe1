"""Rules that look at other times, with late data and restarts: the counts alone decide what is said in the end."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import msgspec
import numpy as np
import pytest

from processors.domain.baseline import BaselineSettings
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import Timeline
from processors.domain.judging.timeline_state import TimelineState
from processors.domain.rules import Comparison, Drift, Ewma, Repeated, RobustZ
from processors.domain.ruleset import RuleSet
from processors.domain.window import Dimensions
from tests.processors.domain.build import M0
from tests.processors.domain.desk import POLICY, Desk, last_words, status

RULES = RuleSet(
    "other times",
    "v1",
    BaselineSettings(window=20, minimum_history=5, relearn_after=60),
    (
        RobustZ("robust", keys=("failed",)),
        Ewma("weighted", keys=("failed",), half_life=5.0),
        Repeated("flaps", keys=("failed",), times=3, window=12, count=8),
        Drift("drift", keys=("reversed",), window=5, against=10, before=15),
        Comparison("yesterday", keys=("denied",), agree=1),
        Comparison("volume", dimension="volume", agree=1),
    ),
    resolve_after=3,
)
LAST = 1_560
"""A day and two hours."""


def counts() -> list[Dimensions]:
    """By minute: denials rise on the second day, failures flap, reversals creep, and for a while all is too quiet."""
    draw = np.random.default_rng(11)
    rows: list[Dimensions] = []
    for minute in range(LAST):
        rates = {"approved": 100.0, "denied": 10.0, "failed": 2.0, "reversed": 3.0}
        if 1_500 <= minute < 1_512:
            rates["denied"] = 50.0
        if minute in (1_400, 1_404, 1_405, 1_409, 1_480):
            rates["failed"] = 25.0
        if 600 <= minute < 640:
            rates["reversed"] = 3.0 + (minute - 600) / 3
        if 1_530 <= minute < 1_545:
            rates = {key: rate / 4 for key, rate in rates.items()}
        rows.append(status(**{key: int(draw.poisson(rate)) for key, rate in rates.items()}))
    return rows


def told(desk: Desk, rows: list[Dimensions], minutes: Iterable[int], late: dict[int, int]) -> Desk:
    """The minutes in order; of those in `late`, the denials and failures come only so many minutes after."""
    due: dict[int, list[int]] = {}
    for minute in minutes:
        if minute in late:
            desk.minute(minute, status(approved=rows[minute]["status"]["approved"][0]))
            due.setdefault(minute + late[minute], []).append(minute)
        else:
            desk.minute(minute, rows[minute])
        for each in due.pop(minute, []):
            desk.minute(each, rows[each])
        desk.until(minute + 1)
    return desk


@cache
def promptly() -> Desk:
    """All of it, each minute when it is over."""
    return told(Desk(RULES, POLICY), counts(), range(LAST), {})


def last_said(desk: Desk) -> dict[str, tuple[str, int, int, tuple[str, ...]]]:
    said = {s.stated.incident.id: (s.stated.state, s.stated.incident) for s in desk.statements}
    return {
        id_: (incident.key, incident.since - M0, incident.last_seen - M0, incident.rules)
        for id_, (state, incident) in said.items()
        if state != "withdrawn"
    }


def last_judged(desk: Desk) -> dict[tuple[str, str, str, int], tuple[str, float, tuple[str, ...]]]:
    last = last_words(desk.verdicts)
    return {place: (v.verdict.verdict, v.verdict.score, v.verdict.rules) for place, v in last.items()}


@pytest.mark.story
def test_late_counts_change_nothing_of_what_is_said_in_the_end() -> None:
    rows, prompt, every = counts(), promptly(), range(LAST)
    late = {minute: minute % 4 + 1 for minute in every if minute % 7 == 0 or 1_400 <= minute <= 1_412}
    at_once = replace(POLICY, complete=0)  # else the last minutes wait for what usually comes late
    delayed = told(Desk(RULES, at_once), rows, every, {m: d for m, d in late.items() if m + d < LAST})
    assert {rule for _, _, _, rules in last_said(prompt).values() for rule in rules} == {r.name for r in RULES.rules}
    assert last_said(delayed) == last_said(prompt)
    assert last_judged(delayed) == last_judged(prompt)
    assert delayed.judge.timelines["all"].state.anchors == prompt.judge.timelines["all"].state.anchors


@pytest.mark.story
def test_a_restart_in_the_middle_changes_nothing_either() -> None:
    rows, prompt = counts(), promptly()
    before = told(Desk(RULES, POLICY), rows, range(1_505), {})
    timeline = before.judge.timelines["all"]
    stored = msgspec.json.encode(timeline.state)
    assert len(stored) < 60_000
    state = msgspec.json.decode(stored, type=TimelineState)
    assert state == timeline.state
    again = Timeline(RULES, POLICY, "all", state, timeline.parts)
    judge = PartitionJudge(
        RULES, POLICY, position=before.judge.position, marks=before.judge.marks, timelines={"all": again}
    )
    after = told(Desk(RULES, POLICY, judge), rows, range(1_505, LAST), {})
    after.statements[:0] = before.statements
    after.verdicts[:0] = before.verdicts
    assert last_said(after) == last_said(prompt)
    assert last_judged(after) == last_judged(prompt)
