"""Files of transactions, merged: rows in the order of event time, whatever the order in the files."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812 - the argument is called date, as the option is
from datetime import timedelta
from pathlib import Path

from producers.files.conventions import AS_FOUND, Conventions
from producers.files.csv_file import CsvFile
from producers.files.csv_layout import named
from producers.files.source import STANDARD_INPUT
from producers.rows import FileReading, Row, RowError, event_time

__all__ = ["FileReading", "Row", "RowError", "RowFiles"]


@dataclass(frozen=True, slots=True)
class _Part:
    """One file of several, read once from end to end."""

    file: CsvFile
    day: Date | None
    ascending: bool


class RowFiles:
    """Files whose rows have all been looked at once, so that nothing is published of files that are bad.

    Args:
        paths: The files, in the order in which rows of the same instant are to come.
        date: The day of files that hold only times (`00h 00`): of the first of them, and each next file is one day
            later; or one day for each of them.
        skip_bad: Leave bad rows out and count them.
        on_bad: Told of each row that is left out.
        conventions: How the files are written where they do not say it themselves.

    Attributes:
        reading: Numbers of good and bad rows, notes for people, and what was assumed.
        first_ms: Lowest event time in epoch milliseconds; None without rows.
        last_ms: Highest event time; None without rows.
        transactions: Sum of the counts.
        exploded: How many records there are when each transaction is one.
        names: What people call the files.

    Raises:
        RowError: A file or a row is bad, or every row is; the message says where and what to do.
    """

    def __init__(
        self,
        paths: Iterable[Path | str],
        *,
        date: Date | Sequence[Date] | None = None,
        skip_bad: bool = False,
        on_bad: Callable[[RowError], None] | None = None,
        conventions: Conventions = AS_FOUND,
    ) -> None:
        self.reading = FileReading()
        self.first_ms: int | None = None
        self.last_ms: int | None = None
        self.transactions = 0
        self.exploded = 0
        self._skip_bad = skip_bad
        self._on_bad = on_bad
        wanted = [Path(path) for path in paths]
        if wanted.count(STANDARD_INPUT) > 1:
            raise RowError("standard input (-) is given twice, and can be read once; give files for the others")
        files = [CsvFile.at(path, conventions) for path in wanted]
        self.names = [file.name for file in files]
        days = _days(files, date)
        if date and not any(days):
            self.reading.notes.append("No file needed a date: each row names its day.")
        self._parts = [self._looked_through(file, day) for file, day in zip(files, days, strict=True)]
        if self.reading.bad and not self.reading.rows:
            raise RowError(
                f"every row is bad, so nothing is left ({self.reading.bad:,} rows). {self.reading.examples[0]}"
            )

    def __iter__(self) -> Iterator[Row]:
        """The rows by event time; of one instant, those of an earlier file first, then by line."""
        parts = [self._rows(part) for part in self._parts]
        return parts[0] if len(parts) == 1 else heapq.merge(*parts, key=event_time)

    def _rows(self, part: _Part) -> Iterator[Row]:
        rows = part.file.rows(part.day, _counted_before if self._skip_bad else None)
        return rows if part.ascending else iter(sorted(rows, key=event_time))

    def _leave_out(self, error: RowError) -> None:
        self.reading.leave_out(error)
        if self._on_bad is not None:
            self._on_bad(error)

    def _looked_through(self, file: CsvFile, day: Date | None) -> _Part:
        if file.layout.ignored:
            names = named([repr(name) for name in file.layout.ignored])
            self.reading.notes.append(f"{file.name}: ignored the columns that mean nothing to us: {names}")
        rows = transactions = exploded = first = last = before = 0
        ascending = True
        for row in file.rows(day, self._leave_out if self._skip_bad else None):
            now = row.timestamp_ms
            if not rows:
                first = last = now
            elif now < before:
                ascending = False
                first = min(first, now)
            last = max(last, now)
            before = now
            rows += 1
            transactions += row.count
            exploded += row.count or 1
        if rows:
            self.first_ms = first if self.first_ms is None else min(self.first_ms, first)
            self.last_ms = last if self.last_ms is None else max(self.last_ms, last)
        else:
            self.reading.notes.append(f"0 rows in {file.name}")
        self.reading.assumed += file.assumptions.values()
        self.reading.rows += rows
        self.transactions += transactions
        self.exploded += exploded
        return _Part(file, day, ascending)


def require_rows(files: Iterable[RowFiles]) -> None:
    """There is a row in one of the files at least.

    Raises:
        RowError: There is none; a job that has nothing to do has mostly been given the wrong file.
    """
    read = list(files)
    if not any(each.reading.rows for each in read):
        names = " and ".join(name for each in read for name in each.names)
        raise RowError(f"0 rows in {names}: nothing but a header; give a file that has rows")


def _days(files: Sequence[CsvFile], date: Date | Sequence[Date] | None) -> list[Date | None]:
    """The day of each file, None for those that name their days."""
    timed = [file for file in files if file.needs_day]
    given = [date] if isinstance(date, Date) else list(date or ())
    if not timed:
        return [None] * len(files)
    if not given:
        raise RowError(
            f"{timed[0].name} holds times without a day (such as 00h 00); say which day it is with --date YYYY-MM-DD"
        )
    if len(given) == 1:
        given = [given[0] + timedelta(days=later) for later in range(len(timed))]
    if len(given) != len(timed):
        raise RowError(
            f"{len(given)} dates for {len(timed)} files that hold times without a day; give one --date for the first "
            "file (the next ones are then the days after it), or one for each of them"
        )
    rest = iter(given)
    return [next(rest) if file.needs_day else None for file in files]


def _counted_before(_error: RowError) -> None:
    """A bad row of a second reading: it was counted in the first."""
