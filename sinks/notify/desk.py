"""Decides who is to be told of what, and when: pure, so that it can be tried with any clock.

What is decided is written into the notifications, which others store and deliver. Looking twice at one time changes
nothing: what is due is due until it was delivered.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from schemas.alert import Alert
from schemas.instants import from_ms
from sinks.notify.book import Book
from sinks.notify.joining import DRILL, Hush, Joining, goes_on, nothing
from sinks.notify.naming import name_of
from sinks.notify.notification import (
    CALLS,
    NOWHERE,
    Account,
    AlertPlace,
    Kind,
    Notification,
    NotificationMember,
    Scheduled,
    slim,
)
from sinks.notify.owing import owe, owe_again, pass_on, strike_out
from sinks.notify.routing.model import Route, Routing, Team
from sinks.notify.turn import Turn

KEPT_MS: Final = 24 * 3_600_000
"""How long what is over is remembered: what was told may still have to be corrected."""

BUDGET: Final = "(budget)"
"""Stands for the route of a message about a team's budget; no route of a file can have this name."""
DRILL_MS: Final = 3_600_000
"""A drill that nobody has ended by then is over."""
BACK_MS: Final = 1_000
"""A clock that goes back by more than this was wrong before."""


def _report_id(name: Sequence[str], team: str) -> str:
    return name_of("report", *name, team)


def _kept_from(notification: Notification, over_ms: int) -> int:
    """A report that a clock which was ahead has sent too early is known until its hour can send it no more."""
    return over_ms if notification.scheduled is None else max(over_ms, notification.scheduled.at_ms)


class Desk:
    """Hears alerts, and says what is due.

    Args:
        routing: Who is told of what. May be another one later: what is open goes on where its route still is.
        known: The notifications that there are.
        hush: What keeps alerts from being told, beside incidents that hide others.
    """

    def __init__(self, routing: Routing, known: Iterable[Notification] = (), hush: Hush = nothing) -> None:
        self.routing = routing
        self._book = Book(known)
        self._joining = Joining(self._book, hush)
        self._settled: Routing | None = None
        self._latest_ms = max((notification.latest_ms for notification in self.notifications.values()), default=0)

    @property
    def notifications(self) -> dict[str, Notification]:
        """All that there are, by id."""
        return self._book.notifications

    # --- what comes in --------------------------------------------------------------------------------------------

    def hear(self, alert: Alert, now_ms: int, drill: str = "", place: AlertPlace = NOWHERE) -> set[str]:
        """Take in what is said of an incident, or of a drill of that team; the notifications that have changed.

        Args:
            alert: What is said.
            now_ms: The present, in epoch milliseconds.
            drill: The team whose drill it is; empty: it is none.
            place: Where it lies on the alerts topic.
        """
        alert = slim(alert)
        self._latest_ms = max(self._latest_ms, now_ms)
        changed: set[str] = set()
        theirs = self._book.of(alert.incident_id)
        for notification in theirs:
            member = notification.members[alert.incident_id]
            if (alert.version, alert.revision) >= (member.alert.version, member.alert.revision):
                member.place = place
            if (alert.version, alert.revision) > (member.alert.version, member.alert.revision):
                member.over_ms = (member.over_ms or now_ms) if alert.is_over else None
                member.alert = alert
                changed.add(notification.id)
                if not alert.is_over and not drill:
                    if notification.over_ms is not None:
                        # Its end was told: what is told of it from now on is news.
                        member.told_rank = -1
                    goes_on(notification, now_ms)
        if drill:
            if not theirs and not alert.is_over and drill in self.routing.teams:
                changed.add(self._joining.begin_drill(drill, NotificationMember(alert, now_ms, place=place)))
        elif not alert.is_over:
            changed |= self._joining.send_round(NotificationMember(alert, now_ms, place=place), self.routing, now_ms)
        return changed

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
                self._book.forget(notification)
                continue
            for name in past:
                self._book.drop(notification, name)
        return changed

    # --- what goes out --------------------------------------------------------------------------------------------

    def look(self, now_ms: int) -> set[str]:
        """Write down what is due by now; the notifications that have changed, those that are forgotten among them."""
        before = set(self.notifications)
        changed = self._set_the_clock_right(now_ms) | self._settle_in(now_ms)
        routes = {route.name: route for route in self.routing.route}
        channels = {channel.name for channel in self.routing.channel}
        for notification in list(self.notifications.values()):
            if notification.due.keys() - channels:
                self._move(notification, routes.get(notification.route), channels, now_ms)
                changed.add(notification.id)
            is_report = notification.report or notification.scheduled is not None
            if is_report and notification.over_ms is None:
                if self._tell_report(notification, now_ms):
                    changed.add(notification.id)
                continue
            if notification.over_ms is not None:
                if not notification.due and now_ms - _kept_from(notification, notification.over_ms) > KEPT_MS:
                    self._book.forget(notification)
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
        return changed | (self.notifications.keys() - before)

    def report(self, name: str, team: str, channels: Iterable[str], accounts: list[Account], now_ms: int) -> set[str]:
        """Tell a team what silences have come to, once, and not in its quiet hours; the notification, if it is new.

        Args:
            name: Tells the report from all others.
            team: Who is told.
            channels: Where.
            accounts: Of one silence that has ended, or of all that are on; one at least.
            now_ms: The present, in epoch milliseconds.
        """
        return self._begin_report([name], team, channels, now_ms, report=accounts)

    def schedule(self, scheduled: Scheduled, team: str, channels: Iterable[str], now_ms: int) -> set[str]:
        """Send a team the report of an hour, once, whoever sends it; the notification, if it is new.

        Args:
            scheduled: Which; kind and hour tell it from all others of the team.
            team: Who gets it.
            channels: Where.
            now_ms: The present, in epoch milliseconds.
        """
        name = [scheduled.kind, str(scheduled.at_ms)]
        return self._begin_report(name, team, channels, now_ms, scheduled=scheduled)

    def _begin_report(
        self, name: Sequence[str], team: str, channels: Iterable[str], now_ms: int, **what: Any
    ) -> set[str]:
        made, whom = _report_id(name, team), dict.fromkeys(channels, team)
        if made in self.notifications:
            return set()
        self.notifications[made] = Notification(made, "", team, (), now_ms, channels=whom, **what)
        return {made}

    def is_reported(self, name: str, team: str) -> bool:
        """Whether a team is told that already; it is known until a day after."""
        return _report_id([name], team) in self.notifications

    def _tell_report(self, notification: Notification, now_ms: int) -> bool:
        team = self.routing.teams.get(notification.team)
        if team is not None and team.is_quiet(from_ms(now_ms)):
            return False
        notification.first_ms = notification.last_ms = notification.over_ms = now_ms
        kind: Kind = "report"
        if notification.report:
            kind = "unsilenced" if notification.report[0].ended_why else "silenced"
        for channel, whom in notification.channels.items():
            owe(notification, channel, whom, kind, now_ms)
        return True

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
                    changed |= self._joining.send_round(member, self.routing, now_ms)
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
                        owe(notification, channel, due.team, "open", now_ms)

    def tell_budget(self, team: Team, week: str, pages: int, now_ms: int) -> str:
        """The team was called more often than its budget says: owe it that word; the notification's id.

        It is one message a week; see `Routing.budget_channels` for where.
        """
        name = name_of(BUDGET, team.name, week)
        made = Notification(name, BUDGET, team.name, (), now_ms, over_ms=now_ms, pages=pages)
        for channel in self.routing.budget_channels(team.name):
            owe(made, channel, team.name, "budget", now_ms)
        self.notifications[name] = made
        return name

    def delivered(self, name: str, number: int, channel: str, handle: str = "", *, taken: bool = True) -> bool:
        """The message was delivered, or is not wanted; whether anything has changed by that.

        A later message may be owed to the channel by now; what was delivered is then told with it once more.

        Args:
            name: The notification's id.
            number: The message's.
            channel: The channel.
            handle: What its target calls the conversation; empty: nothing new.
            taken: Whether the channel has taken it; else it does not want it.
        """
        notification = self.notifications.get(name)
        if notification is None:
            return False
        return strike_out(notification, number, channel, handle, taken=taken)

    def undelivered(self, name: str, number: int, channel: str, now_ms: int, *, refused: bool) -> bool:
        """The message did not get through in the time that a page has: who is next is told at once; see `pass_on`.

        Args:
            name: The notification's id.
            number: The message's.
            channel: The channel.
            now_ms: The present, in epoch milliseconds.
            refused: Whether it never will; else it stays owed, and is sent when the channel is back.
        """
        notification = self.notifications.get(name)
        if notification is None:
            return False
        return pass_on(notification, number, channel, self.routing, now_ms, refused=refused)

    def is_forgotten(self, alert: Alert, now_ms: int) -> bool:
        """Whether a word that is sent again is of an incident that was over so long ago that it is forgotten."""
        is_old = now_ms - alert.timestamp.timestamp() * 1000 > KEPT_MS
        return is_old and not self._book.of(alert.incident_id)

    def tell_again(self, incident: str, now_ms: int) -> set[str]:
        """Owe once more what channels have refused of an incident, as it is by now; the notifications that it is in."""
        return set().union(*(self.owe_again(each.id, now_ms) for each in self._book.of(incident)))

    def owe_again(self, name: str, now_ms: int) -> set[str]:
        """Owe once more what channels have refused of a notification; itself where there was anything, else nothing."""
        notification = self.notifications.get(name)
        if notification is None or not notification.refused:
            return set()
        owe_again(notification, now_ms)
        return {name}

    def _step(self, notification: Notification, route: Route, now_ms: int) -> bool:
        is_changed = self._look_for_hushes(notification, route, now_ms)
        tellable = [member for member in notification.open if not member.hushed_by]
        team = self.routing.teams.get(notification.team, self.routing.teams[route.team])
        turn = Turn(notification, route, team, now_ms, tellable)
        if -1 < turn.rank < notification.rank:
            # It has eased: when it gets worse again, that is news.
            notification.rank, is_changed = turn.rank, True
        for channel, whom, kind in turn.owed():
            owe(notification, channel, whom, kind, now_ms)
            is_changed = True
        if notification.is_digest and notification.over_ms is not None and route.digest is not None:
            # What is still open is told with the next one, too.
            for member in notification.open:
                self._joining.join(route, member, now_ms, is_digest=True)
        return is_changed or notification.over_ms is not None

    @staticmethod
    def _end_forgotten(drill: Notification, now_ms: int) -> None:
        """Whoever has begun it may be gone."""
        for member in drill.open:
            if now_ms - drill.began_ms > DRILL_MS:
                member.alert = member.alert.model_copy(update={"state": "resolved"})

    def _look_for_hushes(self, notification: Notification, route: Route, now_ms: int) -> bool:
        """Whether anything hushes others than before; what is hushed no longer is told anew."""
        is_changed = False
        if notification.drill:
            return is_changed
        for member in notification.open:
            hushed_by = self._joining.hushed_by(notification, member, route, now_ms)
            if hushed_by != member.hushed_by:
                is_changed = True
                member.hushed_by = hushed_by
                member.told_rank = member.told_rank if hushed_by else -1
        return is_changed

    def _corrects(self, notification: Notification, now_ms: int) -> bool:
        """Whether what was told has been withdrawn since, and that has to be told."""
        withdrawn = [m for m in notification.members.values() if m.alert.state == "withdrawn" and m.told_rank >= 0]
        for member in withdrawn:
            member.told_rank = -1
        if withdrawn:
            for channel, team in notification.channels.items():
                owe(notification, channel, team, "corrected", now_ms)
        return bool(withdrawn)
