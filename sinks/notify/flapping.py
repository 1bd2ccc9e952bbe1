"""What begins and ends again and again: told as that once, and then no more until it has been quiet, or gets worse.

Nothing is kept for that beside the notifications: how often a series has begun stands in its incidents.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from schemas.alert import Alert
from schemas.severity import RANK
from sinks.notify.notification import FLAPPING, Notification, NotificationMember
from sinks.notify.routing.model import Flapping

Series = tuple[str, str, str, str]
"""Route, scope, dimension and key."""


def series_of(route: str, alert: Alert) -> Series:
    """The alert's, on a route."""
    return route, alert.scope, alert.dimension, alert.key


class Beginnings:
    """The incidents of each series, in the order in which they began.

    Args:
        notifications: The ones that there are, the oldest first.
    """

    def __init__(self, notifications: Iterable[Notification]) -> None:
        self._of: dict[Series, list[tuple[Notification, NotificationMember]]] = {}
        for notification in notifications:
            for member in notification.members.values():
                self.note(notification, member)
        for found in self._of.values():
            found.sort(key=lambda each: each[1].joined_ms)

    def note(self, notification: Notification, member: NotificationMember) -> None:
        """One more has begun; what waits for a digest calls nobody, so that it does not count."""
        if notification.is_digest:
            return
        self._of.setdefault(series_of(notification.route, member.alert), []).append((notification, member))

    def forget(self, notification: Notification, members: Iterable[NotificationMember]) -> None:
        """These are known no longer."""
        for member in members:
            series = series_of(notification.route, member.alert)
            left = [each for each in self._of.get(series, ()) if each[1] is not member]
            if left:
                self._of[series] = left
            else:
                self._of.pop(series, None)

    def next_of(self, series: Series, rule: Flapping, now_ms: int) -> tuple[int, Notification | None]:
        """Which time it begins now, 1 for the first, and the notification that it flaps in; none: it does not now."""
        known = self._of.get(series)
        if not rule.after or not known or known[-1][1].over_ms is None:
            # Two at a time do not begin and end again and again.
            return 1, None
        notification, last = known[-1]
        if last.times >= rule.after and now_ms - last.changed_ms < _ms(rule.quiet):
            return last.times + 1, notification if notification.over_ms is None else None
        times = 1
        for _notification, member in reversed(known):
            if member.times >= rule.after or now_ms - member.joined_ms > _ms(rule.within):
                break
            times += 1
        return min(times, rule.after), None


def is_held(member: NotificationMember, notification: Notification, rule: Flapping, now_ms: int) -> bool:
    """Whether the incident is not told, as its series was told to flap, and it is no worse than it was told to be then.

    One that goes on for as long as quiet would have to be flaps no more.
    """
    if not rule.after or member.times <= rule.after or now_ms - member.joined_ms >= _ms(rule.quiet):
        return False
    told = (m.told_rank for m in _alike(member, notification) if m.times >= rule.after and m is not member)
    return RANK[member.alert.severity] <= max(told, default=-1)


def goes_on(notification: Notification, rule: Flapping, now_ms: int) -> bool:
    """Whether anything that was told to flap has begun or ended a short while ago."""
    return any(
        member.times >= rule.after and now_ms - member.changed_ms < _ms(rule.quiet)
        for member in notification.members.values()
        if rule.after and (member.told_rank >= 0 or member.hushed_by == FLAPPING)
    )


def unanswered(notification: Notification, rule: Flapping, now_ms: int) -> list[NotificationMember]:
    """What flaps, where nobody has said that they are on it, and nothing but that hides it now."""
    if not goes_on(notification, rule, now_ms):
        return []
    found = [member for member in notification.members.values() if member.times >= rule.after]
    last = max(found, key=lambda member: member.changed_ms)
    if last.hushed_by not in ("", FLAPPING) or any(member.is_acknowledged(now_ms) for member in found):
        return []
    return found


def times(notification: Notification, member: NotificationMember) -> int:
    """How often the incident's series has begun by now, as far as that is known to the notification."""
    return max(m.times for m in _alike(member, notification))


def _alike(member: NotificationMember, notification: Notification) -> Iterator[NotificationMember]:
    mine = series_of("", member.alert)
    return (other for other in notification.members.values() if series_of("", other.alert) == mine)


def _ms(span: timedelta) -> float:
    return span.total_seconds() * 1000
