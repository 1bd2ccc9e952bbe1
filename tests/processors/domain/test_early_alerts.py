"""A rule that can only get worse says so before the minute ends; the closed minute has the last word."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from processors.domain.judging.partition_judge import PartitionJudge
from processors.domain.judging.timeline import Statement
from processors.domain.rules import CountThreshold, ZScore
from processors.domain.ruleset import RuleSet
from tests.processors.domain.build import M0, PROPERTY
from tests.processors.domain.desk import POLICY, Desk, status

EARLY = RuleSet(
    "early",
    "v1",
    rules=(
        CountThreshold("burst", keys=("failed",), above=5, early=True),
        CountThreshold("denied", keys=("denied",), above=20),
    ),
    resolve_after=2,
)
LATE = RuleSet(
    EARLY.name,
    EARLY.version,
    rules=tuple(CountThreshold(r.name, r.keys, above=a) for r, a in zip(EARLY.rules, (5, 20), strict=True)),
    resolve_after=2,
)


def begun(rules: RuleSet = EARLY) -> Desk:
    """Two ordinary minutes are judged, and the third is open."""
    desk = Desk(rules)
    desk.minutes({0: status(approved=90, failed=1), 1: status(approved=90, failed=1)}, upto=2)
    return desk


def test_more_than_the_limit_is_said_while_the_minute_lasts() -> None:
    desk = begun()
    desk.minute(2, status(approved=30, failed=6))
    assert desk.said == [("firing", 2, 1)]
    assert desk.judge.timelines["all"].state.judged_to == M0 + 1


def test_up_to_the_limit_nothing_is_said() -> None:
    desk = begun()
    desk.minute(2, status(approved=30, failed=5))
    assert desk.said == []


def test_the_closed_minute_goes_on_with_the_incident_that_was_opened_early() -> None:
    desk = begun()
    desk.minute(2, status(approved=30, failed=6))
    desk.minute(2, status(approved=90, failed=11))
    desk.until(3)
    assert desk.said == [("firing", 2, 1), ("updated", 2, 2)]
    assert len({s.stated.incident.id for s in desk.statements}) == 1
    assert desk.statements[-1].stated.incident.peak == 11


def test_a_closed_minute_that_holds_no_more_than_was_said_is_no_news() -> None:
    desk = begun()
    desk.minute(2, status(approved=30, failed=6))
    desk.until(3)
    assert desk.said == [("firing", 2, 1)]


def test_a_rule_that_waits_for_the_end_of_the_minute_says_nothing_before() -> None:
    desk = begun()
    desk.minute(2, status(approved=30, denied=50))
    assert desk.said == []
    desk.until(3)
    assert desk.said == [("firing", 2, 1)]


def test_an_incident_that_is_open_is_not_opened_early_again() -> None:
    desk = begun()
    desk.minutes({2: status(approved=90, failed=9)}, upto=3)
    desk.minute(3, status(approved=10, failed=7))
    assert desk.said == [("firing", 2, 1)]


def test_what_lies_further_ahead_waits_for_the_source_that_is_behind() -> None:
    desk = begun()
    desk.minute(4, status(approved=30, failed=6))
    assert desk.said == []


def test_an_early_incident_that_the_closed_minutes_deny_is_withdrawn_though_they_settle_at_once() -> None:
    desk = begun()
    desk.minute(2, status(approved=30, failed=6))
    desk.minute(1, status(approved=90, failed=8))
    desk.minutes({minute: status(approved=90) for minute in range(3, 40)}, upto=40)
    last = {s.stated.incident.since - M0: s.stated.state for s in desk.statements}
    assert last == {1: "resolved", 2: "withdrawn"}


def test_before_the_first_minute_is_judged_nothing_is_early() -> None:
    desk = Desk(EARLY)
    desk.minute(0, status(failed=9))
    assert desk.said == []


def test_an_early_incident_outlives_late_data_that_change_a_minute_before() -> None:
    desk = begun()
    desk.minute(2, status(approved=30, failed=6))
    desk.minute(1, status(approved=95, failed=1))
    desk.until(3)
    assert desk.said == [("firing", 2, 1)]


def test_an_early_incident_that_late_data_give_to_an_older_one_is_withdrawn() -> None:
    desk = begun()
    desk.minute(2, status(approved=30, failed=6))
    desk.minute(1, status(approved=90, failed=8))
    desk.until(3)
    states = {s.stated.incident.since - M0: s.stated.state for s in desk.statements}
    assert states == {1: "updated", 2: "withdrawn"}


def test_after_a_restart_what_was_said_early_is_not_said_again() -> None:
    desk = begun()
    desk.minute(2, status(approved=30, failed=6))
    held = desk.judge
    again = Desk(
        EARLY, judge=PartitionJudge(EARLY, POLICY, position=held.position, marks=held.marks, timelines=held.timelines)
    )
    again.judge.judge_by(EARLY)
    again.minute(2, status(approved=30, failed=9))
    assert again.said == []
    again.until(3)
    assert again.said == [("updated", 2, 2)]


def last_words(statements: list[Statement]) -> dict[str, Statement]:
    return {s.stated.incident.id: s for s in statements}


@PROPERTY
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), min_size=1, max_size=4), min_size=3, max_size=8)
)
def test_in_whatever_pieces_a_minute_comes_the_last_word_is_that_of_a_judge_that_waits(
    minutes: list[list[tuple[int, int]]],
) -> None:
    early, late = Desk(EARLY), Desk(LATE)
    for number, pieces in enumerate(minutes):
        for failed, denied in accumulate(pieces, lambda a, b: (a[0] + b[0], a[1] + b[1])):
            for desk in (early, late):
                desk.minute(number, status(approved=50, failed=failed, denied=denied))
        early.until(number + 1)
        late.until(number + 1)
    said, waited = last_words(early.statements), last_words(late.statements)
    assert {id_: (s.stated.state, s.stated.incident) for id_, s in waited.items() if s.stated.state == "resolved"} == {
        id_: (s.stated.state, s.stated.incident) for id_, s in said.items() if s.stated.state == "resolved"
    }
    assert {id_: s.stated.incident for id_, s in said.items()} == {id_: s.stated.incident for id_, s in waited.items()}


def test_only_a_limit_that_is_passed_upwards_can_be_early() -> None:
    assert CountThreshold("a", warning=3, direction="down", early=True).problem() is not None
    assert CountThreshold("a", early=True).problem() is None
    assert not ZScore("a").is_early
