"""How often each team is called in a week, against what it says that people can take in earnest.

A page is one call of a team: whatever was owed to it at one time for one conversation, through however many channels.
It counts when the first of them takes it. Drills are none.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from schemas.instants import from_ms
from sinks.notify.notification import CALLS, Due, Notification
from sinks.notify.routing.model import Team

WEEK: Final = timedelta(days=7)


class Spent(Struct, frozen=True):
    """What a team has had in one week.

    Args:
        team: Whose.
        week: Its Monday in the team's zone, YYYY-MM-DD.
        pages: How often it was called.
        is_told: Whether it was told that this is more than its budget.
    """

    team: str
    week: str
    pages: int = 0
    is_told: bool = False


encoded: Final = msgspec.json.Encoder().encode
decoded: Final = msgspec.json.Decoder(Spent).decode
"""What was encoded; raises `msgspec.ValidationError`."""


def week_of(team: Team, at: datetime) -> datetime:
    """The Monday of its week in the team's zone, at midnight there."""
    local = team.local(at)
    return (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


class Budgets:
    """Counts pages by team and week.

    Args:
        known: What was counted before.
    """

    def __init__(self, known: Iterable[Spent] = ()) -> None:
        self.spent = {spent.team: spent for spent in known}
        self.changed: set[str] = set()
        """The teams whose count has changed since whoever stores them has emptied this."""

    def taken(self, notification: Notification, due: Due, team: Team, now_ms: int) -> Spent | None:
        """A channel has taken a message; what the team has had where it has to be told of its budget now, else None.

        It is told once in a week, with the first page beyond.
        """
        if notification.drill or due.kind not in CALLS or due.since_ms <= notification.paged.get(team.name, 0):
            return None
        notification.paged[team.name] = due.since_ms
        week = week_of(team, from_ms(now_ms)).date().isoformat()
        before = self.spent.get(team.name)
        if before is None or before.week != week:
            before = Spent(team.name, week)
        is_over = team.budget is not None and before.pages + 1 > team.budget
        now = Spent(team.name, week, before.pages + 1, before.is_told or is_over)
        self.spent[team.name] = now
        self.changed.add(team.name)
        return now if is_over and not before.is_told else None
