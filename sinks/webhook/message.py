"""What a receiver gets of an alert, and in place of alerts that were over before the sink came."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from schemas.alert import Alert, envelope
from schemas.codec import encode
from schemas.durations import seconds_long
from schemas.instants import instant
from schemas.severity import SEVERITIES

MAX_IDS: Final = 100
"""How many incidents of a summary are named."""
MINUTE_S: Final = 60


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is sent.

    Args:
        body: An alert's envelope, byte for byte as on the topic, or that of a summary.
        key: The idempotency key.
        alert: What it says; none: it is a summary.
    """

    body: bytes
    key: str
    alert: Alert | None = None


def age_s(alert: Alert, now_s: float) -> float:
    """Seconds since the end of the minute that the alert tells of; never less than 0."""
    return max(0.0, now_s - alert.timestamp.timestamp() - MINUTE_S)


def aged(alert: Alert, age: float) -> bytes:
    """The envelope of an alert that comes late: its summary begins with its age."""
    return encode(envelope(alert.model_copy(update={"summary": f"{seconds_long(age)} old: {alert.summary}"})))


def summed_up(alerts: Sequence[Alert], key: str) -> Message:
    """One message for incidents that were over before it was sent; CloudEvents 1.0, type `floodmark.summary`.

    Args:
        alerts: The last one of each incident, one or more.
        key: The idempotency key.
    """
    found = Counter(alert.severity for alert in alerts)
    since, until = min(alert.since for alert in alerts), max(alert.last_seen for alert in alerts)
    counted = ", ".join(f"{found[word]:,} {word}" for word in SEVERITIES if found[word])
    one = len(alerts) == 1
    text = (
        f"{len(alerts):,} {'incident' if one else 'incidents'} of the past ({counted}), from {instant(since)} to "
        f"{instant(until)}, {'was' if one else 'were'} over before this was sent and "
        f"{'is' if one else 'are'} not sent one by one."
    )
    event = {
        "specversion": "1.0",
        "id": key,
        "source": "/floodmark/sink/webhook",
        "type": "floodmark.summary",
        "subject": "past",
        "time": until.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {
            "summary": text,
            "incidents": len(alerts),
            "by_severity": dict(found),
            "since": since.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "until": until.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "incident_ids": [alert.incident_id for alert in alerts[:MAX_IDS]],
        },
    }
    return Message(json.dumps(event, ensure_ascii=False).encode(), key)
