"""A result as a table for people, as CSV, as JSON."""

import codecs
import csv
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, TextIO

from rich import box
from rich.table import Table
from rich.text import Text

from floodmark.store.formulas import without_formulas
from floodmark.terminal import clean_console
from schemas.shown import shown, shown_json

ROWS_SHOWN: Final = 1000
WIDE: Final = 10_000
"""Columns of a table that no terminal limits."""
NUMBER: Final = re.compile(r"(Nullable\(|LowCardinality\()*(U?Int|Float|BFloat|Decimal)\d*")
RAW: Final = "\n\t\r"
"""What a result that is printed as it comes may hold beside what is printed."""
INSTANT: Final = re.compile(r"(Nullable\(|LowCardinality\()*DateTime")


def show_table(chunks: Iterable[bytes], out: TextIO) -> None:
    """Print a result of the format JSONCompactEachRowWithNamesAndTypes, at most 1000 rows of it."""
    rows = (json.loads(line) for line in lines(chunks))
    names: list[str] = next(rows, [])
    types: list[str] = next(rows, [])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, kind in zip(names, types, strict=True):
        title = f"{plain(name)} (UTC)" if INSTANT.match(kind) else plain(name)
        table.add_column(Text(title), justify="right" if NUMBER.match(kind) else "left", overflow="fold")
    for row in islice(rows, ROWS_SHOWN):
        table.add_row(*(Text(cell(value, kind)) for value, kind in zip(row, types, strict=True)))
    console = clean_console(file=out, highlight=False, width=None if out.isatty() else WIDE)
    if names:
        console.print(table)
    more = next(rows, None) is not None
    count = f"the first {table.row_count}" if more else str(table.row_count)
    console.print(f"{count} row{'' if table.row_count == 1 else 's'}{'; --format csv has all' if more else ''}")


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
    return plain(json.dumps(value, ensure_ascii=False))


def plain(text: str) -> str:
    """Text of a single line, so that no value speaks to the terminal or breaks the table."""
    return shown(text, keep="")
