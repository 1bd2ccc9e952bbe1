"""The facts of the sample that `tests.sample_store` writes."""

from typing import Final

from schemas.action import Action
from schemas.alert import Alert
from sinks.clickhouse.rows import MinuteRow, as_json
from tests.recounted.facts import Deed, Facts, Letter, MinuteFact, Word
from tests.sample_store import EVENING, Sample

NIGHT_MS: Final = int(EVENING.timestamp() * 1000)
_MADE: Final[dict[int, Facts]] = {}


def facts_of(sample: Sample) -> Facts:
    """What was written, as it was said."""
    if id(sample) not in _MADE:
        _MADE[id(sample)] = Facts(
            [minute_fact(row, said_ms) for said_ms, row in sample.revisions],
            [word(alert, int(alert.timestamp.timestamp() * 1000) + 65_000) for alert in sample.statements],
            [deed(action) for action in sample.actions],
            sample.receipts,
            [Letter(each.reason, each.field, each.sink, 1, NIGHT_MS + each.offset) for each in sample.letters],
        )
    return _MADE[id(sample)]


def minute_fact(row: MinuteRow, said_ms: int) -> MinuteFact:
    """One revision of a minute, said at that time."""
    same = {name: getattr(row, name) for name in MinuteFact.__slots__ if name not in ("at", "rules", "known_ms")}
    return MinuteFact(**same, at=row.minute // 1000, rules=tuple(row.rules), known_ms=said_ms)


def word(alert: Alert, said_ms: int) -> Word:
    """One statement on an incident, said at that time."""
    seconds = {name: int(getattr(alert, name).timestamp()) for name in ("since", "last_seen")}
    taken, until = (at and int(at.timestamp()) for at in (alert.acknowledged_at, alert.acknowledged_until))
    names = ("version", "revision", "state", "severity", "scope", "dimension", "key", "observed", "expected", "score")
    same = {name: getattr(alert, name) for name in (*names, "inhibited_by", "summary", "runbook")}
    return Word(
        **same,
        **seconds,
        id=alert.incident_id,
        at=int(alert.timestamp.timestamp()),
        rules=tuple(alert.rules),
        loss=alert.estimated_loss,
        by=alert.acknowledged_by,
        taken_at=taken,
        until=until,
        attribution=as_json(alert.attribution),
        known_ms=said_ms,
    )


def deed(action: Action) -> Deed:
    """What somebody did."""
    return Deed(
        id=action.action_id,
        incident_id=action.incident_id,
        event=action.action,
        source=action.source or "unknown",
        by=action.by,
        at_ms=int(action.at.timestamp() * 1000),
        severity=action.severity,
        scope=action.scope,
        summary=action.verdict or "",
        note=action.note,
        assignee=action.assignee,
        until=action.until and int(action.until.timestamp()),
    )
