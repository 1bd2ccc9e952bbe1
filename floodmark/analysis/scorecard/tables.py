"""The scorecard's tables: as rows of words, and those in a terminal or in Markdown."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.table import Table

SETS = "scorecard"
FEEDS = "feeds"
"""Names of the places that a file may have for tables; see `begin_of`."""

Scores = Mapping[str, Any]
"""What the judge says of one set, or of several together."""


class NoPlace(Exception):
    """A file has no place for the tables; the message says what it needs."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table in words; the first column is text, the others are numbers."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def by_set(scores: Mapping[str, Scores]) -> Grid:
    """One row for each set."""
    head = ["set", "incidents", "precision", "recall", "F1", "within 5 min", "median delay", "p90 delay"]
    rows = [
        [
            name,
            str(score["incidents"]),
            *(_part(score[key]) for key in ("precision", "recall", "f1", "recall_5m")),
            *(_plain(score[key]) for key in ("median_delay", "p90_delay")),
            _plain(score["false_per_day"], 2),
            _plain(score["pages_per_incident"], 2),
        ]
        for name, score in scores.items()
    ]
    return Grid([*head, "false a day", "pages an incident"], rows)


def by_type(scores: Scores) -> Grid:
    """One row for each type of incident."""
    rows = [
        [
            name.replace("_", " "),
            str(score["n"]),
            str(score["detected"]),
            _part(score["recall"]),
            _part(score["recall_5m"]),
            _plain(score["median_delay"]),
        ]
        for name, score in scores["by_type"].items()
    ]
    return Grid(["type", "incidents", "found", "recall", "within 5 min", "median delay"], rows)


def in_terminal(grid: Grid, title: str) -> Table:
    """For people at a terminal."""
    table = Table(title=title, title_justify="left", box=SIMPLE, show_edge=False, pad_edge=False)
    for i, word in enumerate(grid.head):
        table.add_column(word, justify="right" if i else "left", no_wrap=not i, min_width=max(map(len, word.split())))
    for row in grid.rows:
        table.add_row(*row)
    return table


def in_markdown(grid: Grid) -> str:
    """For a README."""
    lines = [grid.head, ["---", *["---:"] * (len(grid.head) - 1)], *grid.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def section(command: Sequence[str], rules: str, grids: Sequence[Grid]) -> str:
    """What stands between the markers: the command that made it, and the tables."""
    intro = f"Rules {rules}. Delays are in minutes; 0 is the first broken minute itself. Made by"
    parts = [intro, f"    {shlex.join(command)}", *map(in_markdown, grids)]
    return "\n\n".join(parts)


def begin_of(place: str) -> str:
    """The line before the tables of a place."""
    return f"<!-- {place} -->"


def end_of(place: str) -> str:
    """The line after them."""
    return f"<!-- /{place} -->"


def text_with(place: str, path: Path) -> str:
    """The text of a file with this place, looked at before the work is done.

    Raises:
        NoPlace: there is no such file, or it does not have both lines of the place, once each, in order.
        OSError: it cannot be read.
    """
    begin, end = begin_of(place), end_of(place)
    if not path.is_file():
        raise NoPlace(f"{path} is not there; make it, with a line {begin} and a line {end} where the tables go")
    text = path.read_text("utf-8")
    if not (text.count(begin) == text.count(end) == 1 and text.index(begin) < text.index(end)):
        raise NoPlace(f"{path} needs one line {begin} and after it one line {end}: the tables go between them")
    return text


def put(place: str, text: str, new: str) -> str:
    """The text with `new` between the lines of the place; see `text_with`."""
    before, _, rest = text.partition(begin_of(place))
    return f"{before}{begin_of(place)}\n\n{new}\n\n{end_of(place)}{rest.partition(end_of(place))[2]}"


def _part(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _plain(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{round(value, digits):g}"
