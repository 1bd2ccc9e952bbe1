"""Builders of alerts and minutes for the tests of `up`."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.alert import Alert
from sinks.live.feed import SeenMinute

NOON = datetime(2025, 7, 12, 12, 0, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)


def alert(incident_id: str = "i1", minute: int = 0, **more: Any) -> Alert:
    """A firing alert `minute` minutes after noon, with anything else replaced."""
    at = NOON + timedelta(minutes=minute)
    fields: dict[str, Any] = {
        "incident_id": incident_id,
        "state": "firing",
        "severity": "warning",
        "scope": "all",
        "dimension": "status",
        "key": "reversed",
        "timestamp": at,
        "since": at,
        "last_seen": at,
        "observed": 5,
        "mean": 1.1667,
        "std": 1.1769,
        "z": 3.2572,
        "rules": ["zscore"],
        "summary": "reversed is high",
        "rule_set": "r1",
    }
    return Alert(**{**fields, **more})


def seen(key: str = "approved", minute: int = 0, **more: Any) -> SeenMinute:
    """A judged minute `minute` minutes after noon."""
    fields: dict[str, Any] = {
        "minute": NOON_MS + 60_000 * minute,
        "scope": "all",
        "dimension": "status",
        "key": key,
        "count": 120,
        "total": 140,
        "verdict": "normal",
        "share": 120 / 140,
        "z": 0.5,
    }
    return SeenMinute(**{**fields, **more})
