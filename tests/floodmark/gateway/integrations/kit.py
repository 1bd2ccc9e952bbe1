"""Requests as Slack and PagerDuty send them, signed by their published rules, and a gateway that takes them in."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from floodmark.gateway.actions.action_sender import ActionSender
from floodmark.gateway.app import build
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.settings import GatewaySettings
from producers.errors import PublishError
from schemas.action import Action
from schemas.alert import Alert
from tests.floodmark.gateway.topic_kit import NOW_MS, Topics, view_of

SLACK: Final = "/v1/integrations/slack"
PAGERDUTY: Final = "/v1/integrations/pagerduty"
SLACK_SECRET: Final = "8f742231b10e8888abcd99yyyzzz85a5"
PAGERDUTY_SECRET: Final = "pagerduty-subscription-secret"
NOW_S: Final = NOW_MS // 1000
EVERYWHERE: Final = "203.0.113.7"


class Office:
    """A gateway that listens where services reach it, and a broker that gives back what is published."""

    def __init__(self, *said: Alert | Action, answers: bool = True, slow: bool = False, **settings: Any) -> None:
        self.topics, self.answers, self.slow = Topics(), answers, slow
        self.topics.add(*said)
        secrets = {"gateway_slack_secret": SLACK_SECRET, "gateway_pagerduty_secret": PAGERDUTY_SECRET}
        made = GatewaySettings(gateway_host="0.0.0.0", **secrets | settings)
        self.view = view_of(self.topics)
        self.parts = GatewayParts(made, view=self.view, now_ms=lambda: NOW_MS)
        self.parts.integrations.conversations.is_read = True
        self.parts.action_sender = ActionSender(self.view, self.send)
        self.sent: list[Action] = []
        self._app = build(self.parts)

    async def send(self, actions: Sequence[Action]) -> None:
        """Publish."""
        if self.slow:
            await asyncio.Event().wait()
        if not self.answers:
            raise PublishError("the broker has not taken it.")
        self.sent += actions
        self.view.take(self.topics.add(*actions))

    def told_of(self, notification: str, *incidents: str) -> None:
        """The notifier has written down that it tells of these together."""
        record = {"id": notification, "members": {name: {"alert": {}} for name in incidents}}
        self.parts.integrations.conversations.put(notification.encode(), json.dumps(record).encode())

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """A request from elsewhere, and its answer."""

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, client=(EVERYWHERE, 1234))
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway:8080") as client:
                return await client.post(path, content=body, headers=headers)

        return asyncio.run(once())

    def click(self, **changes: Any) -> httpx.Response:
        """A click on a button."""
        return self.post(SLACK, *clicked(**changes))

    def event(self, kind: str = "incident.acknowledged", path: str = PAGERDUTY, **changes: Any) -> httpx.Response:
        """An event of PagerDuty's."""
        body = happened(kind, **changes)
        return self.post(path, body, pagerduty_headers(body))


def slack_headers(body: bytes, at_s: int = NOW_S, secret: str = SLACK_SECRET) -> dict[str, str]:
    """Slack's rules: `v0=` and the HMAC-SHA256 of `v0:timestamp:body`."""
    text = f"v0:{at_s}:".encode() + body
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": str(at_s),
        "X-Slack-Signature": "v0=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest(),
    }


def clicked(
    action: str = "floodmark.acknowledge",
    incidents: Sequence[str] = ("i1",),
    notification: str = "n1",
    at: str = "1752343679.123456",
    **changes: Any,
) -> tuple[bytes, dict[str, str]]:
    """A block_actions payload as Slack sends it, and its headers."""
    value = json.dumps({"notification": notification, "incidents": list(incidents)})
    button = {"type": "button", "block_id": "b", "action_id": action, "value": value, "action_ts": at}
    payload = {
        "type": "block_actions",
        "user": {"id": "U0CA5", "username": "ana", "name": "ana", "team_id": "T9TK3"},
        "api_app_id": "A0CA5",
        "token": "old and not looked at",
        "container": {"type": "message", "message_ts": "1752343000.000100", "channel_id": "C0123456789"},
        "trigger_id": "12466734323.1395872398",
        "team": {"id": "T9TK3", "domain": "shop"},
        "channel": {"id": "C0123456789", "name": "payments"},
        "response_url": "https://hooks.slack.com/actions/T9TK3/1/abc",
        "actions": [button],
    } | changes
    body = urlencode({"payload": json.dumps(payload)}).encode()
    return body, slack_headers(body)


def pagerduty_headers(body: bytes, secret: str = PAGERDUTY_SECRET) -> dict[str, str]:
    """PagerDuty's rules: `v1=` and the HMAC-SHA256 of the body for each secret, with commas between them."""
    signatures = [hmac.new(each.encode(), body, hashlib.sha256).hexdigest() for each in ("another", secret)]
    return {
        "Content-Type": "application/json",
        "X-PagerDuty-Signature": ",".join(f"v1={each}" for each in signatures),
        "X-Webhook-Id": "e1",
        "X-Webhook-Subscription": "PWEBHOOK",
    }


ANA: Final = {"id": "PLH1HKV", "type": "user_reference", "summary": "Ana Souza", "html_url": "https://x", "self": "y"}
US: Final = {"id": "PF9KMXH", "type": "inbound_integration_reference", "summary": "Floodmark"}


def happened(
    kind: str, *, agent: Any = ANA, event: str = "01BRB6", key: str = "n1", at_s: int = NOW_S, **data: Any
) -> bytes:
    """A V3 webhook as PagerDuty describes it."""
    incident = {
        "id": "PGR0VU2",
        "type": "incident",
        "number": 2,
        "status": "acknowledged",
        "incident_key": key,
        "title": "A little bump in the road",
        "assignees": [{"id": "PTUXL6G", "type": "user_reference", "summary": "Bob"}],
        "priority": None,
    } | data
    note = {"id": "P2LA89X", "type": "incident_note", "incident": {"id": "PGR0VU2", "type": "incident_reference"}}
    return json.dumps(
        {
            "event": {
                "id": event,
                "event_type": kind,
                "resource_type": "incident",
                "occurred_at": datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.169Z"),
                "agent": agent,
                "client": {"name": "PagerDuty"},
                "data": note | data if kind == "incident.annotated" else incident,
            }
        }
    ).encode()
