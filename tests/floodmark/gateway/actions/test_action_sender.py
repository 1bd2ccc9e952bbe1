"""What people do: refused where it makes no sense, noted once, seen when it shows, and told again when it is owed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, get_args

import pytest

from floodmark.gateway.actions.action_sender import ActionSender
from floodmark.gateway.actions.mending import AFTER_MS, BY_TIME, UNTIL_MS, ended, owed
from floodmark.gateway.actions.publishing import judge_word
from floodmark.gateway.app import build
from floodmark.gateway.parts import GatewayParts
from processors.domain.judging.acknowledging import Acknowledgement, Release
from producers.errors import PublishError
from schemas.action import Action, ActionKind
from schemas.alert import Alert
from tests.floodmark.gateway.asking import ask
from tests.floodmark.gateway.topic_kit import M0, NOW_MS, Topics, action, alert, start, view_of

ACKNOWLEDGED: dict[str, Any] = {
    "state": "acknowledged",
    "acknowledged_by": "ann",
    "acknowledged_at": start(M0) + timedelta(seconds=60),
    "acknowledged_severity": "warning",
}


class Broker:
    """Takes actions, and gives them back to the gateway, with what the judge says of them."""

    def __init__(self, *said: Any, answers: bool = True, judges: bool = True) -> None:
        self.topics, self.answers, self.judges = Topics(), answers, judges
        self.topics.add(*said)
        self.view = view_of(self.topics)
        self.sent: list[Action] = []
        parts = GatewayParts(view=self.view, now_ms=lambda: NOW_MS)
        parts.action_sender = ActionSender(self.view, self.send, within_s=60.0 if judges else 0.2)
        self.app = build(parts)

    async def send(self, actions: Sequence[Action]) -> None:
        if not self.answers:
            raise PublishError("the broker has not taken it.")
        loop = asyncio.get_running_loop()
        for what in actions:
            self.sent.append(what)
            loop.call_soon(lambda what=what: self.view.take(self.topics.add(what)))
            if self.judges and (said := self.judged(what)) is not None:
                loop.call_soon(lambda said=said: self.view.take(self.topics.add(said)))

    def judged(self, what: Action) -> Alert | None:
        revision = what.revision + 1
        if what.action in ("acknowledge", "assign"):
            by = {"acknowledged_by": what.assignee or what.by, "acknowledged_at": what.at}
            return alert(**ACKNOWLEDGED | by | {"revision": revision, "acknowledged_until": what.until})
        return alert(state="updated", revision=revision) if what.action == "unacknowledge" else None

    def act(self, kind: str, incident_id: str = "i1", headers: dict[str, str] | None = None, **body: Any) -> Any:
        return ask(self.app, "POST", f"/v1/incidents/{incident_id}/{kind}", json=body, headers=headers or {})


def test_an_acknowledgement_is_answered_when_the_judge_has_said_so() -> None:
    broker = Broker(alert())
    answer = broker.act("acknowledge", by=" ann ", note="with the acquirer")
    assert (answer.status_code, answer.json()["shows"]) == (200, True)
    assert (answer.json()["incident"]["state"], answer.json()["incident"]["acknowledged_by"]) == ("acknowledged", "ann")
    (sent,) = broker.sent
    assert (sent.by, sent.note, sent.scope, sent.severity, sent.revision) == (
        "ann",
        "with the acquirer",
        "all",
        "warning",
        1,
    )
    assert sent.source.startswith("http ")


def test_what_no_judge_has_taken_up_yet_is_on_the_broker_and_said_to_be() -> None:
    answer = Broker(alert(), judges=False).act("acknowledge", by="ann")
    assert (answer.status_code, answer.json()["shows"]) == (202, False)


def test_a_comment_a_verdict_and_the_end_need_no_judge() -> None:
    broker = Broker(alert(), judges=False)
    assert broker.act("comment", by="ann", note="we look").json()["incident"]["comments"] == 1
    assert broker.act("feedback", by="ann", verdict="false_positive").json()["incident"]["verdict"] == "false_positive"
    ended = broker.act("resolve", by="ann", note="switched over").json()["incident"]
    assert (ended["state"], ended["said"], ended["resolved_by"]) == ("resolved", "firing", "ann")
    assert ended["resolved_note"] == "switched over"


def test_an_incident_that_people_are_done_with_is_open_again_when_it_gets_worse() -> None:
    topics = Topics()
    topics.add(alert(), action("resolve", revision=1, severity="warning"))
    view = view_of(topics)
    incident = view.incidents.get("i1")
    assert incident is not None
    assert not incident.is_open
    view.take(topics.add(alert(revision=2, state="updated")))
    assert view.incidents.open == []
    view.take(topics.add(alert(revision=3, state="updated", severity="critical")))
    assert [each.id for each in view.incidents.open] == ["i1"]
    view.take(topics.add(action("resolve", action_id="again", revision=3, severity="critical")))
    view.take(topics.add(alert(revision=4, state="withdrawn")))
    assert incident.standing == "withdrawn"
    view.take(topics.add(alert(revision=5, state="firing")))
    assert incident.standing == "firing"


@pytest.mark.parametrize(
    ("said", "kind", "status"),
    [
        ([alert(state="resolved")], "acknowledge", 409),
        ([alert(state="resolved")], "resolve", 409),
        ([alert(state="resolved")], "comment", 200),
        ([alert(**ACKNOWLEDGED)], "acknowledge", 409),
        ([alert()], "unacknowledge", 409),
        ([alert(**ACKNOWLEDGED)], "unacknowledge", 200),
        ([alert(**ACKNOWLEDGED)], "assign", 200),
        ([alert(**ACKNOWLEDGED | {"severity": "critical"})], "acknowledge", 200),
        ([alert(**ACKNOWLEDGED | {"acknowledged_until": start(M0) + timedelta(seconds=60)})], "acknowledge", 200),
        ([alert(**ACKNOWLEDGED | {"acknowledged_until": start(M0 + 9)})], "acknowledge", 409),
        ([alert(state="resolved")], "assign", 409),
        ([alert(dimension="stream", key="silent")], "acknowledge", 409),
        ([alert("other")], "acknowledge", 404),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_noted(said: list[Alert], kind: str, status: int) -> None:
    broker = Broker(*said)
    answer = broker.act(kind, by="bob", note="why")
    assert answer.status_code == status, answer.text
    assert len(broker.sent) == (status == 200)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("acknowledge", {}),
        ("acknowledge", {"by": "  "}),
        ("acknowledge", {"by": "a\u0007b"}),
        ("acknowledge", {"by": "x" * 101}),
        ("acknowledge", {"by": "ann", "note": "x" * 2001}),
        ("acknowledge", {"by": "ann", "more": 1}),
        ("acknowledge", {"by": "ann", "for_s": 59}),
        ("acknowledge", {"by": "ann", "for_s": 7 * 86_400 + 1}),
        ("assign", {"by": "ann", "to": "b\u0007b"}),
        ("assign", {"by": "ann", "to": "x" * 101}),
        ("comment", {"by": "ann"}),
        ("comment", {"by": "ann", "note": "  "}),
        ("feedback", {"by": "ann"}),
        ("feedback", {"by": "ann", "verdict": "good"}),
    ],
)
def test_a_body_that_cannot_be_used_is_refused(kind: str, body: dict[str, Any]) -> None:
    broker = Broker(alert())
    assert broker.act(kind, **body).status_code == 422
    assert broker.sent == []


def test_a_retry_with_its_key_counts_once() -> None:
    broker = Broker(alert())
    for _ in range(2):
        answer = broker.act("comment", headers={"Idempotency-Key": "k1"}, by="ann", note="once")
        assert answer.status_code == 200
    assert len(broker.sent) == 1
    assert broker.act("comment", headers={"Idempotency-Key": "k2"}, by="ann", note="twice").status_code == 200
    assert len(broker.sent) == 2


def test_a_broker_that_is_away_is_told_with_a_time_to_try_again() -> None:
    answer = Broker(alert(), answers=False).act("acknowledge", by="ann")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_the_judge_is_told_who_is_on_it_and_that_nobody_is() -> None:
    at = action().at.replace(microsecond=234_000)
    at_ms = round(at.timestamp() * 1000)
    told = {kind: judge_word(action(kind, note="n", at=at)) for kind in get_args(ActionKind)}
    assert told == {
        "acknowledge": Acknowledgement("i1", "all", "ann", at_ms, "n"),
        "assign": Acknowledgement("i1", "all", "ann", at_ms, "n", takes_over=True),
        "unacknowledge": Release("i1", "all", "ann", at_ms, "n"),
        "comment": None,
        "feedback": None,
        "resolve": Acknowledgement("i1", "all", "ann", at_ms, "n", takes_over=True),
    }
    until = at + timedelta(hours=1)
    assert judge_word(action("assign", assignee="bob", until=until, channel="pager", at=at)) == Acknowledgement(
        "i1", "all", "bob", at_ms, "", at_ms + 3_600_000, "pager", takes_over=True
    )


def owing(*said: Any, after_ms: int = AFTER_MS) -> list[str]:
    topics = Topics()
    topics.add(*said)
    return [each.action for each in owed(view_of(topics).incidents, int(action().at.timestamp() * 1000) + after_ms)]


def test_what_the_judge_has_not_taken_up_is_owed_for_a_while() -> None:
    assert owing(alert(), action("acknowledge")) == ["acknowledge"]
    assert owing(alert(), action("acknowledge"), after_ms=AFTER_MS - 1) == []
    assert owing(alert(), action("acknowledge"), after_ms=UNTIL_MS + 1) == []
    assert owing(alert(**ACKNOWLEDGED), action("acknowledge")) == []
    assert owing(alert(**ACKNOWLEDGED), action("acknowledge"), action("unacknowledge")) == ["unacknowledge"]
    assert owing(alert(), action("acknowledge"), action("unacknowledge")) == []


def test_nothing_is_owed_of_what_is_over_or_fired_anew_since() -> None:
    assert owing(alert(state="resolved"), action("acknowledge")) == []
    withdrawn = [
        alert(),
        action("acknowledge"),
        alert(revision=2, state="withdrawn"),
        alert(revision=3, state="firing"),
    ]
    assert owing(*withdrawn) == []
    assert owing(alert(), action("comment")) == []


def test_it_is_acknowledged_for_a_time_and_assigned_to_others() -> None:
    broker = Broker(alert())
    taken = broker.act("acknowledge", by="ann", for_s=600).json()
    assert taken["incident"]["acknowledged_until"] == "2025-07-12T18:18:00Z"
    assigned = broker.act("assign", by="ann", to=" bob ").json()
    assert (assigned["incident"]["acknowledged_by"], assigned["incident"]["acknowledged_until"]) == ("bob", None)
    assert (assigned["action"]["by"], assigned["action"]["assignee"]) == ("ann", "bob")
    assert broker.act("assign", by="carl").json()["incident"]["acknowledged_by"] == "carl"
    times = [each.at for each in broker.sent]
    assert times == sorted(set(times)), "the judge tells a repeat by its time"


def test_what_has_ended_by_time_is_given_back_once_by_whoever_sees_it() -> None:
    topics = Topics()
    until = start(M0 + 9)
    topics.add(alert(**ACKNOWLEDGED | {"acknowledged_until": until}), alert("i2", **ACKNOWLEDGED))
    view, at_ms = view_of(topics), round(until.timestamp() * 1000)
    assert list(ended(view.incidents, at_ms - 1)) == []
    (back,) = ended(view.incidents, at_ms)
    assert (back.incident_id, back.action, back.by, back.source, back.at) == (
        "i1",
        "unacknowledge",
        BY_TIME,
        "time",
        until,
    )
    assert list(ended(view.incidents, at_ms + 60_000)) == [back]
    view.take(topics.add(back))
    assert list(ended(view.incidents, at_ms + 60_000)) == []
    assert [each.action for each in owed(view.incidents, at_ms + AFTER_MS)] == ["unacknowledge"]
    view.take(topics.add(alert(state="updated", revision=2)))
    assert list(ended(view.incidents, at_ms + 60_000)) == []


def test_several_are_done_at_once_and_what_makes_no_sense_is_left_out() -> None:
    broker = Broker(alert(), alert("over", state="resolved"), alert("mine", **ACKNOWLEDGED))
    doing = ActionSender(broker.view, broker.send)
    asked = [action("acknowledge", name, by="bob", action_id=name) for name in ("i1", "over", "mine", "unknown")]
    assert [each.incident_id for each in asyncio.run(doing.send_all(asked))] == ["i1"]
    assert asyncio.run(doing.send_all(asked)) == []
    assert [each.incident_id for each in broker.sent] == ["i1"]
