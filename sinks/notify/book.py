"""The notifications that there are, by what is asked of them."""

from collections.abc import Iterable

from sinks.notify.flapping import Beginnings
from sinks.notify.notification import Notification, NotificationMember

GroupPlace = tuple[str, tuple[str, ...], bool]
"""Route, group, and whether it is a digest: of these the latest takes in what begins."""


def place_of(notification: Notification) -> GroupPlace:
    """Where it stands."""
    return notification.route, notification.group, notification.is_digest


class Book:
    """See the module.

    Args:
        known: Those that there are at first.
    """

    def __init__(self, known: Iterable[Notification] = ()) -> None:
        self.notifications = {notification.id: notification for notification in known}
        ordered = sorted(self.notifications.values(), key=lambda n: n.began_ms)
        self.beginnings = Beginnings(ordered)
        self._of: dict[str, set[str]] = {}
        self._latest: dict[GroupPlace, str] = {}
        for notification in ordered:
            self._latest[place_of(notification)] = notification.id
            for incident in notification.members:
                self._of.setdefault(incident, set()).add(notification.id)

    def of(self, incident: str) -> list[Notification]:
        """Those that an incident belongs to, by name."""
        return [self.notifications[name] for name in sorted(self._of.get(incident, ()))]

    def latest(self, place: GroupPlace) -> Notification | None:
        """The one that began last there."""
        return self.notifications.get(self._latest.get(place, ""))

    def begin(self, notification: Notification) -> None:
        """One more, which takes in what begins from now on where it stands."""
        self.notifications[notification.id] = notification
        self._latest[place_of(notification)] = notification.id

    def join(self, notification: Notification, member: NotificationMember) -> None:
        """An incident belongs to it from now on."""
        notification.members[member.alert.incident_id] = member
        self._of.setdefault(member.alert.incident_id, set()).add(notification.id)

    def drop(self, notification: Notification, incident: str) -> None:
        """The incident belongs to it no longer."""
        self.beginnings.forget(notification, [notification.members.pop(incident)])
        self._of[incident].discard(notification.id)
        if not self._of[incident]:
            del self._of[incident]

    def forget(self, notification: Notification) -> None:
        """Nobody asks for it any more: it has been over for a day."""
        del self.notifications[notification.id]
        if self._latest.get(place_of(notification)) == notification.id:
            del self._latest[place_of(notification)]
        for incident in list(notification.members):
            self.drop(notification, incident)
