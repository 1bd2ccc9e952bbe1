"""Hourly checkout files: sales by hour of one day, beside the baselines that the file brings along."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from pathlib import Path
from typing import Final

from floodmark.analysis.checkout import checkout_cells as cells
from floodmark.analysis.checkout.comparison import DAYS, Slot
from producers.files.csv_beginning import beginning, quotation
from producers.files.csv_layout import named
from producers.files.numerals import NumeralColumn, Sign, ambiguous, readings
from producers.files.source import BROKEN, FileSource
from producers.rows import RowError
from schemas.words import plain

TIME: Final = ("time", "hour")
COUNT: Final = "today"
OTHER_NAMES: Final = {
    "same_weekday_last_week": "same_day_last_week",
    "average_last_week": "avg_last_week",
    "average_last_month": "avg_last_month",
}
_MAX_CHARACTERS: Final = 1_000_000
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
        hours: One slot for each hour that the file has, in the order of time; `name` is the hour, 0 to 23.
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


def read(path: Path, decimal: Sign | None = None) -> Checkout:
    """The day in the file at `path`, in which `decimal` stands before decimals; None: as the file shows.

    Column names may be in any case, with spaces or hyphens for underscores; hours as 08h, 8, 08:00 or 08h 00, in any
    order. An empty cell is not known, which is not 0. One hour may come twice, as on the day on which clocks go back:
    in a file whose hours follow each other from 00h.

    Raises:
        NothingToReportError: No hour has both a count and a baseline.
        CheckoutError: It cannot be read, a column is missing, or a cell is bad.
    """
    text = _text(path)
    if not text.strip():
        raise CheckoutError(f"{path} is empty: not even a header line is in it; it needs {_WANTED}")
    skipped, between, first = beginning(lines := io.StringIO(text, newline=""))
    reader = csv.reader(chain([first], lines), delimiter=between, strict=True)
    try:
        header = _header(path, skipped + 1, next(reader))
        rows = [(skipped + reader.line_num, row) for row in reader if "".join(row).strip()]
    except csv.Error as error:
        raise CheckoutError(f"{path} line {skipped + reader.line_num}: {quotation(error)}") from error
    shown = _Shown(header, [row for _, row in rows], decimal)
    slots = _in_order(path, header, [(line, _slot(path, line, header, row, shown)) for line, row in rows])
    _check_something(path, slots)
    return Checkout(path, slots, tuple(header.baselines), (*_notes(header, slots), *shown.notes))


def _text(path: Path) -> str:
    try:
        source = FileSource.at(path)
        with source.open() as opened:
            text = opened.read(_MAX_CHARACTERS + 1)
    except RowError as error:
        raise CheckoutError(str(error)) from error
    except BROKEN as error:
        raise CheckoutError(str(source.broken(error))) from error
    if len(text) > _MAX_CHARACTERS:
        raise CheckoutError(f"{path} has more than {_MAX_CHARACTERS:,} characters; a file holds the hours of one day")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line = text[: error.start].count("\n") + 1
        raise CheckoutError(f"{path} line {line} is not UTF-8 text; save the file as CSV in UTF-8") from error
    return text


class _Shown:
    """Which sign stands before decimals, by column: as it is said, or as the cells of the column show, or of the file.

    Args:
        notes: What was inferred, where it decided anything.
    """

    def __init__(self, header: "_Header", rows: Sequence[Sequence[str]], decimal: Sign | None) -> None:
        self.notes: list[str] = []
        self._signs: dict[int, Sign | None] = {}
        columns = (header.count, *header.baselines.values())
        whole = _column(row[index] for row in rows for index in columns if index < len(row))
        for index in columns:
            cells_ = [row[index] for row in rows if index < len(row)]
            found = None if decimal else _column(cells_).decimal() or whole.decimal()
            self._signs[index] = decimal or (found and found[0])
            if found and any(ambiguous(readings(cell)) for cell in cells_):
                self.notes.append(
                    f"In column {header.names[index]}, {found[0]!r} is taken for the sign before decimals, as "
                    f"{found[1]!r} shows; --decimal says otherwise."
                )

    def sign(self, index: int) -> Sign | None:
        """The sign of a column; None where nothing shows it."""
        return self._signs[index]


def _column(cells_: Iterable[str]) -> NumeralColumn:
    found = NumeralColumn()
    for cell in cells_:
        found.see(cell)
    return found


def _in_order(path: Path, header: "_Header", rows: Sequence[tuple[int, Slot]]) -> tuple[Slot, ...]:
    """The hours in the order of time; raises when one is there twice and the day is none of 25 hours."""
    lines: dict[int, int] = {}
    twice: int | None = None
    for place, (line, slot) in enumerate(rows):
        if slot.at in lines:
            follows = [later.at for _, later in rows] == [*range(slot.at + 1), *range(slot.at, len(rows) - 1)]
            if not follows or place == len(rows) - 1:
                raise CheckoutError(
                    f"{path} line {line}, column {header.names[header.time]}: hour {slot.at:02} is there already, in "
                    f"line {lines[slot.at]}; a file holds one day, so keep one of the two (on the day on which clocks "
                    "go back, give its hours in order, from 00h on)"
                )
            twice = slot.at
        lines[slot.at] = line
    if twice is None:
        return tuple(sorted((slot for _, slot in rows), key=lambda slot: slot.at))
    return tuple(replace(slot, at=place, called=slot.at) for place, (_, slot) in enumerate(rows))


def _header(path: Path, line: int, row: Sequence[str]) -> _Header:
    names = [_plain(cell) for cell in row]
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        if name in found and (name in DAYS or name in (*TIME, COUNT)):
            raise CheckoutError(f"{path} line {line}: column {name} is there twice; leave one of them")
        found.setdefault(name, index)
    if {"status", "auth_code"} & set(found):
        raise CheckoutError(
            f"{path} line {line}: holds transactions by status or auth_code, not hourly sales; judge it with "
            f"`floodmark detect --transactions {path} --alerts alerts.jsonl`"
        )
    baselines = {name: index for name, index in found.items() if name in DAYS}
    time = next((found[name] for name in TIME if name in found), None)
    if time is None or COUNT not in found or not baselines:
        lacking = [name for name, there in (("time", time is not None), (COUNT, COUNT in found)) if not there]
        lacking += [] if baselines else ["a baseline to compare with"]
        raise CheckoutError(
            f"{path} line {line}: the header lacks {' and '.join(lacking)}; it has {named(row)!r} and "
            f"should name {_WANTED}"
        )
    known = {time, found[COUNT], *baselines.values()}
    ignored = tuple(cell for index, cell in enumerate(row) if index not in known and cell.strip())
    return _Header(len(row), time, found[COUNT], baselines, tuple(c.strip() for c in row), ignored)


def _plain(name: str) -> str:
    joined = "_".join(plain(name).replace("-", " ").replace("_", " ").split())
    return OTHER_NAMES.get(joined, joined)


def _slot(path: Path, line: int, header: _Header, row: Sequence[str], shown: _Shown) -> Slot:
    if len(row) != header.width:
        raise CheckoutError(
            f"{path} line {line}: the row has {len(row)} cells where the header names {header.width}; correct it"
        )
    index = header.time
    try:
        at = cells.hour(row[index])
        index = header.count
        seen = cells.count(row[index], shown.sign(index))
        baselines = {}
        for name, index in header.baselines.items():
            value = cells.amount(row[index], shown.sign(index))
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


def _notes(header: _Header, slots: Sequence[Slot]) -> list[str]:
    notes = []
    if header.ignored:
        notes.append(f"Ignored the columns that mean nothing here: {', '.join(header.ignored)}.")
    there = {slot.name for slot in slots}
    if len(there) < len(slots):
        twice = next(slot.name for slot, later in pairwise(slots) if slot.name == later.name)
        notes.append(f"{twice:02} h is there twice: it is taken for the hour that comes twice when clocks go back.")
    lacking = sorted(set(range(24)) - there) + [slot.name for slot in slots if slot.seen is None]
    if lacking:
        hours = ", ".join(f"{hour:02} h" for hour in sorted(lacking))
        notes.append(f"Not judged, for nothing is known of them (which is not zero): {hours}.")
    return notes
