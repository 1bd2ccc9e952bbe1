"""One CSV file of transactions: opened as often as needed, its rows in the order of the file."""

import csv
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from producers.files import cells
from producers.files.cells import AmbiguousError, CellError, Cells
from producers.files.conventions import Conventions
from producers.files.csv_beginning import beginning, quotation
from producers.files.csv_layout import Layout, layout
from producers.files.lines import bounded_lines
from producers.files.numerals import NumeralColumn, Sign
from producers.files.source import BROKEN, FileSource
from producers.rows import Row, RowError

REMEDY: Final = "or pass --skip-bad to leave such rows out"


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file whose header has been read.

    Args:
        source: Where it is.
        layout: What its columns mean.
        separator: Between two cells.
        skipped: How many lines lie before the header: empty ones, and one that names the separator.
        needs_day: Whether its rows hold times of day (`00h 00`) and so lack the day.
        conventions: What is known of the way in which it is written.
        assumptions: What people should know of the way in which it was read, a sentence each by what it is about;
            filled while it is read.
    """

    source: FileSource
    layout: Layout
    separator: str
    skipped: int
    needs_day: bool
    conventions: Conventions
    assumptions: dict[str, str] = field(default_factory=dict, compare=False)
    _decimals: dict[str, Sign | None] = field(default_factory=dict, compare=False)

    @classmethod
    def at(cls, path: Path, conventions: Conventions) -> "CsvFile":
        """The file at `path`.

        Raises:
            RowError: It cannot be read, is no text or empty, or its header does not name what is needed.
        """
        source = FileSource.at(path)
        try:
            return cls._at(source, conventions)
        except BROKEN as error:
            raise source.broken(error) from error

    @classmethod
    def _at(cls, source: FileSource, conventions: Conventions) -> "CsvFile":
        with source.open() as text:
            lines = bounded_lines(text)
            skipped, between, first = beginning(lines)
            if not first:
                raise RowError(f"{source.name} is empty: not even a header line is in it")
            # A name in quotation marks may hold a line end, so the header is read as CSV like the rest.
            reader = csv.reader(chain([first], lines), delimiter=between, strict=True)
            try:
                meaning = layout(source.name, next(reader))
            except csv.Error as error:
                raise RowError(f"{source.name} line {skipped + 1}: {quotation(error)}") from error
            row = _first_row(csv.reader(lines, delimiter=between), meaning.width)
        needs_day = not meaning.says_day if row is None else _is_time_of_day(row[meaning.indexes["time"]])
        return cls(source, meaning, between, skipped, needs_day, conventions)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.source.name

    def decimal_of(self, meaning: str) -> Sign | None:
        """The sign before decimals in a column, as all of its cells show it; None when they do not."""
        if meaning not in self._decimals:
            seen = NumeralColumn()
            index, width = self.layout.indexes[meaning], self.layout.width
            with self.source.open() as text, suppress(csv.Error):
                for row in csv.reader(bounded_lines(text), delimiter=self.separator):
                    if len(row) >= width:
                        seen.see(row[index])
            found = seen.decimal()
            self._decimals[meaning] = found and found[0]
            if found:
                self.assumptions[meaning] = (
                    f"{self.name}, column {self.layout.names[meaning]}: {found[0]!r} is taken for the sign before "
                    f"decimals, as {found[1]!r} shows; --decimal says otherwise"
                )
        return self._decimals[meaning]

    def rows(self, day: date | None, on_bad: Callable[[RowError], None] | None) -> Iterator[Row]:
        """The rows in the order of the file.

        Args:
            day: The day of times of day; None where the file names the days itself.
            on_bad: Receives what is wrong with each bad row, which is then left out. None: it is raised.

        Raises:
            RowError: A row is bad, or the file breaks off within quotation marks.
        """
        try:
            yield from self._rows(_Parser(self, day), on_bad)
        except BROKEN as error:
            raise self.source.broken(error) from error

    def _rows(self, parse: "_Parser", on_bad: Callable[[RowError], None] | None) -> Iterator[Row]:
        with self.source.open() as text:
            lines = islice(bounded_lines(text), self.skipped, None)
            reader = csv.reader(lines, delimiter=self.separator, strict=True)
            next(reader)
            while True:
                line = self.skipped + reader.line_num
                try:
                    for row in reader:
                        try:
                            found = parse.row(row)
                        except ValueError as error:
                            bad = parse.explained(row, self.skipped + reader.line_num, error)
                            if on_bad is None:
                                raise bad from None
                            on_bad(bad)
                            found = None
                        line = self.skipped + reader.line_num
                        if found is not None:
                            yield found
                    return
                except csv.Error as error:
                    broken = RowError(f"{self.name} line {line + 1}: {quotation(error)}")
                    # What swallowed other lines cannot be left out: nobody knows how many good rows are in it.
                    if on_bad is None or self.skipped + reader.line_num > line + 1:
                        raise broken from error
                    on_bad(broken)


class _Parser:
    """Rows of one layout. An absent column is the empty cell that is put at the end of each row."""

    def __init__(self, file: CsvFile, day: date | None) -> None:
        at = file.layout.indexes
        self._file = file
        self._zone = file.conventions.zone or UTC
        time = self._instant if day is None else cells.time_on(day, self._zone)
        self._time, self._count, self._amount = at["time"], at["count"], at["amount"]
        self._status, self._auth_code, self._scope = at["status"], at["auth_code"], at["scope"]
        self._times, self._counts, self._amounts = Cells(time), Cells(self._read_count), Cells(self._read_amount)
        self._words = Cells(cells.word)
        if day is not None:
            self._say_zone()

    def row(self, row: list[str]) -> Row | None:
        """The row, None for an empty line; raises `CellError`."""
        if not row:
            return None
        if len(row) != self._file.layout.width:
            self._check_width(row)
        row.append("")
        status, auth_code = self._words[row[self._status]], self._words[row[self._auth_code]]
        if status is None and auth_code is None:
            raise CellError("")
        return Row(
            self._times[row[self._time]],
            self._counts[row[self._count]],
            status,
            auth_code,
            self._words[row[self._scope]] or "all",
            self._amounts[row[self._amount]],
        )

    def _instant(self, text: str) -> int:
        found = cells.instant(text, self._zone)
        if "zone" not in self._file.assumptions and not cells.names_zone(text):
            self._say_zone()
        return found

    def _say_zone(self) -> None:
        if self._file.conventions.zone is None:
            self._file.assumptions["zone"] = (
                f"{self._file.name}: times name no zone and are taken for UTC; --time-zone says otherwise"
            )

    def _read_count(self, text: str) -> int:
        try:
            return cells.count(text, self._file.conventions.decimal)
        except AmbiguousError:
            return cells.count(text, self._file.decimal_of("count"))

    def _read_amount(self, text: str) -> int | None:
        try:
            return cells.amount(text, self._file.conventions.decimal)
        except AmbiguousError:
            return cells.amount(text, self._file.decimal_of("amount"))

    def explained(self, row: list[str], line: int, error: ValueError) -> RowError:
        """What is wrong with a row that could not be parsed, with file, line, column and value."""
        where = f"{self._file.name} line {line}"
        if len(row) <= self._file.layout.width:
            return RowError(f"{where}: {error}; correct it, {REMEDY}")
        parsers: dict[str, Cells[Any]] = {"time": self._times, "count": self._counts, "amount": self._amounts}
        for meaning, name in self._file.layout.names.items():
            cell = row[self._file.layout.indexes[meaning]]
            try:
                parsers.get(meaning, self._words)[cell]
            except CellError as found:
                return RowError(f"{where}, column {name}: {cell[:80]!r} {found}, {REMEDY}")
        words = " and ".join(
            self._file.layout.names[m] for m in ("status", "auth_code") if m in self._file.layout.names
        )
        return RowError(f"{where}: {words} is empty, so the row counts nowhere; fill it in, {REMEDY}")

    def _check_width(self, row: list[str]) -> None:
        width = self._file.layout.width
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            count = len(row)
            del row[width:]
            raise CellError(f"the row has {count} cells where the header names {width}")
        del row[width:]


def _first_row(reader: Iterator[list[str]], width: int) -> list[str] | None:
    """The first row that is wide enough; those that cannot be read are told of later, by who reads all."""
    while True:
        with suppress(csv.Error):
            return next((row for row in reader if len(row) >= width), None)


def _is_time_of_day(cell: str) -> bool:
    return cells.TIME_OF_DAY.fullmatch(cell.strip()) is not None
