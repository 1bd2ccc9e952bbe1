"""PagerDuty, as a stub that holds to the published rules of Events API v2."""

import json
from datetime import datetime
from typing import Any, get_args

import pytest

from sinks.notify.channels.contract import Channel, Receipt, Refused
from sinks.notify.channels.keys import notification_of
from sinks.notify.channels.settings import ChannelMisconfigured
from sinks.notify.notification import CALLS, REPORTS, Kind
from sinks.notify.routing.model import Team
from sinks.protocol import Busy, Trouble
from tests.sinks.http_kit import Receiver, Reply, Request
from tests.sinks.notify.channels.kit import HOSTILE, answered, hostile, local, opened, said, stub

KEY = "e93facc04764012d7bfb002500d5d1a6"
FIELDS = {"routing_key", "event_action", "dedup_key", "payload", "client", "client_url", "links", "images"}
PAYLOAD = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}


class PagerDuty:
    """What is open there, by dedup key, and how often people were called."""

    def __init__(self) -> None:
        self.alerts: dict[str, dict[str, Any]] = {}
        self.calls = 0
        self.changes: list[str] = []

    def __call__(self, request: Request) -> Reply:
        if request.path not in ("/v2/enqueue", "/v2/change/enqueue") or not request.headers["content-type"].startswith(
            "application/json"
        ):
            return answered(404)
        if len(request.body) > 512_000:
            return answered(413)
        event = json.loads(request.body)
        if request.path == "/v2/change/enqueue":
            return self.take_change(event)
        errors = list(self.errors(event))
        if errors:
            return answered(400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors})
        self.take(event)
        return answered(202, {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]})

    def take_change(self, event: dict[str, Any]) -> Reply:
        payload = event.get("payload", {})
        if (
            len(event.get("routing_key", "")) != 32
            or event.keys() - {"routing_key", "payload", "links", "images"}
            or payload.keys() - {"summary", "source", "timestamp", "custom_details"}
            or not 1 <= len(payload.get("summary", "").encode("utf-16-le")) // 2 <= 1024
            or datetime.fromisoformat(payload["timestamp"]).tzinfo is None
        ):
            return answered(400, {"status": "invalid event", "message": "Event object is invalid"})
        self.changes.append(payload["summary"])
        return answered(202, {"status": "success", "message": "Change event processed"})

    def errors(self, event: dict[str, Any]) -> Any:
        if len(event.get("routing_key", "")) != 32:
            yield "Length of 'routing_key' is incorrect (should be 32 characters)"
        if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
            yield "'event_action' is invalid"
        if event.keys() - FIELDS:
            yield "unknown field"
        if not 1 <= len(event.get("dedup_key", "")) <= 255:
            yield "'dedup_key' is missing or longer than 255"
        if event.get("event_action") == "trigger":
            yield from self.payload_errors(event.get("payload", {}))
            for link in event.get("links", []):
                if not link.get("href", "").startswith(("https://", "http://")) or not isinstance(link["text"], str):
                    yield "'links' is invalid"

    def payload_errors(self, payload: dict[str, Any]) -> Any:
        if payload.keys() - PAYLOAD:
            yield "unknown field in 'payload'"
        if not 1 <= len(payload.get("summary", "").encode("utf-16-le")) // 2 <= 1024:
            yield "'payload.summary' is missing or longer than 1024"
        if payload.get("severity") not in ("critical", "error", "warning", "info"):
            yield "'payload.severity' is invalid"
        if not payload.get("source"):
            yield "'payload.source' is missing"
        if datetime.fromisoformat(payload["timestamp"]).tzinfo is None:
            yield "'payload.timestamp' is invalid"
        if not isinstance(payload.get("custom_details"), dict):
            yield "'payload.custom_details' is invalid"

    def take(self, event: dict[str, Any]) -> None:
        key, action = event["dedup_key"], event["event_action"]
        if action == "trigger":
            if self.alerts.get(key, {}).get("state", "resolved") == "resolved":
                self.alerts[key] = {"state": "triggered"}
            # While it is acknowledged it calls nobody, whatever comes.
            self.calls += self.alerts[key]["state"] == "triggered"
            self.alerts[key]["severity"] = event["payload"]["severity"]
        elif key in self.alerts:
            self.alerts[key]["state"] = "resolved" if action == "resolve" else "acknowledged"


def pagerduty(receiver: Receiver, key: str = KEY) -> Channel:
    return opened("pagerduty", {"KEY": key}, routing_key_variable="KEY", **local(receiver))


def test_a_notification_is_one_open_alert_from_its_beginning_to_its_end_and_what_gets_worse_calls_again() -> None:
    service, handle, seen = PagerDuty(), "", []
    with stub(service) as receiver:
        channel = pagerduty(receiver)
        for number, kind in enumerate(("open", "acknowledged", "more", "rise", "repeat", "acknowledged", "resolved")):
            by = {} if kind in ("open", "more") else {"acknowledged_by": "ana"}
            message = said(kind, number=number, severity="warning" if number < 3 else "critical", **by)
            assert channel.wants(message)
            receipt = channel.send(message, handle)
            assert receipt.answer == "202 success"
            handle = receipt.handle
            states = [alert["state"] for alert in service.alerts.values() if alert["state"] != "resolved"]
            seen.append((kind, states, service.calls))
        channel.close()
    assert seen == [
        ("open", ["triggered"], 1),
        ("acknowledged", ["acknowledged"], 1),
        ("more", ["acknowledged"], 1),
        ("rise", ["triggered"], 2),
        ("repeat", ["triggered"], 3),
        ("acknowledged", ["acknowledged"], 3),
        ("resolved", [], 3),
    ]
    assert handle == "0123456789abcdef"
    assert {notification_of(key) for key in service.alerts} == {handle}


def test_what_could_not_be_ended_under_its_old_name_is_ended_with_the_next_message() -> None:
    service = PagerDuty()
    with stub(service) as receiver:
        channel = pagerduty(receiver)
        first = channel.send(said("open", number=1), "").handle
        receiver.answer = lambda asked: answered(503) if b'"resolve"' in asked.body else service(asked)
        risen = channel.send(said("rise", number=2), first).handle
        assert sorted(alert["state"] for alert in service.alerts.values()) == ["triggered", "triggered"]
        receiver.answer = service
        channel.send(said("resolved", number=3), risen)
        channel.close()
    assert [alert["state"] for alert in service.alerts.values()] == ["resolved", "resolved"]


def test_that_people_are_called_too_often_is_a_change_that_calls_nobody() -> None:
    service = PagerDuty()
    with stub(service) as receiver:
        channel = pagerduty(receiver)
        word = said("budget", team=Team(name="payments", budget=2))
        assert channel.wants(word)
        assert channel.send(word, "") == Receipt("202 success")
        channel.close()
    assert service.changes == ["payments was called 0 times this week, its budget is 2"]
    assert (service.alerts, service.calls) == ({}, 0)


def test_only_what_calls_people_triggers() -> None:
    first = {}
    with stub(PagerDuty()) as receiver:
        channel = pagerduty(receiver)
        wanted = [kind for kind in get_args(Kind) if kind != "budget" and channel.wants(said(kind))]
        for kind in wanted:
            before = len(receiver.requests)
            channel.send(said(kind), "")
            first[kind] = json.loads(receiver.requests[before].body)["event_action"]
        channel.close()
    assert set(get_args(Kind)) - set(wanted) == REPORTS | {"budget"}
    assert {kind for kind, action in first.items() if action == "trigger"} == CALLS


def test_the_page_and_the_runbook_are_links() -> None:
    with stub(PagerDuty()) as receiver:
        channel = pagerduty(receiver)
        channel.send(said(scope="shop", runbook="https://wiki.example/denied", loss=120), "")
        channel.close()
    event = json.loads(receiver.requests[0].body)
    assert event["client_url"] == "https://fm.example/incidents/incident-0"
    assert event["links"] == [
        {"href": "https://fm.example/incidents/incident-0", "text": "Look at it: denied of shop"},
        {"href": "https://wiki.example/denied", "text": "Runbook: denied of shop"},
    ]
    assert event["payload"]["custom_details"] == {
        "1": "denied of shop: Denied rose.\nSince: 2026-01-07 12:00 UTC\nLost: 120 transactions"
    }


def test_words_stay_within_the_rules_of_the_service() -> None:
    with stub(PagerDuty()) as receiver:
        channel = pagerduty(receiver)
        for words in HOSTILE:
            channel.send(hostile(words, count=11), "")
        channel.close()
    for request in receiver.requests:
        assert json.loads(request.body)["payload"]["severity"] == "critical"


def test_a_wrong_key_is_for_somebody_to_mend_and_no_message_is_to_blame() -> None:
    errors = {"status": "invalid event", "errors": ["Length of 'routing_key' is incorrect (should be 32 characters)"]}
    with stub(lambda _request: answered(400, errors)) as receiver:
        channel = pagerduty(receiver)
        with pytest.raises(Busy, match="check the routing key") as caught:
            channel.send(said(), "")
        channel.close()
    assert caught.value.trouble is Trouble.REFUSED
    with pytest.raises(ChannelMisconfigured, match="32 letters and digits") as wrong:
        opened("pagerduty", {"KEY": "hunter2"}, routing_key_variable="KEY")
    assert "hunter2" not in str(wrong.value)


def test_another_400_is_about_the_message() -> None:
    with stub(lambda _request: answered(400, {"errors": ["JSON parse error"]})) as receiver:
        channel = pagerduty(receiver)
        with pytest.raises(Refused, match="PagerDuty answered 400"):
            channel.send(said(), "")
        channel.close()


def test_a_throttled_service_is_asked_again_when_it_says() -> None:
    with stub(lambda _request: answered(429, Retry_After="30")) as receiver:
        channel = pagerduty(receiver)
        with pytest.raises(Busy) as caught:
            channel.send(said(), "")
        channel.close()
    assert (caught.value.trouble, caught.value.retry_after_s) == (Trouble.THROTTLED, 30.0)
