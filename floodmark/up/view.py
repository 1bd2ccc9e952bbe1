"""The live view: one status in, one drawing of at most 28 lines and 100 columns out. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from floodmark.up.feed import Picture, Seen
from floodmark.up.status import ComponentRow, ReplayRow, Status, rate, span
from schemas.alert import Alert

ROWS: Final = 8
"""Statuses and components shown."""
TALL: Final = 24
"""A terminal lower than that cannot hold all of the view."""
WIDE: Final = 96
"""In a terminal narrower than that some columns are left out, so that names can be read."""
LINES: Final = 5
"""Incidents and alerts shown."""
COLOURS: Final = {
    "normal": "green",
    "warming_up": "bright_black",
    "info": "cyan",
    "warning": "yellow",
    "critical": "bold red",
}
PLACES: Final = {
    name: place
    for place, name in enumerate(
        ("approved", "denied", "failed", "reversed", "backend_reversed", "refunded", "processing")
    )
}
"""Each status keeps its line, so that the eye finds it again; words not known come after, by name."""
STATES: Final = {"running": ("●", "green"), "starting": ("◌", "cyan"), "waiting": ("✖", "red")}


def draw(status: Status, height: int = TALL, width: int = WIDE) -> RenderableType:
    """The view for a terminal of that size: all of it, less some columns, or only its three most important lines."""
    if height < TALL:
        return Group(_head(status), _flow(status), *(() if status.replay is None else (_replay(status.replay),)))
    return Group(
        _head(status),
        _pair(
            _panel(_minute_title(status.picture), _minute(status.picture, wide=width >= WIDE), ROWS + 1),
            _panel("Components", _components(status.components, wide=width >= WIDE), ROWS + 1),
        ),
        _flow(status),
        *(() if status.replay is None else (_replay(status.replay),)),
        _pair(
            _panel(f"Open incidents: {len(status.picture.incidents)}", _incidents(status.picture.incidents), LINES),
            _panel("Latest alerts", _alerts(status.alerts), LINES),
        ),
    )


def _head(status: Status) -> RenderableType:
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1, no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(
        Text.assemble((" Floodmark ", "bold reverse"), f"  {status.doing}"),
        Text(f"{status.broker} · up {span(status.uptime_s)} · Ctrl-C stops ", "bright_black"),
    )
    return grid


def _pair(left: RenderableType, right: RenderableType) -> RenderableType:
    grid = Table.grid(expand=True)
    grid.add_column(ratio=54)
    grid.add_column(ratio=46)
    grid.add_row(left, right)
    return grid


def _panel(title: str, body: RenderableType, lines: int) -> RenderableType:
    return Panel(body, title=title, title_align="left", box=box.ROUNDED, border_style="bright_black", height=lines + 2)


def _statuses(picture: Picture) -> list[Seen]:
    """The rows of the scope with the most traffic."""
    totals = {s.scope: s.total for s in picture.statuses}
    if not totals:
        return []
    scope = max(totals, key=lambda name: (totals[name], name))
    return sorted(
        (s for s in picture.statuses if s.scope == scope), key=lambda s: (PLACES.get(s.key, len(PLACES)), s.key)
    )


def _minute_title(picture: Picture) -> str:
    rows = _statuses(picture)
    if picture.minute is None or not rows:
        return "Latest minute"
    start = datetime.fromtimestamp(picture.minute / 1000, UTC)
    end = datetime.fromtimestamp(picture.minute / 1000 + 60, UTC)
    scopes = len({s.scope for s in picture.statuses})
    where = "" if scopes == 1 else f" · {rows[0].scope}, 1 of {scopes}"
    return f"{start:%Y-%m-%d %H:%M}–{end:%H:%M} UTC{where}"


def _minute(picture: Picture, *, wide: bool) -> RenderableType:
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="bright_black")
    table.add_column("status", ratio=1, no_wrap=True)
    for name, width in (("count", 6), *((("share", 7), ("z", 4)) if wide else ())):
        table.add_column(name, justify="right", no_wrap=True, min_width=width)
    table.add_column("verdict", no_wrap=True, min_width=10)
    found = _statuses(picture)
    for seen in found[:ROWS]:
        table.add_row(
            seen.key,
            f"{seen.count:,}",
            *(("–" if seen.share is None else f"{100 * seen.share:.1f} %", number(seen.z)) if wide else ()),
            Text(seen.verdict.replace("_", " "), COLOURS.get(seen.verdict, "magenta")),
        )
    return table if found else Text("no minute is closed yet", "bright_black")


def number(z: float | None) -> str:
    """A z-score with one decimal, without a minus before nothing."""
    return "–" if z is None else f"{round(z, 1) + 0.0:.1f}"


def _components(components: Sequence[ComponentRow], *, wide: bool) -> RenderableType:
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="bright_black")
    table.add_column("", ratio=1, no_wrap=True, min_width=10)
    table.add_column("state", no_wrap=True, min_width=10)
    for name, width in (*((("pid", 7), ("↻", 2)) if wide else ()), ("up", 7)):
        table.add_column(name, justify="right", no_wrap=True, min_width=width)
    for row in components[:ROWS]:
        sign, colour = STATES.get(row.state, ("○", "bright_black"))
        state = Text(f"{sign} {row.state}", colour) if not row.unwell else Text("◍ unwell", "yellow")
        up = "" if row.state in ("waiting", "stopped") else span(row.uptime_s)
        restarts = Text(str(row.restarts), "yellow" if row.restarts else "bright_black")
        table.add_row(row.name, state, *((str(row.pid or ""), restarts) if wide else ()), up)
    return table


def _flow(status: Status) -> RenderableType:
    flow = status.flow
    late = "yellow" if flow.uncounted else "green"
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(ratio=1, no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(
        Text.assemble(
            (" per second: ", "bright_black"), (rate(flow.published_rate), "bold"), " published  ",
            (rate(flow.counted_rate), "bold"), " counted  ", (rate(flow.minutes_rate), "bold"), " minutes out",
        ),
        Text.assemble(
            ("lag: ", "bright_black"), (f"{flow.uncounted:,}", late), " to count  ",
            f"{flow.unwritten:,} to write ",
        ),
    )  # fmt: skip
    return grid


def _replay(replay: ReplayRow) -> RenderableType:
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True, justify="right")
    when = "" if replay.event_at is None else f"  at {replay.event_at:%m-%d %H:%M}"
    left = "" if replay.eta_s is None or replay.over else f"  {span(replay.eta_s)} left"
    speed = "done" if replay.over else f"{rate(replay.rate)} rows/s"
    grid.add_row(
        Text(f" replay {100 * replay.share:3.0f} %", "bright_black"),
        ProgressBar(total=max(1, replay.total), completed=replay.rows if replay.total else 1),
        f"{replay.rows:,} of {replay.total:,} rows  {speed}{when}{left} ",
    )
    return grid


def _incidents(incidents: Sequence[Alert]) -> RenderableType:
    lines = [_line(alert, f"{alert.since:%m-%d %H:%M} ") for alert in reversed(incidents[-LINES:])]
    return Group(*lines) if lines else Text("none", "bright_black")


def _alerts(alerts: Sequence[Alert]) -> RenderableType:
    lines = [_line(alert, f"{alert.timestamp:%m-%d %H:%M} ") for alert in alerts[-LINES:][::-1]]
    return Group(*lines) if lines else Text("none yet", "bright_black")


def _line(alert: Alert, when: str) -> Text:
    calm = alert.state in ("resolved", "withdrawn")
    sign = ("✓ ", "green") if calm else ("▲ ", COLOURS[alert.severity])
    what = alert.key if alert.dimension == "status" else f"code {alert.key}"
    z = "" if alert.z is None else f"  z {alert.z:.1f}"
    over = f"  {alert.state}" if calm else ""
    return Text.assemble(
        sign, (when, "bright_black"), (what, "" if calm else "bold"), f" {alert.observed}{z}{over}",
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip
