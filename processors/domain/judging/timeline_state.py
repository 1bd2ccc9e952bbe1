"""What a timeline holds, and what it says."""

from dataclasses import dataclass, field, replace
from typing import Final

from processors.domain.counting.packed import Counts
from processors.domain.incidents.incident import Incident
from processors.domain.incidents.memory import ScopeMemory
from processors.domain.judging.arrivals import Arrivals
from processors.domain.judging.snapshot import pack
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import AUTH_CODE
from schemas.alert_state import AlertState
from schemas.severity import Severity

_AT_THE_LATEST: Final = 10
"""Minutes after which it is said at the latest that an incident goes on."""
_FEW_LOST: Final = 10.0
"""Transactions more that are no news, however few were lost before."""
_MOST: Final = 60.0
"""Percent that a cause must explain to be a new one: those that explain half each take turns."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one source partition holds of one minute, up to `offset` of `epoch`."""

    epoch: int
    offset: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody is on it.

    Args:
        by: Who says so.
        at_ms: When they did, in epoch milliseconds of their clock.
        severity: How severe it was then.
        note: What they had to say.
        until_ms: When it ends by itself, in epoch milliseconds; none: when the incident does.
        channel: The channel of the notifier by which they said so; empty: another way.
    """

    by: str
    at_ms: int
    severity: Severity
    note: str = ""
    until_ms: int | None = None
    channel: str = ""


@dataclass(frozen=True, slots=True)
class StatedIncident:
    """The last thing said of an incident; `acknowledged` once somebody is on it, also when that is over."""

    revision: int
    state: AlertState
    incident: Incident
    acknowledged: Acknowledged | None = None


@dataclass(frozen=True, slots=True)
class RevisedVerdict:
    """A verdict as it is to be published; revision 1 is the first."""

    verdict: MinuteVerdict
    revision: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One alert as it is to be published; `minute` is the judged minute that led to it."""

    stated: StatedIncident
    minute: int


@dataclass(slots=True)
class TimelineOutput:
    """What is to be published, in order."""

    verdicts: list[RevisedVerdict] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The memory of a scope after `minute`, packed: from here all that came later can be judged again."""

    minute: int
    memory: bytes


@dataclass(slots=True)
class TimelineState:
    """What must be stored of a timeline, beside the parts of the minutes after its first anchor.

    Args:
        anchors: In order of their minutes. The first lies at or before `settled_to`, all others behind it.
        settled_to: Last minute that nothing can change any more; None before the first.
        judged_to: Last minute judged; None before the first.
        found: Minutes after the first anchor in which a rule found something. In the others none did, and judging
            them again need not ask.
        revisions: Minutes after `settled_to` that were judged more than once, with how often.
        stated: Incident id to what was last said of it, for those that can still change.
        judged_by: Version of the rules that have judged.
        arrivals: How late counts come; None where none has come late for long.
    """

    anchors: list[Anchor] = field(default_factory=list)
    settled_to: int | None = None
    judged_to: int | None = None
    found: set[int] = field(default_factory=set)
    revisions: dict[int, int] = field(default_factory=dict)
    stated: dict[str, StatedIncident] = field(default_factory=dict)
    judged_by: str = ""
    arrivals: Arrivals | None = None

    @classmethod
    def after(cls, minute: int, memory: ScopeMemory | None = None) -> "TimelineState":
        """A timeline that has judged up to `minute`, with nothing left to change, and remembers this."""
        return cls([Anchor(minute, pack(memory or ScopeMemory()))], settled_to=minute, judged_to=minute)


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
    return causes[0].key if causes and causes[0].percent >= _MOST else None


def is_same(stated: Incident, now: Incident) -> bool:
    """Whether there is nothing new to say: minutes without a finding and offsets are no news."""
    return replace(stated, judged=now.judged, seen=replace(stated.seen, offsets=now.seen.offsets)) == now


def may_change(stated: StatedIncident, settled_to: int) -> bool:
    """Whether late data could still change this incident, which is not open."""
    incident = stated.incident
    return incident.opened > settled_to or (stated.state != "withdrawn" and incident.judged > settled_to)
