"""Dead letters of the notifier: what a channel has refused for good, so that it can be told again."""

from schemas.alert import envelope
from schemas.codec import encode
from sinks.notify.incident_words import meant
from sinks.notify.notification import Due, Notification
from sinks.protocol import Partition, Record


def letter(notification: Notification, due: Due, topic: str, detail: str) -> tuple[Record, str] | None:
    """The dead letter of a message, and why it is one; None for a drill, and for what is about no incident.

    It is of the alert that the message names first, as the notifier knows it. Sent again, that alert tells all channels
    that have refused the incident what is true of it by then.

    Args:
        notification: What the message belongs to.
        due: The message.
        topic: The topic of alerts.
        detail: What the channel said.
    """
    if notification.drill or not notification.members:
        return None
    first, *others = meant(notification, due.kind)
    alert = first.alert
    number, offset = first.place
    more = f" and {len(others):,} more" if others else ""
    record = Record(Partition(topic, number), offset, alert.incident_id.encode(), encode(envelope(alert)))
    return record, f"{due.channel} refused to tell {due.team} ({due.kind}) of {alert.incident_id}{more}: {detail}"
