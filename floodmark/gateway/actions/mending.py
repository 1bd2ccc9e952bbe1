"""Tells the judge again what it should have been told, and what time alone has ended.

Whoever took an action may have died before it told the judge. That the time of an acknowledgement is over is told by
any gateway that sees it: with the same id and instant, so that however many tell it, it counts once.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from floodmark.gateway.actions.action_sender import is_owed
from floodmark.gateway.actions.publishing import ms_of
from floodmark.gateway.state.incidents import KnownIncidents
from schemas.action import Action

AFTER_MS: Final = 10_000
"""The judge is given so long to say so by itself."""
UNTIL_MS: Final = 3_600_000
"""After so long nobody waits for it any more."""
EVERY_S: Final = 10.0
BY_TIME: Final = "floodmark"
"""Who gives back what was acknowledged for a time."""


def owed(incidents: KnownIncidents, now_ms: int) -> Iterator[Action]:
    """The last word of people on each open incident that the judge has not taken up, though it had time to.

    Args:
        incidents: What is known.
        now_ms: The present, in epoch milliseconds.
    """
    for incident in incidents.open:
        actions = [each for each in incident.actions if each.action in ("acknowledge", "assign", "unacknowledge")]
        if not actions:
            continue
        age_ms = now_ms - int(actions[-1].at.timestamp() * 1000)
        if AFTER_MS <= age_ms <= UNTIL_MS and is_owed(incident, actions[-1]):
            yield actions[-1]


def ended(incidents: KnownIncidents, now_ms: int) -> Iterator[Action]:
    """That nobody is on those open incidents any more whose acknowledgement was for a time that is over.

    Args:
        incidents: What is known.
        now_ms: The present, in epoch milliseconds.
    """
    for incident in incidents.open:
        alert = incident.alert
        until = alert.acknowledged_until
        if alert.acknowledged_by is None or until is None or ms_of(until) > now_ms:
            continue
        name = sha256(f"time|{alert.incident_id}|{alert.acknowledged_by}|{ms_of(until)}".encode()).hexdigest()[:32]
        if all(each.action_id != name for each in incident.actions):
            yield Action(
                action_id=name,
                incident_id=alert.incident_id,
                action="unacknowledge",
                by=BY_TIME,
                at=until,
                source="time",
                note=f"The time for which {alert.acknowledged_by} was on it is over.",
                scope=alert.scope,
                severity=alert.severity,
                revision=alert.revision,
            )
