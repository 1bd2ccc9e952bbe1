"""A message as an alert of Alertmanager's API v2."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sinks.notify.channels.plain import cut, is_link, text_of
from sinks.notify.content import Content
from sinks.notify.notification import ENDS

MAX_SUMMARY: Final = 1_024
MAX_DESCRIPTION: Final = 8_000


def alert(content: Content, labels: Mapping[str, str], expires_after: timedelta) -> dict[str, Any]:
    """One alert of the request's list.

    Args:
        content: The message.
        labels: What the settings add; the same for each message of a notification.
        expires_after: How long it stays there without another message.
    """
    annotations = {
        "severity": "info" if content.kind == "budget" else content.severity,
        "summary": cut(content.title, MAX_SUMMARY),
        "description": text_of(content, MAX_DESCRIPTION),
        "team": content.team,
        "kind": content.kind,
        "acknowledged_by": cut(content.acknowledged_by, MAX_SUMMARY),
        "runbook_url": next((each.runbook for each in content.incidents if is_link(each.runbook)), ""),
    }
    first = content.incidents[0].url if content.incidents else ""
    name = "FloodmarkBudget" if content.kind == "budget" else "Floodmark"
    # It must not end before it begins.
    ends = max(content.at, content.began) if content.kind in ENDS else content.at + expires_after
    return {
        "labels": {"alertname": name, "notification": content.id, **labels},
        "annotations": {name: value for name, value in annotations.items() if value},
        "startsAt": _instant(content.began),
        "endsAt": _instant(ends),
        **({"generatorURL": first} if is_link(first) else {}),
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
