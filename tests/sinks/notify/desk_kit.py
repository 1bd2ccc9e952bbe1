"""A desk to try, with a clock of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from schemas.alert import Alert
from sinks.notify.desk import Desk
from sinks.notify.notification import decoded, encoded
from sinks.notify.routing.model import Routing
from tests.sinks.notify.routing.kit import alert as made
from tests.sinks.notify.routing.kit import routed

T0 = int(datetime(2026, 1, 7, 12, tzinfo=UTC).timestamp() * 1000)
S = 1_000
M = 60 * S
H = 60 * M
ROUTES = """
    [[team]]
    name = "t"
    quiet = ["22:00-07:00"]

    [[team]]
    name = "bosses"

    [[channel]]
    name = "chat"
    kind = "console"

    [[channel]]
    name = "pager"
    kind = "console"

    [[route]]
    name = "critical"
    match = { severity = "critical" }
    team = "t"
    channels = ["pager"]
    go_on = true

    [[route]]
    name = "all"
    team = "t"
    channels = ["chat"]
    wait = "30s"
    join = "10m"
    repeat = "4h"
    escalate = [{ after = "15m", channels = ["pager"], team = "bosses" }, { after = "1h", channels = ["chat"] }]
"""


class World:
    """A desk whose messages are delivered at once, by a clock of its own."""

    def __init__(self, text: str = ROUTES, **hush: Any) -> None:
        self.routing: Routing = routed(text).routing
        self.desk = Desk(self.routing, **hush)
        self.now = T0
        self.told: list[tuple[int, str, str, str]] = []
        self._revision = 0

    def say(self, name: str = "i", **fields: Any) -> Alert:
        """An alert of the incident, of the next revision."""
        self._revision += 1
        extra = {
            key: fields.pop(key) for key in list(fields) if key not in ("severity", "scope", "key", "rules", "loss")
        }
        alert = made(datetime.fromtimestamp(self.now / 1000, UTC), **fields)
        alert = alert.model_copy(update={"incident_id": name, "revision": self._revision, **extra})
        self.desk.hear(alert, self.now)
        return alert

    def until(self, at: int, step: int = 10 * S) -> list[tuple[int, str, str, str]]:
        """Look until then, counted from the beginning; what was told meanwhile: seconds, channel, team, why."""
        before = len(self.told)
        while self.now < T0 + at:
            self.now = min(self.now + step, T0 + at)
            self.desk.look(self.now)
            self.told += list(self.deliver())
        return self.told[before:]

    def deliver(self) -> Iterator[tuple[int, str, str, str]]:
        for notification in list(self.desk.notifications.values()):
            for due in list(notification.due.values()):
                yield (self.now - T0) // S, due.channel, due.team, due.kind
                self.desk.delivered(notification.id, due.number, due.channel)

    def crash(self) -> None:
        """Whoever takes over knows what is stored, and nothing else."""
        stored = [encoded(notification) for notification in self.desk.notifications.values()]
        self.desk = Desk(self.routing, map(decoded, stored))


def owing(world: World) -> list[tuple[str, str]]:
    """What is owed: channel and why."""
    return [(due.channel, due.kind) for n in world.desk.notifications.values() for due in n.due.values()]


def until(at: int) -> datetime:
    """The instant so long after the beginning."""
    return datetime.fromtimestamp((T0 + at) / 1000, UTC)
