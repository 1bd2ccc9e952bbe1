"""An incident: one series that rules have found fault with, from its first minute until it is over."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Literal

import msgspec
from msgspec.structs import replace

from processors.domain.incidents.attribution import Cause, SplitExcess
from processors.domain.incidents.reckoning import UNRECKONED, Loss, Reckoning
from processors.domain.rules import Finding
from processors.domain.severity import SeverityLimits, severity_of
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import start_ms
from schemas.severity import Severity

Transition = Literal["firing", "updated", "resolved"]


def incident_id(decided_by: str, scope: str, dimension: str, key: str, since: int) -> str:
    """The id of the incident that starts in minute `since`: the same for whoever judges the same data.

    `decided_by` is the identity of the rule that opens it: see `RuleSet.identity`.
    """
    return sha256("|".join((decided_by, scope, dimension, key, str(start_ms(since)))).encode()).hexdigest()[:16]


class Incident(msgspec.Struct, frozen=True, gc=False):
    """One incident as of minute `judged`; all minutes are minute numbers.

    Args:
        since: First broken minute: that in which the evidence of the first finding begins.
        opened: The minute in which it was found.
        last_seen: Last minute with a finding.
        judged: The minute this is the state after.
        resolved: Whether its recovery condition has been met.
        severity: By its damage so far: it rises at once and falls after a while. When it is over, the highest.
        score: The same as a number; see domain.severity.
        peak: The highest count in a minute with a finding.
        minutes: Minutes with a finding.
        rules: Names of the rules that have fired, sorted.
        seen: The minute `last_seen` as it was judged.
        because: What the rules said in `last_seen`.
        members: The series that have been part of it, `dimension|key`, sorted.
        lost: Transactions that failed beyond what is usual, or did not come, so far; see domain.incidents.follow.
        lost_amount: The same in minor units, at the usual amount of a transaction; 0 where no amounts are known.
        regained: Transactions that came back when it was over; what is lost in the end is `lost` less these.
        inhibited_by: Id of the critical incident that hides it; empty when nothing does.
        causes: What explains it.
        effects: The excess of the leading status, split.
        reckoning: Its damage, which the severity follows from.
    """

    id: str
    scope: str
    dimension: str
    key: str
    since: int
    opened: int
    last_seen: int
    judged: int
    resolved: bool
    severity: Severity
    score: float
    peak: int
    minutes: int
    rules: tuple[str, ...]
    seen: MinuteVerdict
    because: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    lost: float = 0.0
    lost_amount: float = 0.0
    regained: float = 0.0
    inhibited_by: str = ""
    causes: tuple[Cause, ...] = ()
    effects: SplitExcess | None = None
    reckoning: Reckoning = UNRECKONED

    @property
    def worst(self) -> Severity:
        """The highest severity that it has had."""
        return severity_of(max(self.score, self.reckoning.highest))

    @property
    def came_back(self) -> float:
        """The part of what was lost that came back when it was over, 0 to 1."""
        return min(1.0, self.regained / self.lost) if self.lost else 0.0


def opened(
    decided_by: str, scope: str, lead: MinuteVerdict, findings: Sequence[Finding], members: Iterable[str]
) -> Incident:
    """The incident that is found in this minute; `findings` holds one or more, the one that leads first.

    How severe it is follows from what is lost: see `weighed`.
    """
    first = findings[0]
    since = lead.minute - first.window + 1
    return Incident(
        id=incident_id(decided_by, scope, lead.dimension, lead.key, since),
        scope=scope,
        dimension=lead.dimension,
        key=lead.key,
        since=since,
        opened=lead.minute,
        last_seen=lead.minute,
        judged=lead.minute,
        resolved=False,
        severity="info",
        score=0.0,
        peak=lead.count,
        minutes=1,
        rules=tuple(sorted({f.rule for f in findings})),
        seen=lead,
        because=tuple(f.because for f in findings),
        members=tuple(sorted(members)),
    )


def seen_again(
    incident: Incident, lead: MinuteVerdict, findings: Sequence[Finding], members: Iterable[str]
) -> Incident:
    """The incident after one more minute with findings, as severe as before: see `weighed`."""
    return replace(
        incident,
        last_seen=lead.minute,
        judged=lead.minute,
        peak=max(incident.peak, lead.count),
        minutes=incident.minutes + 1,
        rules=tuple(sorted({*incident.rules, *(f.rule for f in findings)})),
        seen=lead,
        because=tuple(f.because for f in findings),
        members=tuple(sorted({*incident.members, *members})),
    )


def weighed(incident: Incident, losses: Sequence[Loss], price: float, limits: SeverityLimits, least: float) -> Incident:
    """The incident with what was lost up to the minute it was last seen, and as severe as that makes it.

    Args:
        incident: Without it.
        losses: Of the series in which something was found in that minute.
        price: What a transaction is worth, in minor units.
        limits: What is critical.
        least: The score that the rules which found it give by themselves.
    """
    more = sum([loss.whole for loss in losses])
    lost, amount, minute = incident.lost + more, incident.lost_amount + more * price, incident.last_seen
    reckoning = incident.reckoning.after(minute, losses)
    reckoning = reckoning.weighed(minute, incident.since, (lost, amount), limits, least)
    score = reckoning.score
    return replace(
        incident, lost=lost, lost_amount=amount, reckoning=reckoning, score=score, severity=severity_of(score)
    )


def quiet(incident: Incident, minute: int, resolve_after: int) -> Incident:
    """The incident after a minute without a finding; over when `resolve_after` such minutes have passed."""
    if minute - incident.last_seen >= resolve_after:
        return over(incident, minute)
    return replace(incident, judged=minute)


def over(incident: Incident, minute: int) -> Incident:
    """The incident when it has ended: as severe as it has ever been."""
    highest = max(incident.score, incident.reckoning.highest)
    return replace(incident, judged=minute, resolved=True, score=highest, severity=severity_of(highest))
