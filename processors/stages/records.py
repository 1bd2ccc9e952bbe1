"""From the domain's verdicts and statements to the records of the minutes and alerts topics."""

from datetime import datetime
from typing import Any, Final

import msgspec

from processors.domain.incidents.incident import Incident
from processors.domain.incidents.stream_trust import ADVICE
from processors.domain.judging.timeline import RevisedVerdict, Statement
from processors.domain.judging.timeline_state import Acknowledged
from processors.domain.rules import Rule
from processors.domain.ruleset import RuleSet
from processors.domain.window import STREAM, start_ms
from processors.rules.runbooks import STREAM as STREAM_PAGE
from processors.rules.runbooks import reference
from processors.stages.advice import advice
from processors.stages.alert_words import summary
from processors.stages.severity_words import damage, why
from schemas.alert import Alert
from schemas.instants import from_ms
from schemas.minute import minute_key

_encode: Final = msgspec.json.Encoder().encode


class MinuteRecord(msgspec.Struct, frozen=True, gc=False):
    """schemas.minute.Minute as it is written, field by field: 40 000 of them come at once in a replay."""

    minute: int
    scope: str
    dimension: str
    key: str
    count: int
    total: int
    share: float | None
    amount: int
    expected: float | None
    low: float | None
    high: float | None
    mean: float | None
    std: float | None
    z: float | None
    score: float
    terms: dict[str, float]
    verdict: str
    rules: tuple[str, ...]
    revision: int
    version: int
    rule_set: str
    offsets: dict[str, int]


def verdict_record(revised: RevisedVerdict, rule_set: str, version: int) -> tuple[bytes, bytes]:
    """Key and value of a verdict on the minutes topic."""
    v = revised.verdict
    minute_ms = start_ms(v.minute)
    # By place: by name it takes twice as long.
    record = MinuteRecord(
        minute_ms,
        v.scope,
        v.dimension,
        v.key,
        v.count,
        v.total,
        v.share,
        v.amount,
        v.expected,
        v.low,
        v.high,
        v.mean,
        v.std,
        v.z,
        v.score,
        v.terms,
        v.verdict,
        v.rules,
        revised.revision,
        version,
        rule_set,
        v.offsets,
    )
    return minute_key(v.scope, v.dimension, v.key, minute_ms).encode(), _encode(record)


def alert_of(statement: Statement, rules: RuleSet, version: int) -> Alert:
    """The statement as an alert."""
    stated, incident = statement.stated, statement.stated.incident
    seen = incident.seen
    known = [rules.rule(name) for name in incident.rules if any(r.name == name for r in rules.rules)]
    return Alert(
        incident_id=incident.id,
        state=stated.state,
        severity=incident.severity,
        scope=incident.scope,
        dimension=incident.dimension,
        key=incident.key,
        timestamp=_instant(statement.minute),
        since=_instant(incident.since),
        last_seen=_instant(incident.last_seen),
        observed=seen.count,
        expected=seen.expected,
        mean=seen.mean,
        std=seen.std,
        z=seen.z,
        share=seen.share,
        score=incident.score,
        rules=list(incident.rules),
        terms=seen.terms,
        summary=summary(stated),
        estimated_loss=_loss(incident),
        severity_because=why(incident),
        damage=damage(incident),
        attribution=_attribution(incident),
        recommendation=_recommended(incident, known),
        runbook=reference(STREAM_PAGE)
        if incident.dimension == STREAM
        else next((r.runbook for r in known if r.runbook), ""),
        **_acknowledged(stated.acknowledged),
        inhibited_by=incident.inhibited_by,
        rule_set=rules.version,
        revision=stated.revision,
        version=version,
    )


def _recommended(incident: Incident, rules: list[Rule]) -> str:
    if incident.dimension == STREAM:
        return ADVICE[incident.key]
    return advice(incident, rules)


def _acknowledged(by: Acknowledged | None) -> dict[str, Any]:
    if by is None:
        return {}
    return {
        "acknowledged_by": by.by,
        "acknowledged_at": from_ms(by.at_ms),
        "acknowledged_severity": by.severity,
        "acknowledged_note": by.note,
        "acknowledged_until": None if by.until_ms is None else from_ms(by.until_ms),
        "acknowledged_channel": by.channel,
    }


def _loss(incident: Incident) -> dict[str, float]:
    """Gross and, when it is known what came back after recovery, net; a transaction that came back lost no amount."""
    if not incident.lost:
        return {}
    parts = {"": 1.0}
    if incident.regained:
        parts |= {"regained_": incident.came_back, "net_": 1 - incident.came_back}
    loss = {f"{name}transactions": round(incident.lost * part, 1) for name, part in parts.items()}
    if incident.lost_amount:
        loss |= {f"{name}amount": round(incident.lost_amount * part) for name, part in parts.items()}
    return loss


def _attribution(incident: Incident) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "dimension": cause.dimension,
            "key": cause.key,
            "observed": cause.observed,
            "expected": round(cause.expected, 1),
            "percent": round(cause.percent, 1),
        }
        for cause in incident.causes
    ]
    if incident.effects is not None:
        found += [
            {"effect": "rate", "transactions": round(incident.effects.rate, 1)},
            {"effect": "volume", "transactions": round(incident.effects.volume, 1)},
        ]
    return found


def _instant(minute: int) -> datetime:
    return from_ms(start_ms(minute))
