"""The day as a drawing: seen beside the expected band and earlier days, incidents shaded. SVG without any script."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from floodmark.analysis.checkout.comparison import Compared
from floodmark.analysis.checkout.day import LABELS, NOUNS, Day
from floodmark.analysis.checkout.wording import hours
from floodmark.analysis.page.frame import nice
from runtime.numbers import about

WIDTH: Final = 960
HEIGHT: Final = 420
CHARACTER: Final = 8.0
"""Wider than a character of a label is on average."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 44, 36
EARLIER: Final = {"yesterday": "yesterday", "same_day_last_week": "lastweek"}
"""The earlier days that are drawn, and the CSS class of each."""


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where an hour and a count are."""

    first: int
    count: int
    top: float

    def x(self, hour: float) -> float:
        return _LEFT + (hour - self.first + 0.5) * (WIDTH - _LEFT - _RIGHT) / self.count

    def y(self, value: float) -> float:
        return HEIGHT - _BOTTOM - value * (HEIGHT - _TOP - _BOTTOM) / self.top


def chart(day: Day, summary: str) -> str:
    """The drawing as an `<svg>` element; colours come from the page's CSS. `summary` is escaped text for readers."""
    first, last = day.hours[0].slot.at, day.hours[-1].slot.at
    plane = _Plane(first, last - first + 1, nice(max(_heights(day), default=1.0)))
    parts = [
        *_shades(day, plane),
        *_axes(plane, {hour.slot.at: hour.slot.name for hour in day.hours}),
        *_band(day, plane),
        *(
            _line(day.hours, plane, lambda h, n=name: h.slot.baselines.get(n), css)  # type: ignore[misc]
            for name, css in EARLIER.items()
            if name in day.checkout.baselines
        ),
        _line(day.hours, plane, _mean, "expected"),
        _line(day.hours, plane, lambda h: h.slot.seen, "seen"),
        *_points(day, plane),
    ]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{summary}" xmlns="http://www.w3.org/2000/svg">\n'
        + "\n".join(parts)
        + "\n</svg>"
    )


def _mean(hour: Compared) -> float | None:
    return hour.expected.count.mean if hour.expected else None


def _heights(day: Day) -> Iterator[float]:
    for hour in day.hours:
        yield from (hour.slot.baselines[name] for name in EARLIER if name in hour.slot.baselines)
        yield float(hour.slot.seen or 0)
        if hour.expected:
            yield float(hour.expected.high)


def _axes(plane: _Plane, names: Mapping[int, int]) -> Iterator[str]:
    for step in range(5):
        value = plane.top * step / 4
        y = plane.y(value)
        yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="axis" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,.0f}</text>'
    for hour in range(plane.first, plane.first + plane.count):
        x, y = f"{plane.x(hour):.1f}", HEIGHT - _BOTTOM + 20
        yield f'<text class="axis" x="{x}" y="{y}" text-anchor="middle">{names.get(hour, hour):02}</text>'


def _shades(day: Day, plane: _Plane) -> Iterator[str]:
    for incident in day.incidents:
        yield from _shade(incident.before, plane, "edge", "")
        yield from _shade(incident.slots, plane, "incident", f"{NOUNS[incident.kind]} {hours(incident.slots)}")
        yield from _shade(incident.after, plane, "edge", "")
        if incident.rebound:
            yield from _shade(incident.rebound.slots, plane, "rebound", f"Rebound {hours(incident.rebound.slots)}")


def _shade(slots: Sequence[Compared], plane: _Plane, css: str, label: str) -> Iterator[str]:
    if slots:
        left, right = plane.x(slots[0].slot.at - 0.5), plane.x(slots[-1].slot.at + 0.5)
        yield (
            f'<rect class="shade {css}" x="{left:.1f}" y="{_TOP}" width="{right - left:.1f}" '
            f'height="{HEIGHT - _TOP - _BOTTOM}"/>'
        )
        # Two lines, so that an incident and the rebound right after it do not write over each other.
        y, anchor, x = (_TOP - 24, "end", right) if css == "incident" else (_TOP - 8, "start", left)
        # What would begin before the drawing or end after it would be cut.
        if anchor == "end" and right < CHARACTER * len(label):
            anchor, x = "start", left
        elif anchor == "start" and left > WIDTH - CHARACTER * len(label):
            anchor, x = "end", right
        if label:
            yield f'<text class="label {css}" x="{x:.1f}" y="{y}" text-anchor="{anchor}">{label}</text>'


def _pieces(slots: Sequence[Compared], value: Callable[[Compared], float | None]) -> Iterator[list[tuple[int, float]]]:
    """Neighbouring hours that have the value: a line does not cross what is not known."""
    piece: list[tuple[int, float]] = []
    for slot in slots:
        found = value(slot)
        if piece and (found is None or slot.slot.at != piece[-1][0] + 1):
            yield piece
            piece = []
        if found is not None:
            piece.append((slot.slot.at, found))
    if piece:
        yield piece


def _line(slots: Sequence[Compared], plane: _Plane, value: Callable[[Compared], float | None], css: str) -> str:
    path = " ".join(
        "M" + " L".join(f"{plane.x(at):.1f} {plane.y(count):.1f}" for at, count in piece)
        for piece in _pieces(slots, value)
    )
    return f'<path class="line {css}" d="{path}"/>'


def _band(day: Day, plane: _Plane) -> Iterator[str]:
    bounds = {hour.slot.at: hour.expected for hour in day.hours if hour.expected}
    for piece in _pieces(day.hours, _mean):
        hours_ = [at for at, _ in piece]
        # An hour alone has no neighbour to be joined with, so its band is as wide as the hour.
        xs = [(at, plane.x(at)) for at in hours_]
        if len(xs) == 1:
            xs = [(hours_[0], plane.x(hours_[0] - 0.4)), (hours_[0], plane.x(hours_[0] + 0.4))]
        upper = [f"{x:.1f},{plane.y(bounds[at].high):.1f}" for at, x in xs]
        lower = [f"{x:.1f},{plane.y(bounds[at].low):.1f}" for at, x in reversed(xs)]
        yield f'<polygon class="band" points="{" ".join(upper + lower)}"/>'


def _points(day: Day, plane: _Plane) -> Iterator[str]:
    for hour in day.hours:
        if hour.slot.seen is None:
            continue
        at = hour.slot.at
        told = f"{hour.slot.name:02} h: {hour.slot.seen:,} seen"
        if hour.expected:
            told += f", {about(hour.expected.count.mean)} expected ({hour.expected.low:,} to {hour.expected.high:,})"
        told += "".join(
            f", {LABELS[name]} {about(hour.slot.baselines[name])}" for name in EARLIER if name in hour.slot.baselines
        )
        css = day.roles[at] if day.roles[at] in ("incident", "edge", "rebound") else ""
        yield (
            f'<circle class="point {css}" cx="{plane.x(at):.1f}" cy="{plane.y(hour.slot.seen):.1f}" r="4">'
            f"<title>{told}</title></circle>"
        )
