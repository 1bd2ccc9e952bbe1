"""Which conversation an incident belongs to: one that its route has and that takes it in, or a new one."""

from collections.abc import Callable, Iterable
from typing import Final

from schemas.alert import Alert
from schemas.instants import from_ms
from sinks.notify import flapping
from sinks.notify.book import Book
from sinks.notify.naming import name_of
from sinks.notify.notification import FLAPPING, Notification, NotificationMember
from sinks.notify.routing.model import Route, Routing

MAX_MEMBERS: Final = 1_200
"""How many incidents may belong to one notification: it is one record, whose size is limited; see `slim`."""
DRILL: Final = "(drill)"
"""What the route of a drill is called: no route in a file can have that name."""

Hush = Callable[[Alert, int, str], str]
"""What keeps an alert from being told at a time, in epoch milliseconds, by a route; empty: nothing."""


def nothing(_alert: Alert, _now_ms: int, _route: str) -> str:
    """Hushes nothing."""
    return ""


def goes_on(notification: Notification, now_ms: int) -> None:
    """What was told to be over goes on: people are called as at its beginning, in the same conversation."""
    if notification.over_ms is not None and not notification.is_digest:
        notification.over_ms, notification.first_ms, notification.began_ms = None, None, now_ms


class Joining:
    """See the module.

    Args:
        book: The notifications that there are.
        hush: What keeps alerts from being told, beside incidents that hide others.
    """

    def __init__(self, book: Book, hush: Hush = nothing) -> None:
        self._book, self._hush = book, hush

    def send_round(self, heard: NotificationMember, routing: Routing, now_ms: int) -> set[str]:
        """Let what was heard join what its routes have, where it has not yet; the notifications that have changed.

        What is urgent leaves the digests that it was in.
        """
        alert = heard.alert
        theirs = self._book.of(alert.incident_id)
        changed: set[str] = set()
        called = {each.route for each in theirs if not each.is_digest}
        collected = {each.route for each in theirs if each.is_digest and each.over_ms is None}
        for route in routing.routes_of(alert, from_ms(now_ms)):
            if not route.channels or route.name in called:
                continue
            if route.digest is None or route.wakes(alert):
                changed |= self._leave_digest(route, theirs, alert) | {self.join(route, heard, now_ms)}
            elif route.name not in collected:
                changed.add(self.join(route, heard, now_ms, is_digest=True))
        return changed

    def hushed_by(self, notification: Notification, member: NotificationMember, route: Route, now_ms: int) -> str:
        """What keeps an incident from being told now: an incident, a silence, or that it flaps; empty: nothing."""
        hushed_by = member.alert.inhibited_by or self._hush(member.alert, now_ms, route.name)
        if not hushed_by and flapping.is_held(member, notification, route.flapping, now_ms):
            return FLAPPING
        return hushed_by

    def join(self, route: Route, heard: NotificationMember, now_ms: int, *, is_digest: bool = False) -> str:
        """Let it join what its route has, or begin a conversation; the notification's id."""
        alert = heard.alert
        group = route.group_of(alert)
        series = flapping.series_of(route.name, alert)
        times, flaps_in = (1, None) if is_digest else self._book.beginnings.next_of(series, route.flapping, now_ms)
        latest = self._book.latest((route.name, group, is_digest))
        if flaps_in is not None and len(flaps_in.members) < MAX_MEMBERS:
            notification = flaps_in
        elif latest is not None and self._takes(latest, route, now_ms):
            notification = latest
        else:
            # What is still open at one digest begins the next one: the same incident, another time.
            when = [str(now_ms)] * is_digest
            name = self._new_name(route.name, *group, alert.incident_id, *when, now_ms=now_ms)
            notification = Notification(name, route.name, route.team, group, now_ms, is_digest=is_digest)
            self._book.begin(notification)
        goes_on(notification, now_ms)
        member = NotificationMember(alert, now_ms, times=times, place=heard.place)
        self._book.join(notification, member)
        member.hushed_by = self.hushed_by(notification, member, route, now_ms)
        self._book.beginnings.note(notification, member)
        return notification.id

    def _new_name(self, *parts: str, now_ms: int) -> str:
        """A name that no conversation has: one that has left this incident, or a route, may have the first."""
        name = name_of(*parts)
        return name if name not in self._book.notifications else self._new_name(*parts, str(now_ms), now_ms=now_ms)

    def _leave_digest(self, route: Route, theirs: Iterable[Notification], alert: Alert) -> set[str]:
        """It is urgent by now, and told at once: no digest that is not sent yet needs to tell it; these digests."""
        left: set[str] = set()
        for notification in theirs:
            if notification.is_digest and notification.route == route.name and notification.over_ms is None:
                self._book.drop(notification, alert.incident_id)
                left.add(notification.id)
        return left

    def begin_drill(self, team: str, heard: NotificationMember) -> str:
        """A conversation of its own, by no route of the file: silences and groups have nothing to do with it."""
        incident = heard.alert.incident_id
        name = name_of(DRILL, team, incident)
        made = Notification(name, DRILL, team, (incident,), heard.joined_ms, drill=True)
        self._book.notifications[name] = made
        self._book.join(made, heard)
        return name

    @staticmethod
    def _takes(notification: Notification, route: Route, now_ms: int) -> bool:
        if len(notification.members) >= MAX_MEMBERS:
            return False
        if notification.is_digest:
            return notification.over_ms is None
        last_ms = max(notification.joined_ms, notification.first_ms or 0, notification.over_ms or 0)
        return notification.first_ms is None or now_ms - last_ms <= route.join.total_seconds() * 1000
