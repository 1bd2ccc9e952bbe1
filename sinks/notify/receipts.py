"""What became of a message: on a topic of its own, for the store and for whoever asks whether somebody was told."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from schemas.bounds import LAST_MS
from schemas.severity import RANK
from sinks.notify.incident_words import meant
from sinks.notify.notification import REPORTS, Due, Kind, Notification

What = Literal["delivered", "refused", "overdue", "unreached"]
"""The target has taken it; it refuses it as it is; a page was not taken in its time, and others are told; nobody has
taken a page, and nobody is left who could be told."""
Word = Annotated[str, Meta(max_length=200)]
Ms = Annotated[int, Meta(ge=0, le=LAST_MS)]
MAX_INCIDENTS: Final = 10_000
MAX_DETAIL: Final = 2_000
"""The topic is read by gateways, which keep receipts: what others write on it has a size and a date."""


class DeliveryReceipt(Struct, frozen=True):
    """One thing that has become of one message. Times are epoch milliseconds.

    Args:
        notification: The notification's id.
        number: The message's number in it.
        channel: Where to.
        team: To whom.
        route: By which route.
        kind: Why.
        what: What has become of it.
        incidents: The incidents that it is about.
        severity: The highest of them.
        owed_ms: Since when it was owed.
        at_ms: When that became of it.
        event_ms: When the first minute of the first incident began: time to page counts from its end. Of a report when
            the first of its silences began, or its hour came.
        took_ms: How long the target took to answer.
        detail: What the target said.
        drill: Whether it is of a drill, and of no incident.
    """

    notification: Word
    number: Annotated[int, Meta(ge=0, lt=2**32)]
    channel: Word
    team: Word
    route: Word
    kind: Kind
    what: What
    incidents: Annotated[list[Word], Meta(max_length=MAX_INCIDENTS)]
    severity: Word
    owed_ms: Ms
    at_ms: Ms
    event_ms: Ms
    took_ms: Ms
    detail: Annotated[str, Meta(max_length=MAX_DETAIL)]
    drill: bool = False


receipt_bytes: Final = msgspec.json.Encoder().encode
receipt_of: Final = msgspec.json.Decoder(DeliveryReceipt).decode
"""The receipt that was encoded; raises `msgspec.ValidationError`."""


def receipt(
    notification: Notification, due: Due, what: What, now_ms: int, took_s: float, detail: str
) -> DeliveryReceipt:
    """The receipt for what has become of a message just now."""
    alerts = [member.alert for member in meant(notification, due.kind)] if notification.members else []
    hidden = [each for account in notification.report for each in account.worst]
    began = [int(alert.since.timestamp() * 1000) for alert in alerts]
    began = began or [each.begins_ms for each in notification.report] or [due.since_ms]
    began = began if notification.scheduled is None else [notification.scheduled.at_ms]
    severities = [alert.severity for alert in alerts] or [each.severity for each in hidden]
    return DeliveryReceipt(
        notification=notification.id,
        number=due.number,
        channel=due.channel,
        team=due.team,
        route=notification.route,
        kind=due.kind,
        what=what,
        incidents=[alert.incident_id for alert in alerts] or [each.id for each in hidden],
        severity=max(severities, key=RANK.__getitem__, default="info" if due.kind in REPORTS else "warning"),
        owed_ms=due.since_ms,
        at_ms=now_ms,
        event_ms=max(0, min(began)),
        took_ms=int(took_s * 1000),
        detail=detail[:MAX_DETAIL],
        drill=notification.drill,
    )
