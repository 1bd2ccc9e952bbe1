"""What is said of the incidents of one scope, minute by minute, and what is said anew when it comes out otherwise."""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from processors.domain.incidents.incident import Incident, Transition
from processors.domain.judging.timeline_state import (
    Changes,
    StatedIncident,
    Statement,
    TimelineState,
)
from processors.domain.window import AUTH_CODE
from schemas.alert_state import AlertState

_AT_THE_LATEST: Final = 10
"""Minutes after which it is said at the latest that an incident goes on."""
_FEW_LOST: Final = 10.0
"""Transactions more that are no news, however few were lost before."""
_MAIN_CAUSE: Final = 60.0
"""Percent that a cause must explain to be a new one: those that explain half each take turns."""


class Statements:
    """Knows what was said last, which is kept in `state`.

    Args:
        state: Of the timeline.
        changes: What has changed of it, for whoever stores it: noted whenever something is said.
        every_minute: See TimePolicy.says_every_minute.
    """

    def __init__(self, state: TimelineState, changes: Changes, *, every_minute: bool) -> None:
        self._state, self._changes, self._says_every_minute = state, changes, every_minute

    def unconfirmed(self) -> set[str]:
        """Ids of incidents that were told of before their minute was judged."""
        after = -1 if self._state.judged_to is None else self._state.judged_to
        stated = self._state.stated
        return {id_ for id_, last in stated.items() if last.incident.opened > after and self.is_stated(id_)}

    def is_stated(self, id_: str) -> bool:
        """Whether something was said of the incident that was not taken back."""
        return id_ in self._state.stated and self._state.stated[id_].state != "withdrawn"

    def news(self, steps: list[tuple[Transition, Incident]]) -> Iterator[tuple[Transition, Incident]]:
        """The steps of a minute that tell something new: the opening of an incident may have been told early."""
        for step, incident in steps:
            last = self._state.stated[incident.id].incident if self.is_stated(incident.id) else None
            if step == "resolved" or last is None or (step == "updated" and self._says_every_minute):
                yield step, incident
            elif is_news(last, incident) if step == "updated" else not is_same(last, incident):
                yield "updated", incident

    def withdrawn(self, ids: set[str]) -> list[Statement]:
        """Take back what was said of these incidents."""
        incidents = [self._state.stated[id_].incident for id_ in sorted(ids)]
        return [self.say("withdrawn", incident, incident.opened) for incident in incidents]

    def say(self, state: AlertState, incident: Incident, minute: int) -> Statement:
        """Say this of an incident; `minute` is the judged minute that leads to it."""
        last = self._state.stated.get(incident.id)
        stated = self._state.stated[incident.id] = next_stated(last, state, incident)
        self._changes.has_news = True
        return Statement(stated, minute)

    def mend(self, now: Mapping[str, Incident]) -> list[Statement]:
        """Statements on what is otherwise than it was said: new, amended, resolved or withdrawn.

        The last word on an incident that is over is always that it is, also when it is over otherwise.
        """
        statements: list[Statement] = []
        for id_, incident in now.items():
            last = self._state.stated.get(id_)
            is_new = last is None or last.state == "withdrawn"
            if last is not None and not is_new and not self._differs(last.incident, incident):
                continue
            if is_new:
                statements.append(self.say("firing", incident, incident.opened))
            if incident.resolved:
                statements.append(self.say("resolved", incident, incident.judged))
            elif not is_new:
                statements.append(self.say("amended", incident, incident.last_seen))
        gone = {id_ for id_ in self._state.stated if id_ not in now and self.is_stated(id_)}
        return statements + self.withdrawn(gone - self.unconfirmed())

    def _differs(self, stated: Incident, now: Incident) -> bool:
        """Whether something else is to be said of what was judged again: what was not worth a word is not now."""
        if now.resolved or stated.last_seen >= now.last_seen or self._says_every_minute:
            return not is_same(stated, now)
        return is_news(stated, now)


def next_stated(last: StatedIncident | None, state: AlertState, incident: Incident) -> StatedIncident:
    """What is said after `last`. It keeps who is on it; an incident that fires anew has to be acknowledged anew."""
    acknowledged = None if last is None or state == "firing" else last.acknowledged
    return StatedIncident(last.revision + 1 if last else 1, state, incident, acknowledged)


def is_news(stated: Incident, now: Incident) -> bool:
    """Whether an incident that goes on is worth a word after what was last said of it: see ADR 17.

    It is when people would do something else now: how severe it is, what hides it, which statuses are in it, what
    explains most of it, or twice the loss. Else it is said that it goes on, after as long as it had lasted when that
    was last said, but after ten minutes at the latest.
    """
    if (stated.severity, stated.inhibited_by) != (now.severity, now.inhibited_by):
        return True
    if _statuses(stated) != _statuses(now) or now.lost >= 2 * stated.lost + _FEW_LOST:
        return True
    before, after = _cause(stated), _cause(now)
    if after is not None and after != before:
        return True
    return now.last_seen - stated.last_seen >= min(_AT_THE_LATEST, max(1, stated.last_seen - stated.opened))


def _statuses(incident: Incident) -> set[str]:
    return {name for name in incident.members if not name.startswith(AUTH_CODE)}


def _cause(incident: Incident) -> str | None:
    """What explains most of it, if anything does."""
    causes = incident.causes
    return causes[0].key if causes and causes[0].percent >= _MAIN_CAUSE else None


def is_same(stated: Incident, now: Incident) -> bool:
    """Whether there is nothing new to say: minutes without a finding and offsets are no news."""
    return replace(stated, judged=now.judged, seen=replace(stated.seen, offsets=now.seen.offsets)) == now


def may_change(stated: StatedIncident, settled_to: int) -> bool:
    """Whether late data could still change this incident, which is not open."""
    incident = stated.incident
    return incident.opened > settled_to or (stated.state != "withdrawn" and incident.judged > settled_to)
