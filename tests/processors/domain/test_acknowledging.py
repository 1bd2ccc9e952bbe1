"""Acknowledged incidents: who is on it is said once, kept until the end, and lost to nobody."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from processors.domain.counting.partial import judge_of
from processors.domain.judging.acknowledging import Acknowledgement, Release
from processors.domain.judging.partition_judge import Effects
from processors.domain.judging.timeline import StatedIncident, TimelineState
from processors.domain.judging.timeline_state import Acknowledged
from processors.domain.rules import CountThreshold
from tests.processors.domain.build import M0, at
from tests.processors.domain.desk import SMALL, Desk, status

BAD, GOOD = status(approved=90, denied=10), status(approved=90)
ANN = Acknowledged("ann", at(9), "warning", "with the acquirer")
"""How it is kept that ann acknowledges with `acknowledge`."""


def acknowledge(desk: Desk, id_: str | None = None, *, by: str = "ann", scope: str = "all") -> Effects:
    """Somebody acknowledges an incident, as the next record of the input: that which was said last."""
    known = desk.statements[-1].stated.incident.id
    desk.offset += 1
    told = Acknowledgement(known if id_ is None else id_, scope, by, at(9), "with the acquirer")
    step = desk.judge.acknowledge(desk.offset, told)
    for outcome in step.outcomes:
        desk.publish(outcome)
    return step


def release(desk: Desk, id_: str | None = None, *, at_ms: int = at(10), scope: str = "all") -> Effects:
    """Somebody says that nobody is on an incident: that which was said last."""
    known = desk.statements[-1].stated.incident.id
    desk.offset += 1
    step = desk.judge.release(desk.offset, Release(known if id_ is None else id_, scope, "bob", at_ms))
    for outcome in step.outcomes:
        desk.publish(outcome)
    return step


def broken(minutes: int = 1) -> Desk:
    """A desk with an incident that has gone on for so many minutes."""
    desk = Desk()
    desk.minutes(dict.fromkeys(range(minutes), BAD), upto=minutes)
    return desk


def people(desk: Desk) -> list[tuple[str, str | None]]:
    """Each state that was said, and who was on it then."""
    return [(s.stated.state, s.stated.acknowledged and s.stated.acknowledged.by) for s in desk.statements]


def test_it_is_said_with_the_next_revision_in_the_minute_it_was_last_seen() -> None:
    desk = broken(2)
    step = acknowledge(desk)
    assert desk.said == [("firing", 0, 1), ("updated", 0, 2), ("acknowledged", 0, 3)]
    last = desk.statements[-1]
    assert (last.minute, last.stated.incident) == (M0 + 1, desk.statements[1].stated.incident)
    assert last.stated.acknowledged == ANN
    assert step.scopes == {"all"}
    assert desk.judge.take_changed() == {"all"}
    assert desk.judge.timelines["all"].take_changes().has_news


def test_whatever_is_said_after_it_keeps_who_is_on_it() -> None:
    desk = broken()
    acknowledge(desk)
    desk.minutes({1: BAD, 2: GOOD, 3: GOOD}, upto=4)
    assert people(desk) == [("firing", None), ("acknowledged", "ann"), ("updated", "ann"), ("resolved", "ann")]
    desk.minutes({4: BAD}, upto=5)
    assert people(desk)[-1] == ("firing", None), "another incident has nobody yet"


def test_the_first_one_counts() -> None:
    desk = broken()
    acknowledge(desk)
    assert acknowledge(desk, by="bob") == Effects()
    desk.minutes({1: BAD}, upto=2)
    assert acknowledge(desk, by="bob") == Effects()
    assert people(desk) == [("firing", None), ("acknowledged", "ann"), ("updated", "ann")]


@pytest.mark.parametrize(("id_", "scope"), [("unknown", "all"), (None, "shop")])
def test_what_is_not_known_is_not_acknowledged_and_the_input_goes_on(id_: str | None, scope: str) -> None:
    desk = broken()
    assert acknowledge(desk, id_, scope=scope) == Effects()
    assert desk.judge.position == desk.offset
    desk.minutes({1: BAD}, upto=2)
    assert people(desk) == [("firing", None), ("updated", None)]


def test_what_is_over_is_not_acknowledged() -> None:
    desk = broken()
    desk.minutes({1: GOOD, 2: GOOD}, upto=3)
    assert acknowledge(desk) == Effects()
    desk.minute(0, GOOD)
    assert desk.said[-1][0] == "withdrawn"
    assert acknowledge(desk) == Effects()


def test_a_record_that_is_in_already_does_nothing() -> None:
    desk = broken()
    id_ = desk.statements[-1].stated.incident.id
    told = Acknowledgement(id_, "all", "ann", at(9))
    assert desk.judge.acknowledge(desk.judge.position, told) == Effects()
    assert desk.judge.acknowledge(desk.judge.position + 1, told).scopes == {"all"}


def test_late_data_that_change_an_incident_leave_who_is_on_it() -> None:
    desk = broken(2)
    acknowledge(desk)
    desk.minute(1, status(approved=9_000, denied=10))
    assert people(desk)[-2:] == [("acknowledged", "ann"), ("amended", "ann")]


def test_one_that_is_withdrawn_is_withdrawn_and_has_to_be_acknowledged_anew_when_it_fires_again() -> None:
    desk = broken()
    acknowledge(desk)
    desk.minute(0, GOOD)
    desk.minute(0, BAD)
    assert people(desk)[1:] == [("acknowledged", "ann"), ("withdrawn", "ann"), ("firing", None)]
    acknowledge(desk, by="bob")
    assert people(desk)[-1] == ("acknowledged", "bob")
    assert [revision for _, _, revision in desk.said] == [1, 2, 3, 4, 5]


def test_other_rules_that_find_the_same_incident_leave_who_is_on_it() -> None:
    desk = broken()
    acknowledge(desk)
    desk.judge.judge_by(replace(SMALL, rules=(*SMALL.rules, CountThreshold("codes", keys=("51",), above=5))))
    desk.minutes({1: BAD}, upto=2)
    assert people(desk) == [("firing", None), ("acknowledged", "ann"), ("updated", "ann")]


def test_how_severe_it_was_then_is_kept() -> None:
    desk = broken()
    acknowledge(desk)
    desk.minutes({1: status(denied=100)}, upto=2)
    last = desk.statements[-1].stated
    assert (last.incident.severity, last.acknowledged) == ("critical", ANN)


def test_state_that_was_stored_before_there_were_acknowledgements_is_read() -> None:
    desk = broken()
    (held,) = desk.judge.timelines["all"].state.stated.values()
    state = msgspec.json.decode(msgspec.json.encode(desk.judge.timelines["all"].state))
    for said in state["stated"].values():
        del said["acknowledged"]
    old = msgspec.json.decode(msgspec.json.encode(state), type=TimelineState)
    assert list(old.stated.values()) == [StatedIncident(1, "firing", held.incident)]


def test_a_scope_is_told_to_one_judge_always_the_same() -> None:
    assert [judge_of(scope, 6) for scope in ("all", "shop", "Händler", "all")] == [3, 0, 3, 3]
    assert judge_of("all", 1) == 0


def test_nobody_is_on_what_is_released_until_it_is_acknowledged_anew() -> None:
    desk = broken()
    acknowledge(desk)
    step = release(desk)
    assert step.scopes == {"all"}
    assert desk.judge.timelines["all"].take_changes().has_news
    desk.minutes({1: BAD}, upto=2)
    desk.offset += 1
    again = Acknowledgement(desk.statements[-1].stated.incident.id, "all", "bob", at(11))
    desk.publish(desk.judge.acknowledge(desk.offset, again).outcomes[0])
    assert people(desk) == [
        ("firing", None),
        ("acknowledged", "ann"),
        ("updated", None),
        ("updated", None),
        ("acknowledged", "bob"),
    ]
    assert [said[2] for said in desk.said] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("id_", "scope", "at_ms"), [("unknown", "all", 10), (None, "shop", 10), (None, "all", 8)])
def test_what_is_not_known_or_was_taken_since_is_not_released(id_: str | None, scope: str, at_ms: int) -> None:
    desk = broken()
    acknowledge(desk)
    assert release(desk, id_, scope=scope, at_ms=at(at_ms)) == Effects()
    assert desk.judge.position == desk.offset


def test_what_nobody_is_on_or_is_over_is_not_released() -> None:
    desk = broken()
    assert release(desk) == Effects()
    acknowledge(desk)
    desk.minutes({1: GOOD, 2: GOOD}, upto=3)
    assert release(desk) == Effects()


def test_a_release_that_is_in_already_does_nothing() -> None:
    desk = broken()
    acknowledge(desk)
    released = Release(desk.statements[-1].stated.incident.id, "all", "bob", at(10))
    assert desk.judge.release(desk.judge.position, released) == Effects()


def word(desk: Desk, **fields: Any) -> Acknowledgement:
    """What bob says of the incident that was said last, at minute 11."""
    known = desk.statements[-1].stated.incident.id
    return Acknowledgement(**{"incident_id": known, "scope": "all", "by": "bob", "at_ms": at(11), **fields})


def say(desk: Desk, told: Acknowledgement) -> None:
    desk.offset += 1
    for outcome in desk.judge.acknowledge(desk.offset, told).outcomes:
        desk.publish(outcome)


def test_an_acknowledgement_for_a_time_says_when_it_ends_and_by_which_channel_it_came() -> None:
    desk = broken()
    say(desk, word(desk, until_ms=at(20), channel="pager"))
    assert desk.statements[-1].stated.acknowledged == Acknowledged("bob", at(11), "warning", "", at(20), "pager")


@pytest.mark.parametrize(
    ("fields", "counts_now"),
    [
        ({}, False),
        ({"takes_over": True}, True),
        ({"takes_over": True, "at_ms": at(9)}, False),
        ({"by": "ann", "until_ms": at(30)}, True),
        ({"by": "ann", "until_ms": at(20)}, False),
        ({"by": "ann", "until_ms": at(30), "at_ms": at(9)}, False),
        ({"at_ms": at(20) - 1}, False),
        ({"at_ms": at(20)}, True),
    ],
    ids=["another", "takes over", "repeat of a takeover", "another end", "same", "old", "before its end", "at its end"],
)
def test_somebody_else_counts_when_they_take_over_or_the_time_is_over(fields: Any, counts_now: bool) -> None:
    desk = broken()
    say(desk, word(desk, by="ann", at_ms=at(9), until_ms=at(20)))
    before = desk.statements[-1]
    say(desk, word(desk, **fields))
    assert (desk.statements[-1] != before) is counts_now
    if counts_now:
        assert people(desk)[-1] == ("acknowledged", fields.get("by", "bob"))


def test_what_is_worse_than_it_was_when_it_was_acknowledged_is_acknowledged_anew() -> None:
    desk = broken()
    acknowledge(desk)
    desk.minutes({1: status(denied=100)}, upto=2)
    say(desk, word(desk, by="ann", at_ms=at(9)))
    assert people(desk)[-1] == ("updated", "ann"), "a repeat of what was said before is none"
    say(desk, word(desk, by="ann"))
    last = desk.statements[-1].stated
    assert (last.state, last.acknowledged) == ("acknowledged", Acknowledged("ann", at(11), "critical"))


def test_an_acknowledgement_that_was_stored_before_it_could_end_by_itself_is_read() -> None:
    stored = msgspec.json.decode(msgspec.json.encode(ANN))
    del stored["until_ms"], stored["channel"]
    assert msgspec.convert(stored, Acknowledged) == ANN
