"""What a timeline holds, and what it says."""

from dataclasses import dataclass, field

import msgspec

from processors.domain.counting.packed import Counts
from processors.domain.incidents.incident import Incident
from processors.domain.incidents.memory import ScopeMemory
from processors.domain.judging.arrivals import Arrivals
from processors.domain.judging.snapshot import pack
from processors.domain.verdict import MinuteVerdict
from schemas.alert_state import AlertState
from schemas.severity import Severity


class Part(msgspec.Struct, frozen=True, gc=False):
    """What one source partition holds of one minute, up to `offset` of `epoch`."""

    epoch: int
    offset: int
    counts: Counts


class Acknowledged(msgspec.Struct, frozen=True, gc=False):
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


class StatedIncident(msgspec.Struct, frozen=True, gc=False):
    """The last thing said of an incident; `acknowledged` once somebody is on it, also when that is over."""

    revision: int
    state: AlertState
    incident: Incident
    acknowledged: Acknowledged | None = None


class RevisedVerdict(msgspec.Struct, frozen=True, gc=False):
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


@dataclass(slots=True)
class Changes:
    """What has changed of a timeline since it was last asked for; see `Timeline.take_changes`.

    Args:
        anchors: Minute to the anchor that is new, or to None where there is none any more.
        has_news: Whether `stated` or `revisions` have changed.
    """

    anchors: dict[int, Anchor | None]
    has_news: bool
