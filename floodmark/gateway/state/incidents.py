"""Incidents as they stand: what the judge has said of each, and what people did."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from schemas.action import Action
from schemas.alert import Alert
from schemas.alert_state import AlertState
from schemas.severity import RANK, Severity

Standing = Literal["firing", "acknowledged", "resolved", "withdrawn"]
"""Open and nobody is on it; open and somebody is; over; taken back, as nothing was wrong."""
ToldPlace = tuple[int, int, int, str]
"""Where a statement lies among all: its minute in epoch milliseconds, version, revision, incident."""
MAX_INCIDENTS: Final = 20_000
"""Where there are more, those that have been over for longest are forgotten."""
MAX_STATEMENTS: Final = 200
MAX_ACTIONS: Final = 200
MAX_TOLD: Final = 10_000
"""How many statements are kept in the order in which they were made, over all incidents."""


@dataclass(frozen=True, slots=True)
class KnownStatement:
    """One thing that the judge has said of an incident.

    Args:
        revision: Its number.
        version: See Alert.
        state: What happened.
        severity: How severe it was then.
        timestamp: Start of the minute that led to it.
        said_at: When the broker took it in; None where it does not say.
        observed: Count of the key then.
        expected: What was to be expected.
        summary: The sentence.
    """

    revision: int
    version: int
    state: AlertState
    severity: Severity
    timestamp: datetime
    said_at: datetime | None
    observed: int
    expected: float | None
    summary: str


@dataclass(frozen=True, slots=True)
class WholeStatement:
    """A whole statement, and when the broker took it in; None where it does not say."""

    alert: Alert
    said_at: datetime | None


@dataclass(slots=True)
class KnownIncident:
    """One incident.

    Args:
        alert: What was said last.
        said_at: When the broker took that in; None where it does not say.
        statements: All that was said and is still there, by version and revision.
        actions: What people did, in the order of the topic.
    """

    alert: Alert
    said_at: datetime | None = None
    statements: list[KnownStatement] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its name."""
        return self.alert.incident_id

    @property
    def resolved(self) -> Action | None:
        """The action by which people were done with it, unless it got worse or fired anew since; else None."""
        last = next((each for each in reversed(self.actions) if each.action == "resolve"), None)
        if last is None:
            return None
        since = [each for each in self.statements if each.revision > last.revision]
        again = any(each.state == "firing" or each.severity in _worse(last.severity) for each in since)
        return None if again else last

    @property
    def standing(self) -> Standing:
        """How it stands, by the judge's last word and what people did."""
        state = self.alert.state
        if state == "withdrawn":
            return "withdrawn"
        if state == "resolved" or self.resolved is not None:
            return "resolved"
        return "acknowledged" if self.alert.acknowledged_by is not None else "firing"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done about it."""
        return self.standing in ("firing", "acknowledged")


class KnownIncidents:
    """All that are known, by id.

    Args:
        max_incidents: How many are kept, beside those that are open.
        max_told: How many statements are kept in the order in which they were made.
    """

    def __init__(self, max_incidents: int = MAX_INCIDENTS, max_told: int = MAX_TOLD) -> None:
        self._by_id: dict[str, KnownIncident] = {}
        self._order: list[tuple[int, str]] = []
        """(since in epoch milliseconds, id), ascending."""
        self._actions: dict[str, list[Action]] = {}
        self._told: dict[ToldPlace, WholeStatement] = {}
        self._told_order: list[ToldPlace] = []
        self._open: set[str] = set()
        self._max_incidents, self._max_told = max_incidents, max_told

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, incident_id: str) -> KnownIncident | None:
        """The incident; None when none is known of that id."""
        return self._by_id.get(incident_id)

    def say(self, alert: Alert, said_at: datetime | None) -> KnownIncident | None:
        """Take in what the judge says; the incident where this is its last word, None where it is no news."""
        known = self._by_id.get(alert.incident_id)
        if known is None:
            known = KnownIncident(alert, said_at, actions=self._actions.setdefault(alert.incident_id, []))
            self._by_id[alert.incident_id] = known
            insort(self._order, _place(alert))
        elif any((each.version, each.revision) == (alert.version, alert.revision) for each in known.statements):
            return None
        insort(known.statements, _statement(alert, said_at), key=lambda each: (each.version, each.revision))
        if len(known.statements) > MAX_STATEMENTS:
            del known.statements[1]
        self._tell(alert, said_at)
        if (alert.version, alert.revision) < (known.alert.version, known.alert.revision):
            return None
        if alert.since != known.alert.since:
            self._order.remove(_place(known.alert))
            insort(self._order, _place(alert))
        known.alert, known.said_at = alert, said_at
        self._look(known)
        self._make_room()
        return known

    def act(self, action: Action) -> bool:
        """Take in what somebody did; whether it is news: what is sent twice counts once."""
        done = self._actions.setdefault(action.incident_id, [])
        if any(each.action_id == action.action_id for each in done):
            return False
        done.append(action)
        if len(done) > MAX_ACTIONS:
            del done[0]
        if (known := self._by_id.get(action.incident_id)) is not None:
            self._look(known)
        if len(self._actions) > 2 * self._max_incidents:
            unknown = next((each for each in self._actions if each not in self._by_id), None)
            self._actions.pop(unknown or "", None)
        return True

    def before(self, place: tuple[int, str] | None) -> Iterator[KnownIncident]:
        """Incidents that began before this place, (since in epoch milliseconds, id), the newest first; None: all."""
        end = len(self._order) if place is None else bisect_left(self._order, place)
        for at in range(end - 1, -1, -1):
            yield self._by_id[self._order[at][1]]

    def told_before(self, place: ToldPlace | None) -> Iterator[tuple[ToldPlace, WholeStatement]]:
        """Statements that lie before this place, the newest first; None: all."""
        end = len(self._told_order) if place is None else bisect_left(self._told_order, place)
        for at in range(end - 1, -1, -1):
            yield self._told_order[at], self._told[self._told_order[at]]

    @property
    def open_count(self) -> int:
        """How many are open; may be asked by any thread."""
        return len(self._open)

    @property
    def open(self) -> list[KnownIncident]:
        """Those that are open, the newest first."""
        return [
            self._by_id[name]
            for _, name in sorted((_place(self._by_id[each].alert) for each in self._open), reverse=True)
        ]

    def _look(self, incident: KnownIncident) -> None:
        if incident.is_open:
            self._open.add(incident.id)
        else:
            self._open.discard(incident.id)

    def _tell(self, alert: Alert, said_at: datetime | None) -> None:
        place = (int(alert.timestamp.timestamp() * 1000), alert.version, alert.revision, alert.incident_id)
        if place in self._told:
            return
        self._told[place] = WholeStatement(alert, said_at)
        insort(self._told_order, place)
        if len(self._told_order) > self._max_told:
            del self._told[self._told_order.pop(0)]

    def _make_room(self) -> None:
        if len(self._order) <= self._max_incidents:
            return
        for at, (_, incident_id) in enumerate(self._order):
            if incident_id not in self._open:
                del self._order[at], self._by_id[incident_id]
                self._actions.pop(incident_id, None)
                return


def _worse(severity: str) -> frozenset[str]:
    """The severities above this one; all, where nobody knows it."""
    rank = next((rank for name, rank in RANK.items() if name == severity), -1)
    return frozenset(name for name, higher in RANK.items() if higher > rank)


def place_of(incident: KnownIncident) -> tuple[int, str]:
    """Where it lies among all: see KnownIncidents.before."""
    return _place(incident.alert)


def _place(alert: Alert) -> tuple[int, str]:
    return int(alert.since.timestamp() * 1000), alert.incident_id


def _statement(alert: Alert, said_at: datetime | None) -> KnownStatement:
    return KnownStatement(
        alert.revision,
        alert.version,
        alert.state,
        alert.severity,
        alert.timestamp,
        said_at,
        alert.observed,
        alert.expected,
        alert.summary,
    )
