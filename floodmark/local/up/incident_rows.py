"""The open incidents of the live view: a table of one line each, and one of them in full. Pure."""

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from floodmark.local.up.cursor import Cursor
from floodmark.local.up.wording import cause, loss, seen, subject
from schemas.alert import Alert
from schemas.instants import in_column, instant, without_year
from sinks.console.text import clean

COLOURS: Final = {
    "normal": "green",
    "warming_up": "bright_black",
    "info": "cyan",
    "warning": "yellow",
    "critical": "bold red",
}
ID: Final = 8
"""How many characters of an incident's id are shown where there is little room."""


def table(incidents: Sequence[Alert], cursor: Cursor, rows: int, *, wide: bool) -> RenderableType:
    """The incidents around the chosen one, in at most `rows` lines, the heads among them."""
    if not incidents:
        return Text("none", "bright_black")
    grid = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="bright_black")
    grid.add_column("", width=8, no_wrap=True)
    grid.add_column("since", width=11, no_wrap=True)
    grid.add_column("what", ratio=3, no_wrap=True, overflow="ellipsis")
    if wide:
        grid.add_column("seen", width=14, no_wrap=True, overflow="ellipsis")
    grid.add_column("cause", ratio=2, no_wrap=True, overflow="ellipsis")
    grid.add_column("lost", justify="right", width=6, no_wrap=True)
    grid.add_column("on it", width=12 if wide else 7, no_wrap=True, overflow="ellipsis")
    grid.add_column("id", width=ID, no_wrap=True)
    chosen = cursor.place(incidents)
    first = max(0, min(chosen - (rows - 1) // 2, len(incidents) - (rows - 1)))
    for number, alert in enumerate(incidents[first : first + rows - 1], first):
        grid.add_row(
            Text(alert.severity, COLOURS[alert.severity]),
            without_year(alert.since),
            subject(alert.dimension, alert.key, alert.scope),
            *((seen(alert),) if wide else ()),
            cause(alert, short=not wide),
            Text(loss(alert), "red"),
            _who(alert),
            clean(alert.incident_id)[:ID],
            style="reverse" if number == chosen else "bright_black" if alert.inhibited_by else "",
        )
    return grid


def whole(alert: Alert) -> RenderableType:
    """One incident in full."""
    lost = loss(alert)
    named = {
        "since": f"{in_column(alert.since)}, last seen {instant(alert.last_seen)}",
        "seen": seen(alert) + (f", z {alert.z:.1f}" if alert.z is not None else ""),
        "cause": cause(alert),
        "lost": f"{lost} transactions so far" if lost else "",
        "rules": clean(", ".join(alert.rules)),
        "on it": _on_it(alert),
        "do": clean(alert.recommendation),
    }
    head = Text.assemble(
        (alert.severity, COLOURS[alert.severity]), " ", (subject(alert.dimension, alert.key, alert.scope), "bold"),
        f"  {clean(alert.incident_id)}", no_wrap=True, overflow="ellipsis",
    )  # fmt: skip
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(style="bright_black", no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_row("", clean(alert.summary))
    for name, value in named.items():
        if value:
            grid.add_row(name, value)
    return Group(head, grid)


def _who(alert: Alert) -> Text:
    if alert.inhibited_by:
        return Text("hidden", "bright_black")
    return Text(clean(alert.acknowledged_by), "green") if alert.acknowledged_by else Text("nobody", "yellow")


def _on_it(alert: Alert) -> str:
    if alert.acknowledged_by is None:
        return f"nobody: floodmark ack {clean(alert.incident_id)}"
    note = f" ({clean(alert.acknowledged_note)})" if alert.acknowledged_note else ""
    return f"{clean(alert.acknowledged_by)}{note}"
