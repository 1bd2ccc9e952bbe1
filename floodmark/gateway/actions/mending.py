"""Tells the judge again what it should have been told: whoever took the action may have died before it did."""

from collections.abc import Iterator
from typing import Final

from floodmark.gateway.actions.doing import is_owed
from floodmark.gateway.state.incidents import Incidents
from schemas.action import Action

AFTER_MS: Final = 10_000
"""The judge is given so long to say so by itself."""
UNTIL_MS: Final = 3_600_000
"""After so long nobody waits for it any more."""
EVERY_S: Final = 10.0


def owed(incidents: Incidents, now_ms: int) -> Iterator[Action]:
    """The last word of people on each open incident that the judge has not taken up, though it had time to.

    Args:
        incidents: What is known.
        now_ms: The present, in epoch milliseconds.
    """
    for incident in incidents.open:
        actions = [each for each in incident.actions if each.action in ("acknowledge", "unacknowledge")]
        if not actions:
            continue
        age_ms = now_ms - int(actions[-1].at.timestamp() * 1000)
        if AFTER_MS <= age_ms <= UNTIL_MS and is_owed(incident, actions[-1]):
            yield actions[-1]
