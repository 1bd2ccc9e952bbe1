"""From rows to columns: which column of which table is made from what."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

from schemas.action import Action
from schemas.alert import Alert
from schemas.shown import shown
from schemas.words import plain
from sinks.clickhouse.rows import LAST_MS, DeadRow, LateRow, MinuteRow, RawRow, as_json, epoch_ms
from sinks.notify.receipts import DeliveryReceipt

R = TypeVar("R")
WORD: Final = "LowCardinality(String)"
WORDS: Final = f"Array({WORD})"
NUMBER: Final = "Nullable(Float64)"
NUMBERS: Final = f"Map({WORD}, Float64)"
INSTANT: Final = "DateTime('UTC')"
MOMENT: Final = "DateTime64(3, 'UTC')"
KNOWN_AT: Final = ("known_at", "DateTime64(3, 'UTC')")
"""The column that every table has beside those of its rows: when the record was written, by the broker's time."""


@dataclass(frozen=True, slots=True)
class TableColumn(Generic[R]):
    """One column.

    Args:
        name: Its name in the table.
        type: Its ClickHouse type, equal to the table's.
        of: Its value in one row; instants are epoch seconds.
    """

    name: str
    type: str
    of: Callable[[R], Any]


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

    def data(self, rows: Sequence[R], known_ms: Sequence[int]) -> list[list[Any]]:
        """The columns of these rows, in the order of `names`; NaN and the infinities are NULL or left out.

        Args:
            rows: The rows.
            known_ms: When each was said, epoch milliseconds; what is no instant of 1970 to 2106 becomes 1970.
        """
        known = [at if 0 <= at < LAST_MS else 0 for at in known_ms]
        return [*(_filled(column, rows) for column in self.columns), known]


def _filled(column: TableColumn[R], rows: Sequence[R]) -> list[Any]:
    values = list(map(column.of, rows))
    if column.type == NUMBER:
        return [x if x is not None and math.isfinite(x) else None for x in values]
    if column.type == "Float64":
        return [x if math.isfinite(x) else 0.0 for x in values]
    if column.type == NUMBERS:
        return [value and {k: x for k, x in value.items() if math.isfinite(x)} for value in values]
    return values


MINUTES: Final[Table[MinuteRow]] = Table(
    "minute_versions",
    (
        TableColumn("minute", INSTANT, lambda r: r.minute // 1000),
        TableColumn("scope", WORD, attrgetter("scope")),
        TableColumn("dimension", WORD, attrgetter("dimension")),
        TableColumn("key", WORD, attrgetter("key")),
        TableColumn("count", "Int64", attrgetter("count")),
        TableColumn("total", "Int64", attrgetter("total")),
        TableColumn("share", NUMBER, attrgetter("share")),
        TableColumn("expected", NUMBER, attrgetter("expected")),
        TableColumn("low", NUMBER, attrgetter("low")),
        TableColumn("high", NUMBER, attrgetter("high")),
        TableColumn("mean", NUMBER, attrgetter("mean")),
        TableColumn("std", NUMBER, attrgetter("std")),
        TableColumn("z", NUMBER, attrgetter("z")),
        TableColumn("score", "Float64", attrgetter("score")),
        TableColumn("verdict", WORD, attrgetter("verdict")),
        TableColumn("revision", "UInt64", attrgetter("revision")),
        TableColumn("amount", "Int128", attrgetter("amount")),
        TableColumn("terms", NUMBERS, attrgetter("terms")),
        TableColumn("rules", WORDS, attrgetter("rules")),
        TableColumn("rule_set", WORD, attrgetter("rule_set")),
        TableColumn("offsets", f"Map({WORD}, Int64)", attrgetter("offsets")),
        TableColumn("version", "UInt64", attrgetter("version")),
    ),
)

ALERTS: Final[Table[Alert]] = Table(
    "alert_versions",
    (
        TableColumn("incident_id", "String", attrgetter("incident_id")),
        TableColumn("state", WORD, attrgetter("state")),
        TableColumn("severity", WORD, attrgetter("severity")),
        TableColumn("scope", WORD, attrgetter("scope")),
        TableColumn("dimension", WORD, attrgetter("dimension")),
        TableColumn("key", WORD, attrgetter("key")),
        TableColumn("since", INSTANT, lambda a: epoch_ms(a.since) // 1000),
        TableColumn("last_seen", INSTANT, lambda a: epoch_ms(a.last_seen) // 1000),
        TableColumn("observed", "UInt64", attrgetter("observed")),
        TableColumn("expected", NUMBER, attrgetter("expected")),
        TableColumn("z", NUMBER, attrgetter("z")),
        TableColumn("share", NUMBER, attrgetter("share")),
        TableColumn("rules", WORDS, attrgetter("rules")),
        TableColumn("score", "Float64", attrgetter("score")),
        TableColumn("revision", "UInt64", attrgetter("revision")),
        TableColumn("timestamp", INSTANT, lambda a: epoch_ms(a.timestamp) // 1000),
        TableColumn("mean", NUMBER, attrgetter("mean")),
        TableColumn("std", NUMBER, attrgetter("std")),
        TableColumn("terms", NUMBERS, attrgetter("terms")),
        TableColumn("summary", "String", attrgetter("summary")),
        TableColumn("recommendation", "String", attrgetter("recommendation")),
        TableColumn("runbook", "String", attrgetter("runbook")),
        TableColumn("estimated_loss", NUMBERS, attrgetter("estimated_loss")),
        TableColumn("attribution", "String", lambda a: as_json(a.attribution)),
        TableColumn("rule_set", WORD, attrgetter("rule_set")),
        TableColumn("version", "UInt64", attrgetter("version")),
        TableColumn("rank", "UInt128", lambda a: (a.version << 32) + a.revision),
        TableColumn("acknowledged_by", "Nullable(String)", attrgetter("acknowledged_by")),
        TableColumn("acknowledged_at", f"Nullable({INSTANT})", lambda a: _instant(a.acknowledged_at)),
        TableColumn("acknowledged_severity", "LowCardinality(Nullable(String))", attrgetter("acknowledged_severity")),
        TableColumn("acknowledged_note", "String", attrgetter("acknowledged_note")),
        TableColumn("inhibited_by", "String", attrgetter("inhibited_by")),
        TableColumn("severity_because", "String", attrgetter("severity_because")),
        TableColumn("damage", NUMBERS, attrgetter("damage")),
    ),
)

ACTIONS: Final[Table[Action]] = Table(
    "incident_event_versions",
    (
        TableColumn("incident_id", "String", attrgetter("incident_id")),
        TableColumn("source", WORD, lambda a: a.source or "unknown"),
        TableColumn("version", "UInt64", lambda a: round(a.at.timestamp() * 1e6)),
        TableColumn("revision", "UInt64", attrgetter("revision")),
        TableColumn("event", WORD, attrgetter("action")),
        TableColumn("at", INSTANT, lambda a: epoch_ms(a.at) // 1000),
        TableColumn("severity", WORD, attrgetter("severity")),
        TableColumn("scope", WORD, attrgetter("scope")),
        TableColumn("actor", "String", attrgetter("by")),
        TableColumn("note", "String", attrgetter("note")),
        TableColumn("summary", "String", lambda a: a.verdict or ""),
    ),
)
"""What people did lies with what the judge said; of feedback the summary is the verdict."""

AUDIT: Final[Table[Action]] = Table(
    "audit_records",
    (
        TableColumn("id", "String", attrgetter("action_id")),
        TableColumn("at", "DateTime64(3, 'UTC')", lambda a: epoch_ms(a.at)),
        TableColumn("actor", "String", attrgetter("by")),
        TableColumn("login", WORD, lambda a: _place(a)[2]),
        TableColumn("via", WORD, lambda a: _place(a)[0]),
        TableColumn("address", "String", lambda a: _place(a)[1]),
        TableColumn("action", WORD, attrgetter("action")),
        TableColumn("target_kind", WORD, lambda _: "incident"),
        TableColumn("target", "String", attrgetter("incident_id")),
        TableColumn("scope", WORD, attrgetter("scope")),
        TableColumn("severity", WORD, attrgetter("severity")),
        TableColumn("revision", "UInt64", attrgetter("revision")),
        TableColumn("opinion", WORD, lambda a: a.verdict or ""),
        TableColumn("detail", "String", attrgetter("note")),
    ),
)
"""The same by the id of each action, which one that is sent again keeps: who, what, when, from where."""

LATE: Final[Table[LateRow]] = Table(
    "late_records",
    (
        TableColumn("timestamp", "DateTime64(3, 'UTC')", attrgetter("at_ms")),
        TableColumn("scope", WORD, lambda r: plain(r.transaction.scope)),
        TableColumn("status", "LowCardinality(Nullable(String))", lambda r: _plain(r.transaction.status)),
        TableColumn("auth_code", "LowCardinality(Nullable(String))", lambda r: _plain(r.transaction.auth_code)),
        TableColumn("count", "Int64", attrgetter("transaction.count")),
        TableColumn("amount", "Nullable(Int64)", attrgetter("transaction.amount")),
        TableColumn("reason", WORD, attrgetter("letter.reason")),
        TableColumn("field", WORD, attrgetter("letter.field")),
        TableColumn("detail", "String", attrgetter("letter.detail")),
        TableColumn("topic", WORD, attrgetter("letter.topic")),
        TableColumn("partition", "Int32", attrgetter("letter.partition")),
        TableColumn("offset", "Int64", attrgetter("letter.offset")),
        TableColumn("record", "String", attrgetter("raw")),
    ),
)

DEAD: Final[Table[DeadRow]] = Table(
    "dead_letter_records",
    (
        TableColumn("topic", WORD, lambda r: shown(r.letter.topic, keep="")),
        TableColumn("partition", "Int32", attrgetter("letter.partition")),
        TableColumn("offset", "Int64", attrgetter("letter.offset")),
        TableColumn("reason", WORD, lambda r: shown(r.letter.reason, keep="")),
        TableColumn("field", WORD, lambda r: shown(r.letter.field, keep="")),
        TableColumn("detail", "String", lambda r: shown(r.letter.detail, keep="")),
        TableColumn("sink", WORD, attrgetter("letter.sink")),
        TableColumn("bytes", "UInt64", attrgetter("bytes")),
    ),
)

RECEIPTS: Final[Table[DeliveryReceipt]] = Table(
    "receipt_records",
    (
        TableColumn("at", MOMENT, attrgetter("at_ms")),
        TableColumn("notification", "String", attrgetter("notification")),
        TableColumn("number", "UInt32", attrgetter("number")),
        TableColumn("channel", WORD, attrgetter("channel")),
        TableColumn("team", WORD, attrgetter("team")),
        TableColumn("route", WORD, attrgetter("route")),
        TableColumn("kind", WORD, attrgetter("kind")),
        TableColumn("outcome", WORD, attrgetter("what")),
        TableColumn("incidents", "Array(String)", attrgetter("incidents")),
        TableColumn("severity", WORD, attrgetter("severity")),
        TableColumn("owed_at", MOMENT, attrgetter("owed_ms")),
        TableColumn("event_at", MOMENT, attrgetter("event_ms")),
        TableColumn("took_ms", "UInt64", attrgetter("took_ms")),
        TableColumn("detail", "String", lambda r: shown(r.detail, keep="")),
        TableColumn("drill", "Bool", attrgetter("drill")),
    ),
)

TRANSACTIONS: Final[Table[RawRow]] = Table(
    "transaction_records",
    (
        TableColumn("timestamp", "DateTime64(3, 'UTC')", attrgetter("at_ms")),
        TableColumn("scope", WORD, lambda r: plain(r.transaction.scope)),
        TableColumn("status", "LowCardinality(Nullable(String))", lambda r: _plain(r.transaction.status)),
        TableColumn("auth_code", "LowCardinality(Nullable(String))", lambda r: _plain(r.transaction.auth_code)),
        TableColumn("count", "Int64", attrgetter("transaction.count")),
        TableColumn("amount", "Nullable(Int64)", attrgetter("transaction.amount")),
        TableColumn("id", "String", lambda r: r.transaction.id or ""),
        TableColumn("source", WORD, lambda r: r.transaction.source or ""),
        TableColumn("topic", WORD, attrgetter("topic")),
        TableColumn("partition", "Int32", attrgetter("partition")),
        TableColumn("offset", "Int64", attrgetter("offset")),
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
