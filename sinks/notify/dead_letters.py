"""Dead letters of the notifier: what a channel has refused for good, so that it can be told again."""

from hashlib import sha256
from typing import Final

from schemas.alert import Alert, CloudEvent, envelope
from schemas.codec import encode
from schemas.instants import from_ms
from sinks.notify.incident_words import meant
from sinks.notify.notification import Due, Notification
from sinks.protocol import Partition, Record

_NUMBER_BYTES: Final = 7
"""Of the number that stands for the offset of what has none: it has a place in 64 bits."""

_MAX_TEAM: Final = 64
"""Signs of a team in an envelope; whoever writes on the notifier's own topic may write more."""


def letter(notification: Notification, due: Due, topic: str, detail: str) -> tuple[Record, str] | None:
    """The dead letter of a message, and why it is one; None for a drill.

    It is of the alert that the message names first, as the notifier knows it. Sent again, that alert tells all channels
    that have refused the incident what is true of it by then. What is about no incident has an alert that stands for
    it, marked as a drill, so that nobody but the notifier takes it for anything: see `stands_for`.

    Args:
        notification: What the message belongs to.
        due: The message.
        topic: The topic of alerts.
        detail: What the channel said.
    """
    if notification.drill:
        return None
    refused = f"{due.channel} refused to tell {due.team} ({due.kind})"
    if not notification.members:
        event, place = _stand_in(notification, due), Partition(topic, 0)
        # Of each time that it is refused, else what is refused once more would be taken for what was sent again.
        named = f"{notification.id}:{due.number}"
        number = int.from_bytes(sha256(named.encode()).digest()[:_NUMBER_BYTES])
        return Record(place, number, notification.id.encode(), encode(event)), f"{refused}: {detail}"
    first, *others = meant(notification, due.kind)
    alert = first.alert
    number, offset = first.place
    more = f" and {len(others):,} more" if others else ""
    record = Record(Partition(topic, number), offset, alert.incident_id.encode(), encode(envelope(alert)))
    return record, f"{refused} of {alert.incident_id}{more}: {detail}"


def stands_for(event: CloudEvent) -> str:
    """The notification about no incident that an event which was sent again stands for; empty: it is of an incident."""
    return event.data.incident_id if event.drill and event.data.is_over else ""


def _stand_in(notification: Notification, due: Due) -> CloudEvent:
    at = from_ms(due.since_ms)
    alert = Alert(
        incident_id=notification.id,
        state="resolved",
        severity="info",
        scope=due.team,
        dimension="status",
        key=due.kind,
        timestamp=at,
        since=at,
        last_seen=at,
        observed=0,
        summary=f"Stands for a message to {due.team} that is about no incident: {due.kind}.",
        rule_set="notify",
    )
    return envelope(alert, due.team[:_MAX_TEAM] or "-")
