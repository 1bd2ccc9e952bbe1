"""A result as a table for people, as CSV, as JSON."""

import codecs
import csv
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Group
from rich.table import Table
from rich.text import Text

from floodmark.queries.formulas import without_formulas
from runtime.terminal import clean_console
from schemas.shown import shown, shown_json

ROWS_SHOWN: Final = 1000
WIDE: Final = 10_000
"""Letters in a line that no terminal limits."""
READABLE: Final = 20
"""Letters in a line that a longer text needs at least to be read."""
GAP: Final = 3
"""Letters between two columns."""
DIGITS: Final = 4
"""Digits of a floating-point number that people see."""
WHOLE: Final = 1e15
"""Whole numbers below it are written without a point or an exponent."""
NUMBER: Final = re.compile(r"(Nullable\(|LowCardinality\()*(U?Int|Float|BFloat|Decimal)\d*")
RAW: Final = "\n\t\r"
"""What a result that is printed as it comes may hold beside what is printed."""
INSTANT: Final = re.compile(r"(Nullable\(|LowCardinality\()*DateTime")


def show_table(chunks: Iterable[bytes], out: TextIO, width: int | None = None, *, chosen: bool = True) -> None:
    """Print a result of the format JSONCompactEachRowWithNamesAndTypes, at most 1000 rows of it.

    Where the columns do not fit beside each other they stand below each other, and some are named that would fit.
    Floating-point numbers are rounded to four digits.

    Args:
        chunks: The result, cut anywhere.
        out: Where to.
        width: Letters in a line; None for those of the terminal, or for no limit where `out` is none.
        chosen: Whether whoever asks has chosen the columns, and can choose fewer.
    """
    rows = (json.loads(line) for line in lines(chunks))
    names: list[str] = next(rows, [])
    types: list[str] = next(rows, [])
    first = list(islice(rows, ROWS_SHOWN))
    texts = [[cell(value, kind) for value, kind in zip(row, types, strict=True)] for row in first]
    columns = [
        ResultColumn(_title(name, kind), kind, [text[index] for text in texts])
        for index, (name, kind) in enumerate(zip(names, types, strict=True))
    ]
    console = clean_console(file=out, highlight=False, width=width or (None if out.isatty() else WIDE))
    fits = sum(column.least + GAP for column in columns) <= console.width
    if names:
        console.print(_beside(columns) if fits else _below(columns, len(texts)))
    more = next(rows, None) is not None
    count = f"the first {len(texts):,}" if more else f"{len(texts):,}"
    notes = ["--format csv has all"] if more else []
    if any(_rounded(row, types) for row in first):
        notes.append("numbers are rounded, and --format csv has all digits")
    summary = "; ".join([f"{count} row{'' if len(texts) == 1 else 's'}", *notes])
    console.print(summary, soft_wrap=True)
    if not fits:
        few = _that_fit(dict(zip(names, columns, strict=True)), console.width)
        wide = f"a terminal of {sum(column.least + GAP for column in columns)} columns has room for it"
        remedy = f"these fit: SELECT {', '.join(map(plain, few))}" if chosen else wide
        console.print(f"too wide for a table here; {remedy}", soft_wrap=True)


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of a table: its title, its type, and its texts."""

    title: str
    kind: str
    texts: list[str]

    @property
    def is_short(self) -> bool:
        """Numbers and instants are never broken."""
        return NUMBER.match(self.kind) is not None or INSTANT.match(self.kind) is not None

    @property
    def least(self) -> int:
        """The letters that it needs to be read: all of a number, twenty of a text, all of the title."""
        wide = max(map(cell_len, self.texts), default=0)
        return max(cell_len(self.title), wide if self.is_short else min(wide, READABLE))


def _beside(columns: list[ResultColumn]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        right = NUMBER.match(column.kind) is not None
        table.add_column(
            Text(column.title),
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=column.is_short,
            min_width=column.least,
        )
    for texts in zip(*(column.texts for column in columns), strict=True):
        table.add_row(*map(Text, texts))
    return table


def _below(columns: list[ResultColumn], rows: int) -> Group:
    """One row after the other, a line for each column."""
    blocks: list[Table | Text] = []
    for row in range(rows):
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for column in columns:
            grid.add_row(Text(column.title), Text(column.texts[row]))
        blocks += [Text(f"── row {row + 1} ──"), grid]
    return Group(*blocks)


def _that_fit(columns: Mapping[str, ResultColumn], width: int) -> list[str]:
    """The first columns that fit beside each other; those with little in them before those with much."""
    few: list[str] = []
    for name, column in columns.items():
        if column.least < READABLE and column.least + GAP <= width:
            few.append(name)
            width -= column.least + GAP
    return few or list(columns)[:1]


def _title(name: str, kind: str) -> str:
    return f"{plain(name)} (UTC)" if INSTANT.match(kind) else plain(name)


def _rounded(row: list[Any], types: list[str]) -> bool:
    """Whether a number of this row is shown with fewer digits than it has."""
    return any("Float" in kind and _short(value) != value for value, kind in zip(row, types, strict=True))


def _short(value: Any) -> Any:
    """A value with its floating-point numbers rounded, those inside of lists and maps too."""
    if isinstance(value, float) and math.isfinite(value):
        digits = DIGITS - 1 - math.floor(math.log10(abs(value))) if value else 0
        short = round(value, max(0, digits))
        return int(short) if short.is_integer() and abs(short) < WHOLE else short
    if isinstance(value, list):
        return [_short(each) for each in value]
    return {key: _short(each) for key, each in value.items()} if isinstance(value, dict) else value


def show_json(chunks: Iterable[bytes], out: TextIO) -> None:
    """Print a result of the format JSONEachRow as one JSON array, a row a line."""
    separator = "[\n"
    for line in lines(chunks):
        out.write(separator + shown_json(line.decode("utf-8", "replace")))
        separator = ",\n"
    out.write("[]\n" if separator == "[\n" else "\n]\n")


def show_raw(chunks: Iterable[bytes], out: TextIO) -> None:
    """Print a result as it comes; on a terminal without what would steer it."""
    if out.isatty():
        for text in _decoded(chunks):
            out.write(shown(text, RAW))
        return
    out.flush()
    for chunk in chunks:
        out.buffer.write(chunk)
    out.buffer.flush()


def show_parquet(chunks: Iterable[bytes], out: TextIO) -> None:
    """Write a result of the format Parquet as it comes; on a terminal only how many bytes it would have been."""
    if out.isatty():
        size = sum(map(len, chunks))
        out.write(f"a Parquet file of {size:,} bytes is not for a terminal: send it to a file (> result.parquet)\n")
        return
    show_raw(chunks, out)


def show_safe_csv(chunks: Iterable[bytes], out: TextIO) -> None:
    """Print CSV in which no spreadsheet finds a formula."""
    writer = csv.writer(out, lineterminator="\n")
    for row in without_formulas(csv.reader(_text_lines(chunks))):
        writer.writerow([shown(cell, RAW) for cell in row] if out.isatty() else row)


def _text_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """The lines of a stream that is cut anywhere, with their ends."""
    rest = ""
    for part in _decoded(chunks):
        *whole, rest = (rest + part).split("\n")
        yield from (f"{line}\n" for line in whole)
    if rest:
        yield rest


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    yield from codecs.iterdecode(chunks, "utf-8", "replace")


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream that is cut anywhere, without their ends; empty ones are left out."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from filter(None, whole)
    if rest:
        yield rest


def cell(value: Any, kind: str) -> str:
    """A value as text: instants without T and Z, as the title names the zone; nothing that moves the cursor."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return plain(value.replace("T", " ").removesuffix("Z") if INSTANT.match(kind) else value)
    if isinstance(value, (float, list, dict)) and "Float" in kind:
        value = _short(value)
    return plain(json.dumps(value, ensure_ascii=False))


def plain(text: str) -> str:
    """Text of a single line, so that no value speaks to the terminal or breaks the table."""
    return shown(text, keep="")
