"""Other rules while the judge is at work: from then on it says what a judge says that is restarted with them."""

from copy import deepcopy
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.domain.counting.partial import Partial
from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import Timeline
from processors.domain.rules import CountThreshold
from processors.domain.ruleset import RuleSet
from processors.domain.window import TimePolicy
from tests.processors.domain.build import PROPERTY
from tests.processors.domain.desk import MIXED, SMALL, Desk, status
from tests.processors.domain.test_judge_crash import TIGHT, copied, inputs, written_and_read

QUIET = replace(SMALL, version="quiet", rules=(CountThreshold("burst", keys=("failed",), above=1_000),))
WIDER = replace(MIXED, version="wider", resolve_after=3, group=True, rules=MIXED.rules[1:])
"""Other rules than MIXED, that look back further or less far, end an incident later, and group them."""


def restarted(judge: PartitionJudge, rules: RuleSet) -> PartitionJudge:
    """A judge with these rules that finds all that this one has stored."""
    timelines = {
        scope: Timeline(rules, judge.policy, scope, written_and_read(timeline.state), copied(timeline.parts))
        for scope, timeline in judge.timelines.items()
    }
    return PartitionJudge(
        rules,
        judge.policy,
        epoch=judge.epoch,
        position=judge.position,
        marks=deepcopy(judge.marks),
        timelines=timelines,
    )


@settings(PROPERTY, max_examples=60)
@given(inputs(), st.data())
def test_it_says_what_a_judge_says_that_is_restarted_with_them(
    records: list[tuple[int, Partial]], data: st.DataObject
) -> None:
    judge = PartitionJudge(MIXED, TIGHT)
    cut = data.draw(st.integers(0, len(records)))
    for offset, partial in records[:cut]:
        judge.apply(offset, partial)
    rules = data.draw(st.sampled_from([WIDER, QUIET, MIXED]))
    other = restarted(judge, rules)
    judge.judge_by(rules)
    for offset, partial in records[cut:]:
        assert judge.apply(offset, partial) == other.apply(offset, partial)
    assert {s: c.state for s, c in judge.timelines.items()} == {s: c.state for s, c in other.timelines.items()}


def test_minutes_that_can_still_change_are_judged_anew_with_the_next_one_that_closes() -> None:
    desk = Desk(QUIET)
    desk.minutes({m: status(approved=90, failed=9) for m in range(3)}, upto=3)
    assert desk.said == []
    desk.judge.judge_by(SMALL)
    assert desk.said == []
    desk.minutes({3: status(approved=90)}, upto=4)
    assert desk.said == [("firing", 0, 1)]
    assert [s.stated.incident.minutes for s in desk.statements] == [3]


def test_settled_minutes_stay_as_they_were_judged() -> None:
    desk = Desk(QUIET, TimePolicy(lateness_ms=0, revise_for_ms=0))
    desk.minutes({m: status(approved=90, failed=9) for m in range(3)}, upto=3)
    desk.judge.judge_by(SMALL)
    desk.minutes({3: status(approved=90), 4: status(approved=90, failed=9)}, upto=5)
    assert desk.said == [("firing", 4, 1)]


def test_what_the_new_rules_do_not_find_is_taken_back() -> None:
    desk = Desk()
    desk.minutes({0: status(approved=90, failed=9)}, upto=1)
    desk.judge.judge_by(QUIET)
    desk.minutes({1: status(approved=90)}, upto=2)
    assert desk.said == [("firing", 0, 1), ("withdrawn", 0, 2)]
