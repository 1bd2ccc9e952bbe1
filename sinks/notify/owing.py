"""Writes down what is owed to a channel, and strikes it out; what does not get through is owed to others."""

from sinks.notify.notification import CALLS, ENDS, Due, Kind, Notification
from sinks.notify.routing.model import Routing


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


def strike_out(notification: Notification, number: int, channel: str, handle: str = "", *, taken: bool = True) -> bool:
    """Nothing is owed any more of a message that a channel has taken, or does not want; whether anything has changed.

    A later message may be owed to the channel by now; what was delivered is then told with it once more.
    """
    if handle:
        notification.handles[channel] = handle
    due = notification.due.get(channel)
    if due is not None and due.number == number:
        del notification.due[channel]
        if taken:
            notification.refused.pop(channel, None)
            if due.kind in CALLS:
                notification.is_reached, notification.nobody_ms = True, None
        return True
    if due is not None and due.kind in ("open", "escalation", "passed"):
        # It was told that it has begun after all.
        due.kind = "resolved" if due.kind == "passed" else "more"
    return bool(handle) or due is not None


def pass_on(
    notification: Notification, number: int, channel: str, routing: Routing, now_ms: int, *, refused: bool
) -> bool:
    """A message was refused, or not taken in the time that a page has; whether anything has changed.

    A call goes to the next step of its route at once. After the last one it goes to whoever else there is, see
    `Routing.last_resorts`, unless somebody has taken it or still may; where nobody is left, that is noted.

    Args:
        notification: What it belongs to.
        number: The message's.
        channel: Where it did not get through.
        routing: Who there is.
        now_ms: The present, in epoch milliseconds.
        refused: Whether it never will; else it stays owed, and is sent when the channel is back.
    """
    due = notification.due.get(channel)
    if due is None or due.number != number or (due.is_overdue and not refused):
        return False
    was_passed_on, due.is_overdue = due.is_overdue, True
    if refused:
        notification.refused[channel] = notification.due.pop(channel)
    if (
        due.kind in CALLS
        and not notification.drill
        and not was_passed_on
        and not _next_step(notification, channel, routing, now_ms)
    ):
        _last_resort(notification, due, routing, now_ms)
    return True


def owe_again(notification: Notification, now_ms: int) -> None:
    """Owe once more what channels have refused: what is over by now as passed."""
    for channel, due in notification.refused.items():
        kind: Kind = "passed" if due.kind in CALLS and not notification.open else due.kind
        owe(notification, channel, due.team, kind, now_ms)
    notification.refused.clear()


def _next_step(notification: Notification, channel: str, routing: Routing, now_ms: int) -> bool:
    """Take the next step of the route that is not that channel alone; whether there was one."""
    route = next((route for route in routing.route if route.name == notification.route), None)
    while route is not None and notification.steps < len(route.escalate):
        step = route.escalate[notification.steps]
        notification.steps += 1
        others = [other for other in step.channels if other != channel]
        for other in others:
            owe(notification, other, step.team or notification.team, "escalation", now_ms)
        if others:
            return True
    return False


def _last_resort(notification: Notification, due: Due, routing: Routing, now_ms: int) -> None:
    may_be_taken = any(other.kind in CALLS and not other.is_overdue for other in notification.due.values())
    if notification.is_reached or may_be_taken:
        return
    tried = {due.channel, *notification.due, *notification.refused}
    for team, channels in routing.last_resorts(due.team, notification.team):
        left = [channel for channel in channels if channel not in tried]
        for channel in left:
            owe(notification, channel, team, "escalation", now_ms)
        if left:
            return
    notification.nobody_ms = due.since_ms
