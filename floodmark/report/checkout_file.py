"""Hourly checkout files: sales by hour of one day, beside the baselines that the file brings along."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from floodmark.report import checkout_cells as cells
from processors.domain.comparison import DAYS, Slot
from producers.csv_layout import separator

TIME: Final = ("time", "hour")
COUNT: Final = "today"
OTHER_NAMES: Final = {
    "same_weekday_last_week": "same_day_last_week",
    "average_last_week": "avg_last_week",
    "average_last_month": "avg_last_month",
}
_WANTED: Final = f"time, today and at least one of {', '.join(DAYS)}"


class CheckoutError(Exception):
    """The file cannot be used; the message says where and what to do."""


class NothingToReportError(CheckoutError):
    """The file is well formed, but no hour of it has a count to compare."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """One day of sales.

    Args:
        path: Where it was read from.
        hours: One slot for each hour that the file has, in the order of time; `at` is the hour, 0 to 23.
        baselines: The baselines of the file, in its order.
        notes: What people should know of it.
    """

    path: Path
    hours: tuple[Slot, ...]
    baselines: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    """Where each known column is, and what the file calls it."""

    width: int
    time: int
    count: int
    baselines: dict[str, int]
    names: tuple[str, ...]
    ignored: tuple[str, ...]


def read(path: Path) -> Checkout:
    """The day in the file at `path`.

    Column names may be in any case, with spaces or hyphens for underscores; hours as 08h, 8, 08:00 or 08h 00, in any
    order. An empty cell is not known, which is not 0.

    Raises:
        NothingToReportError: No hour has both a count and a baseline.
        CheckoutError: It cannot be read, a column is missing, or a cell is bad.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CheckoutError(f"{path} cannot be read: {error.strerror}; check its name and permissions") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CheckoutError(f"{path} line {line} is not UTF-8 text; save the file as CSV in UTF-8") from error
    if not text.strip():
        raise CheckoutError(f"{path} is empty: not even a header line is in it; it needs {_WANTED}")
    between = separator(text.partition("\n")[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    try:
        header = _header(path, next(reader))
        hours: dict[int, tuple[Slot, int]] = {}
        for row in reader:
            if not "".join(row).strip():
                continue
            slot = _slot(path, reader.line_num, header, row, decimal_comma=between == ";")
            if slot.at in hours:
                raise CheckoutError(
                    f"{path} line {reader.line_num}, column {header.names[header.time]}: hour {slot.at:02} is there "
                    f"already, in line {hours[slot.at][1]}; a file holds one day, so keep one of the two"
                )
            hours[slot.at] = slot, reader.line_num
    except csv.Error as error:
        raise CheckoutError(f"{path} line {reader.line_num}: {error}; correct the quotation marks") from error
    slots = tuple(hours[hour][0] for hour in sorted(hours))
    _check_something(path, slots)
    return Checkout(path, slots, tuple(header.baselines), tuple(_notes(path, header, slots)))


def _header(path: Path, row: Sequence[str]) -> _Header:
    names = [_plain(cell) for cell in row]
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        if name in found and (name in DAYS or name in (*TIME, COUNT)):
            raise CheckoutError(f"{path} line 1: column {name} is there twice; leave one of them")
        found.setdefault(name, index)
    if {"status", "auth_code"} & set(found):
        raise CheckoutError(
            f"{path} line 1: holds transactions by status or auth_code, not hourly sales; judge it with "
            f"`floodmark detect --transactions {path} --alerts alerts.jsonl`"
        )
    baselines = {name: index for name, index in found.items() if name in DAYS}
    time = next((found[name] for name in TIME if name in found), None)
    if time is None or COUNT not in found or not baselines:
        lacking = [name for name, there in (("time", time is not None), (COUNT, COUNT in found)) if not there]
        lacking += [] if baselines else ["a baseline to compare with"]
        raise CheckoutError(
            f"{path} line 1: the header lacks {' and '.join(lacking)}; it has {', '.join(row)[:120]!r} "
            f"and should name {_WANTED}"
        )
    known = {time, found[COUNT], *baselines.values()}
    ignored = tuple(cell for index, cell in enumerate(row) if index not in known and cell.strip())
    return _Header(len(row), time, found[COUNT], baselines, tuple(c.strip() for c in row), ignored)


def _plain(name: str) -> str:
    plain = "_".join(name.strip().lower().replace("-", " ").replace("_", " ").split())
    return OTHER_NAMES.get(plain, plain)


def _slot(path: Path, line: int, header: _Header, row: Sequence[str], *, decimal_comma: bool) -> Slot:
    if len(row) != header.width:
        raise CheckoutError(
            f"{path} line {line}: the row has {len(row)} cells where the header names {header.width}; correct it"
        )
    index = header.time
    try:
        at = cells.hour(row[index])
        index = header.count
        seen = cells.count(row[index])
        baselines = {}
        for name, index in header.baselines.items():
            value = cells.amount(row[index].replace(",", ".") if decimal_comma else row[index])
            if value is not None:
                baselines[name] = value
    except cells.BadCellError as error:
        raise CheckoutError(f"{path} line {line}, column {header.names[index]}: {row[index][:80]!r} {error}") from error
    return Slot(at, seen, baselines)


def _check_something(path: Path, slots: Sequence[Slot]) -> None:
    if not slots:
        raise NothingToReportError(f"{path} has a header and no rows: nothing to report; give the hours of a day")
    if not any(slot.seen is not None and slot.baselines for slot in slots):
        raise NothingToReportError(
            f"{path}: no hour has both a count in today and a baseline: nothing to report; fill in what was seen"
        )


def _notes(path: Path, header: _Header, slots: Sequence[Slot]) -> list[str]:
    notes = []
    if header.ignored:
        notes.append(f"Ignored the columns that mean nothing here: {', '.join(header.ignored)}.")
    there = {slot.at for slot in slots}
    lacking = sorted(set(range(24)) - there) + [slot.at for slot in slots if slot.seen is None]
    if lacking:
        hours = ", ".join(f"{hour:02} h" for hour in sorted(lacking))
        notes.append(f"Not judged, for nothing is known of them (which is not zero): {hours}.")
    return notes
