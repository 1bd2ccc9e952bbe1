"""The challenge's files, or small ones of our own, as rows, and as one record for each transaction."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Final
from zlib import crc32

import pytest

from tests.paths import ROOT, SHARED_FILES

DATA: Final = SHARED_FILES / "data"
MADE: Final = ROOT / "tests" / "data" / "made"
"""Two hours that `floodmark simulate` has made; they are always there."""
MINUTE_MS: Final = 60_000
ALL: Final = "all"
"""The scope of records that name none."""
Cell = tuple[int, str, str]
"""(start of the minute in epoch milliseconds, dimension, key)"""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: how many transactions of a key, and of a scope, lie in a minute."""

    minute_ms: int
    dimension: str
    key: str
    count: int
    scope: str = ALL


@cache
def rows() -> tuple[Row, ...]:
    """All rows of both files in event-time order; of our own small ones where the challenge's are not at hand."""
    return _rows(DATA) if DATA.exists() else made_rows()


@cache
def made_rows() -> tuple[Row, ...]:
    """The rows of our own small files."""
    return _rows(MADE)


needs_the_challenge = pytest.mark.skipif(
    not DATA.exists(), reason=f"{DATA.parent.name}/{DATA.name} is not beside the project"
)
"""For figures that are those of the challenge's files."""


def _rows(folder: Path) -> tuple[Row, ...]:
    found = [
        Row(_ms(line["timestamp"]), dimension, line[dimension], int(line["count"]))
        for name, dimension in (("transactions.csv", "status"), ("transactions_auth_codes.csv", "auth_code"))
        for line in csv.DictReader((folder / name).read_text("utf-8").splitlines())
    ]
    return tuple(sorted(found, key=lambda row: row.minute_ms))


def first_hours(hours: int) -> tuple[Row, ...]:
    """The rows of the first hours."""
    start = rows()[0].minute_ms
    return tuple(row for row in rows() if row.minute_ms < start + hours * 60 * MINUTE_MS)


def counts(of: Iterable[Row]) -> Counter[Cell]:
    """What each cell must hold."""
    held: Counter[Cell] = Counter()
    for row in of:
        held[row.minute_ms, row.dimension, row.key] += row.count
    return held


def counted_before(of: Iterable[Row]) -> list[bytes]:
    """One record for each row, in order."""
    return [
        b'{"timestamp":%d,"%s":"%s","count":%d}' % (r.minute_ms, r.dimension.encode(), r.key.encode(), r.count)
        for r in of
    ]


def exploded(of: Sequence[Row]) -> Iterator[bytes]:
    """One record for each transaction, spread evenly over its minute, in event-time order."""
    start = 0
    while start < len(of):
        stop = start
        while stop < len(of) and of[stop].minute_ms == of[start].minute_ms:
            stop += 1
        yield from _spread(of[start:stop])
        start = stop


def over_scopes(of: Iterable[Row], scopes: int, seed: int = 7) -> tuple[Row, ...]:
    """The same transactions spread over so many scopes: few are busy, most are quiet. One scope changes nothing."""
    if scopes == 1:
        return tuple(of)
    rng = Random(seed)
    found: list[Row] = []
    for row in of:
        drawn = Counter(int(scopes * rng.random() ** 8) for _ in range(row.count))
        found += [replace(row, count=count, scope=f"shop-{number}") for number, count in sorted(drawn.items())]
    return tuple(found)


def end_ms(of: Sequence[Row]) -> int:
    """The end of the last minute."""
    return of[-1].minute_ms + MINUTE_MS


def _spread(minute: Sequence[Row]) -> list[bytes]:
    records = [
        (row.minute_ms + (i * MINUTE_MS + _shift(row.scope)) // row.count, row.dimension, row.key, row.scope)
        for row in minute
        for i in range(row.count)
    ]
    return [_record(*each) for each in sorted(records)]


def _shift(scope: str) -> int:
    """What a scope lies behind the others, or a scope with one record a minute would be heard at its start only."""
    return 0 if scope == ALL else crc32(scope.encode()) % MINUTE_MS


def _record(ms: int, dimension: str, key: str, scope: str) -> bytes:
    of = b"" if scope == ALL else b',"scope":"%s"' % scope.encode()
    return b'{"timestamp":%d,"%s":"%s"%s}' % (ms, dimension.encode(), key.encode(), of)


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000
