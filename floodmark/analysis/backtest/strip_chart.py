"""A strip as a drawing: the count by minute on its expected band, the incident shaded. SVG without any script."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from floodmark.analysis.backtest.strips import Point
from floodmark.analysis.backtest.wording import clock
from floodmark.analysis.page.frame import escape, nice
from processors.domain.incidents.incident import Incident
from runtime.numbers import about

WIDTH: Final = 960
HEIGHT: Final = 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 14, 26
_STEPS: Final = (5, 10, 15, 30, 60)
_LABELS: Final = 12


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where a minute and a count are."""

    first: int
    minutes: int
    top: float

    def x(self, minute: float) -> float:
        return _LEFT + (minute - self.first + 0.5) * (WIDTH - _LEFT - _RIGHT) / self.minutes

    def y(self, count: float) -> float:
        return HEIGHT - _BOTTOM - count * (HEIGHT - _TOP - _BOTTOM) / self.top


def chart(incident: Incident, strip: Sequence[Point], summary: str) -> str:
    """The drawing as an `<svg>` element; colours come from the page's CSS. `strip` holds one minute or more."""
    first, last = strip[0].minute, strip[-1].minute
    highest = max(max(point.count, point.high or 0.0) for point in strip)
    plane = _Plane(first, last - first + 1, nice(highest))
    parts = [_shade(incident, plane), *_axes(plane), *_bands(strip, plane), *_lines(strip, plane)]
    parts += [_point(point, plane) for point in strip if incident.since <= point.minute <= incident.last_seen]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(summary)}" '
        'xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(parts) + "\n</svg>"
    )


def _shade(incident: Incident, plane: _Plane) -> str:
    left = plane.x(max(incident.since, plane.first) - 0.5)
    right = plane.x(min(incident.last_seen, plane.first + plane.minutes - 1) + 0.5)
    return (
        f'<rect class="shade incident" x="{left:.1f}" y="{_TOP}" width="{right - left:.1f}" '
        f'height="{HEIGHT - _TOP - _BOTTOM}"/>'
    )


def _axes(plane: _Plane) -> Iterator[str]:
    for step in range(5):
        value = plane.top * step / 4
        y = plane.y(value)
        yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        if step % 2 == 0:
            yield f'<text class="axis" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,.0f}</text>'
    every = next((step for step in _STEPS if plane.minutes / step <= _LABELS), _STEPS[-1])
    for minute in range(plane.first, plane.first + plane.minutes):
        if minute % every == 0:
            x, y = f"{plane.x(minute):.1f}", HEIGHT - _BOTTOM + 18
            yield f'<text class="axis" x="{x}" y="{y}" text-anchor="middle">{clock(minute)}</text>'


def _pieces(strip: Sequence[Point]) -> Iterator[list[Point]]:
    """Neighbouring minutes: a line does not cross what is not known."""
    piece: list[Point] = []
    for point in strip:
        if piece and point.minute != piece[-1].minute + 1:
            yield piece
            piece = []
        piece.append(point)
    if piece:
        yield piece


def _bands(strip: Sequence[Point], plane: _Plane) -> Iterator[str]:
    for piece in _pieces([point for point in strip if point.expected is not None]):
        # Each minute is as wide as it is, so that one alone has a band too.
        ends = [(x, point) for point in piece for x in (plane.x(point.minute - 0.5), plane.x(point.minute + 0.5))]
        upper = [f"{x:.1f},{plane.y(point.high or 0.0):.1f}" for x, point in ends]
        lower = [f"{x:.1f},{plane.y(point.low or 0.0):.1f}" for x, point in reversed(ends)]
        yield f'<polygon class="band" points="{" ".join(upper + lower)}"/>'
        middle = " L".join(f"{x:.1f} {plane.y(point.expected or 0.0):.1f}" for x, point in ends)
        yield f'<path class="line expected thin" d="M{middle}"/>'


def _lines(strip: Sequence[Point], plane: _Plane) -> Iterator[str]:
    for piece in _pieces(strip):
        path = " L".join(f"{plane.x(point.minute):.1f} {plane.y(point.count):.1f}" for point in piece)
        yield f'<path class="line seen thin" d="M{path}"/>'


def _point(point: Point, plane: _Plane) -> str:
    told = f"{clock(point.minute)}: {point.count:,} seen"
    if point.expected is not None and point.low is not None and point.high is not None:
        told += f", {about(point.expected)} expected ({about(point.low)} to {about(point.high)})"
    return (
        f'<circle class="point incident" cx="{plane.x(point.minute):.1f}" cy="{plane.y(point.count):.1f}" r="3">'
        f"<title>{told}</title></circle>"
    )
