"""The live view: one status in, one drawing out that fits the terminal. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from floodmark.local.up.cursor import by_urgency
from floodmark.local.up.incident_rows import COLOURS, table, whole
from floodmark.local.up.status import ComponentRow, ReplayRow, Status, rate
from floodmark.local.up.wording import cause, loss, seen, subject
from runtime.numbers import about
from schemas.alert import Alert
from schemas.durations import briefly, seconds_long
from schemas.instants import clock, from_ms, in_column, without_year
from sinks.live.feed import Picture, SeenMinute

ROWS: Final = 8
"""Statuses and components shown."""
TALL: Final = 24
"""A terminal lower than that cannot hold all of the view."""
WIDE: Final = 96
"""In a terminal narrower than that some columns are left out, so that names can be read."""
MAX_ROWS: Final = 28
"""The view is not higher than that: what is said scrolls above it."""
ALERTS: Final = 3
"""Latest alerts shown, where there is room for them beside the incidents."""
OLD_S: Final = 180.0
"""A latest minute that began longer ago than that is told in red."""
PLACES: Final = {
    name: place
    for place, name in enumerate(
        ("approved", "denied", "failed", "reversed", "backend_reversed", "refunded", "processing")
    )
}
"""Each status keeps its line, so that the eye finds it again; words not known come after, by name."""
STATES: Final = {"running": ("●", "green"), "starting": ("◌", "cyan"), "waiting": ("✖", "red")}


def draw(status: Status, height: int = TALL, width: int = WIDE) -> RenderableType:
    """The view for a terminal of that size: all of it, less some columns, or only its most important lines."""
    replay = _replays(status)
    wide = width >= WIDE
    if height < TALL:
        return Group(_head(status, wide=wide), _flow(status, wide=wide), *replay)
    incidents = by_urgency(status.picture.incidents)
    top = ROWS + 1
    rest = min(height - 1, MAX_ROWS) - 1 - (top + 2) - 2 - len(replay)
    latest = ALERTS + 2 if rest > ALERTS + 7 else 0
    rows = rest - latest - 2
    chosen = incidents[status.cursor.place(incidents)] if incidents else None
    if status.cursor.opened and chosen is not None:
        above: RenderableType = _panel("Incident · Enter closes", whole(chosen), top)
    elif not status.components:
        minute = _minute(status.picture, status.flow.waiting, wide=wide, expected=True)
        above = _panel(_minute_title(status), minute, top)
    else:
        above = _pair(
            _panel(_minute_title(status), _minute(status.picture, status.flow.waiting, wide=wide), top),
            _panel("Components", _components(status.components, wide=wide), top),
        )
    body = table(incidents, status.cursor, rows, wide=wide)
    room = rows - len(incidents) - 2
    if not latest and room > 0 and status.alerts:
        body = Group(body, Text("latest alerts", "bright_black"), _alerts(status.alerts, room))
    hint = " · ↑ ↓ choose, Enter shows all" if incidents else ""
    return Group(
        _head(status, wide=wide),
        above,
        _flow(status, wide=wide),
        *replay,
        _panel(f"Open incidents: {len(incidents)}{hint}", body, rows),
        *((_panel("Latest alerts", _alerts(status.alerts, ALERTS), ALERTS),) if latest else ()),
    )


def _head(status: Status, *, wide: bool) -> RenderableType:
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1, no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    blind = status.doing.startswith("BLIND")
    grid.add_row(
        Text.assemble((" Floodmark ", "bold reverse"), "  ", (status.doing, "bold red" if blind else "")),
        Text(
            f"{status.broker + ' · ' if wide else ''}up {briefly(status.uptime_s)} · {status.leaves} ", "bright_black"
        ),
    )
    return grid


def _pair(left: RenderableType, right: RenderableType) -> RenderableType:
    grid = Table.grid(expand=True)
    grid.add_column(ratio=54)
    grid.add_column(ratio=46)
    grid.add_row(left, right)
    return grid


def _panel(title: str | Text, body: RenderableType, lines: int) -> RenderableType:
    return Panel(body, title=title, title_align="left", box=box.ROUNDED, border_style="bright_black", height=lines + 2)


def _statuses(picture: Picture) -> list[SeenMinute]:
    """The rows of the scope with the most traffic."""
    totals = {s.scope: s.total for s in picture.statuses}
    if not totals:
        return []
    scope = max(totals, key=lambda name: (totals[name], name))
    return sorted(
        (s for s in picture.statuses if s.scope == scope), key=lambda s: (PLACES.get(s.key, len(PLACES)), s.key)
    )


def _minute_title(status: Status) -> Text:
    picture, rows = status.picture, _statuses(status.picture)
    if picture.minute is None or not rows:
        return Text("Latest minute")
    start = from_ms(picture.minute)
    end = datetime.fromtimestamp(picture.minute / 1000 + 60, UTC)
    scopes = len({s.scope for s in picture.statuses})
    where = "" if scopes == 1 else f" · {rows[0].scope}, 1 of {scopes}"
    today = status.now is not None and status.now.date() == start.date()
    title = Text(f"{clock(start) if today else in_column(start)}–{clock(end)} UTC{where}")
    if status.now is not None and (status.replay is None or status.replay.over):
        age_s = max(0.0, (status.now - start).total_seconds())
        title.append(f" · {briefly(age_s)} ago", "bold red" if age_s > OLD_S else "")
    return title


def _minute(picture: Picture, waiting: str, *, wide: bool, expected: bool = False) -> RenderableType:
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="bright_black")
    table.add_column("status", ratio=1, no_wrap=True)
    columns = (("count", 6), *((("expected", 15),) if expected else ()), *((("share", 7), ("z", 4)) if wide else ()))
    for name, width in columns:
        table.add_column(name, justify="right", no_wrap=True, min_width=width)
    table.add_column("verdict", no_wrap=True, min_width=10)
    found = _statuses(picture)
    for row in found[:ROWS]:
        table.add_row(
            row.key,
            f"{row.count:,}",
            *((_band(row),) if expected else ()),
            *(("–" if row.share is None else f"{100 * row.share:.1f} %", number(row.z)) if wide else ()),
            Text(row.verdict.replace("_", " "), COLOURS.get(row.verdict, "magenta")),
        )
    return (
        table
        if found
        else Text("; ".join(["no minute is closed yet", *([waiting] if waiting else [])]), "bright_black")
    )


def _band(row: SeenMinute) -> str:
    """`93 to 161`: what is expected; a dash while that is not known."""
    return "–" if row.low is None or row.high is None else f"{about(row.low)} to {about(row.high)}"


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
        up = "" if row.state in ("waiting", "stopped") else briefly(row.uptime_s)
        restarts = Text(str(row.restarts), "yellow" if row.restarts else "bright_black")
        table.add_row(row.name, state, *((str(row.pid or ""), restarts) if wide else ()), up)
    return table


def _flow(status: Status, *, wide: bool) -> RenderableType:
    flow = status.flow
    minutes = ("  ", (rate(flow.minutes_rate), "bold"), " minutes")
    late = "yellow" if flow.uncounted else "green"
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(ratio=1, no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(
        Text.assemble(
            (" a second: ", "bright_black"), (rate(flow.published_rate), "bold"), " published  ",
            (rate(flow.counted_rate), "bold"), " read", *(minutes if wide else ()),
        ),
        Text.assemble(
            ("to count ", "bright_black"), (f"{flow.uncounted:,}", late), ("  to judge ", "bright_black"),
            f"{flow.unjudged:,}", ("  to write ", "bright_black"), f"{flow.unwritten:,} ",
        ),
    )  # fmt: skip
    return Group(grid, _left_out(status))


def _left_out(status: Status) -> Text:
    """What is counted and what is not; without anything of the kind, what the last minute waits for."""
    flow = status.flow
    text = Text.assemble(" ", (f"{flow.counted:,}", "bold"), " counted", no_wrap=True, overflow="ellipsis")
    if flow.dead_letters:
        letters = "dead letter" if flow.dead_letters == 1 else "dead letters"
        text.append(f"  {flow.dead_letters:,} {letters} (floodmark dlq list)", "bold red")
    if flow.late:
        text.append(f"  {flow.late:,} too late", "bold red")
    if flow.waiting and flow.published_rate == 0:
        text.append(f"  {flow.waiting}", "bright_black")
    return text


def _replays(status: Status) -> tuple[RenderableType, ...]:
    """How far the replay is, or what is not replayed again."""
    if status.replay is not None:
        return (_replay(status.replay),)
    if status.not_repeated:
        return (Text(f" {status.not_repeated}", "bright_black", no_wrap=True, overflow="ellipsis"),)
    return ()


def _replay(replay: ReplayRow) -> RenderableType:
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True, justify="right")
    when = "" if replay.event_at is None else f"  at {without_year(replay.event_at)}"
    left = "" if replay.eta_s is None or replay.over else f"  {seconds_long(replay.eta_s)} left"
    speed = "done" if replay.over else f"{rate(replay.rate)} rows/s"
    grid.add_row(
        Text(f" replay {100 * replay.share:3.0f} %", "bright_black"),
        ProgressBar(total=max(1, replay.total), completed=replay.rows if replay.total else 1),
        f"{replay.rows:,} of {replay.total:,} rows  {speed}{when}{left} ",
    )
    return grid


def _alerts(alerts: Sequence[Alert], most: int) -> RenderableType:
    lines = [_line(alert) for alert in alerts[-most:][::-1]]
    return Group(*lines) if lines else Text("none yet", "bright_black")


def _line(alert: Alert) -> Text:
    calm = alert.is_over
    lost = loss(alert)
    parts = (seen(alert), cause(alert, short=True), f"{lost} lost" if lost else "")
    return Text.assemble(
        (f"{alert.state if calm else alert.severity:<9} ", "green" if calm else COLOURS[alert.severity]),
        (f"{without_year(alert.timestamp)} ", "bright_black"),
        (subject(alert.dimension, alert.key, alert.scope), "" if calm else "bold"),
        "".join(f"  {part}" for part in parts if part), no_wrap=True, overflow="ellipsis",
    )  # fmt: skip
