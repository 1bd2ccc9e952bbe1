"""A message as a CloudEvent."""

from datetime import UTC, datetime
from typing import Any

from sinks.notify.content import Content


def event(content: Content) -> dict[str, Any]:
    """CloudEvents 1.0 in structured JSON mode; words are as the team reads them, times are UTC."""
    return {
        "specversion": "1.0",
        "id": key(content),
        "source": "/floodmark/sink/notify",
        "type": f"floodmark.notification.{content.kind}",
        "subject": content.id,
        "time": _instant(content.at),
        "datacontenttype": "application/json",
        "data": {
            "notification": content.id,
            "number": content.number,
            "kind": content.kind,
            "calls": content.calls,
            "team": content.team,
            "severity": content.severity,
            "title": content.title,
            "began": _instant(content.began),
            "acknowledged_by": content.acknowledged_by,
            "acknowledged_until": None if content.acknowledged_until is None else _instant(content.acknowledged_until),
            "note": content.note,
            "incidents": [
                {
                    "incident_id": incident.id,
                    "title": incident.title,
                    "summary": incident.summary,
                    "severity": incident.severity,
                    "is_over": incident.is_over,
                    "facts": [{"name": fact.name, "value": fact.value} for fact in incident.facts],
                    "url": incident.url,
                    "runbook": incident.runbook,
                }
                for incident in content.incidents
            ],
            "further": content.further,
            "drill": content.drill,
            "words": content.words,
        },
    }


def key(content: Content) -> str:
    """The idempotency key: the same for the same message, whenever it is sent."""
    return f"{content.id}:{content.number}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
