"""Decides who is to be told of what, and when: pure, so that it can be tried with any clock.

What is decided is written into the notifications, which others store and deliver. Looking twice at one time changes
nothing: what is due is due until it was delivered.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from schemas.alert import Alert
from schemas.severity import RANK
from sinks.notify.notification import CALLS, ENDS, Due, Kind, Member, Notification, slim
from sinks.notify.routing.model import Route, Routing, Team

MAX_MEMBERS: Final = 1_200
"""So many incidents belong to one notification: it is one record, and has a size (see `notification.slim`)."""
MAX_NAMES: Final = 200
KEPT_MS: Final = 24 * 3_600_000
"""So long what is over is remembered: what was told may still have to be corrected."""

DRILL: Final = "(drill)"
"""What the route of a drill is called: no route in a file can have that name."""
BUDGET: Final = "(budget)"
"""The same of a word about a team's budget."""
DRILL_MS: Final = 3_600_000
"""A drill that nobody has ended by then is over."""
BACK_MS: Final = 1_000
"""A clock that goes back by more than this was wrong before."""

Hush = Callable[[Alert, int], str]
"""What keeps an alert from being told at a time, in epoch milliseconds; empty: nothing."""


def nothing(_alert: Alert, _now_ms: int) -> str:
    """Hushes nothing."""
    return ""


@dataclass(frozen=True, slots=True)
class _Turn:
    """One look at one notification."""

    notification: Notification
    route: Route
    team: Team
    now_ms: int
    tellable: list[Member]

    @property
    def is_held(self) -> bool:
        """Whether it waits for the morning."""
        if any(self.route.wakes(member.alert) for member in self.tellable):
            return False
        return self.team.is_quiet(datetime.fromtimestamp(self.now_ms / 1000, UTC))

    @property
    def rank(self) -> int:
        """How severe it is now."""
        return max((RANK[member.alert.severity] for member in self.tellable), default=-1)

    def has_waited(self, since_ms: int) -> bool:
        """Whether the route's wait is over."""
        return self.now_ms - since_ms >= self.route.wait.total_seconds() * 1000


class Desk:
    """Hears alerts, and says what is due.

    Args:
        routing: Who is told of what. May be another one later: what is open goes on where its route still is.
        known: The notifications that there are.
        hush: What keeps alerts from being told, beside incidents that hide others.
    """

    def __init__(self, routing: Routing, known: Iterable[Notification] = (), hush: Hush = nothing) -> None:
        self.routing = routing
        self.notifications = {notification.id: notification for notification in known}
        self._hush = hush
        self._settled: Routing | None = None
        self._latest_ms = max((notification.latest_ms for notification in self.notifications.values()), default=0)
        self._of: dict[str, set[str]] = {}
        self._latest: dict[tuple[str, tuple[str, ...]], str] = {}
        for notification in sorted(self.notifications.values(), key=lambda n: n.began_ms):
            self._latest[notification.route, notification.group] = notification.id
            for incident in notification.members:
                self._of.setdefault(incident, set()).add(notification.id)

    # --- what comes in --------------------------------------------------------------------------------------------

    def hear(self, alert: Alert, now_ms: int, drill: str = "") -> set[str]:
        """Take in what is said of an incident, or of a drill of that team; the notifications that have changed."""
        alert = slim(alert)
        self._latest_ms = max(self._latest_ms, now_ms)
        changed: set[str] = set()
        theirs = [self.notifications[name] for name in sorted(self._of.get(alert.incident_id, ()))]
        for notification in theirs:
            member = notification.members[alert.incident_id]
            if (alert.version, alert.revision) > (member.alert.version, member.alert.revision):
                member.alert = alert
                changed.add(notification.id)
                if not alert.is_over and not drill:
                    self._goes_on(notification, now_ms)
        if drill:
            if not theirs and not alert.is_over and drill in self.routing.teams:
                changed.add(self._begin_drill(drill, alert, now_ms))
        elif not alert.is_over:
            changed |= self._send_round(alert, now_ms)
        return changed

    def _send_round(self, alert: Alert, now_ms: int) -> set[str]:
        """Let the alert join what its routes have, where it has not yet; the notifications that have changed."""
        taken = {self.notifications[name].route for name in self._of.get(alert.incident_id, ())}
        routes = self.routing.routes_of(alert, datetime.fromtimestamp(now_ms / 1000, UTC))
        return {self._join(route, alert, now_ms) for route in routes if route.channels and route.name not in taken}

    @staticmethod
    def _goes_on(notification: Notification, now_ms: int) -> None:
        """What was told to be over goes on: people are called as at its beginning, in the same conversation."""
        if notification.over_ms is not None:
            notification.over_ms, notification.first_ms, notification.began_ms = None, None, now_ms

    def _join(self, route: Route, alert: Alert, now_ms: int) -> str:
        group = route.group_of(alert)
        latest = self.notifications.get(self._latest.get((route.name, group), ""))
        if latest is not None and self._takes(latest, route, now_ms):
            notification = latest
        else:
            name = sha256("|".join([route.name, *group, alert.incident_id]).encode()).hexdigest()[:16]
            notification = Notification(name, route.name, route.team, group, now_ms)
            self.notifications[name] = notification
            self._latest[route.name, group] = name
        hushed_by = alert.inhibited_by or self._hush(alert, now_ms)
        self._goes_on(notification, now_ms)
        notification.members[alert.incident_id] = Member(alert, now_ms, hushed_by=hushed_by)
        self._of.setdefault(alert.incident_id, set()).add(notification.id)
        return notification.id

    def _begin_drill(self, team: str, alert: Alert, now_ms: int) -> str:
        """A conversation of its own, by no route of the file: silences and groups have nothing to do with it."""
        name = sha256("|".join([DRILL, team, alert.incident_id]).encode()).hexdigest()[:16]
        made = Notification(name, DRILL, team, (alert.incident_id,), now_ms, drill=True)
        made.members[alert.incident_id] = Member(alert, now_ms)
        self.notifications[name] = made
        self._of.setdefault(alert.incident_id, set()).add(name)
        return name

    @staticmethod
    def _takes(notification: Notification, route: Route, now_ms: int) -> bool:
        if len(notification.members) >= MAX_MEMBERS:
            return False
        last_ms = max(notification.joined_ms, notification.first_ms or 0, notification.over_ms or 0)
        return notification.first_ms is None or now_ms - last_ms <= route.join.total_seconds() * 1000

    def leave_the_past(self) -> set[str]:
        """Nobody was there to be told before: what is over by now is told to nobody; the notifications it was in.

        Those who were called before that hear of the end all the same.
        """
        changed: set[str] = set()
        for notification in list(self.notifications.values()):
            if notification.is_called:
                continue
            past = [name for name, member in notification.members.items() if member.alert.is_over]
            if not past:
                continue
            changed.add(notification.id)
            if not notification.open:
                self._forget(notification)
                continue
            for name in past:
                del notification.members[name]
                self._of[name].discard(notification.id)
        return changed

    # --- what goes out --------------------------------------------------------------------------------------------

    def look(self, now_ms: int) -> set[str]:
        """Write down what is due by now; the notifications that have changed, those that are forgotten among them."""
        changed = self._set_the_clock_right(now_ms) | self._settle_in(now_ms)
        routes = {route.name: route for route in self.routing.route}
        channels = {channel.name for channel in self.routing.channel}
        for notification in list(self.notifications.values()):
            if notification.due.keys() - channels:
                self._move(notification, routes.get(notification.route), channels, now_ms)
                changed.add(notification.id)
            if notification.over_ms is not None:
                if not notification.due and now_ms - notification.over_ms > KEPT_MS:
                    self._forget(notification)
                    changed.add(notification.id)
                elif self._corrects(notification, now_ms):
                    changed.add(notification.id)
                continue
            # A route that has left the file calls nobody any more; those whom it has called hear of the end.
            route = routes.get(notification.route) or Route(name="gone", team=self.routing.team[0].name)
            if notification.drill:
                route = self.routing.drill_of(notification.team)
                self._end_forgotten(notification, now_ms)
            if self._step(notification, route, now_ms):
                changed.add(notification.id)
        return changed

    def _set_the_clock_right(self, now_ms: int) -> set[str]:
        """Nothing that is noted has happened later than now: else people would wait until a wrong clock's time."""
        changed: set[str] = set()
        if now_ms < self._latest_ms - BACK_MS:
            for notification in self.notifications.values():
                if notification.latest_ms > now_ms:
                    notification.cut_to(now_ms)
                    changed.add(notification.id)
            self._latest_ms = now_ms
        self._latest_ms = max(self._latest_ms, now_ms)
        return changed

    def _settle_in(self, now_ms: int) -> set[str]:
        """With another routing: what is open on routes that have left it takes those that there are."""
        if self._settled is self.routing:
            return set()
        self._settled = self.routing
        changed: set[str] = set()
        routes = {route.name for route in self.routing.route}
        for notification in list(self.notifications.values()):
            if notification.route not in routes | {DRILL, BUDGET}:
                for member in notification.open:
                    changed |= self._send_round(member.alert, now_ms)
        return changed

    def _move(self, notification: Notification, route: Route | None, channels: set[str], now_ms: int) -> None:
        """Owe no more to channels that have left the file; a call goes to those that the route has now.

        Where the route has left as well, what is open has joined others.
        """
        gone = [due for name, due in notification.due.items() if name not in channels]
        for due in gone:
            del notification.due[due.channel]
        for due in gone:
            if due.kind in CALLS and route is not None:
                for channel in route.channels:
                    if channel not in notification.channels:
                        self._owe(notification, channel, due.team, "open", now_ms)

    def tell_budget(self, team: Team, week: str, pages: int, now_ms: int) -> str:
        """The team was called more often than its budget says: owe it that word; the notification's id.

        It goes through the channels that the team is first told through, and is one message a week.
        """
        name = sha256("|".join([BUDGET, team.name, week]).encode()).hexdigest()[:16]
        made = Notification(name, BUDGET, team.name, (), now_ms, over_ms=now_ms, pages=pages)
        for channel in self.routing.channels_of(team.name, is_first=True):
            self._owe(made, channel, team.name, "budget", now_ms)
        self.notifications[name] = made
        return name

    def delivered(self, name: str, number: int, channel: str, handle: str = "") -> bool:
        """The message was delivered, or is not wanted; whether anything has changed by that.

        A later message may be owed to the channel by now; what was delivered is then told with it once more.

        Args:
            name: The notification's id.
            number: The message's.
            channel: The channel.
            handle: What its target calls the conversation; empty: nothing new.
        """
        notification = self.notifications.get(name)
        if notification is None:
            return False
        if handle:
            notification.handles[channel] = handle
        due = notification.due.get(channel)
        if due is not None and due.number == number:
            del notification.due[channel]
            return True
        if due is not None and due.kind in ("open", "escalation", "passed"):
            # It was told that it has begun after all.
            due.kind = "resolved" if due.kind == "passed" else "more"
        return bool(handle) or due is not None

    def undelivered(self, name: str, number: int, channel: str, now_ms: int, *, refused: bool) -> bool:
        """The message did not get through in the time that a page has: the next step is taken at once.

        Args:
            name: The notification's id.
            number: The message's.
            channel: The channel.
            now_ms: The present, in epoch milliseconds.
            refused: Whether it never will; else it stays owed, and is sent when the channel is back.
        """
        notification = self.notifications.get(name)
        due = None if notification is None else notification.due.get(channel)
        if notification is None or due is None or due.number != number or due.is_overdue:
            return False
        due.is_overdue = True
        if refused:
            del notification.due[channel]
        route = next((route for route in self.routing.route if route.name == notification.route), None)
        if due.kind in CALLS and route is not None and notification.steps < len(route.escalate):
            step = route.escalate[notification.steps]
            notification.steps += 1
            for other in step.channels:
                if other != channel:
                    self._owe(notification, other, step.team or notification.team, "escalation", now_ms)
        return True

    def _step(self, notification: Notification, route: Route, now_ms: int) -> bool:
        is_changed = self._look_for_hushes(notification, now_ms)
        tellable = [member for member in notification.open if not member.hushed_by]
        team = self.routing.teams.get(notification.team, self.routing.teams[route.team])
        turn = _Turn(notification, route, team, now_ms, tellable)
        if -1 < turn.rank < notification.rank:
            # It has eased: when it gets worse again, that is news.
            notification.rank, is_changed = turn.rank, True
        for channel, whom, kind in self._owed(turn):
            self._owe(notification, channel, whom, kind, now_ms)
            is_changed = True
        return is_changed or notification.over_ms is not None

    @staticmethod
    def _end_forgotten(drill: Notification, now_ms: int) -> None:
        """Whoever has begun it may be gone."""
        for member in drill.open:
            if now_ms - drill.began_ms > DRILL_MS:
                member.alert = member.alert.model_copy(update={"state": "resolved"})

    def _look_for_hushes(self, notification: Notification, now_ms: int) -> bool:
        """Whether anything hushes others than before; what is hushed no longer is told anew."""
        is_changed = False
        if notification.drill:
            return is_changed
        for member in notification.open:
            hushed_by = member.alert.inhibited_by or self._hush(member.alert, now_ms)
            if hushed_by != member.hushed_by:
                is_changed = True
                member.hushed_by = hushed_by
                member.told_rank = member.told_rank if hushed_by else -1
        return is_changed

    def _owed(self, turn: _Turn) -> Iterator[tuple[str, str, Kind]]:
        notification = turn.notification
        if not notification.open:
            yield from self._end(turn)
        elif not turn.tellable or turn.is_held:
            return
        elif notification.first_ms is None:
            if turn.has_waited(notification.began_ms):
                yield from self._call(turn, "open")
        elif turn.rank > notification.rank:
            yield from self._call(turn, "rise")
        elif any(member.told_rank < 0 and turn.has_waited(member.joined_ms) for member in turn.tellable):
            yield from self._call(turn, "more")
        elif all(member.is_acknowledged(turn.now_ms) for member in turn.tellable):
            yield from self._taken(turn)
        elif notification.is_acknowledged:
            self._note_told(turn)
            yield from ((channel, team, "handed_back") for channel, team in notification.channels.items())
        else:
            yield from self._again(turn)

    def _call(self, turn: _Turn, kind: Kind) -> Iterator[tuple[str, str, Kind]]:
        """Call the route's team, about all that can be told now."""
        self._note_told(turn)
        yield from ((channel, turn.notification.team, kind) for channel in turn.route.channels)

    @staticmethod
    def _taken(turn: _Turn) -> Iterator[tuple[str, str, Kind]]:
        """Somebody is on all of it: told when that is new, but not where they said so."""
        notification, alerts = turn.notification, [member.alert for member in turn.tellable]
        by = ", ".join(sorted({str(alert.acknowledged_by) for alert in alerts}))[:MAX_NAMES]
        # One that was written before there were names was told who is on it.
        is_told = notification.is_acknowledged and notification.taken_by in ("", by)
        notification.is_acknowledged, notification.taken_by = True, by
        if not is_told:
            there = {alert.acknowledged_channel for alert in alerts}
            knows = there.pop() if len(there) == 1 else ""
            channels = notification.channels.items()
            yield from ((channel, team, "acknowledged") for channel, team in channels if channel != knows)

    def _again(self, turn: _Turn) -> Iterator[tuple[str, str, Kind]]:
        """Nobody is on it: the next step, or the same once more. Steps count from when somebody was on it last."""
        notification, route = turn.notification, turn.route
        since_ms = notification.first_ms if notification.alone_ms is None else notification.alone_ms
        assert since_ms is not None
        if notification.steps < len(route.escalate):
            step = route.escalate[notification.steps]
            if turn.now_ms - since_ms >= step.after.total_seconds() * 1000:
                notification.steps += 1
                self._note_told(turn)
                yield from ((channel, step.team or notification.team, "escalation") for channel in step.channels)
                return
        repeat_ms = route.repeat.total_seconds() * 1000
        if repeat_ms and turn.now_ms - notification.last_ms >= repeat_ms:
            yield from self._call(turn, "repeat")

    @staticmethod
    def _note_told(turn: _Turn) -> None:
        notification = turn.notification
        if notification.first_ms is None:
            notification.first_ms = turn.now_ms
        notification.is_called = True
        notification.last_ms, notification.rank = turn.now_ms, max(notification.rank, turn.rank)
        if notification.is_acknowledged:
            notification.alone_ms, notification.is_acknowledged, notification.taken_by = turn.now_ms, False, ""
        for member in turn.tellable:
            member.told_rank = RANK[member.alert.severity]

    def _end(self, turn: _Turn) -> Iterator[tuple[str, str, Kind]]:
        """All is over: those who were told hear of it; what was never told is told as passed, unless it was hushed."""
        notification = turn.notification
        meant = [m for m in notification.members.values() if not m.hushed_by and m.alert.state != "withdrawn"]
        if notification.is_called:
            notification.over_ms, notification.rank, notification.steps = turn.now_ms, -1, 0
            notification.is_called = False
            was_right = any(m.alert.state != "withdrawn" for m in notification.members.values() if m.told_rank >= 0)
            kind: Kind = "resolved" if was_right else "corrected"
            for member in notification.members.values():
                member.told_rank = -1 if member.alert.state == "withdrawn" else member.told_rank
            yield from ((channel, team, kind) for channel, team in notification.channels.items())
        elif not meant:
            notification.over_ms = turn.now_ms
        elif turn.has_waited(notification.began_ms) and not turn.is_held:
            notification.first_ms = notification.last_ms = notification.over_ms = turn.now_ms
            yield from ((channel, notification.team, "passed") for channel in turn.route.channels)

    def _corrects(self, notification: Notification, now_ms: int) -> bool:
        """Whether what was told has been withdrawn since, and that has to be told."""
        withdrawn = [m for m in notification.members.values() if m.alert.state == "withdrawn" and m.told_rank >= 0]
        for member in withdrawn:
            member.told_rank = -1
        if withdrawn:
            for channel, team in notification.channels.items():
                self._owe(notification, channel, team, "corrected", now_ms)
        return bool(withdrawn)

    @staticmethod
    def _owe(notification: Notification, channel: str, team: str, kind: Kind, now_ms: int) -> None:
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

    def _forget(self, notification: Notification) -> None:
        del self.notifications[notification.id]
        if self._latest.get((notification.route, notification.group)) == notification.id:
            del self._latest[notification.route, notification.group]
        for incident in notification.members:
            self._of[incident].discard(notification.id)
            if not self._of[incident]:
                del self._of[incident]
