"""Silences over HTTP: listed, tried on what there was, made and ended."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from floodmark.gateway.actions.silence_sender import SilenceSender
from floodmark.gateway.app import build
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.security.access import needed
from floodmark.gateway.security.principals import ApiRight
from floodmark.gateway.state.silences import Silenced
from runtime.kafka.errors import BrokerError
from sinks.notify.silences import Hidden, Silence
from tests.floodmark.gateway.asking import ask
from tests.floodmark.gateway.topic_kit import NOW_MS, Topics, alert, view_of

BODY: dict[str, Any] = {"by": "ana", "reason": "a release", "match": {"scope": ["shop-*"]}, "lasts_s": 3600}


class Broker:
    """Takes silences and gives them back to the gateway; a notifier knows some of them."""

    def __init__(self, *said: Any, answers: bool = True, gives_back: bool = True, ready: bool = True) -> None:
        self.answers, self.gives_back = answers, gives_back
        self.sent: list[Silence] = []
        self.silenced = Silenced()
        self.silenced.ready = ready
        topics = Topics()
        topics.add(*said)
        parts = GatewayParts(view=view_of(topics), now_ms=lambda: NOW_MS, silenced=self.silenced)
        parts.silence_sender = SilenceSender(self.silenced, self.send, within_s=60.0 if gives_back else 0.2)
        self.app = build(parts)

    async def send(self, silence: Silence) -> None:
        if not self.answers:
            raise BrokerError("The cluster has not confirmed the silence.")
        self.sent.append(silence)

        def back() -> None:
            self.silenced.ask(silence)
            self.silenced.wake()

        if self.gives_back:
            asyncio.get_running_loop().call_later(0.01, back)

    def post(self, path: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
        return ask(self.app, "POST", f"/v1/silences{path}", json=body, headers=headers or {})

    def get(self, path: str = "") -> Any:
        return ask(self.app, "GET", f"/v1/silences{path}").json()


def known(**fields: Any) -> Silence:
    hidden = {f"i{n}": Hidden("shop-1", "denied", "warning", n, is_over=n > 0, dimension="status") for n in range(12)}
    usual = {"match": {"scope": ["shop-*"]}, "begins_ms": NOW_MS - 60_000, "ends_ms": NOW_MS + 60_000}
    return Silence(**({"id": "s", "author": "ana", "reason": "r", "hidden": hidden} | usual | fields))


def test_one_that_is_made_can_be_seen_at_once_and_says_who_made_it_and_from_where() -> None:
    broker = Broker()
    answer = broker.post("", **BODY, accepts="warning", accepts_lost=500, until_cleared=True, idle_s=600)
    assert (answer.status_code, answer.json()["shows"]) == (201, True), answer.text
    made = answer.json()["silence"]
    assert (made["what"], made["author"], made["is_on"], made["is_taken_up"]) == ("scope shop-*", "ana", True, False)
    (sent,) = broker.sent
    assert sent.source.startswith("http ")
    assert (sent.accepts, sent.accepts_lost, sent.until_cleared, sent.idle_ms) == ("warning", 500, True, 600_000)
    assert (sent.begins_ms, sent.ends_ms) == (NOW_MS, NOW_MS + 3_600_000)
    assert [one["id"] for one in broker.get()["silences"]] == [sent.id]


def test_one_is_shown_with_what_it_hid_the_worst_first() -> None:
    broker = Broker()
    broker.silenced.ask(known(hidden={}))
    broker.silenced.know(known(routes=["all"]))
    (listed,) = broker.get()["silences"]
    assert (listed["incidents"], listed["open"], listed["lost"], len(listed["hidden"])) == (12, 1, 66.0, 10)
    assert listed["hidden"][0] == {
        "incident_id": "i11",
        "scope": "shop-1",
        "dimension": "status",
        "key": "denied",
        "severity": "warning",
        "lost": 11.0,
        "is_over": True,
    }
    whole = broker.get("/s")
    assert (len(whole["hidden"]), whole["is_taken_up"], whole["routes"]) == (12, True, ["all"])


def test_those_that_are_on_and_those_that_have_ended_are_told_apart() -> None:
    broker = Broker()
    broker.silenced.ask(known(id="on"))
    broker.silenced.ask(known(id="over", ends_ms=NOW_MS))
    broker.silenced.ask(known(id="broken"))
    broker.silenced.know(known(id="broken", ended_ms=NOW_MS - 1, ended_why="tripwire", ended_by="i1"))
    assert [one["id"] for one in broker.get("?state=on")["silences"]] == ["on"]
    assert {one["id"] for one in broker.get("?state=ended")["silences"]} == {"over", "broken"}
    assert broker.get("?state=all&limit=1")["total"] == 3


def test_an_end_says_who_and_only_one_that_is_on_can_be_ended() -> None:
    broker = Broker()
    broker.silenced.ask(known(hidden={}))
    broker.silenced.know(known())
    answer = broker.post("/s/expire", by="bob")
    assert (answer.status_code, answer.json()["shows"]) == (200, True), answer.text
    (sent,) = broker.sent
    assert (sent.ended_ms, sent.ended_why, sent.ended_by) == (NOW_MS, "expired", "bob")
    assert sent.ended_source.startswith("http ")
    assert (answer.json()["silence"]["is_on"], answer.json()["silence"]["ended_by"]) == (False, "bob")
    again = broker.post("/s/expire", by="bob")
    assert (again.status_code, again.json()["type"].rpartition("#")[2]) == (409, "not-on")
    assert broker.post("/none/expire", by="bob").status_code == 404
    assert ask(broker.app, "GET", "/v1/silences/none").status_code == 404


def test_what_it_would_have_hidden_is_told_from_the_incidents_that_are_known() -> None:
    broker = Broker(
        alert("a", scope="shop-1", estimated_loss={"transactions": 40.0}),
        alert("b", scope="shop-2", severity="critical"),
        alert("c", scope="kiosk"),
    )
    answer = broker.post("/preview", match={"scope": ["shop-*"]}, accepts="warning")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["known"], found["incidents"], found["pages"], found["lost"], found["breaking"]) == (3, 2, 2, 40.0, 1)
    assert [(each["incident_id"], each["breaks"]) for each in found["worst"]] == [("b", True), ("a", False)]
    assert broker.sent == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", BODY | {"match": {}}),
        ("", BODY | {"match": {"scope": [""]}}),
        ("", BODY | {"match": {"scope": [" "]}}),
        ("", BODY | {"match": {"scopes": ["a"]}}),
        ("", BODY | {"reason": ""}),
        ("", BODY | {"reason": "  "}),
        ("", BODY | {"by": ""}),
        ("", BODY | {"by": "a\u0007"}),
        ("", BODY | {"lasts_s": 59}),
        ("", BODY | {"lasts_s": 7 * 86_400 + 1}),
        ("", BODY | {"accepts": "bad"}),
        ("", BODY | {"more": 1}),
        ("/preview", {"match": {}}),
        ("/preview", {"match": {"scope": ["a"] * 51}}),
        ("/preview", {"match": {"scope": ["a"]}, "over_s": 40 * 86_400}),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(path: str, body: dict[str, Any]) -> None:
    broker = Broker()
    assert broker.post(path, **body).status_code == 422
    assert broker.sent == []


def test_one_that_would_break_at_once_is_refused_with_what_it_has_to_accept() -> None:
    lost = {"estimated_loss": {"transactions": 640.5}}
    broker = Broker(alert("bad", scope="shop-1", severity="critical", **lost), alert("kiosk", scope="kiosk", **lost))
    answer = broker.post("", **BODY, accepts="warning", accepts_lost=500)
    assert (answer.status_code, broker.sent) == (422, [])
    assert answer.json()["detail"].startswith("It would break at once, as things are worse already than it accepts: ")
    assert answer.json()["detail"].endswith(
        "Nothing was made: it has to accept critical severity and 641 lost at least."
    )
    assert broker.post("", **BODY, accepts="critical", accepts_lost=641).status_code == 201


def test_a_retry_with_its_key_makes_one() -> None:
    broker = Broker()
    first, again = (broker.post("", headers={"Idempotency-Key": "k"}, **BODY).json() for _ in range(2))
    assert first["silence"]["id"] == again["silence"]["id"]
    assert len(broker.sent) == 1


def test_what_does_not_come_back_in_time_is_on_the_broker_and_said_to_be() -> None:
    answer = Broker(gives_back=False).post("", **BODY)
    assert (answer.status_code, answer.json()["shows"]) == (202, False)


def test_a_broker_that_is_away_and_silences_that_are_not_read_yet_are_told_with_a_time_to_try_again() -> None:
    away = Broker(answers=False).post("", **BODY)
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")
    unread = ask(Broker(ready=False).app, "GET", "/v1/silences")
    assert (unread.status_code, unread.headers["retry-after"]) == (503, "1")


def test_to_look_and_to_try_needs_the_right_to_read_and_to_make_and_end_that_to_operate() -> None:
    assert needed("GET", "/v1/silences") == needed("POST", "/v1/silences/preview") == ApiRight.READ
    assert needed("POST", "/v1/silences") == needed("POST", "/v1/silences/s/expire") == ApiRight.OPERATE


def test_what_the_notifier_has_forgotten_is_known_no_more() -> None:
    silenced = Silenced()
    silenced.ask(known())
    silenced.know(replace(known(), ended_ms=1))
    silenced.forget("s")
    assert (silenced.all, silenced.get("s")) == ([], None)


@pytest.mark.parametrize(("path", "allowed"), [("", "GET, POST"), ("/preview", "POST"), ("/s", "GET")])
def test_another_method_is_told_all_that_there_are(path: str, allowed: str) -> None:
    answer = ask(Broker().app, "DELETE", f"/v1/silences{path}")
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
