"""Gateways on a broker: they know the same, what people do outlives crashes, and a stream goes on at another one."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.floodmark.gateway.process import GatewayProcess, forked
from tests.floodmark.gateway.test_stream import events_in
from tests.pipeline import wire
from tests.pipeline.bursts import PARTITIONS, Traffic, text
from tests.pipeline.conftest import Install
from tests.pipeline.installation import Installation
from tests.pipeline.test_acknowledge import ack, opened
from tests.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.story]


class Gateways:
    """Gateways of an installation, all ended with the test."""

    def __init__(self, made: Installation, folder: Path) -> None:
        self.made, self.folder = made, folder
        self.running: list[GatewayProcess] = []

    def start(self) -> GatewayProcess:
        """One more, which has read all there is."""
        rules = str(self.made.rules)
        found = forked(self.folder, self.made.address, self.made.prefix, FLOODMARK_RULES=rules).ready()
        self.running.append(found)
        until(
            lambda: httpx.get(f"{found.url}/v1/stats", timeout=PATIENCE_S).status_code == 200,
            "the gateway has read the topics",
        )
        return found


@pytest.fixture
def made(install: Install, tmp_path: Path) -> Installation:
    rules = tmp_path / "bursts.toml"
    rules.write_text(text(5))
    return install(rules=rules, partitions=PARTITIONS)


@pytest.fixture
def gateways(made: Installation, tmp_path: Path) -> Iterator[Gateways]:
    found = Gateways(made, tmp_path)
    yield found
    for each in found.running:
        if each.child.poll() is None:
            each.kill()


def get(gateway: GatewayProcess, path: str) -> Any:
    answer = httpx.get(f"{gateway.url}{path}", timeout=PATIENCE_S)
    assert answer.status_code == 200, answer.text
    return answer.json()


def act(gateway: GatewayProcess, incident_id: str, kind: str, **body: Any) -> httpx.Response:
    return httpx.post(f"{gateway.url}/v1/incidents/{incident_id}/{kind}", json=body, timeout=PATIENCE_S)


def done(gateway: GatewayProcess, incident_id: str, kind: str, state: str, **body: Any) -> None:
    """The action is taken, and shows: in the answer (200), or later (202) while a worker has yet to join its group."""
    answer = act(gateway, incident_id, kind, **body)
    assert answer.status_code in (200, 202), answer.text
    assert (answer.status_code == 200) == answer.json()["shows"]
    assert answer.status_code == 202 or answer.json()["incident"]["state"] == state, answer.text
    until(lambda: get(gateway, f"/v1/incidents/{incident_id}")["incident"]["state"] == state, f"it is {state}")


def heard(gateway: GatewayProcess, after: str, wanted: int) -> list[dict[str, Any]]:
    """So many events of a stream."""
    raw = b""
    with httpx.stream(
        "GET", f"{gateway.url}/v1/stream", headers={"Last-Event-ID": after}, timeout=PATIENCE_S
    ) as answer:
        for piece in answer.iter_bytes():
            raw += piece
            if len(found := events_in(raw)) >= wanted:
                return found[:wanted]
    raise AssertionError(raw[-500:])


def test_what_people_do_is_seen_everywhere_and_outlives_whoever_took_it(made: Installation, gateways: Gateways) -> None:
    worker = made.worker().ready()
    traffic = Traffic(made)
    one, two = gateways.start(), gateways.start()
    id_ = opened(made, traffic)["incident_id"]
    until(lambda: get(one, "/v1/incidents")["total"] == get(two, "/v1/incidents")["total"] == 1, "both know of it")
    for path in ("/v1/minutes?window=60", "/v1/incidents", f"/v1/incidents/{id_}", "/v1/alerts"):
        known = [get(each, path) for each in (one, two)]
        for each in known:
            each.pop("now", None)
        assert known[0] == known[1], path
    done(one, id_, "acknowledge", "acknowledged", by="ann", note="with the acquirer")
    assert get(one, f"/v1/incidents/{id_}")["incident"]["acknowledged_by"] == "ann"
    until(lambda: get(two, f"/v1/incidents/{id_}")["incident"]["acknowledged_by"] == "ann", "the other one knows")
    assert act(two, id_, "acknowledge", by="bob").status_code == 409
    for kind, said in (("comment", {"note": "seen"}), ("feedback", {"verdict": "false_positive"})):
        assert act(two, id_, kind, by="bob", **said).status_code in (200, 202)
    one.kill()
    worker.kill()
    made.worker().ready()
    three = gateways.start()
    found = get(three, f"/v1/incidents/{id_}")
    assert [(each["action"], each["by"], each["note"], each["verdict"]) for each in found["actions"]] == [
        ("acknowledge", "ann", "with the acquirer", None),
        ("comment", "bob", "seen", None),
        ("feedback", "bob", "", "false_positive"),
    ]
    assert all(each["source"].startswith("http 127.0.0.1") for each in found["actions"])
    done(three, id_, "unacknowledge", "firing", by="ann")
    assert ack(made, id_, "--by", "carl")[0] == 0
    until(lambda: get(two, f"/v1/incidents/{id_}")["incident"]["acknowledged_by"] == "carl", "the other one knows")
    done(two, id_, "resolve", "resolved", by="ann", note="switched over")
    until(lambda: get(three, "/v1/incidents?state=open")["total"] == 0, "people are done with it")
    log = [json.loads(message.value) for message in wire.read(made.address, made.topics.commands)]
    assert [(each["action"], each["by"]) for each in log] == [
        ("acknowledge", "ann"),
        ("comment", "bob"),
        ("feedback", "bob"),
        ("unacknowledge", "ann"),
        ("acknowledge", "carl"),
        ("resolve", "ann"),
    ]


def test_a_stream_goes_on_at_another_gateway_and_ends_with_its_own(made: Installation, gateways: Gateways) -> None:
    made.worker().ready()
    traffic = Traffic(made)
    one, two = gateways.start(), gateways.start()
    begin = get(one, "/v1/minutes")["position"]
    traffic.flow(failed=9)
    traffic.flow(failed=9)
    made.drain()
    until(lambda: get(two, "/v1/stats")["minutes_read"] == get(one, "/v1/stats")["minutes_read"] > 0, "both have read")
    whole = heard(one, begin, len(made.minutes_by_scope()))
    first = heard(one, begin, 3)
    rest = heard(two, first[-1]["id"], len(whole) - 3)
    key = lambda event: json.dumps([event["kind"], event["data"]], sort_keys=True)  # noqa: E731 - one line says it
    assert len({key(each) for each in first + rest}) == len(whole)
    with httpx.stream("GET", f"{one.url}/v1/stream", timeout=PATIENCE_S) as answer:
        pieces = answer.iter_bytes()
        next(pieces)
        assert one.stop() == 0
        assert b"".join(pieces) == b""
    assert "graceful shutdown exceeded" not in one.said(), "nobody had to cut it off"


def test_what_the_judge_was_not_told_is_told_by_another_gateway(made: Installation, gateways: Gateways) -> None:
    made.worker().ready()
    traffic = Traffic(made)
    alert = opened(made, traffic)
    # Whoever took it died after it was noted and before the judge was told.
    noted = {
        "action_id": "a1",
        "incident_id": alert["incident_id"],
        "action": "acknowledge",
        "by": "ann",
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "scope": "all",
        "severity": "critical",
        "revision": 1,
    }
    publisher = wire.Publisher(made.address, made.topics.commands)
    publisher.send(json.dumps(noted).encode(), 0, key=b"x")
    publisher.send(b"nonsense", 0, key=b"x")
    publisher.close()
    gateways.start()
    until(lambda: made.last_alerts()[alert["incident_id"]]["acknowledged_by"] == "ann", "the judge says so")
