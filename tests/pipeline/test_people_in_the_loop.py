"""People answer where they were told, on a broker: in Slack and at PagerDuty, and everybody sees who is on it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import pytest

from sinks.notify.channels.slack.payload import ACTIONS
from tests.floodmark.gateway.integrations import kit
from tests.pipeline.bursts import PARTITIONS, Traffic, text
from tests.pipeline.conftest import Install
from tests.pipeline.installation import Installation
from tests.pipeline.test_acknowledge import opened
from tests.pipeline.test_gateways import Gateways, get
from tests.sinks.http_kit import Receiver, Reply, Request, receiving
from tests.sinks.notify.channels.kit import SECRET
from tests.sinks.notify.channels.test_pagerduty_channel import PagerDuty
from tests.sinks.notify.channels.test_slack_channel import Slack, buttons, header
from tests.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
ROUTES = """
    [[team]]
    name = "payments"

    [[channel]]
    name = "chat"
    kind = "slack"
    url = "{url}/api"
    token_variable = "SLACK_TOKEN"
    channel = "#alerts"
    buttons = true
    allow_http = true
    allow_private = true

    [[channel]]
    name = "pager"
    kind = "pagerduty"
    url = "{url}"
    routing_key_variable = "PAGERDUTY_KEY"
    allow_http = true
    allow_private = true

    [[route]]
    name = "all"
    team = "payments"
    channels = ["chat", "pager"]
    wait = "0s"
"""


class Services:
    """Slack and PagerDuty behind one address, and what PagerDuty was told, in order."""

    def __init__(self) -> None:
        self.slack, self.pagerduty = Slack(), PagerDuty()
        self.events: list[str] = []

    def __call__(self, request: Request) -> Reply:
        """Answer as the service does."""
        if request.path.startswith("/api/"):
            return self.slack(request)
        self.events.append(json.loads(request.body)["event_action"])
        return self.pagerduty(request)

    @property
    def message(self) -> dict[str, Any]:
        """The one message in the channel."""
        (message,) = self.slack.messages.values()
        return message


@pytest.fixture
def made(install: Install, tmp_path: Path) -> Installation:
    rules = tmp_path / "bursts.toml"
    rules.write_text(text(5))
    return install(rules=rules, partitions=PARTITIONS)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def notifier(made: Installation, receiver: Receiver, tmp_path: Path) -> Iterator[None]:
    routes = tmp_path / "routes.toml"
    routes.write_text(dedent(ROUTES.format(url=receiver.url(""))))
    words = ["--broker", made.address, "--topic-prefix", made.prefix, "--routes", str(routes)]
    secrets = {"SLACK_TOKEN": SECRET, "PAGERDUTY_KEY": "k" * 32}
    with (tmp_path / "notifier.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "floodmark", "sink", "notify", *words], stderr=log, env={**os.environ, **secrets}
        )
    yield
    child.terminate()
    child.wait(PATIENCE_S)


@pytest.fixture
def gateways(made: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateways]:
    monkeypatch.setenv("FLOODMARK_GATEWAY_SLACK_SECRET", kit.SLACK_SECRET)
    monkeypatch.setenv("FLOODMARK_GATEWAY_PAGERDUTY_SECRET", kit.PAGERDUTY_SECRET)
    found = Gateways(made, tmp_path)
    yield found
    for each in found.running:
        each.kill()


def pressed(message: dict[str, Any], button: str) -> tuple[bytes, dict[str, str]]:
    """A click on a button of a message that was sent, as Slack tells of it."""
    (row,) = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    value = json.loads(next(each["value"] for each in row if each["action_id"] == button))
    body, _ = kit.clicked(button, value["incidents"], value["notification"])
    return body, kit.slack_headers(body, int(time.time()))


def taken_in(url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    """The answer to a request that is sent again as long as the gateway has no time for it, as the services do."""
    answers: list[httpx.Response] = []

    def sent() -> bool:
        answers.append(httpx.post(url, content=body, headers=headers, timeout=PATIENCE_S))
        return answers[-1].status_code != 503

    until(sent, "it is taken in")
    assert answers[-1].is_success, answers[-1].text
    return answers[-1]


@pytest.mark.usefixtures("notifier")
def test_an_answer_in_slack_and_one_at_pagerduty_are_seen_everywhere(
    made: Installation, receiver: Receiver, gateways: Gateways
) -> None:
    receiver.answer = services = Services()
    made.worker().ready()
    traffic, gateway = Traffic(made), gateways.start()
    id_ = opened(made, traffic)["incident_id"]
    until(lambda: services.events == ["trigger"] and bool(services.slack.messages), "people are told")
    assert buttons(services.message)[:2] == [ACTIONS[0], ACTIONS[2]]

    body, headers = pressed(services.message, ACTIONS[0])
    forged = headers | {"X-Slack-Signature": "v0=" + "0" * 64}
    assert httpx.post(f"{gateway.url}{kit.SLACK}", content=body, headers=forged, timeout=PATIENCE_S).status_code == 401
    for _ in range(2):
        taken_in(f"{gateway.url}{kit.SLACK}", body, headers)
    until(lambda: made.last_alerts()[id_]["acknowledged_by"] == "ana", "the alert says who is on it")
    until(lambda: header(services.message).startswith("ana is on it: "), "the message changes")
    assert buttons(services.message)[:2] == [ACTIONS[1], ACTIONS[2]]
    until(lambda: services.events == ["trigger", "acknowledge"], "PagerDuty hears of it")

    (notification,) = services.pagerduty.alerts
    body = kit.happened("incident.reassigned", key=notification, at_s=int(time.time()))
    address, headers = f"{gateway.url}{kit.PAGERDUTY}?channel=pager", kit.pagerduty_headers(body)
    taken_in(address, body, headers)
    until(lambda: header(services.message).startswith("Bob is on it: "), "the message changes")
    assert taken_in(address, body, headers).json() == {"incidents": 0}
    found = get(gateway, f"/v1/incidents/{id_}")
    assert [(each["action"], each["by"], each["assignee"]) for each in found["actions"]] == [
        ("acknowledge", "ana", ""),
        ("assign", "Ana Souza", "Bob"),
    ]
    assert (found["incident"]["acknowledged_by"], found["incident"]["acknowledged_channel"]) == ("Bob", "pager")

    traffic.flow(failed=0, minutes=2)
    until(lambda: services.events[-1] == "resolve", "PagerDuty hears of the end")
    until(lambda: header(services.message).startswith("Over after"), "so does Slack")
    assert services.events == ["trigger", "acknowledge", "resolve"], "what PagerDuty has said does not come back"
    assert buttons(services.message) == [ACTIONS[2]]
