"""Whether somebody is on an incident: told to the judge, so that nothing else can be said of it at the same time."""

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


@dataclass(frozen=True, slots=True)
class Release:
    """A control record like an acknowledgement: nobody is on it any more.

    Its first field has a name of its own: a judge that does not know of it must not take it for an acknowledgement.

    Args:
        released_id: Which incident.
        scope: Its scope.
        by: Who says so.
        at_ms: When they said so, in epoch milliseconds.
        note: What they had to say.
    """

    released_id: str
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


def release(state: TimelineState, released: Release) -> Statement | None:
    """Note in the timeline's state that nobody is on an incident; what is to be said, in the minute it was last seen.

    Nothing when it is over, or not known here any more, or when nobody was on it; nor when somebody took it after this
    was said, so that a repeat which comes late takes it from nobody.
    """
    last = state.stated.get(released.released_id)
    if last is None or last.state in OVER or last.acknowledged is None or last.acknowledged.at_ms > released.at_ms:
        return None
    stated = replace(last, revision=last.revision + 1, state="updated", acknowledged=None)
    state.stated[released.released_id] = stated
    return Statement(stated, last.incident.last_seen)
