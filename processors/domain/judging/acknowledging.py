"""An incident that somebody is on: told to the judge, so that nothing else can be said of it at the same time."""

from dataclasses import dataclass, replace

from processors.domain.judging.timeline_state import Acknowledged, Statement, TimelineState
from schemas.alert_state import OVER


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A control record on the judge's input, in the partition of the incident's scope.

    Args:
        incident_id: Which incident.
        scope: Its scope.
        by: Who is on it.
        at_ms: When they said so, in epoch milliseconds.
        note: What they had to say.
    """

    incident_id: str
    scope: str
    by: str
    at_ms: int
    note: str = ""


def acknowledge(state: TimelineState, acknowledgement: Acknowledgement) -> Statement | None:
    """Note in the timeline's state that somebody is on an incident; what is to be said, in the minute it was last seen.

    Nothing when it is over, or not known here any more, or when somebody was on it before: the first one counts.
    """
    last = state.stated.get(acknowledgement.incident_id)
    if last is None or last.state in OVER or last.acknowledged is not None:
        return None
    by = Acknowledged(acknowledgement.by, acknowledgement.at_ms, last.incident.severity, acknowledgement.note)
    stated = replace(last, revision=last.revision + 1, state="acknowledged", acknowledged=by)
    state.stated[acknowledgement.incident_id] = stated
    return Statement(stated, last.incident.last_seen)
