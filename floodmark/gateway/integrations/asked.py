"""What somebody asks for through another service: one action about all incidents of a notification."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from floodmark.gateway.actions.publishing import after
from floodmark.gateway.state.incidents import KnownIncident
from schemas.action import MAX_NAME, MAX_NOTE, Action, ActionKind, Opinion
from sinks.notify.words import clean


@dataclass(frozen=True, slots=True)
class AskedAction:
    """See the module.

    Args:
        kind: What is to be done.
        by: Who asks, as the service names them.
        source: From where: service, place there and the id of who asks.
        event: What the service calls the click or event; one that comes twice counts once.
        notification: Which notification it is about; empty: those that are named, and no others.
        incidents: The incidents that the service names.
        note: What they had to say.
        assignee: Who is on it from now on.
        channel: The channel of the routing file by which it came; empty: not known.
        verdict: Whether it was of use.
        only_from: Only where who is on it said so by this service; empty: in any case.
    """

    kind: ActionKind
    by: str
    source: str
    event: str
    notification: str
    incidents: tuple[str, ...] = ()
    note: str = ""
    assignee: str = ""
    channel: str = ""
    verdict: Opinion | None = None
    only_from: str = ""

    def of(self, incidents: Iterable[str], **changes: Any) -> "AskedAction":
        """The same about these incidents, changed so."""
        return replace(self, incidents=tuple(incidents), **changes)

    def actions(self, incidents: Sequence[KnownIncident], now: datetime) -> list[Action]:
        """The actions about these incidents."""
        return [self._action(each, now) for each in incidents if not self.only_from or self._is_theirs(each)]

    def _is_theirs(self, incident: KnownIncident) -> bool:
        taken = [each for each in incident.actions if each.action in ("acknowledge", "assign")]
        return bool(taken) and taken[-1].source.partition(" ")[0] == self.only_from

    def _action(self, incident: KnownIncident, now: datetime) -> Action:
        alert = incident.alert
        return Action(
            action_id=sha256(f"{self.event}|{self.kind}|{alert.incident_id}".encode()).hexdigest()[:32],
            incident_id=alert.incident_id,
            action=self.kind,
            by=self.by,
            at=after(alert.acknowledged_at, now),
            source=self.source,
            note=self.note[:MAX_NOTE],
            verdict=self.verdict,
            assignee=self.assignee,
            channel=self.channel,
            scope=alert.scope,
            severity=alert.severity,
            revision=alert.revision,
        )


def name_of(*names: str) -> str:
    """The first of these that is a name once what cannot be printed is gone, of the length that a name has."""
    found = (clean(name)[:MAX_NAME].strip() for name in names)
    return next((name for name in found if name), "unknown")
