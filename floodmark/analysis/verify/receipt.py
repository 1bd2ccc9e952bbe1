"""The receipt: whether an alert follows from the stored minutes, and what differs when it does not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from msgspec import structs

from floodmark.analysis.verify.equal import is_same
from floodmark.analysis.verify.evidence import StoredEvidence
from floodmark.analysis.verify.reasons import reasons
from floodmark.analysis.verify.recompute import Recomputed
from floodmark.analysis.verify.rules import FoundRules
from floodmark.analysis.verify.settings import Setting
from processors.domain.window import start_ms
from processors.stages.records import alert_of
from schemas.alert import Alert
from schemas.instants import from_ms

FIELDS: Final = (
    "scope", "dimension", "key", "severity", "timestamp", "since", "last_seen", "observed", "expected", "mean", "std",
    "z", "share", "score", "rules", "terms", "summary", "recommendation", "estimated_loss", "attribution",
    "rule_set",
)  # fmt: skip
"""What must be equal, beside the state. Not how often a thing was said, which depends on when late data came, and not
who is on it, which people say, nor where the runbooks are read, which is a setting."""
_STATES: Final = {"resolved": "resolved", "withdrawn": "withdrawn"}
_NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field that differs."""

    field: str
    stored: Any
    recomputed: Any


@dataclass(frozen=True, slots=True)
class Revision:
    """One thing that was said of the incident and is still stored.

    Args:
        alert: It.
        is_equal: Whether the stored minutes lead to it. An earlier one need not be: late data may have come since.
    """

    alert: Alert
    is_equal: bool


@dataclass(frozen=True, slots=True)
class VerifyReceipt:
    """What came of recomputing an alert.

    Args:
        alert: As it is stored.
        found: The rules that raised it.
        evidence: What was seen of the minutes.
        differences: None: it is equal.
        why: Likely reasons of the differences, the most telling first.
        revisions: What is stored of what was said, in order, the last one being `alert`.
        settings: Of the workers' settings those that may decide, as they are here.
    """

    alert: Alert
    found: FoundRules
    evidence: StoredEvidence
    differences: tuple[FieldDifference, ...]
    why: tuple[str, ...]
    revisions: tuple[Revision, ...]
    settings: tuple[Setting, ...]

    @property
    def is_equal(self) -> bool:
        """Whether the alert follows from the stored minutes."""
        return not self.differences


def receipt(
    alert: Alert,
    revisions: Sequence[Alert],
    found: FoundRules,
    made: Recomputed,
    settings: tuple[Setting, ...],
) -> VerifyReceipt:
    """Hold what is stored against what was recomputed."""
    differences = _differences(alert, found, made)
    compared = tuple(Revision(each, not _differences(each, found, made)) for each in revisions)
    why = reasons(alert, found.rules, made, settings) if differences else ()
    return VerifyReceipt(alert, found, made.evidence, differences, tuple(why), compared, settings)


def as_json(receipt: VerifyReceipt) -> dict[str, Any]:
    """The receipt for programs."""
    seen = receipt.evidence
    return {
        "incident_id": receipt.alert.incident_id,
        "equal": receipt.is_equal,
        "alert": receipt.alert.model_dump(mode="json"),
        "rule_set": {
            "name": receipt.found.rules.name,
            "version": receipt.found.rules.version,
            "file": str(receipt.found.path),
        },
        "settings": {each.variable: {"value": each.value, "is_set": each.is_set} for each in receipt.settings},
        "minutes": {
            "from": None if seen.first is None else instant(seen.first).isoformat(),
            "to": None if seen.last is None else instant(seen.last).isoformat(),
            "stored": seen.minutes,
            "with_data": seen.with_data,
            "sha256": seen.sha256,
        },
        "offsets": {partition: {"from": low, "to": high} for partition, (low, high) in sorted(seen.offsets.items())},
        "differences": [
            {"field": each.field, "stored": plain(each.stored), "recomputed": plain(each.recomputed)}
            for each in receipt.differences
        ],
        "reasons": list(receipt.why),
        "revisions": [
            {
                "revision": each.alert.revision,
                "state": each.alert.state,
                "timestamp": each.alert.timestamp.isoformat(),
                "equal": each.is_equal,
            }
            for each in receipt.revisions
        ],
    }


def instant(minute: int) -> datetime:
    """The start of the minute."""
    return from_ms(start_ms(minute))


def minute_at(at: datetime) -> int:
    """The number of the minute that begins at this instant."""
    return int(at.timestamp()) // 60


def plain(value: Any) -> Any:
    """A value of an alert as JSON has it."""
    return value.isoformat() if isinstance(value, datetime) else value


def _differences(alert: Alert, found: FoundRules, made: Recomputed) -> tuple[FieldDifference, ...]:
    """What differs from what is said of the incident up to the minute of the alert."""
    upto = minute_at(alert.timestamp)
    statements = [statement for statement in made.statements if statement.minute <= upto]
    if alert.state == "withdrawn":
        now = alert_of(statements[-1], found.rules, 0).state if statements else _NONE
        return (FieldDifference("state", alert.state, now),) if statements else ()
    if not statements:
        return (FieldDifference("state", alert.state, _NONE),)
    last = statements[-1]
    states = [_STATES.get(state, "open") for state in (alert.state, last.stated.state)]
    differ = [] if states[0] == states[1] else [FieldDifference("state", alert.state, last.stated.state)]
    if not differ:
        # Words go by the state: that it was corrected, say, which is not what is asked here.
        last = replace(last, stated=structs.replace(last.stated, state=alert.state))
    now_alert = alert_of(last, found.rules, 0)
    names = [name for name in FIELDS if name != "summary" or alert.state != "acknowledged"]
    pairs = ((name, getattr(alert, name), getattr(now_alert, name)) for name in names)
    return (*differ, *(FieldDifference(name, one, two) for name, one, two in pairs if not is_same(one, two)))
