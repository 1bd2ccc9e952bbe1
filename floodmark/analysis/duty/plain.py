"""Parts of a report as text of 80 columns, and as Markdown."""

import re
import textwrap
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Final

from floodmark.analysis.duty.sections import Section, TextTable
from schemas.shown import shown

WIDTH: Final = 80
GAP: Final = 2
LEAST: Final = 8
"""No column is made narrower than this."""
SPECIAL: Final = re.compile(r"([\\`*_\[\]<>&|~])")
"""What has a meaning in Markdown."""


def as_text(title: str, headline: str, parts: Iterable[Section]) -> Iterator[str]:
    """Lines of at most 80 columns; what is wider than its column goes on in the next line."""
    yield from textwrap.wrap(f"{title}: {headline}", WIDTH)
    for part in parts:
        yield ""
        yield part.title
        yield "-" * len(part.title)
        if part.table is not None:
            yield from _table(part.table)
        for sentence in part.sentences:
            yield from textwrap.wrap(shown(sentence), WIDTH)


def as_markdown(title: str, headline: str, parts: Iterable[Section]) -> Iterator[str]:
    """Lines of Markdown; texts of others are escaped, so that they stay texts."""
    yield f"# {_escaped(title)}"
    yield ""
    yield f"**{_escaped(headline)}**"
    for part in parts:
        yield ""
        yield f"## {_escaped(part.title)}"
        yield ""
        if part.table is not None:
            yield _bar(name for name, _ in part.table.heads)
            yield _bar("---:" if align == "right" else "---" for _, align in part.table.heads)
            for row in part.table.rows:
                yield _bar(map(_escaped, row))
            if part.sentences:
                yield ""
        mark = "- " if len(part.sentences) > 1 else ""
        for sentence in part.sentences:
            yield mark + _escaped(sentence)


def _table(table: TextTable) -> Iterator[str]:
    cells = [[name for name, _ in table.heads], *([shown(cell) for cell in row] for row in table.rows)]
    widths = _widths(cells)
    for row in cells:
        folded = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
        for line in zip_longest(*folded, fillvalue=""):
            placed = (
                piece.rjust(width) if align == "right" else piece.ljust(width)
                for piece, width, (_, align) in zip(line, widths, table.heads, strict=True)
            )
            yield (" " * GAP).join(placed).rstrip()


def _widths(cells: list[list[str]]) -> list[int]:
    """As wide as their widest cell; while all are too wide together, the widest one gives way."""
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    while sum(widths) + GAP * (len(widths) - 1) > WIDTH and max(widths) > LEAST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _bar(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return SPECIAL.sub(r"\\\1", shown(text))
