"""Whether somebody is on an incident: told to the judge, so that nothing else can be said of it at the same time.

The judge has no clock. That an acknowledgement ends at a time is a number in it, and it is others who see that the time
has come: they release the incident, or acknowledge it anew.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from processors.domain.judging.timeline_state import Acknowledged, Statement, TimelineState
from schemas.alert_state import OVER
from schemas.severity import RANK, Severity


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A control record on the judge's input, in the partition of the incident's scope.

    Args:
        incident_id: Which incident.
        scope: Its scope.
        by: Who is on it.
        at_ms: When they said so, in epoch milliseconds.
        note: What they had to say.
        until_ms: When it ends by itself, in epoch milliseconds; none: when the incident does.
        channel: The channel of the notifier by which they said so; empty: another way.
        takes_over: Whether it counts also where somebody else is on it.
    """

    incident_id: str
    scope: str
    by: str
    at_ms: int
    note: str = ""
    until_ms: int | None = None
    channel: str = ""
    takes_over: bool = False


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

    Nothing when it is over, or not known here any more, or when it does not count: see `counts`.
    """
    last = state.stated.get(acknowledgement.incident_id)
    if last is None or last.state in OVER or not counts(acknowledgement, last.acknowledged, last.incident.severity):
        return None
    by = Acknowledged(
        acknowledgement.by,
        acknowledgement.at_ms,
        last.incident.severity,
        acknowledgement.note,
        acknowledgement.until_ms,
        acknowledgement.channel,
    )
    stated = replace(last, revision=last.revision + 1, state="acknowledged", acknowledged=by)
    state.stated[acknowledgement.incident_id] = stated
    return Statement(stated, last.incident.last_seen)


def counts(new: Acknowledgement, before: Acknowledged | None, severity: Severity) -> bool:
    """Whether an acknowledgement counts after another one.

    The first one does, until it has ended: the incident is more severe than it was then, or the time that it names is
    over. Before that somebody has to take over, or the same person gives it another end. A repeat never does: only what
    was said later.

    Args:
        new: What is said.
        before: Who is on it; none: nobody.
        severity: How severe the incident is now.
    """
    if before is None:
        return True
    if new.at_ms <= before.at_ms:
        return False
    has_ended = RANK[severity] > RANK[before.severity] or (before.until_ms is not None and new.at_ms >= before.until_ms)
    return new.takes_over or has_ended or (new.by == before.by and new.until_ms != before.until_ms)


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
