"""The header of a CSV file: which column is what."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from producers.errors import RowError

KNOWN = {"timestamp", "time", "status", "auth_code", "count", "f0_", "scope", "amount"}
_TIME_OF_DAY = re.compile(r"\s*\d{1,2}h ?\d{2}\s*")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where to find what in a line.

    Args:
        place: Column name in lower case to its index.
        width: How many columns the header has.
        time: Name of the time column.
        count: Name of the count column.
        is_time_of_day: Whether the first row holds a time of day like `00h 00`.
        extra: Columns that nobody reads.
    """

    place: dict[str, int]
    width: int
    time: str
    count: str
    is_time_of_day: bool
    extra: tuple[str, ...]


def columns_of(path: Path) -> Columns:
    """Read the header and the first row of a file.

    Raises:
        RowError: when the file cannot be read or has no usable header.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = [name.strip().lower() for name in next(reader, [])]
            first = next(reader, [])
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise RowError(path, 1, "", f"cannot be read: {exc}") from exc
    if {"today", "yesterday"} <= set(header):
        raise RowError(path, 1, "", "holds hourly sales, not transactions; it cannot be replayed")
    time = next((name for name in ("timestamp", "time") if name in header), "")
    count = next((name for name in ("count", "f0_") if name in header), "")
    if not time or not count or not {"status", "auth_code"} & set(header):
        raise RowError(
            path,
            1,
            "",
            f"the header is {','.join(header)[:120]!r}; needed are timestamp or time, status or auth_code, count",
        )
    place = {name: i for i, name in enumerate(header)}
    text = first[place[time]] if len(first) > place[time] else ""
    extra = tuple(name for name in header if name not in KNOWN)
    return Columns(place, len(header), time, count, bool(_TIME_OF_DAY.fullmatch(text)), extra)
