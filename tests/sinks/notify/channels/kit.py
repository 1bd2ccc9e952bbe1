"""Messages to send, words that try to break out, and stubs that hold what is sent to a service's published rules."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from sinks.notify.channels.contract import Channel
from sinks.notify.channels.kinds import KINDS
from sinks.notify.channels.settings import Ground
from sinks.notify.content import Content
from sinks.notify.message import content
from sinks.notify.notification import Account, Due, HiddenWords, Kind, Notification, NotificationMember, Scheduled
from sinks.notify.routing.model import Team
from tests.sinks.http_kit import Receiver, Reply, Request, receiving
from tests.sinks.notify.routing.kit import alert

SINCE = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
NOW_S = (SINCE + timedelta(minutes=75)).timestamp()
SECRET = "xoxb-hunter2-the-secret"
LONG = "x" * 10_000
HOSTILE = [
    "<!channel> <@U123> <https://evil.example|click>",
    "*bold* _it_ ~gone~ `code` ```block```",
    "first\nsecond\r\nBcc: everybody@evil.example\r\n\r\n",
    "\u202eright to left\u202c \u200b\u2066hidden\u2069",
    "<script>alert(1)</script><b>&amp;</b>",
    '"},"severity":"info","x":{"y":"',
    "@everyone @here @channel",
    "[text](https://evil.example) ![i](https://evil.example/i.png)",
    "_it_ __b__ ~~gone~~ # head ||s|| :smile: \\*e\\* https://evil.example/?a=1 &amp;",
    "*all*",
    "\ud800 lone, \x00 null, \x1b[31m red",
    "\U0001f525" * 5_000,
    LONG,
]


def said(kind: Kind = "open", *, number: int = 3, team: Team | None = None, **fields: Any) -> Content:
    """A message about one incident, or about as many as `count` says."""
    count = fields.pop("count", 1)
    at_s = fields.pop("at_s", NOW_S)
    name = fields.pop("incident_id", "incident-")
    page, drill = fields.pop("page", "https://fm.example/"), fields.pop("drill", False)
    own = {name: fields.pop(name) for name in ("severity", "scope", "key", "dimension", "loss") if name in fields}
    members = {}
    for place in range(count):
        made = alert(SINCE, severity=own.pop("severity", "critical"), **own)
        made = made.model_copy(update={"incident_id": f"{name}{place}", "summary": "Denied rose.", **fields})
        members[made.incident_id] = NotificationMember(made, 0)
    notification = Notification("0123456789abcdef", "r", "t", (), 0, members, drill=drill)
    if kind in ("unsilenced", "silenced"):
        first, words = made, fields.get("summary", "a release")
        worst = HiddenWords(first.incident_id, first.scope, first.key, first.severity, 12.0, is_over=False)
        ended = "expired" if kind == "unsilenced" else ""
        notification.members = {}
        notification.report = [Account("s1", words, words, words, 0, 60_000, 1, 1, 12.0, [worst], ended, words)]
    if kind == "report":
        notification.members, notification.scheduled = {}, Scheduled("day", int(at_s * 1000))
    due = Due("chat", "t", kind, 0, number)
    return content(notification, due, team or Team(name="payments"), int(at_s * 1000), page)


def hostile(words: str, kind: Kind = "open", **fields: Any) -> Content:
    """A message in which each text that comes from others is `words`."""
    return said(
        kind,
        scope=words,
        key=words,
        summary=words,
        recommendation=words,
        runbook=words,
        acknowledged_by=words,
        acknowledged_note=words,
        incident_id=words,
        attribution=[{"dimension": words, "key": words, "percent": 50.0}],
        **fields,
    )


def opened(kind: str, variables: dict[str, str] | None = None, **settings: Any) -> Channel:
    """A channel of these settings; the variable SECRET holds the secret."""
    table = KINDS[kind]
    assert table.wrong(settings) is None
    return table.made(settings, Ground(variables or {"SECRET": SECRET}, lambda: NOW_S))


def local(receiver: Receiver, path: str = "") -> dict[str, Any]:
    """Settings that let a channel talk to a stub."""
    return {"url": receiver.url(path), "allow_http": True, "allow_private": True}


@contextmanager
def stub(answer: Callable[[Request], Reply]) -> Iterator[Receiver]:
    """A service that answers like this."""
    with receiving() as receiver:
        receiver.answer = answer
        yield receiver


@contextmanager
def dripping(before: bytes, drip: bytes, at_first: Callable[[], None] = lambda: None) -> Iterator[int]:
    """A server that says this and then a byte now and then, for as long as anybody is there; its port."""
    over, speaks_first = threading.Event(), before.startswith(b"220")

    def serve() -> None:
        with suppress(OSError):
            client, _ = server.accept()
            with client:
                if not speaks_first:
                    client.recv(1)
                client.sendall(before)
                at_first()
                while not over.wait(0.02):
                    client.sendall(drip)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield int(server.getsockname()[1])
            # Nobody is there any more: it ends by itself.
            thread.join(60)
            assert not thread.is_alive()
        finally:
            over.set()
            thread.join(60)


def answered(status: int, fields: dict[str, Any] | None = None, **headers: str) -> Reply:
    """A JSON answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"Content-Type": "application/json", **named}, json.dumps(fields or {}).encode())


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
