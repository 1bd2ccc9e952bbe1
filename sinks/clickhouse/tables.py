"""From rows to columns: which column of which table is made from what."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from schemas.action import Action
from schemas.alert import Alert
from schemas.shown import shown
from schemas.words import plain
from sinks.clickhouse.rows import LAST_MS, DeadRow, LateRow, MinuteRow, RawRow, as_json, epoch_ms

R = TypeVar("R")
WORD: Final = "LowCardinality(String)"
WORDS: Final = f"Array({WORD})"
NUMBER: Final = "Nullable(Float64)"
NUMBERS: Final = f"Map({WORD}, Float64)"
INSTANT: Final = "DateTime('UTC')"
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
    of = column.of
    values = [of(row) for row in rows]
    if column.type == NUMBER:
        return [x if x is not None and math.isfinite(x) else None for x in values]
    if column.type == "Float64":
        return [x if math.isfinite(x) else 0.0 for x in values]
    if column.type == NUMBERS:
        return [{k: x for k, x in value.items() if math.isfinite(x)} for value in values]
    return values


MINUTES: Final[Table[MinuteRow]] = Table(
    "minute_versions",
    (
        TableColumn("minute", INSTANT, lambda r: r.minute // 1000),
        TableColumn("scope", WORD, lambda r: r.scope),
        TableColumn("dimension", WORD, lambda r: r.dimension),
        TableColumn("key", WORD, lambda r: r.key),
        TableColumn("count", "Int64", lambda r: r.count),
        TableColumn("total", "Int64", lambda r: r.total),
        TableColumn("share", NUMBER, lambda r: r.share),
        TableColumn("expected", NUMBER, lambda r: r.expected),
        TableColumn("low", NUMBER, lambda r: r.low),
        TableColumn("high", NUMBER, lambda r: r.high),
        TableColumn("mean", NUMBER, lambda r: r.mean),
        TableColumn("std", NUMBER, lambda r: r.std),
        TableColumn("z", NUMBER, lambda r: r.z),
        TableColumn("score", "Float64", lambda r: r.score),
        TableColumn("verdict", WORD, lambda r: r.verdict),
        TableColumn("revision", "UInt64", lambda r: r.revision),
        TableColumn("amount", "Int128", lambda r: r.amount),
        TableColumn("terms", NUMBERS, lambda r: r.terms),
        TableColumn("rules", WORDS, lambda r: r.rules),
        TableColumn("rule_set", WORD, lambda r: r.rule_set),
        TableColumn("offsets", f"Map({WORD}, Int64)", lambda r: r.offsets),
        TableColumn("version", "UInt64", lambda r: r.version),
    ),
)

ALERTS: Final[Table[Alert]] = Table(
    "alert_versions",
    (
        TableColumn("incident_id", "String", lambda a: a.incident_id),
        TableColumn("state", WORD, lambda a: a.state),
        TableColumn("severity", WORD, lambda a: a.severity),
        TableColumn("scope", WORD, lambda a: a.scope),
        TableColumn("dimension", WORD, lambda a: a.dimension),
        TableColumn("key", WORD, lambda a: a.key),
        TableColumn("since", INSTANT, lambda a: epoch_ms(a.since) // 1000),
        TableColumn("last_seen", INSTANT, lambda a: epoch_ms(a.last_seen) // 1000),
        TableColumn("observed", "UInt64", lambda a: a.observed),
        TableColumn("expected", NUMBER, lambda a: a.expected),
        TableColumn("z", NUMBER, lambda a: a.z),
        TableColumn("share", NUMBER, lambda a: a.share),
        TableColumn("rules", WORDS, lambda a: a.rules),
        TableColumn("score", "Float64", lambda a: a.score),
        TableColumn("revision", "UInt64", lambda a: a.revision),
        TableColumn("timestamp", INSTANT, lambda a: epoch_ms(a.timestamp) // 1000),
        TableColumn("mean", NUMBER, lambda a: a.mean),
        TableColumn("std", NUMBER, lambda a: a.std),
        TableColumn("terms", NUMBERS, lambda a: a.terms),
        TableColumn("summary", "String", lambda a: a.summary),
        TableColumn("recommendation", "String", lambda a: a.recommendation),
        TableColumn("runbook", "String", lambda a: a.runbook),
        TableColumn("estimated_loss", NUMBERS, lambda a: a.estimated_loss),
        TableColumn("attribution", "String", lambda a: as_json(a.attribution)),
        TableColumn("rule_set", WORD, lambda a: a.rule_set),
        TableColumn("version", "UInt64", lambda a: a.version),
        TableColumn("rank", "UInt128", lambda a: (a.version << 32) + a.revision),
        TableColumn("acknowledged_by", "Nullable(String)", lambda a: a.acknowledged_by),
        TableColumn("acknowledged_at", f"Nullable({INSTANT})", lambda a: _instant(a.acknowledged_at)),
        TableColumn("acknowledged_severity", "LowCardinality(Nullable(String))", lambda a: a.acknowledged_severity),
        TableColumn("acknowledged_note", "String", lambda a: a.acknowledged_note),
        TableColumn("inhibited_by", "String", lambda a: a.inhibited_by),
        TableColumn("severity_because", "String", lambda a: a.severity_because),
        TableColumn("damage", NUMBERS, lambda a: a.damage),
    ),
)

ACTIONS: Final[Table[Action]] = Table(
    "incident_event_versions",
    (
        TableColumn("incident_id", "String", lambda a: a.incident_id),
        TableColumn("source", WORD, lambda a: a.source or "unknown"),
        TableColumn("version", "UInt64", lambda a: round(a.at.timestamp() * 1e6)),
        TableColumn("revision", "UInt64", lambda a: a.revision),
        TableColumn("event", WORD, lambda a: a.action),
        TableColumn("at", INSTANT, lambda a: epoch_ms(a.at) // 1000),
        TableColumn("severity", WORD, lambda a: a.severity),
        TableColumn("scope", WORD, lambda a: a.scope),
        TableColumn("actor", "String", lambda a: a.by),
        TableColumn("note", "String", lambda a: a.note),
        TableColumn("summary", "String", lambda a: a.verdict or ""),
    ),
)
"""What people did lies with what the judge said; of feedback the summary is the verdict."""

LATE: Final[Table[LateRow]] = Table(
    "late_records",
    (
        TableColumn("timestamp", "DateTime64(3, 'UTC')", lambda r: r.at_ms),
        TableColumn("scope", WORD, lambda r: plain(r.transaction.scope)),
        TableColumn("status", "LowCardinality(Nullable(String))", lambda r: _plain(r.transaction.status)),
        TableColumn("auth_code", "LowCardinality(Nullable(String))", lambda r: _plain(r.transaction.auth_code)),
        TableColumn("count", "Int64", lambda r: r.transaction.count),
        TableColumn("amount", "Nullable(Int64)", lambda r: r.transaction.amount),
        TableColumn("reason", WORD, lambda r: r.letter.reason),
        TableColumn("field", WORD, lambda r: r.letter.field),
        TableColumn("detail", "String", lambda r: r.letter.detail),
        TableColumn("topic", WORD, lambda r: r.letter.topic),
        TableColumn("partition", "Int32", lambda r: r.letter.partition),
        TableColumn("offset", "Int64", lambda r: r.letter.offset),
        TableColumn("record", "String", lambda r: r.raw),
    ),
)

DEAD: Final[Table[DeadRow]] = Table(
    "dead_letter_records",
    (
        TableColumn("topic", WORD, lambda r: shown(r.letter.topic, keep="")),
        TableColumn("partition", "Int32", lambda r: r.letter.partition),
        TableColumn("offset", "Int64", lambda r: r.letter.offset),
        TableColumn("reason", WORD, lambda r: shown(r.letter.reason, keep="")),
        TableColumn("field", WORD, lambda r: shown(r.letter.field, keep="")),
        TableColumn("detail", "String", lambda r: shown(r.letter.detail, keep="")),
        TableColumn("sink", WORD, lambda r: r.letter.sink),
        TableColumn("bytes", "UInt64", lambda r: r.bytes),
    ),
)

TRANSACTIONS: Final[Table[RawRow]] = Table(
    "transaction_records",
    (
        TableColumn("timestamp", "DateTime64(3, 'UTC')", lambda r: r.at_ms),
        TableColumn("scope", WORD, lambda r: plain(r.transaction.scope)),
        TableColumn("status", "LowCardinality(Nullable(String))", lambda r: _plain(r.transaction.status)),
        TableColumn("auth_code", "LowCardinality(Nullable(String))", lambda r: _plain(r.transaction.auth_code)),
        TableColumn("count", "Int64", lambda r: r.transaction.count),
        TableColumn("amount", "Nullable(Int64)", lambda r: r.transaction.amount),
        TableColumn("id", "String", lambda r: r.transaction.id or ""),
        TableColumn("source", WORD, lambda r: r.transaction.source or ""),
        TableColumn("topic", WORD, lambda r: r.topic),
        TableColumn("partition", "Int32", lambda r: r.partition),
        TableColumn("offset", "Int64", lambda r: r.offset),
    ),
)


def _instant(at: datetime | None) -> int | None:
    return None if at is None else epoch_ms(at) // 1000


def _plain(word: str | None) -> str | None:
    return None if word is None else plain(word)
