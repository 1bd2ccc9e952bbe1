"""From rows to columns: which column of which table is made from what."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from schemas.alert import Alert
from schemas.words import plain
from sinks.clickhouse.rows import LateRow, MinuteRow, as_json, epoch_ms

R = TypeVar("R")
WORD: Final = "LowCardinality(String)"
WORDS: Final = f"Array({WORD})"
NUMBER: Final = "Nullable(Float64)"
NUMBERS: Final = f"Map({WORD}, Float64)"
INSTANT: Final = "DateTime('UTC')"


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
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
    columns: tuple[Column[R], ...]

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    @property
    def types(self) -> list[str]:
        """The ClickHouse types of the columns."""
        return [column.type for column in self.columns]

    def data(self, rows: Sequence[R]) -> list[list[Any]]:
        """The columns of these rows, in the order of `names`; NaN and the infinities are NULL or left out."""
        return [_filled(column, rows) for column in self.columns]


def _filled(column: Column[R], rows: Sequence[R]) -> list[Any]:
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
        Column("minute", INSTANT, lambda r: r.minute // 1000),
        Column("scope", WORD, lambda r: r.scope),
        Column("dimension", WORD, lambda r: r.dimension),
        Column("key", WORD, lambda r: r.key),
        Column("count", "Int64", lambda r: r.count),
        Column("total", "Int64", lambda r: r.total),
        Column("share", NUMBER, lambda r: r.share),
        Column("expected", NUMBER, lambda r: r.expected),
        Column("low", NUMBER, lambda r: r.low),
        Column("high", NUMBER, lambda r: r.high),
        Column("mean", NUMBER, lambda r: r.mean),
        Column("std", NUMBER, lambda r: r.std),
        Column("z", NUMBER, lambda r: r.z),
        Column("score", "Float64", lambda r: r.score),
        Column("verdict", WORD, lambda r: r.verdict),
        Column("revision", "UInt64", lambda r: r.revision),
        Column("amount", "Int128", lambda r: r.amount),
        Column("terms", NUMBERS, lambda r: r.terms),
        Column("rules", WORDS, lambda r: r.rules),
        Column("rule_set", WORD, lambda r: r.rule_set),
        Column("offsets", f"Map({WORD}, Int64)", lambda r: r.offsets),
        Column("version", "UInt64", lambda r: r.version),
    ),
)

ALERTS: Final[Table[Alert]] = Table(
    "alert_versions",
    (
        Column("incident_id", "String", lambda a: a.incident_id),
        Column("state", WORD, lambda a: a.state),
        Column("severity", WORD, lambda a: a.severity),
        Column("scope", WORD, lambda a: a.scope),
        Column("dimension", WORD, lambda a: a.dimension),
        Column("key", WORD, lambda a: a.key),
        Column("since", INSTANT, lambda a: epoch_ms(a.since) // 1000),
        Column("last_seen", INSTANT, lambda a: epoch_ms(a.last_seen) // 1000),
        Column("observed", "UInt64", lambda a: a.observed),
        Column("expected", NUMBER, lambda a: a.expected),
        Column("z", NUMBER, lambda a: a.z),
        Column("share", NUMBER, lambda a: a.share),
        Column("rules", WORDS, lambda a: a.rules),
        Column("score", "Float64", lambda a: a.score),
        Column("revision", "UInt64", lambda a: a.revision),
        Column("timestamp", INSTANT, lambda a: epoch_ms(a.timestamp) // 1000),
        Column("mean", NUMBER, lambda a: a.mean),
        Column("std", NUMBER, lambda a: a.std),
        Column("terms", NUMBERS, lambda a: a.terms),
        Column("summary", "String", lambda a: a.summary),
        Column("recommendation", "String", lambda a: a.recommendation),
        Column("runbook", "String", lambda a: a.runbook),
        Column("estimated_loss", NUMBERS, lambda a: a.estimated_loss),
        Column("attribution", "String", lambda a: as_json(a.attribution)),
        Column("rule_set", WORD, lambda a: a.rule_set),
        Column("version", "UInt64", lambda a: a.version),
        Column("rank", "UInt128", lambda a: (a.version << 32) + a.revision),
        Column("acknowledged_by", "Nullable(String)", lambda a: a.acknowledged_by),
        Column("acknowledged_at", f"Nullable({INSTANT})", lambda a: _instant(a.acknowledged_at)),
        Column("acknowledged_severity", "LowCardinality(Nullable(String))", lambda a: a.acknowledged_severity),
        Column("acknowledged_note", "String", lambda a: a.acknowledged_note),
        Column("inhibited_by", "String", lambda a: a.inhibited_by),
    ),
)

LATE: Final[Table[LateRow]] = Table(
    "late_records",
    (
        Column("timestamp", "DateTime64(3, 'UTC')", lambda r: r.at_ms),
        Column("scope", WORD, lambda r: plain(r.transaction.scope)),
        Column("status", "LowCardinality(Nullable(String))", lambda r: _plain(r.transaction.status)),
        Column("auth_code", "LowCardinality(Nullable(String))", lambda r: _plain(r.transaction.auth_code)),
        Column("count", "Int64", lambda r: r.transaction.count),
        Column("amount", "Nullable(Int64)", lambda r: r.transaction.amount),
        Column("reason", WORD, lambda r: r.letter.reason),
        Column("field", WORD, lambda r: r.letter.field),
        Column("detail", "String", lambda r: r.letter.detail),
        Column("topic", WORD, lambda r: r.letter.topic),
        Column("partition", "Int32", lambda r: r.letter.partition),
        Column("offset", "Int64", lambda r: r.letter.offset),
        Column("record", "String", lambda r: r.raw),
    ),
)


def _instant(at: datetime | None) -> int | None:
    return None if at is None else epoch_ms(at) // 1000


def _plain(word: str | None) -> str | None:
    return None if word is None else plain(word)
