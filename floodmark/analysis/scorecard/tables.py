"""The scorecard's tables: as rows of words, and those in a terminal or in Markdown."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE
from rich.table import Table

BEGIN = "<!-- scorecard -->"
END = "<!-- /scorecard -->"

Scores = Mapping[str, Any]
"""What the judge says of one set, or of several together."""


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


def has_place(text: str) -> bool:
    """Whether the text has both markers, once each, in order."""
    return text.count(BEGIN) == text.count(END) == 1 and text.index(BEGIN) < text.index(END)


def put(text: str, new: str) -> str:
    """The text with `new` between its markers; see `has_place`."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{new}\n\n{END}{rest.partition(END)[2]}"


def _part(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _plain(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{round(value, digits):g}"
