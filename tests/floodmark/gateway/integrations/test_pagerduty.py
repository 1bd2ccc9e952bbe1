"""Events of PagerDuty's webhooks: what people did there counts here, and what we have sent does not come back."""

import json
from typing import Any

import pytest

from schemas.action import Action
from tests.floodmark.gateway.integrations.kit import (
    ANA,
    NOW_S,
    PAGERDUTY,
    PAGERDUTY_SECRET,
    US,
    Office,
    happened,
    pagerduty_headers,
)
from tests.floodmark.gateway.topic_kit import M0, action, alert, start

TAKEN: dict[str, Any] = {
    "state": "acknowledged",
    "acknowledged_by": "Ana Souza",
    "acknowledged_at": start(M0),
    "acknowledged_severity": "warning",
    "revision": 2,
}
THERE = action("acknowledge", by="Ana Souza", source="pagerduty PGR0VU2 PLH1HKV", at=start(M0))
HERE = action("acknowledge", by="Ana Souza", source="command host", at=start(M0))


def office(*said: Any) -> Office:
    made = Office(*(said or (alert(), alert("i2"), alert("other"))))
    made.told_of("n1", "i1", "i2", "long-gone")
    return made


def did(sent: list[Action]) -> list[tuple[str, str, str, str, str]]:
    return [(each.incident_id, each.action, each.by, each.assignee, each.note) for each in sent]


def test_who_acknowledges_there_is_on_all_incidents_of_the_notification() -> None:
    made = office()
    answer = made.event(path=f"{PAGERDUTY}?channel=pager")
    assert (answer.status_code, answer.json()) == (202, {"incidents": 2})
    assert did(made.sent) == [(name, "acknowledge", "Ana Souza", "", "") for name in ("i1", "i2")]
    assert {(each.source, each.channel) for each in made.sent} == {("pagerduty PGR0VU2 PLH1HKV", "pager")}


@pytest.mark.parametrize(
    ("kind", "said", "changes", "done"),
    [
        ("incident.resolved", [alert()], {"status": "resolved"}, [("resolve", "Ana Souza", "", "")]),
        ("incident.reassigned", [alert(**TAKEN), THERE], {}, [("assign", "Ana Souza", "Bob", "")]),
        (
            "incident.reassigned",
            [alert(**TAKEN), THERE],
            {"status": "triggered"},
            [
                ("comment", "Ana Souza", "", "Reassigned to Bob at PagerDuty."),
                ("unacknowledge", "Ana Souza", "", ""),
            ],
        ),
        ("incident.unacknowledged", [alert(**TAKEN), THERE], {"agent": None}, [("unacknowledge", "PagerDuty", "", "")]),
        ("incident.unacknowledged", [alert(**TAKEN), HERE], {"agent": None}, []),
        ("incident.unacknowledged", [alert(), THERE], {"agent": None}, []),
        ("incident.acknowledged", [alert(**TAKEN)], {"agent": ANA | {"summary": "Bob"}}, []),
        ("incident.acknowledged", [alert()], {"agent": US}, []),
        ("incident.acknowledged", [alert()], {"agent": None}, []),
        ("incident.resolved", [alert()], {"agent": US}, []),
        ("incident.triggered", [alert()], {}, []),
        ("incident.priority_updated", [alert()], {}, []),
        ("incident.acknowledged", [alert()], {"key": "of another tool"}, []),
        ("incident.acknowledged", [alert()], {"key": None}, []),
        ("incident.acknowledged", [alert()], {"at_s": NOW_S - 3_700}, []),
        ("incident.acknowledged", [alert()], {"at_s": NOW_S + 3_700}, []),
        ("incident.acknowledged", [alert()], {"assignees": "nobody"}, []),
        ("service.updated", [alert()], {}, []),
        ("pagey.ping", [alert()], {"agent": None}, []),
    ],
)
def test_what_people_did_there_counts_and_nothing_else(kind: str, said: list[Any], changes: Any, done: Any) -> None:
    made = office(*said)
    answer = made.event(kind, **changes)
    assert answer.status_code == 202, answer.text
    assert [(each.action, each.by, each.assignee, each.note) for each in made.sent] == done


def test_a_note_is_a_comment_once_the_incident_was_heard_of() -> None:
    made = office()
    note = {"content": "looking <at> it ", "trimmed": False}
    assert made.event("incident.annotated", **note).json() == {"incidents": 0}
    made.event("incident.triggered", agent=US)
    assert made.event("incident.annotated", event="note", **note).json() == {"incidents": 2}
    assert did(made.sent)[0] == ("i1", "comment", "Ana Souza", "", "looking <at> it")
    assert made.event("incident.annotated", event="ours", agent=US, **note).json() == {"incidents": 0}


def test_an_event_that_is_delivered_again_counts_once() -> None:
    made = office()
    assert [made.event().json()["incidents"] for _ in range(3)] == [2, 0, 0]
    assert len(made.sent) == 2


def test_a_forged_and_an_unsigned_event_are_not_let_in() -> None:
    made = office()
    body = happened("incident.acknowledged")
    for sent, headers in (
        (body, pagerduty_headers(body, "guessed")),
        (body, {}),
        (body.replace(b"n1", b"n2"), pagerduty_headers(body)),
    ):
        answer = made.post(PAGERDUTY, sent, headers)
        assert (answer.status_code, answer.json()["type"]) == (401, "/docs/problems#signature")
        assert PAGERDUTY_SECRET not in answer.text
    assert made.sent == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"event":1}', b"\xff", b"[" * 100_000, json.dumps({"event": {"id": "x" * 2_000}}).encode()],
)
def test_what_is_signed_and_no_event_is_refused(body: bytes) -> None:
    answer = office().post(PAGERDUTY, body, pagerduty_headers(body))
    assert (answer.status_code, answer.json()["type"]) == (400, "/docs/problems#integration-body")


def test_a_notification_that_the_notifier_has_forgotten_is_none_of_ours_any_more() -> None:
    made = office()
    conversations = made.parts.integrations.conversations
    conversations.put(b"n1", None)
    conversations.put(b"silence/s1", b'{"id":"s1","author":"ann"}')
    conversations.put(b"n3", b"\xff")
    assert made.event().json() == {"incidents": 0}
