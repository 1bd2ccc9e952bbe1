"""Routing files and alerts to try them with."""

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

from schemas.alert import Alert
from sinks.notify.routing.cases import CaseAlert
from sinks.notify.routing.file import RoutingFile, parsed

WEDNESDAY = datetime(2026, 1, 7, 12, tzinfo=UTC)

WHOLE = """
    [[team]]
    name = "payments"
    time_zone = "America/Sao_Paulo"
    language = "pt"
    quiet = ["22:00-07:00", "sat-sun 00:00-24:00"]
    country = "BR"

    [[team]]
    name = "platform"

    [[channel]]
    name = "chat"
    kind = "console"

    [[channel]]
    name = "pager"
    kind = "console"

    [[route]]
    name = "blind"
    match = { dimension = "stream" }
    team = "platform"
    channels = ["chat"]
    go_on = true

    [[route]]
    name = "shops in trouble"
    match = { severity = "critical", scope = ["shop-*", "kiosk"], loss = 100 }
    team = "payments"
    channels = ["pager", "chat"]
    group_by = ["scope"]
    escalate = [{ after = "15m", channels = ["pager"], team = "platform" }]

    [[route]]
    name = "the rest"
    team = "payments"
    channels = ["chat"]

    [[test]]
    name = "a shop"
    alert = { severity = "critical", scope = "shop-7", loss = 100 }
    expect = ["chat", "pager"]
"""


def routed(text: str = WHOLE) -> RoutingFile:
    """What the text says as a file."""
    return parsed(Path("routes.toml"), dedent(text).lstrip().encode())


def alert(at: datetime = WEDNESDAY, **fields: Any) -> Alert:
    """An alert that says this."""
    return CaseAlert(**fields).alert(at)
