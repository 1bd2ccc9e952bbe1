"""Builders, strategies and a JSON Schema checker for the tests of the contracts."""

import re
from datetime import UTC, datetime
from typing import Any, get_args

from hypothesis import settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from pydantic import BaseModel

from schemas.action import Action
from schemas.alert import Alert
from schemas.alert_state import AlertState
from schemas.codec import decode
from schemas.dead_letter import DeadLetter
from schemas.minute import Dimension, Minute, Verdict
from schemas.severity import Severity

PROPERTY = settings(deadline=None, derandomize=True)
"""The same examples every time, and no limit that a busy machine would break."""

AT_MS = 1_752_343_620_000  # 2025-07-12T18:07:00Z
AT = datetime(2025, 7, 12, 18, 7, tzinfo=UTC)


def minute(**changes: Any) -> Minute:
    fields: dict[str, Any] = {
        "minute": AT_MS,
        "scope": "all",
        "dimension": "status",
        "key": "reversed",
        "count": 5,
        "total": 120,
        "share": 5 / 120,
        "verdict": "warning",
    }
    return Minute(**fields | changes)


def alert(**changes: Any) -> Alert:
    fields: dict[str, Any] = {
        "incident_id": "1c5d",
        "state": "firing",
        "severity": "warning",
        "scope": "all",
        "dimension": "status",
        "key": "reversed",
        "timestamp": AT,
        "since": AT,
        "last_seen": AT,
        "observed": 5,
        "summary": "reversed is above what is usual",
        "rule_set": "classic",
    }
    return Alert(**fields | changes)


def action(**changes: Any) -> Action:
    fields: dict[str, Any] = {"action_id": "a1", "incident_id": "1c5d", "action": "comment", "by": "ana", "at": AT}
    return Action(**fields | changes)


def dead_letter(**changes: Any) -> DeadLetter:
    fields: dict[str, Any] = {"topic": "transactions", "partition": 2, "offset": 7, "reason": "not_json"}
    return DeadLetter(**fields | changes)


words = st.text(st.characters(exclude_characters="|", exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=64)
counts = st.integers(0, 2**63 - 1)
reals = st.none() | st.floats(allow_nan=False, allow_infinity=False)
scores = st.floats(0, 100)
instants = st.integers(946_684_800, 4_102_444_799).map(lambda second: datetime.fromtimestamp(second, UTC))
terms = st.dictionaries(words, st.floats(allow_nan=False, allow_infinity=False), max_size=3)

minutes = st.builds(
    Minute,
    minute=st.integers(0, 2**42),
    scope=words,
    dimension=st.sampled_from(get_args(Dimension)),
    key=words,
    count=counts,
    total=counts,
    share=reals,
    amount=counts,
    expected=reals,
    low=reals,
    high=reals,
    mean=reals,
    std=reals,
    z=reals,
    score=scores,
    terms=terms,
    verdict=st.sampled_from(get_args(Verdict)),
    rules=st.lists(words, max_size=3),
    revision=st.integers(1, 2**31),
    version=st.integers(0, 2**63 - 1),
    rule_set=words,
    offsets=st.dictionaries(st.integers(0, 999).map(str), st.integers(0, 2**48), max_size=3),
)
alerts = st.builds(
    Alert,
    incident_id=words,
    state=st.sampled_from(get_args(AlertState)),
    severity=st.sampled_from(get_args(Severity)),
    scope=words,
    dimension=st.sampled_from(get_args(Dimension)),
    key=words,
    timestamp=instants,
    since=instants,
    last_seen=instants,
    observed=counts,
    expected=reals,
    mean=reals,
    std=reals,
    z=reals,
    share=reals,
    score=scores,
    rules=st.lists(words, max_size=3),
    terms=terms,
    summary=st.text(),
    recommendation=st.text(),
    runbook=st.text(),
    estimated_loss=terms,
    severity_because=st.text(),
    damage=terms,
    attribution=st.lists(st.dictionaries(words, st.integers() | st.text(), max_size=2), max_size=2),
    rule_set=words,
    revision=st.integers(1, 2**31),
    version=st.integers(0, 2**63 - 1),
)
dead_letters = st.builds(
    DeadLetter,
    topic=words,
    partition=st.integers(0, 2**31 - 1),
    offset=st.integers(0, 2**63 - 1),
    reason=words,
    field=st.text(),
    detail=st.text(),
)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)
odd = st.one_of(st.none(), st.booleans(), texts, st.integers(), st.floats(allow_nan=False, allow_infinity=False))
near = {
    "timestamp": st.integers(AT_MS - 10**13, AT_MS + 10**13)
    | st.from_regex(r"\A(19|20|21)[0-9]{2}-1[0-2]-[01][0-9][T ]1[0-9]:0[0-9]:0[0-9](\.[0-9]{1,3})?(Z|[+]0[0-3]:00)?\Z"),
    "status": texts | st.none(),
    "count": st.integers(-3, 10**9 + 3),
    "auth_code": texts | st.none(),
    "scope": texts,
    "amount": st.integers(-3, 10**12 + 3) | st.none(),
    "id": st.text(),
    "source": texts,
}
change = st.sampled_from(sorted(near)).flatmap(lambda name: st.tuples(st.just(name), near[name] | odd))
changes = st.lists(change, max_size=3).map(dict)
near_transactions = changes.map(lambda change: {"timestamp": AT_MS, "status": "denied"} | change)
"""A good transaction with up to three fields that are odd, or nearly good."""


def _ecma_pattern(_validator: object, pattern: str, instance: object, _schema: object) -> Any:
    """JSON Schema's patterns are ECMA-262, where `$` is the end; in Python's it is also before a last newline."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


Checker = extend(Draft202012Validator, {"pattern": _ecma_pattern})


def by_schema(schema: dict[str, Any], value: object) -> bool:
    return Checker(schema).is_valid(value)


def by_model(model: type[BaseModel], raw: bytes) -> bool:
    try:
        decode(model, raw)
    except ValueError:
        return False
    return True
