"""What lies on the topics, and a gateway that has read it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from floodmark.gateway.app import build
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.state.build import new_view
from floodmark.gateway.state.view import TopicRecord, View
from schemas.action import Action
from schemas.alert import Alert
from schemas.codec import action_record, alert_record, minute_record
from schemas.minute import Minute
from sinks.notify.receipts import DeliveryReceipt, receipt_bytes

Said = Minute | Alert | Action | DeliveryReceipt | bytes
MINUTE_MS = 60_000
NOW_MS = 1_752_343_680_000
"""2025-07-12T18:08:00Z."""
M0 = NOW_MS // MINUTE_MS - 1
"""The minute that has just ended: 18:07."""


def start(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def minute(at: int = M0, **changes: Any) -> Minute:
    fields: dict[str, Any] = {
        "minute": at * MINUTE_MS,
        "scope": "all",
        "dimension": "status",
        "key": "denied",
        "count": 5,
        "total": 100,
        "share": 0.05,
        "expected": 4.5,
        "low": 0.0,
        "high": 12.5,
        "verdict": "normal",
    }
    made = fields | changes
    return Minute(**made | {"share": made["count"] / made["total"] if made["total"] else None})


def alert(incident_id: str = "i1", *, since: int = M0, **changes: Any) -> Alert:
    fields: dict[str, Any] = {
        "incident_id": incident_id,
        "state": "firing",
        "severity": "warning",
        "scope": "all",
        "dimension": "status",
        "key": "denied",
        "timestamp": start(since),
        "since": start(since),
        "last_seen": start(since),
        "observed": 50,
        "expected": 4.5,
        "summary": "denied in all: 50 instead of 4.5",
        "rule_set": "v1",
    }
    return Alert(**fields | changes)


def action(kind: str = "comment", incident_id: str = "i1", **changes: Any) -> Action:
    fields: dict[str, Any] = {
        "action_id": f"{kind}-1",
        "incident_id": incident_id,
        "action": kind,
        "by": "ann",
        "at": start(M0) + timedelta(seconds=70),
        "scope": "all",
        "severity": "warning",
        "revision": 1,
    }
    return Action(**fields | changes)


def receipt(*incidents: str, after_s: float = 5.0, **changes: Any) -> DeliveryReceipt:
    """A page that a channel took so long after the end of the minute M0."""
    at_ms = (M0 + 1) * MINUTE_MS + round(after_s * 1000)
    made = DeliveryReceipt(
        notification="n1",
        number=1,
        channel="chat",
        team="payments",
        route="all",
        kind="open",
        what="delivered",
        incidents=list(incidents or ("i1",)),
        severity="warning",
        owed_ms=at_ms - 2_000,
        at_ms=at_ms,
        event_ms=M0 * MINUTE_MS,
        took_ms=100,
        detail="ok",
    )
    return msgspec.structs.replace(made, **changes)


class Topics:
    """Topics of one partition each, and who has read them."""

    def __init__(self) -> None:
        self.records: list[TopicRecord] = []
        self._ends = {"minutes": 0, "alerts": 0, "commands": 0, "receipts": 0}

    def add(self, *said: Said, topic: str = "minutes") -> list[TopicRecord]:
        """More records, bytes to `topic`; those that were added."""
        made = []
        for each in said:
            where, value = topic, each
            if isinstance(each, Minute):
                where, value = "minutes", minute_record(each)[1]
            elif isinstance(each, Alert):
                where, value = "alerts", alert_record(each)[1]
            elif isinstance(each, Action):
                where, value = "commands", action_record(each)[1]
            elif isinstance(each, DeliveryReceipt):
                where, value = "receipts", receipt_bytes(each)
            assert isinstance(value, bytes)
            made.append(TopicRecord(where, 0, self._ends[where], value, NOW_MS))
            self._ends[where] += 1
        self.records += made
        return made


def view_of(topics: Topics, *, ready: bool = True) -> View:
    """A view that has read all of it from the beginning."""
    view = new_view(lambda: NOW_MS)
    for topic in ("minutes", "alerts", "commands", "receipts"):
        view.begin(topic, 0, 0)
    view.take(topics.records)
    view.ready = ready
    return view


def parts_of(*said: Said, **more: Any) -> GatewayParts:
    """The parts of a gateway that has read this."""
    topics = Topics()
    topics.add(*said)
    return GatewayParts(view=view_of(topics), now_ms=lambda: NOW_MS, **more)


def gateway(*said: Said, **more: Any) -> Any:
    """A gateway that has read this."""
    return build(parts_of(*said, **more))
