"""Writes down what is owed to a channel, and strikes it out."""

from sinks.notify.notification import CALLS, ENDS, Due, Kind, Notification


def owe(notification: Notification, channel: str, team: str, kind: Kind, now_ms: int) -> None:
    """Write down that a message is owed; what the channel has not been told yet is told with it."""
    notification.number += 1
    before = notification.due.get(channel)
    since_ms, is_first = now_ms, channel not in notification.channels
    if before is not None:
        is_first = before.is_first
        if kind not in CALLS or (before.kind in CALLS and not before.is_overdue):
            # A call after one that others were told of in its place has a time of its own.
            since_ms = before.since_ms
        if kind in ENDS and (is_first or before.kind in ("open", "passed")):
            kind = "passed"
        elif kind not in ENDS:
            kind = before.kind if before.kind in ("open", "escalation") else kind
    notification.channels.setdefault(channel, team)
    notification.due[channel] = Due(channel, team, kind, since_ms, notification.number, is_first=is_first)
