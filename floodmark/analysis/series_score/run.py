"""`floodmark score`, run: a CSV file of a series in, one with its scores out."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Final

from floodmark.analysis.series_score.scorer import Scorer
from runtime.atomic_file import Draft, DraftError
from runtime.exits import Exit, fail

_COLUMNS: Final = ("timestamp", "value")
_UNITS: Final = ((1e14, 1e6), (1e11, 1e3), (0.0, 1.0))
"""Numbers from the first on are so many parts of a second: micro-, milli-, whole seconds since the epoch."""
_DIGITS: Final = 6


class ScoreError(ValueError):
    """The file cannot be scored; the message names the line and what to do."""


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """A row: its timestamp as it stands there, the same in seconds since the epoch if it has one, and its value."""

    timestamp: str
    at_s: float | None
    value: float


def run(source: Path, out: Path) -> None:
    """Score the file. Ends the process with 2 when it cannot be used, with 1 when the scores cannot be written."""
    try:
        if out.is_dir() or not out.parent.is_dir():
            raise ScoreError(
                f"{out} cannot be written: it is a folder, or lies in none; name a file in one that exists"
            )
        if out.resolve() == source.resolve():
            raise ScoreError(f"{out} is to be read, so it cannot be written; name another file for the scores")
        with Draft(out) as draft:
            draft.write_line(b"timestamp,anomaly_score")
            for line in scored(points(source)):
                draft.write_line(line.encode())
            draft.finish()
            draft.publish()
    except ScoreError as error:
        fail(str(error), Exit.MISUSED)
    except DraftError as error:
        fail(str(error), Exit.FAILED)


def scored(rows: Iterator[SeriesPoint]) -> Iterator[str]:
    """A line of CSV for each row, in order."""
    scorer = Scorer()
    for row in rows:
        text = io.StringIO()
        score = scorer.score(row.value, row.at_s)
        csv.writer(text, lineterminator="").writerow((row.timestamp, f"{score:.{_DIGITS}f}"))
        yield text.getvalue()


def points(source: Path) -> Iterator[SeriesPoint]:
    """The rows of the file in order; empty lines are none.

    Raises:
        ScoreError: The file or a row of it cannot be used.
    """
    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            missing = [name for name in _COLUMNS if name not in header]
            if missing:
                raise ScoreError(
                    f"{source} line 1: there is no column {missing[0]}; the header must name timestamp,value"
                )
            at, value = (header.index(name) for name in _COLUMNS)
            for cells in reader:
                if cells:
                    yield _point(cells, len(header), at, value, f"{source} line {reader.line_num}")
    except csv.Error as error:
        raise ScoreError(f"{source} line {reader.line_num}: {error}; correct the quotation marks") from error
    except UnicodeDecodeError as error:
        raise ScoreError(f"{source} is not UTF-8: {error.reason}; convert it") from error
    except OSError as error:
        raise ScoreError(f"{source} cannot be read: {error.strerror}; check its name and permissions") from error


def _point(cells: list[str], width: int, at: int, value: int, where: str) -> SeriesPoint:
    if len(cells) != width:
        raise ScoreError(f"{where}: the row has {len(cells)} cells where the header names {width}; correct it")
    try:
        number = float(cells[value])
    except ValueError:
        raise ScoreError(
            f"{where}, column value: {cells[value][:80]!r} is no number; correct it or drop the row"
        ) from None
    if not isfinite(number):
        raise ScoreError(
            f"{where}, column value: {cells[value][:80]!r} is no finite number; correct it or drop the row"
        )
    try:
        return SeriesPoint(cells[at], _seconds(cells[at].strip()), number)
    except ValueError:
        what = f"{cells[at][:80]!r} is no time; write ISO 8601 or a number since the epoch, or leave it empty"
        raise ScoreError(f"{where}, column timestamp: {what}") from None


def _seconds(text: str) -> float | None:
    """Seconds since the epoch; None for an empty text. Raises ValueError for what is no time."""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if not isfinite(number):
        raise ValueError(text)
    return number / next(parts for least, parts in _UNITS if abs(number) >= least)
