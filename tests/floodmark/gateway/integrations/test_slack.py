"""Clicks on buttons in Slack: let in, done once, under the name that Slack has; what is none of ours is refused."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from sinks.notify.channels.slack.payload import ACTIONS
from tests.floodmark.gateway.integrations.kit import NOW_S, SLACK, SLACK_SECRET, Office, clicked, slack_headers
from tests.floodmark.gateway.topic_kit import alert

USER = {"id": "U0CA5"}


def test_each_button_that_is_sent_does_what_it_says() -> None:
    done = {}
    for button in ACTIONS:
        office = Office(alert())
        answer = office.click(action=button)
        assert (answer.status_code, answer.content) == (200, b"")
        (sent,) = office.sent
        done[button] = (sent.action, sent.by, sent.assignee, sent.verdict)
        assert (sent.source, sent.scope, sent.revision) == ("slack T9TK3 U0CA5", "all", 1)
    assert done == {
        "floodmark.acknowledge": ("acknowledge", "ana", "", None),
        "floodmark.take_over": ("assign", "ana", "ana", None),
        "floodmark.false_positive": ("feedback", "ana", "", "false_positive"),
    }


def test_a_click_counts_for_all_that_the_message_is_about_and_feedback_for_what_it_names() -> None:
    said = [alert(f"i{number}") for number in range(15)] + [alert("over", state="resolved"), alert("other")]
    for button, count in ((ACTIONS[0], 15), (ACTIONS[2], 2)):
        office = Office(*said)
        office.told_of("n1", *(f"i{number}" for number in range(15)), "over", "gone")
        assert office.click(action=button, incidents=["i3", "i1"]).status_code == 200
        assert len(office.sent) == count
        assert [each.incident_id for each in office.sent][:2] == ["i3", "i1"]


def test_a_request_that_is_sent_again_does_nothing_twice() -> None:
    office = Office(alert())
    assert [office.click().status_code for _ in range(3)] == [200, 200, 200]
    assert len(office.sent) == 1
    assert office.click(action=ACTIONS[2]).status_code == 200
    assert office.click(action=ACTIONS[2]).status_code == 200
    assert len(office.sent) == 2


def test_what_makes_no_sense_any_more_is_taken_in_and_does_nothing() -> None:
    taken = alert("taken", acknowledged_by="bob", acknowledged_at=alert().since, acknowledged_severity="warning")
    office = Office(alert(state="resolved"), taken)
    for name in ("i1", "taken", "unknown"):
        assert office.click(incidents=[name]).status_code == 200
    assert office.sent == []


@pytest.mark.parametrize(
    ("user", "by"),
    [
        (USER | {"username": "ana.souza"}, "ana.souza"),
        (USER | {"name": "Ana"}, "Ana"),
        (USER, "U0CA5"),
        (USER | {"username": "  a\u202eb\n c\u0007 "}, "a b c"),
        (USER | {"username": "x" * 300}, "x" * 100),
        (USER | {"username": "\u200b", "name": "\u2066"}, "U0CA5"),
    ],
)
def test_who_asks_is_named_as_slack_names_them_in_letters_that_can_be_printed(user: Any, by: str) -> None:
    office = Office(alert())
    assert office.click(user=user).status_code == 200
    assert office.sent[0].by == by


def test_a_forged_an_old_and_an_unsigned_request_are_not_let_in() -> None:
    office = Office(alert())
    body, headers = clicked()
    requests = [
        (body, slack_headers(body, secret="guessed")),
        (body, slack_headers(body, NOW_S - 301)),
        (body, {}),
        (body + b"&more=1", headers),
        (body, {"X-API-Key": "fm_x"}),
    ]
    for sent, with_headers in requests:
        answer = office.post(SLACK, sent, with_headers)
        assert (answer.status_code, answer.json()["type"]) == (401, "/docs/problems#signature"), answer.text
        assert SLACK_SECRET not in answer.text + str(answer.headers)
    assert office.sent == []


def test_whoever_guesses_is_looked_at_no_more() -> None:
    office = Office(alert())
    body, _ = clicked()
    wrong = slack_headers(body, secret="guessed")
    answers = {office.post(SLACK, body, wrong).status_code for _ in range(31)}
    assert answers == {401, 429}
    assert office.click().status_code == 429


def form(payload: Any) -> bytes:
    return urlencode({"payload": payload if isinstance(payload, str) else json.dumps(payload)}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=",
        b"payload=1&payload=2",
        b"payload=\xff",
        form("{"),
        form([]),
        form({"type": "block_actions"}),
        form({"type": "view_submission", "user": USER}),
        form({"type": "block_actions", "user": USER, "actions": [{"action_id": "other", "value": "{}"}]}),
        form({"type": "block_actions", "user": USER, "actions": [{"action_id": ACTIONS[0], "value": "x"}]}),
        form({"type": "block_actions", "user": USER, "actions": [{"action_id": ACTIONS[0], "value": "[" * 9_000}]}),
        form("[" * 100_000),
        form({"type": "block_actions", "user": USER, "actions": [{"action_id": ACTIONS[0]}] * 26}),
        b"&".join(b"a%d=1" % number for number in range(30)) + b"&payload=1",
    ],
)
def test_what_is_signed_and_no_click_of_ours_is_refused(body: bytes) -> None:
    office = Office(alert())
    answer = office.post(SLACK, body, slack_headers(body))
    assert (answer.status_code, answer.json()["type"]) == (400, "/docs/problems#integration-body"), answer.text
    assert office.sent == []


@pytest.mark.parametrize("button", ["floodmark.page", "floodmark.runbook.1"])
def test_a_button_that_leads_somewhere_is_answered_and_does_nothing(button: str) -> None:
    office = Office(alert())
    assert office.click(action=button).status_code == 200
    assert office.sent == []


def test_a_broker_that_is_away_or_slow_is_told_before_slack_stops_waiting() -> None:
    assert Office(alert(), answers=False).click().status_code == 503
    office = Office(alert(), slow=True)
    office.parts.integrations = replace(office.parts.integrations, within_s=0.05)
    answer = office.click()
    assert (answer.status_code, answer.json()["type"]) == (503, "/docs/problems#broker-away")


def test_without_a_secret_nobody_is_answered_and_before_all_is_read_nobody_yet() -> None:
    answer = Office(alert(), gateway_slack_secret="").click()
    assert (answer.status_code, answer.json()["type"]) == (404, "/docs/problems#integration-off")
    office = Office(alert())
    office.parts.integrations.conversations.is_read = False
    assert office.click().status_code == 503
