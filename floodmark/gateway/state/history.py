"""Minutes that are older than what the gateway keeps, asked from the store."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import msgspec

from floodmark.analysis.verify.stored import quoted
from floodmark.gateway.state.series import KnownMinute
from floodmark.queries.ask import Ask, Unreachable
from floodmark.queries.errors import StoreError
from floodmark.queries.result_table import lines
from processors.domain.window import MINUTE_MS
from schemas.codec import NOT_DECODED
from schemas.minute import Dimension, Verdict

MAX_ROWS: Final = 200_000
"""Rows that are asked for at once, at most."""
_PLAIN: Final = {"output_format_json_quote_64bit_integers": "0"}
_UNKNOWN: Final = frozenset({46, 60, 47})
"""Unknown function, table, column: the store is of a release before there were revisions."""


@dataclass(frozen=True, slots=True)
class MinutesWanted:
    """Which minutes are asked for.

    Args:
        first: Number of the first minute.
        last: Number of the last one.
        scope: None: all.
        dimension: None: all.
        key: None: all.
        limit: How many rows at most; the newest minutes are left out where there are more.
        as_of: As the store knew them at this instant; None: now.
    """

    first: int
    last: int
    scope: str | None = None
    dimension: str | None = None
    key: str | None = None
    limit: int = MAX_ROWS
    as_of: datetime | None = None


class StoreAway(Exception):
    """The store does not answer, or not to this; the message says why and what to do."""


class NoRevisions(Exception):
    """The store keeps no revisions, so what it knew at an instant cannot be told."""


class OlderMinutes(Protocol):
    """Who knows older minutes."""

    def minutes(self, wanted: MinutesWanted) -> list[KnownMinute]:
        """Minutes, the oldest first, then by scope, dimension and key; blocks.

        Raises:
            StoreAway: It cannot be asked now.
            NoRevisions: What was known at an instant is not kept.
        """


class _StoredRow(msgspec.Struct, array_like=True, frozen=True):
    at_s: int
    scope: str
    dimension: Dimension
    key: str
    count: int
    total: int
    amount: int
    expected: float | None
    low: float | None
    high: float | None
    mean: float | None
    std: float | None
    z: float | None
    score: float
    verdict: Verdict
    rules: list[str]
    terms: dict[str, float]
    revision: int
    version: int
    rule_set: str


_rows: Final = msgspec.json.Decoder(_StoredRow).decode
_COLUMNS: Final = (
    "toUnixTimestamp(minute) AS at_s, scope, dimension, key, count, total, amount, expected, low, high, mean, std, z, "
    "score, verdict, rules, {terms}, revision, version, rule_set"
)
_NO_TERMS: Final = "CAST(map(), 'Map(String, Float64)') AS terms"


class StoredHistory:
    """The views of a store. See History.

    Args:
        connect: Gives who is asked; raises Unreachable. Asked again after an error.
        database: Where the views are.
    """

    def __init__(self, connect: Callable[[], Ask], database: str) -> None:
        self._connect, self._database = connect, database
        self._ask: Ask | None = None

    def minutes(self, wanted: MinutesWanted) -> list[KnownMinute]:
        """See History."""
        try:
            return [_seen(_rows(line)) for line in self._lines(_query(wanted, self._database))]
        except Unreachable as error:
            self._ask = None
            raise StoreAway(f"the store cannot be asked: {error}") from error
        except StoreError as error:
            if wanted.as_of is not None and error.code in _UNKNOWN:
                raise NoRevisions from error
            self._ask = None
            raise StoreAway(f"the store could not answer: {error.text} ({error.name})") from error
        except NOT_DECODED as error:
            raise StoreAway(f"the store answered what is no minute: {error}") from error

    def _lines(self, query: str) -> Iterator[Any]:
        if self._ask is None:
            self._ask = self._connect()
        return iter(lines(self._ask(query, "JSONCompactEachRow", _PLAIN)))


def _query(wanted: MinutesWanted, database: str) -> str:
    view, columns = f"{database}.minutes", _COLUMNS.format(terms="terms")
    if wanted.as_of is not None:
        known = wanted.as_of.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        view, columns = f"{database}.minutes_as_of(known = '{known}')", _COLUMNS.format(terms=_NO_TERMS)
    where = [f"minute >= {_instant(wanted.first)}", f"minute <= {_instant(wanted.last)}"]
    for name in ("scope", "dimension", "key"):
        value = getattr(wanted, name)
        if value is not None:
            where.append(f"{name} = {quoted(value)}")
    return (
        f"SELECT {columns} FROM {view} WHERE {' AND '.join(where)} "  # noqa: S608 - quoted
        f"ORDER BY minute, scope, dimension, key LIMIT {wanted.limit}"
    )


def _instant(minute: int) -> str:
    return f"toDateTime({minute * 60}, 'UTC')"


def _seen(row: _StoredRow) -> KnownMinute:
    return KnownMinute(
        minute=row.at_s * 1000 // MINUTE_MS * MINUTE_MS,
        scope=row.scope,
        dimension=row.dimension,
        key=row.key,
        count=row.count,
        total=row.total,
        verdict=row.verdict,
        amount=row.amount,
        expected=row.expected,
        low=row.low,
        high=row.high,
        mean=row.mean,
        std=row.std,
        z=row.z,
        score=row.score,
        terms=row.terms,
        rules=row.rules,
        revision=row.revision,
        version=row.version,
        rule_set=row.rule_set,
    )
