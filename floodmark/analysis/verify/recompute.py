"""An alert recomputed: the stored minutes of its scope, judged up to the one that led to it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from floodmark.analysis.rejudge import Rejudge
from floodmark.analysis.verify.evidence import StoredEvidence
from floodmark.analysis.verify.stored import StoredMinute
from processors.domain.incidents.incident import Incident
from processors.domain.incidents.stream_trust import LEFT_OUT, Watch
from processors.domain.judging.timeline import Statement, TimelineOutput
from processors.domain.ruleset import RuleSet
from processors.domain.window import TimePolicy
from schemas.alert import Alert

BATCH: Final = 256
Progress = Callable[[int], None]
"""Told the last minute that is judged."""


@dataclass(slots=True)
class Recomputed:
    """What comes of the stored minutes.

    Args:
        evidence: What was seen of them.
        statements: What is said of the incident, in order; none: there is no such incident.
        others: What is said last of each other incident of the scope.
    """

    evidence: StoredEvidence
    statements: list[Statement] = field(default_factory=list)
    others: dict[str, Statement] = field(default_factory=dict)


def recompute(
    alert: Alert,
    minutes: Iterable[StoredMinute],
    upto: int,
    rules: RuleSet,
    policy: TimePolicy,
    watch: Watch,
    progress: Progress,
) -> Recomputed:
    """Judge the stored minutes up to and with minute `upto`, that of the alert; `watch` says which were not trusted."""
    evidence = StoredEvidence(rules.version, alert.version, policy.silence_minutes(rules.resolve_after))
    evidence.left_out = [
        (stretch.since, None if stretch.until is None else stretch.until - 1)
        for stretch in watch.stretches
        if stretch.incident.key == LEFT_OUT and stretch.since <= upto
    ]
    made, rejudge = Recomputed(evidence), Rejudge(alert.scope, rules, policy, watch)
    for batch in _batches(minutes):
        for stored in batch:
            evidence.take(stored)
        counted = [(stored.minute, stored.counts) for stored in batch]
        _take(made, alert, rejudge.take([(minute, counts) for minute, counts in counted if counts], batch[-1].minute))
        progress(batch[-1].minute)
    evidence.end(upto)
    if evidence.last is not None and evidence.last < upto:
        _take(made, alert, rejudge.take([], upto))
    return made


def _batches(minutes: Iterable[StoredMinute]) -> Iterator[list[StoredMinute]]:
    source = iter(minutes)
    while batch := list(islice(source, BATCH)):
        yield batch


def _is_meant(incident: Incident, alert: Alert) -> bool:
    """Whether the alert is about this incident: by its id, or, where other rules told of it first, by its place."""
    place = alert.dimension, alert.key, alert.since.timestamp()
    return alert.incident_id == incident.id or place == (incident.dimension, incident.key, incident.since * 60)


def _take(made: Recomputed, alert: Alert, outcomes: Sequence[TimelineOutput]) -> None:
    made.evidence.judged([revised.verdict for outcome in outcomes for revised in outcome.verdicts])
    for outcome in outcomes:
        for statement in outcome.statements:
            if _is_meant(statement.stated.incident, alert):
                made.statements.append(statement)
            else:
                made.others[statement.stated.incident.id] = statement
