"""From rows to columns: which column of which table is made from what."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

from schemas.action import Action
from schemas.alert import Alert
from schemas.shown import shown
from schemas.words import plain
from sinks.clickhouse.native import block
from sinks.clickhouse.rows import LAST_MS, DeadRow, LateRow, MinuteRow, RawRow, as_json, epoch_ms
from sinks.notify.receipts import DeliveryReceipt

R = TypeVar("R")
WORD: Final = "LowCardinality(String)"
WORDS: Final = f"Array({WORD})"
NUMBER: Final = "Nullable(Float64)"
NUMBERS: Final = f"Map({WORD}, Float64)"
INSTANT: Final = "DateTime('UTC')"
MOMENT: Final = "DateTime64(3, 'UTC')"
KNOWN_AT: Final = ("known_at", MOMENT)
"""The column that every table has beside those of its rows: when the record was written, by the broker's time."""
AT_ONCE: Final = 4096
"""Rows in a block: so many still lie in the processor's cache when the last of their columns is read."""


@dataclass(frozen=True, slots=True)
class TableColumn(Generic[R]):
    """One column.

    Args:
        name: Its name in the table.
        type: Its ClickHouse type, equal to the table's.
        of: Its values in some rows; instants are epoch seconds.
    """

    name: str
    type: str
    of: Callable[[Sequence[R]], list[Any]]


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """One table and how its columns are made from rows."""

    name: str
    columns: tuple[TableColumn[R], ...]

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [*(column.name for column in self.columns), KNOWN_AT[0]]

    @property
    def types(self) -> list[str]:
        """The ClickHouse types of the columns."""
        return [*(column.type for column in self.columns), KNOWN_AT[1]]

    def blocks(self, rows: Sequence[R], known_ms: Sequence[int]) -> Iterator[bytes]:
        """These rows in ClickHouse's format Native; see `native.block`.

        Args:
            rows: The rows.
            known_ms: When each was said, epoch milliseconds; what is no instant of 1970 to 2106 becomes 1970.
        """
        names, types = self.names, self.types
        for first in range(0, len(rows), AT_ONCE):
            part = rows[first : first + AT_ONCE]
            known = [at if 0 <= at < LAST_MS else 0 for at in known_ms[first : first + AT_ONCE]]
            yield block(names, types, [*(column.of(part) for column in self.columns), known])


def _each(name: str, kind: str, of: Callable[[R], Any]) -> TableColumn[R]:
    """A column whose values are made of one row each."""
    return TableColumn(name, kind, lambda rows: list(map(of, rows)))


MINUTES: Final[Table[MinuteRow]] = Table(
    "minute_versions",
    (
        TableColumn("minute", INSTANT, lambda rows: [r.minute // 1000 for r in rows]),
        TableColumn("scope", WORD, lambda rows: [r.scope for r in rows]),
        TableColumn("dimension", WORD, lambda rows: [r.dimension for r in rows]),
        TableColumn("key", WORD, lambda rows: [r.key for r in rows]),
        TableColumn("count", "Int64", lambda rows: [r.count for r in rows]),
        TableColumn("total", "Int64", lambda rows: [r.total for r in rows]),
        TableColumn("share", NUMBER, lambda rows: [r.share for r in rows]),
        TableColumn("expected", NUMBER, lambda rows: [r.expected for r in rows]),
        TableColumn("low", NUMBER, lambda rows: [r.low for r in rows]),
        TableColumn("high", NUMBER, lambda rows: [r.high for r in rows]),
        TableColumn("mean", NUMBER, lambda rows: [r.mean for r in rows]),
        TableColumn("std", NUMBER, lambda rows: [r.std for r in rows]),
        TableColumn("z", NUMBER, lambda rows: [r.z for r in rows]),
        TableColumn("score", "Float64", lambda rows: [r.score for r in rows]),
        TableColumn("verdict", WORD, lambda rows: [r.verdict for r in rows]),
        TableColumn("revision", "UInt64", lambda rows: [r.revision for r in rows]),
        TableColumn("amount", "Int128", lambda rows: [r.amount for r in rows]),
        TableColumn("terms", NUMBERS, lambda rows: [r.terms for r in rows]),
        TableColumn("rules", WORDS, lambda rows: [r.rules for r in rows]),
        TableColumn("rule_set", WORD, lambda rows: [r.rule_set for r in rows]),
        TableColumn("offsets", f"Map({WORD}, Int64)", lambda rows: [r.offsets for r in rows]),
        TableColumn("version", "UInt64", lambda rows: [r.version for r in rows]),
    ),
)

ALERTS: Final[Table[Alert]] = Table(
    "alert_versions",
    (
        _each("incident_id", "String", attrgetter("incident_id")),
        _each("state", WORD, attrgetter("state")),
        _each("severity", WORD, attrgetter("severity")),
        _each("scope", WORD, attrgetter("scope")),
        _each("dimension", WORD, attrgetter("dimension")),
        _each("key", WORD, attrgetter("key")),
        _each("since", INSTANT, lambda a: epoch_ms(a.since) // 1000),
        _each("last_seen", INSTANT, lambda a: epoch_ms(a.last_seen) // 1000),
        _each("observed", "UInt64", attrgetter("observed")),
        _each("expected", NUMBER, attrgetter("expected")),
        _each("z", NUMBER, attrgetter("z")),
        _each("share", NUMBER, attrgetter("share")),
        _each("rules", WORDS, attrgetter("rules")),
        _each("score", "Float64", attrgetter("score")),
        _each("revision", "UInt64", attrgetter("revision")),
        _each("timestamp", INSTANT, lambda a: epoch_ms(a.timestamp) // 1000),
        _each("mean", NUMBER, attrgetter("mean")),
        _each("std", NUMBER, attrgetter("std")),
        _each("terms", NUMBERS, attrgetter("terms")),
        _each("summary", "String", attrgetter("summary")),
        _each("recommendation", "String", attrgetter("recommendation")),
        _each("runbook", "String", attrgetter("runbook")),
        _each("estimated_loss", NUMBERS, attrgetter("estimated_loss")),
        _each("attribution", "String", lambda a: as_json(a.attribution)),
        _each("rule_set", WORD, attrgetter("rule_set")),
        _each("version", "UInt64", attrgetter("version")),
        _each("rank", "UInt128", lambda a: (a.version << 32) + a.revision),
        _each("acknowledged_by", "Nullable(String)", attrgetter("acknowledged_by")),
        _each("acknowledged_at", f"Nullable({INSTANT})", lambda a: _instant(a.acknowledged_at)),
        _each("acknowledged_severity", "LowCardinality(Nullable(String))", attrgetter("acknowledged_severity")),
        _each("acknowledged_note", "String", attrgetter("acknowledged_note")),
        _each("inhibited_by", "String", attrgetter("inhibited_by")),
        _each("severity_because", "String", attrgetter("severity_because")),
        _each("damage", NUMBERS, attrgetter("damage")),
        _each("acknowledged_until", f"Nullable({INSTANT})", lambda a: _instant(a.acknowledged_until)),
    ),
)

ACTIONS: Final[Table[Action]] = Table(
    "incident_event_versions",
    (
        _each("incident_id", "String", attrgetter("incident_id")),
        _each("source", WORD, lambda a: a.source or "unknown"),
        _each("version", "UInt64", lambda a: round(a.at.timestamp() * 1e6)),
        _each("revision", "UInt64", attrgetter("revision")),
        _each("event", WORD, attrgetter("action")),
        _each("at", INSTANT, lambda a: epoch_ms(a.at) // 1000),
        _each("severity", WORD, attrgetter("severity")),
        _each("scope", WORD, attrgetter("scope")),
        _each("actor", "String", attrgetter("by")),
        _each("note", "String", attrgetter("note")),
        _each("summary", "String", lambda a: a.verdict or ""),
        _each("acknowledged_until", f"Nullable({INSTANT})", lambda a: _instant(a.until)),
        _each("assignee", "String", attrgetter("assignee")),
    ),
)
"""What people did lies with what the judge said; of feedback the summary is the verdict."""

AUDIT: Final[Table[Action]] = Table(
    "audit_records",
    (
        _each("id", "String", attrgetter("action_id")),
        _each("at", "DateTime64(3, 'UTC')", lambda a: epoch_ms(a.at)),
        _each("actor", "String", attrgetter("by")),
        _each("login", WORD, lambda a: _place(a)[2]),
        _each("via", WORD, lambda a: _place(a)[0]),
        _each("address", "String", lambda a: _place(a)[1]),
        _each("action", WORD, attrgetter("action")),
        _each("target_kind", WORD, lambda _: "incident"),
        _each("target", "String", attrgetter("incident_id")),
        _each("scope", WORD, attrgetter("scope")),
        _each("severity", WORD, attrgetter("severity")),
        _each("revision", "UInt64", attrgetter("revision")),
        _each("opinion", WORD, lambda a: a.verdict or ""),
        _each("detail", "String", attrgetter("note")),
        _each("assignee", "String", attrgetter("assignee")),
        _each("until", f"Nullable({INSTANT})", lambda a: _instant(a.until)),
    ),
)
"""The same by the id of each action, which one that is sent again keeps: who, what, when, from where."""

_OF_TRANSACTION: Final[tuple[TableColumn[Any], ...]] = (
    _each("timestamp", MOMENT, attrgetter("at_ms")),
    _each("scope", WORD, lambda r: plain(r.transaction.scope)),
    _each("status", "LowCardinality(Nullable(String))", lambda r: _plain(r.transaction.status)),
    _each("auth_code", "LowCardinality(Nullable(String))", lambda r: _plain(r.transaction.auth_code)),
    _each("count", "Int64", attrgetter("transaction.count")),
    _each("amount", "Nullable(Int64)", attrgetter("transaction.amount")),
)
"""What both tables of single transactions say of each; rows have `transaction` and `at_ms`."""

LATE: Final[Table[LateRow]] = Table(
    "late_records",
    (
        *_OF_TRANSACTION,
        _each("reason", WORD, attrgetter("letter.reason")),
        _each("field", WORD, attrgetter("letter.field")),
        _each("detail", "String", attrgetter("letter.detail")),
        _each("topic", WORD, attrgetter("letter.topic")),
        _each("partition", "Int32", attrgetter("letter.partition")),
        _each("offset", "Int64", attrgetter("letter.offset")),
        _each("record", "String", attrgetter("raw")),
    ),
)

DEAD: Final[Table[DeadRow]] = Table(
    "dead_letter_records",
    (
        _each("topic", WORD, lambda r: shown(r.letter.topic, keep="")),
        _each("partition", "Int32", attrgetter("letter.partition")),
        _each("offset", "Int64", attrgetter("letter.offset")),
        _each("reason", WORD, lambda r: shown(r.letter.reason, keep="")),
        _each("field", WORD, lambda r: shown(r.letter.field, keep="")),
        _each("detail", "String", lambda r: shown(r.letter.detail, keep="")),
        _each("sink", WORD, attrgetter("letter.sink")),
        _each("bytes", "UInt64", attrgetter("bytes")),
    ),
)

RECEIPTS: Final[Table[DeliveryReceipt]] = Table(
    "receipt_records",
    (
        _each("at", MOMENT, attrgetter("at_ms")),
        _each("notification", "String", attrgetter("notification")),
        _each("number", "UInt32", attrgetter("number")),
        _each("channel", WORD, attrgetter("channel")),
        _each("team", WORD, attrgetter("team")),
        _each("route", WORD, attrgetter("route")),
        _each("kind", WORD, attrgetter("kind")),
        _each("outcome", WORD, attrgetter("what")),
        _each("incidents", "Array(String)", attrgetter("incidents")),
        _each("severity", WORD, attrgetter("severity")),
        _each("owed_at", MOMENT, attrgetter("owed_ms")),
        _each("event_at", MOMENT, attrgetter("event_ms")),
        _each("took_ms", "UInt64", attrgetter("took_ms")),
        _each("detail", "String", lambda r: shown(r.detail, keep="")),
        _each("drill", "Bool", attrgetter("drill")),
    ),
)

TRANSACTIONS: Final[Table[RawRow]] = Table(
    "transaction_records",
    (
        *_OF_TRANSACTION,
        _each("id", "String", lambda r: r.transaction.id or ""),
        _each("source", WORD, lambda r: r.transaction.source or ""),
        _each("topic", WORD, attrgetter("topic")),
        _each("partition", "Int32", attrgetter("partition")),
        _each("offset", "Int64", attrgetter("offset")),
    ),
)


def _place(action: Action) -> tuple[str, str, str]:
    """From where, as `source` has it: `http` or `command`, the address or host, the key or token that was shown."""
    via, address, login, *_ = [*action.source.split(" ", 2), "", "", ""]
    return via, address, login


def _instant(at: datetime | None) -> int | None:
    return None if at is None else epoch_ms(at) // 1000


def _plain(word: str | None) -> str | None:
    return None if word is None else plain(word)
