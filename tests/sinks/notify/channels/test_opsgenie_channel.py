"""Opsgenie, as a stub that holds to the published rules of its Alert API."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sinks.notify.channels.contract import Channel, Refused
from sinks.notify.routing.model import Team
from sinks.protocol import Busy, Trouble
from tests.sinks.http_kit import Receiver, Reply, Request
from tests.sinks.notify.channels.kit import HOSTILE, SECRET, answered, hostile, local, opened, said, stub, texts

LIMITS = {"message": 130, "alias": 512, "description": 15_000, "entity": 512, "source": 100, "user": 100}
LIMITS |= {"note": 25_000}
REQUEST = "43a29c5c-3dbf-4fa4-9c26-f4f71023e120"
CREATE = {*LIMITS, "priority", "tags", "details", "responders"}
ACTION = {"user", "source", "note"}


def length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class Opsgenie:
    """The alerts there by alias."""

    def __init__(self) -> None:
        self.alerts: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"GenieKey {SECRET}":
            return answered(401, {"message": "Key format is not valid!"})
        body = json.loads(request.body)
        if not all(length(body[name]) <= most for name, most in LIMITS.items() if name in body):
            return answered(422, {"message": "Request body is not processable."})
        parts = urlsplit(request.path)
        _, version, alerts, *way = parts.path.split("/")
        if (version, alerts) != ("v2", "alerts"):
            return answered(404)
        if not way:
            self.asked.append("create")
            return self.create(body)
        alias, what = way
        self.asked.append(what)
        if parse_qs(parts.query) != {"identifierType": ["alias"]}:
            return answered(422, {"message": "Identifier type is not valid"})
        return self.change(alias, what, body)

    def create(self, body: dict[str, Any]) -> Reply:
        tags = body.get("tags", [])
        if (
            body.keys() - CREATE
            or not body.get("message")
            or body.get("priority", "P3") not in ("P1", "P2", "P3", "P4", "P5")
            or len(tags) > 20
            or any(length(tag) > 50 for tag in tags)
            or sum(length(name) + length(value) for name, value in body.get("details", {}).items()) > 8_000
        ):
            return answered(422, {"message": "Request body is not processable."})
        known = self.alerts.get(body["alias"])
        if known is not None and known["status"] == "open":
            known["count"] += 1
        else:
            self.alerts[body["alias"]] = body | {"status": "open", "count": 1, "acknowledged": False}
        return answered(202, {"result": "Request will be processed", "requestId": REQUEST})

    def change(self, alias: str, what: str, body: dict[str, Any]) -> Reply:
        if body.keys() - (ACTION if what in ("acknowledge", "unacknowledge", "close") else {what}):
            return answered(422, {"message": "Request body is not processable."})
        alert = self.alerts.get(alias, {})
        match what:
            case "acknowledge" | "unacknowledge":
                alert["acknowledged"] = what == "acknowledge"
            case "close":
                alert["status"] = "closed"
            case "message" | "priority":
                alert[what] = body[what]
            case _:
                return answered(404)
        return answered(202, {"result": "Request will be processed", "requestId": REQUEST})


def opsgenie(receiver: Receiver, **settings: Any) -> Channel:
    return opened("opsgenie", api_key_variable="SECRET", **local(receiver), **settings)


def test_a_notification_is_one_open_alert_from_its_beginning_to_its_end_and_what_gets_worse_calls_again() -> None:
    service = Opsgenie()
    with stub(service) as receiver:
        channel = opsgenie(receiver, responders=["payments"])
        receipt = channel.send(said("open", number=1, severity="warning"), "")
        assert receipt.answer == f"202 {REQUEST}"
        (alert,) = service.alerts.values()
        assert (alert["message"], alert["priority"], alert["count"]) == ("Warning: denied", "P3", 1)
        assert alert["responders"] == [{"type": "team", "name": "payments"}]
        receipt = channel.send(said("more", number=2, severity="warning"), receipt.handle)
        assert (alert["message"], alert["count"]) == ("Warning, and there is more: denied", 2)
        # What joins an open alert calls nobody: what is worse is another alert.
        receipt = channel.send(said("rise", number=3), receipt.handle)
        _, risen = service.alerts.values()
        assert (alert["status"], risen["status"], risen["count"]) == ("closed", "open", 1)
        assert (risen["message"], risen["priority"]) == ("Now critical: denied", "P1")
        acknowledged = said("acknowledged", number=4, acknowledged_by="ana", acknowledged_note="calling")
        receipt = channel.send(acknowledged, receipt.handle)
        assert risen["acknowledged"]
        # Whoever was on it has handed it back: it calls again.
        receipt = channel.send(said("handed_back", number=5), receipt.handle)
        *_, back = service.alerts.values()
        assert (risen["status"], back["status"], back["acknowledged"]) == ("closed", "open", False)
        channel.send(said("resolved", number=6), receipt.handle)
        channel.close()
    assert {alert["status"] for alert in service.alerts.values()} == {"closed"}


def test_that_people_are_called_too_often_is_an_alert_of_the_last_rank_that_no_team_is_to_answer() -> None:
    service = Opsgenie()
    with stub(service) as receiver:
        channel = opsgenie(receiver, responders=["payments"])
        word = said("budget", team=Team(name="payments", budget=2))
        assert channel.wants(word)
        channel.send(word, "")
        channel.close()
    (alert,) = service.alerts.values()
    assert (alert["priority"], alert["message"]) == ("P5", "payments was called 0 times this week, its budget is 2")
    assert "responders" not in alert
    assert "floodmark notify budget" in alert["description"]


def test_a_repeat_opens_again_what_was_closed_there_too_early() -> None:
    service = Opsgenie()
    with stub(service) as receiver:
        channel = opsgenie(receiver)
        channel.send(said("open"), "")
        service.alerts["0123456789abcdef"]["status"] = "closed"
        channel.send(said("repeat"), "0123456789abcdef")
        channel.close()
    assert service.alerts["0123456789abcdef"]["status"] == "open"


def test_people_are_called_where_the_service_takes_no_changes() -> None:
    service = Opsgenie()
    with stub(service) as receiver:
        channel = opsgenie(receiver)
        receiver.answer = lambda request: service(request) if request.path == "/v2/alerts" else answered(405)
        assert channel.send(said("more"), "").answer == f"202 {REQUEST}"
        channel.close()
    assert service.asked == ["create"]
    assert len(receiver.requests) == 3


def test_what_came_and_went_calls_nobody() -> None:
    service = Opsgenie()
    with stub(service) as receiver:
        channel = opsgenie(receiver)
        channel.send(said("passed"), "")
        channel.close()
    assert service.asked == ["close"]


def test_words_stay_within_the_rules_of_the_service() -> None:
    with stub(Opsgenie()) as receiver:
        channel = opsgenie(receiver)
        for words in HOSTILE:
            for kind in ("open", "rise", "acknowledged", "resolved"):
                channel.send(hostile(words, kind), "")
        channel.close()
    written = [text for request in receiver.requests for text in texts(json.loads(request.body))]
    assert [text for text in written if "<" in text or ">" in text] == []


def test_a_wrong_key_is_for_somebody_to_mend_and_a_wrong_message_is_not() -> None:
    with stub(lambda _request: answered(401)) as receiver:
        channel = opsgenie(receiver)
        with pytest.raises(Busy, match="check the key") as caught:
            channel.send(said(), "")
        assert caught.value.trouble is Trouble.REFUSED
        receiver.answer = lambda _request: answered(422)
        with pytest.raises(Refused):
            channel.send(said(), "")
        receiver.answer = lambda _request: answered(429, Retry_After="60")
        with pytest.raises(Busy) as throttled:
            channel.send(said(), "")
        channel.close()
    assert throttled.value.retry_after_s == 60.0
