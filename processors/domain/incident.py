"""An incident: one series that rules have found fault with, from its first minute until it is over."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal

from processors.domain.rules import Finding, Severity, worst
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import start_ms

Step = Literal["firing", "updated", "resolved"]


def incident_id(rule_set: str, scope: str, dimension: str, key: str, since: int) -> str:
    """The id of the incident that starts in minute `since`: the same for whoever judges the same data."""
    return sha256("|".join((rule_set, scope, dimension, key, str(start_ms(since)))).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident as of minute `judged`; all minutes are minute numbers.

    Args:
        since: First minute with a finding.
        last_seen: Last minute with a finding.
        judged: The minute this is the state after.
        resolved: Whether its recovery condition has been met.
        severity: The highest so far.
        score: The highest so far.
        peak: The highest count in a minute with a finding.
        minutes: Minutes with a finding.
        rules: Names of the rules that have fired, sorted.
        seen: The minute `last_seen` as it was judged.
        because: What the rules said in `last_seen`.
    """

    id: str
    scope: str
    dimension: str
    key: str
    since: int
    last_seen: int
    judged: int
    resolved: bool
    severity: Severity
    score: float
    peak: int
    minutes: int
    rules: tuple[str, ...]
    seen: MinuteVerdict
    because: tuple[str, ...] = field(default=())


def opened(rule_set: str, scope: str, verdict: MinuteVerdict, findings: Sequence[Finding]) -> Incident:
    """The incident that starts with this minute; `findings` holds one or more."""
    return Incident(
        id=incident_id(rule_set, scope, verdict.dimension, verdict.key, verdict.minute),
        scope=scope,
        dimension=verdict.dimension,
        key=verdict.key,
        since=verdict.minute,
        last_seen=verdict.minute,
        judged=verdict.minute,
        resolved=False,
        severity=worst(f.severity for f in findings),
        score=verdict.score,
        peak=verdict.count,
        minutes=1,
        rules=verdict.rules,
        seen=verdict,
        because=tuple(f.because for f in findings),
    )


def seen_again(incident: Incident, verdict: MinuteVerdict, findings: Sequence[Finding]) -> Incident:
    """The incident after one more minute with findings. Severity and score never fall."""
    return replace(
        incident,
        last_seen=verdict.minute,
        judged=verdict.minute,
        severity=worst([incident.severity, *(f.severity for f in findings)]),
        score=max(incident.score, verdict.score),
        peak=max(incident.peak, verdict.count),
        minutes=incident.minutes + 1,
        rules=tuple(sorted({*incident.rules, *verdict.rules})),
        seen=verdict,
        because=tuple(f.because for f in findings),
    )


def quiet(incident: Incident, minute: int, resolve_after: int) -> Incident:
    """The incident after a minute without a finding; resolved when `resolve_after` such minutes have passed."""
    return replace(incident, judged=minute, resolved=minute - incident.last_seen >= resolve_after)
