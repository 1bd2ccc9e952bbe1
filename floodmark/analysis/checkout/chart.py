"""The day as a drawing: seen beside the expected band and earlier days, incidents shaded."""

from collections.abc import Iterator, Sequence
from typing import Final

from floodmark.analysis.checkout.comparison import ComparedHour
from floodmark.analysis.checkout.day import LABELS, NOUNS, Day
from floodmark.analysis.checkout.wording import hours
from floodmark.analysis.page.chart import Chart, Frame, Line, Mark, Plane, Shade, Tick, pieces
from runtime.numbers import about

FRAME: Final = Frame(height=420, top=44, bottom=36, ticks_below=20)
EARLIER: Final = {"yesterday": "yesterday", "same_day_last_week": "lastweek"}
"""The earlier days that are drawn, and the CSS class of each."""


def chart(day: Day, label: str) -> Chart:
    """The drawing of a day."""
    first, last = day.hours[0].slot.at, day.hours[-1].slot.at
    plane = Plane(FRAME, first, last - first + 1, max(_heights(day), default=1.0))
    names = {hour.slot.at: hour.slot.name for hour in day.hours}
    series = {
        css: [(hour.slot.at, hour.slot.baselines.get(name)) for hour in day.hours]
        for name, css in EARLIER.items()
        if name in day.checkout.baselines
    }
    series["expected"] = [(hour.slot.at, _mean(hour)) for hour in day.hours]
    series["seen"] = [(hour.slot.at, hour.slot.seen) for hour in day.hours]
    return Chart(
        frame=FRAME,
        label=label,
        shades=[*_shades(day, plane)],
        grid=plane.grid(),
        ticks=[Tick(plane.x(at), f"{names.get(at, at):02}") for at in range(first, last + 1)],
        bands=[plane.band(edges) for edges in _bands(day)],
        lines=[Line(css, [plane.places(piece) for piece in pieces(points)]) for css, points in series.items()],
        marks=[_mark(day, hour, hour.slot.seen, plane) for hour in day.hours if hour.slot.seen is not None],
    )


def _mean(hour: ComparedHour) -> float | None:
    return hour.expected.count.mean if hour.expected else None


def _heights(day: Day) -> Iterator[float]:
    for hour in day.hours:
        yield from (hour.slot.baselines[name] for name in EARLIER if name in hour.slot.baselines)
        yield float(hour.slot.seen or 0)
        if hour.expected:
            yield float(hour.expected.high)


def _shades(day: Day, plane: Plane) -> Iterator[Shade]:
    for incident in day.incidents:
        yield from _shade(incident.before, plane, "edge")
        yield from _shade(incident.slots, plane, "incident", f"{NOUNS[incident.kind]} {hours(incident.slots)}")
        yield from _shade(incident.after, plane, "edge")
        if incident.rebound:
            yield from _shade(incident.rebound.slots, plane, "rebound", f"Rebound {hours(incident.rebound.slots)}")


def _shade(slots: Sequence[ComparedHour], plane: Plane, css: str, text: str = "") -> Iterator[Shade]:
    if not slots:
        return
    shade = plane.shade(slots[0].slot.at, slots[-1].slot.at, css)
    if text:
        # Two lines, so that an incident and the rebound right after it do not write over each other.
        is_incident = css == "incident"
        shade = plane.labelled(shade, text, FRAME.top - (24 if is_incident else 8), at_end=is_incident)
    yield shade


def _bands(day: Day) -> Iterator[list[tuple[float, float, float]]]:
    bounds = {hour.slot.at: hour.expected for hour in day.hours if hour.expected}
    for piece in pieces((hour.slot.at, _mean(hour)) for hour in day.hours):
        edges = [(float(at), float(bounds[at].low), float(bounds[at].high)) for at, _ in piece]
        # An hour alone has no neighbour to be joined with, so its band is as wide as the hour.
        yield edges if len(edges) > 1 else [(at + side, low, high) for at, low, high in edges for side in (-0.4, 0.4)]


def _mark(day: Day, hour: ComparedHour, seen: float, plane: Plane) -> Mark:
    title = f"{hour.slot.name:02} h: {seen:,} seen"
    if hour.expected:
        title += f", {about(hour.expected.count.mean)} expected ({hour.expected.low:,} to {hour.expected.high:,})"
    title += "".join(
        f", {LABELS[name]} {about(hour.slot.baselines[name])}" for name in EARLIER if name in hour.slot.baselines
    )
    role = day.roles[hour.slot.at]
    css = role if role in ("incident", "edge", "rebound") else ""
    return Mark(css, plane.x(hour.slot.at), plane.y(seen), 4, title)
