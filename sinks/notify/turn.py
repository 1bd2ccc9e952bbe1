"""One look at one notification: what people are to be told of it at that time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from schemas.instants import from_ms
from schemas.severity import RANK
from sinks.notify import flapping
from sinks.notify.notification import Kind, Notification, NotificationMember
from sinks.notify.routing.model import Route, Team

MAX_NAMES_CHARACTERS: Final = 200
"""How many characters of the names of those who are on it are kept."""


@dataclass(frozen=True, slots=True)
class Turn:
    """See the module.

    Args:
        notification: What is looked at; what is told is noted in it.
        route: The route that it has taken.
        team: Who is told.
        now_ms: The present, in epoch milliseconds.
        tellable: Its incidents that are open, and that nothing hushes.
    """

    notification: Notification
    route: Route
    team: Team
    now_ms: int
    tellable: list[NotificationMember]

    @property
    def is_held(self) -> bool:
        """Whether it waits for its digest, or for the morning."""
        now = from_ms(self.now_ms)
        if self.notification.is_digest:
            began = from_ms(self.notification.began_ms)
            at = None if self.route.digest is None else self.route.digest.after(began, self.team.time_zone)
            return (at is not None and now < at) or self.team.is_quiet(now)
        if any(self.route.wakes(member.alert) for member in self.tellable or self.flapping):
            return False
        return self.team.is_quiet(now)

    @property
    def flaps(self) -> bool:
        """Whether something in it begins and ends again and again, and people know that."""
        return flapping.goes_on(self.notification, self.route.flapping, self.now_ms)

    @property
    def flapping(self) -> list[NotificationMember]:
        """What begins and ends again and again, where nobody is on it and nothing else hides it."""
        return flapping.unanswered(self.notification, self.route.flapping, self.now_ms)

    @property
    def rank(self) -> int:
        """How severe it is now."""
        return max((RANK[member.alert.severity] for member in self.tellable), default=-1)

    def flapping_or(self, kind: Kind) -> Kind:
        """Why people are called: because of nothing but what flaps, or as `kind` says."""
        after = self.route.flapping.after
        untold = [member for member in self.tellable if member.told_rank < 0]
        return "flapping" if after and untold and all(member.times >= after for member in untold) else kind

    def has_waited(self, since_ms: int) -> bool:
        """Whether the route's wait is over."""
        return self.now_ms - since_ms >= self.route.wait.total_seconds() * 1000

    def owed(self) -> Iterator[tuple[str, str, Kind]]:
        """What people are to be told now: channel, team and why. It is noted as told when all was asked for."""
        notification = self.notification
        if notification.is_digest:
            if not self.is_held:
                yield from self._digest()
        elif not notification.open and not self.flaps:
            yield from self._end()
        elif (self.tellable or self.flapping) and not self.is_held:
            yield from self._told()

    def _told(self) -> Iterator[tuple[str, str, Kind]]:
        """What people are told of what goes on."""
        notification = self.notification
        if notification.first_ms is None:
            if self.has_waited(notification.began_ms):
                yield from self._call(self.flapping_or("open"))
        elif self.rank > notification.rank:
            yield from self._call(self.flapping_or("rise") if notification.rank < 0 else "rise")
        elif any(member.told_rank < 0 and self.has_waited(member.joined_ms) for member in self.tellable):
            yield from self._call(self.flapping_or("more"))
        elif self.tellable and all(member.is_acknowledged(self.now_ms) for member in self.tellable):
            yield from self._taken()
        elif notification.is_acknowledged:
            self._note_told()
            yield from ((channel, team, "handed_back") for channel, team in notification.channels.items())
        else:
            yield from self._again()

    def _call(self, kind: Kind) -> Iterator[tuple[str, str, Kind]]:
        """Call the route's team, about all that can be told now."""
        self._note_told()
        yield from ((channel, self.notification.team, kind) for channel in self.route.channels)

    def _taken(self) -> Iterator[tuple[str, str, Kind]]:
        """Somebody is on all of it: told when that is new, but not where they said so."""
        notification, alerts = self.notification, [member.alert for member in self.tellable]
        by = ", ".join(sorted({str(alert.acknowledged_by) for alert in alerts}))[:MAX_NAMES_CHARACTERS]
        # An older release kept no names: what it wrote down as acknowledged was told.
        is_told = notification.is_acknowledged and notification.taken_by in ("", by)
        notification.is_acknowledged, notification.taken_by = True, by
        if not is_told:
            there = {alert.acknowledged_channel for alert in alerts}
            knows = there.pop() if len(there) == 1 else ""
            channels = notification.channels.items()
            yield from ((channel, team, "acknowledged") for channel, team in channels if channel != knows)

    def _again(self) -> Iterator[tuple[str, str, Kind]]:
        """Nobody is on it: the next step, or the same once more. Steps count from when somebody was on it last."""
        notification, route = self.notification, self.route
        since_ms = notification.first_ms if notification.alone_ms is None else notification.alone_ms
        assert since_ms is not None
        if notification.steps < len(route.escalate):
            step = route.escalate[notification.steps]
            if self.now_ms - since_ms >= step.after.total_seconds() * 1000:
                notification.steps += 1
                self._note_told()
                yield from ((channel, step.team or notification.team, "escalation") for channel in step.channels)
                return
        repeat_ms = route.repeat.total_seconds() * 1000
        if repeat_ms and self.now_ms - notification.last_ms >= repeat_ms:
            yield from self._call("repeat")

    def _note_told(self) -> None:
        notification = self.notification
        if notification.first_ms is None:
            notification.first_ms = self.now_ms
        notification.is_called, notification.is_reached = True, False
        notification.last_ms, notification.rank = self.now_ms, max(notification.rank, self.rank)
        if notification.is_acknowledged:
            notification.alone_ms, notification.is_acknowledged, notification.taken_by = self.now_ms, False, ""
        for member in self.tellable:
            member.told_rank = RANK[member.alert.severity]

    def _end(self) -> Iterator[tuple[str, str, Kind]]:
        """All is over: those who were told hear of it; what was never told is told as passed, unless it was hushed."""
        notification = self.notification
        untold = [m for m in notification.members.values() if m.told_rank < 0 and not m.hushed_by]
        meant = [m for m in untold if m.alert.state != "withdrawn"]
        if notification.is_called:
            notification.over_ms, notification.rank, notification.steps = self.now_ms, -1, 0
            notification.is_called = False
            was_right = any(m.alert.state != "withdrawn" for m in notification.members.values() if m.told_rank >= 0)
            kind: Kind = "resolved" if was_right else "corrected"
            for member in notification.members.values():
                member.told_rank = -1 if member.alert.state == "withdrawn" else member.told_rank
            yield from ((channel, team, kind) for channel, team in notification.channels.items())
        elif not meant:
            notification.over_ms = self.now_ms
        elif self.has_waited(notification.began_ms) and not self.is_held:
            notification.first_ms = notification.last_ms = notification.over_ms = self.now_ms
            yield from ((channel, notification.team, "passed") for channel in self.route.channels)

    def _digest(self) -> Iterator[tuple[str, str, Kind]]:
        """All that there was since the last one is told."""
        notification = self.notification
        notification.over_ms = self.now_ms
        meant = [m for m in notification.members.values() if not m.hushed_by and m.alert.state != "withdrawn"]
        if meant:
            notification.first_ms = notification.last_ms = self.now_ms
            yield from ((channel, notification.team, "digest") for channel in self.route.channels)
