"""One CSV file of transactions: opened as often as needed, its rows in the order of the file."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any, Final, TextIO

from producers import cells
from producers.cells import CellError, Cells
from producers.csv_layout import Layout, layout, separator
from producers.rows import Row, RowError

REMEDY: Final = "or pass --skip-bad to leave such rows out"


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file whose header has been read.

    Args:
        path: Where it is.
        layout: What its columns mean.
        separator: Between two cells.
        needs_day: Whether its rows hold times of day (`00h 00`) and so lack the day.
        content: All of it, when it can be read only once (a pipe); else None.
    """

    path: Path
    layout: Layout
    separator: str
    needs_day: bool
    content: bytes | None

    @classmethod
    def at(cls, path: Path) -> "CsvFile":
        """The file at `path`.

        Raises:
            RowError: It cannot be read, is empty, or its header does not name what is needed.
        """
        try:
            return cls._at(path)
        except OSError as error:
            raise RowError(f"{path} cannot be read: {error.strerror}; check its name and permissions") from error

    @classmethod
    def _at(cls, path: Path) -> "CsvFile":
        content = None if path.is_file() or path.is_dir() else path.read_bytes()
        with _opened(path, content) as text:
            first = text.readline()
            if not first.strip():
                raise RowError(f"{path} is empty: not even a header line is in it")
            between = separator(first)
            # A name in quotation marks may hold a line end, so the header is read as CSV like the rest.
            reader = csv.reader(chain([first], text), delimiter=between)
            meaning = layout(str(path), next(reader))
            row = next((row for row in reader if len(row) == meaning.width), None)
        needs_day = not meaning.says_day if row is None else _is_time_of_day(row[meaning.indexes["time"]])
        return cls(path, meaning, between, needs_day, content)

    def rows(self, day: date | None, on_bad: Callable[[RowError], None] | None) -> Iterator[Row]:
        """The rows in the order of the file.

        Args:
            day: The day of times of day, in UTC; None where the file names the days itself.
            on_bad: Receives what is wrong with each bad row, which is then left out. None: it is raised.

        Raises:
            RowError: A row is bad, or the file breaks off within quotation marks.
        """
        parse = _Parser(self, cells.instant if day is None else cells.time_on(day))
        with _opened(self.path, self.content) as text:
            reader = csv.reader(text, delimiter=self.separator, strict=True)
            next(reader)
            while True:
                line = reader.line_num
                try:
                    for row in reader:
                        try:
                            found = parse.row(row)
                        except ValueError as error:
                            bad = parse.explained(row, reader.line_num, error)
                            if on_bad is None:
                                raise bad from None
                            on_bad(bad)
                            found = None
                        line = reader.line_num
                        if found is not None:
                            yield found
                    return
                except csv.Error as error:
                    broken = RowError(f"{self.path} line {line + 1}: {error}; correct the quotation marks")
                    # What swallowed other lines cannot be left out: nobody knows how many good rows are in it.
                    if on_bad is None or reader.line_num > line + 1:
                        raise broken from error
                    on_bad(broken)


class _Parser:
    """Rows of one layout. An absent column is the empty cell that is put at the end of each row."""

    def __init__(self, file: CsvFile, time: Callable[[str], int]) -> None:
        at = file.layout.indexes
        self._file = file
        self._time, self._count, self._amount = at["time"], at["count"], at["amount"]
        self._status, self._auth_code, self._scope = at["status"], at["auth_code"], at["scope"]
        self._times, self._counts, self._amounts = Cells(time), Cells(cells.count), Cells(cells.amount)
        self._words = Cells(cells.word)

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

    def explained(self, row: list[str], line: int, error: ValueError) -> RowError:
        """What is wrong with a row that could not be parsed, with file, line, column and value."""
        where = f"{self._file.path} line {line}"
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


def _opened(path: Path, content: bytes | None) -> TextIO:
    """The file as text. Bytes that are no UTF-8 become surrogates, which no word or number may have."""
    if content is not None:
        return io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", "surrogateescape", newline="")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _is_time_of_day(cell: str) -> bool:
    return cells.TIME_OF_DAY.fullmatch(cell.strip()) is not None
