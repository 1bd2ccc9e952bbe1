"""From records to rows: what one minute, alert or late record is in the store.

Minutes are many, so they are decoded with msgspec into a struct of the same fields as the model
`schemas.minute.Minute`, which stays the contract; a test keeps the two equal.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import msgspec
from pydantic import ValidationError

from schemas.action import Action
from schemas.alert import Alert
from schemas.codec import NOT_DECODED, decode, decode_alert, decode_transaction
from schemas.dead_letter import DeadLetter
from schemas.minute import Dimension, Verdict
from schemas.transaction import Transaction
from sinks.notify.receipts import DeliveryReceipt, receipt_of
from sinks.protocol import Record, UnreadableRecord

LAST_MS: Final = 2**32 * 1000
"""ClickHouse's `DateTime` ends here (2106-02-07T06:28:16Z), exclusive."""

Score = Annotated[float, msgspec.Meta(ge=0, le=100)]
Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
MAX_UINT64: Final = 2**64 - 1
MAX_INT128: Final = 2**127 - 1


class MinuteRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """`schemas.minute.Minute`, field by field; it holds no cycle, so no collector need look at it."""

    minute: Annotated[int, msgspec.Meta(ge=0, lt=LAST_MS)]
    scope: str
    dimension: Dimension
    key: str
    count: Int64
    total: Int64
    share: float | None
    verdict: Verdict
    amount: int = 0
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    std: float | None = None
    z: float | None = None
    score: Score = 0.0
    terms: dict[str, float] = {}
    rules: list[str] = []
    revision: Annotated[int, msgspec.Meta(ge=1)] = 1
    version: Annotated[int, msgspec.Meta(ge=0)] = 0
    rule_set: str = ""
    offsets: dict[str, Int64] = {}


@dataclass(frozen=True, slots=True)
class LateRow:
    """A transaction that came too late, and why it is not counted.

    Args:
        letter: Where it lay and what is wrong.
        transaction: What it says.
        at_ms: Its event time, epoch milliseconds.
        raw: Its bytes as text; those that are no UTF-8 are written out.
    """

    letter: DeadLetter
    transaction: Transaction
    at_ms: int
    raw: str


@dataclass(frozen=True, slots=True)
class DeadRow:
    """A record that could not be counted or written: its place, the reason, its size in bytes; not what lay in it."""

    letter: DeadLetter
    bytes: int


@dataclass(frozen=True, slots=True)
class RawRow:
    """A transaction as it came.

    Args:
        transaction: What it says.
        at_ms: Its event time, epoch milliseconds.
        topic: Where it lies: topic, partition and offset.
        partition: See topic.
        offset: See topic.
    """

    transaction: Transaction
    at_ms: int
    topic: str
    partition: int
    offset: int


StoredRow = MinuteRow | Alert | Action | LateRow | DeadRow | DeliveryReceipt | RawRow

_decode_minute = msgspec.json.Decoder(MinuteRow).decode


def minute_row(record: Record) -> tuple[MinuteRow, int]:
    """The minute in a record of the minutes topic, and its event time in epoch milliseconds.

    Raises:
        Unreadable: it is not a minute, or lies outside of what ClickHouse's `DateTime` can hold.
    """
    try:
        row = _decode_minute(record.value or b"")
    except NOT_DECODED as error:
        raise UnreadableRecord(f"not a minute: {error}") from error
    if row.revision > MAX_UINT64 or row.version > MAX_UINT64:  # neither is below 0, by its type
        _check_unsigned(revision=row.revision, version=row.version)
    if not -MAX_INT128 <= row.amount <= MAX_INT128:
        raise UnreadableRecord("not storable: amount is outside of (-2^127, 2^127)")
    return row, row.minute


def alert_row(record: Record) -> tuple[Alert, int] | None:
    """The alert in a record of the alerts topic, and its event time in epoch milliseconds; None of a drill.

    Raises:
        Unreadable: it is not an alert, or an instant lies outside of what ClickHouse's `DateTime` can hold.
    """
    try:
        alert = decode_alert(record.value or b"")
    except ValidationError as error:
        raise UnreadableRecord(f"not an alert: {_first(error)}") from error
    if alert is None:
        return None
    for name in ("timestamp", "since", "last_seen", "acknowledged_at", "acknowledged_until"):
        at = getattr(alert, name)
        if at is not None and not 0 <= epoch_ms(at) < LAST_MS:
            raise UnreadableRecord(f"not storable: {name} is outside of 1970 to 2106")
    _check_unsigned(observed=alert.observed, revision=alert.revision, version=alert.version)
    return alert, epoch_ms(alert.timestamp)


def late_row(record: Record) -> tuple[LateRow, int]:
    """The late transaction in a record of the late topic, and its event time in epoch milliseconds.

    Raises:
        Unreadable: it is not a transaction, or its headers do not say where it lay.
    """
    raw = record.value or b""
    try:
        letter = DeadLetter.from_headers(record.headers)
        transaction = decode_transaction(raw)
    except ValidationError as error:
        raise UnreadableRecord(f"not a late record: {_first(error)}") from error
    except NOT_DECODED as error:
        raise UnreadableRecord(f"not a late record: {error}") from error
    at = transaction.timestamp
    at_ms = at if isinstance(at, int) else epoch_ms(at)
    return LateRow(letter, transaction, at_ms, raw.decode(errors="backslashreplace")), at_ms


def action_row(record: Record) -> tuple[Action, int]:
    """What somebody did, in a record of the topic of commands, and when, epoch milliseconds.

    Raises:
        Unreadable: it is not an action, or one of its instants lies outside of what ClickHouse's `DateTime` can hold.
    """
    try:
        action = decode(Action, record.value or b"")
    except ValidationError as error:
        raise UnreadableRecord(f"not an action: {_first(error)}") from error
    for name in ("at", "until"):
        at = getattr(action, name)
        if at is not None and not 0 <= epoch_ms(at) < LAST_MS:
            raise UnreadableRecord(f"not storable: {name} is outside of 1970 to 2106")
    _check_unsigned(revision=action.revision)
    return action, epoch_ms(action.at)


def dead_row(record: Record) -> tuple[DeadRow, int] | None:
    """The dead letter in a record of the topic of dead letters, and when it was written, epoch milliseconds.

    None for a record that is none: putting it aside would put it on the topic that it lies on.
    """
    try:
        letter = DeadLetter.from_headers(record.headers)
    except ValidationError:
        return None
    if not (-(2**31) <= letter.partition < 2**31 and -(2**63) <= letter.offset < 2**63):
        return None
    return DeadRow(letter, len(record.value or b"")), max(0, record.timestamp_ms)


def receipt_row(record: Record) -> tuple[DeliveryReceipt, int]:
    """What became of a message, in a record of the topic of receipts, and when, epoch milliseconds.

    Raises:
        UnreadableRecord: it is no receipt, or a number of it has no place in its column.
    """
    try:
        receipt = receipt_of(record.value or b"")
    except NOT_DECODED as error:
        raise UnreadableRecord(f"not a receipt: {error}") from error
    for name in ("owed_ms", "at_ms", "event_ms"):
        if getattr(receipt, name) >= LAST_MS:  # none is below 0, nor any other number too large, by its type
            raise UnreadableRecord(f"not storable: {name} is outside of 1970 to 2106")
    return receipt, receipt.at_ms


def raw_row(record: Record) -> tuple[RawRow, int] | None:
    """The transaction in a record of the topic of transactions, and its event time in epoch milliseconds.

    None for one that cannot be read, or is a punctuation: the workers put aside what is to be put aside.
    """
    try:
        transaction = decode_transaction(record.value or b"")
    except (ValidationError, *NOT_DECODED):
        return None
    at = transaction.timestamp
    at_ms = at if isinstance(at, int) else epoch_ms(at)
    return RawRow(transaction, at_ms, *record.partition, record.offset), at_ms


def epoch_ms(at: datetime) -> int:
    """An aware instant in epoch milliseconds, cut to whole ones."""
    return int(at.timestamp() * 1000)


def as_json(value: object) -> str:
    """Compact JSON, for a column that nobody filters by."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _check_unsigned(**numbers: int) -> None:
    """Raise `UnreadableRecord` for the first number that has no place in an unsigned column of 64 bits."""
    for name, number in numbers.items():
        if not 0 <= number <= MAX_UINT64:
            raise UnreadableRecord(f"not storable: {name} is outside of [0, 2^64)")


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, without the value: values belong into no log."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'record'}: {first['msg']}"
