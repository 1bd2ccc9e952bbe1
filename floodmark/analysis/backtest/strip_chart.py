"""A strip as a drawing: the count by minute on its expected band, the incident shaded."""

from collections.abc import Iterator, Sequence
from typing import Final

from floodmark.analysis.backtest.strips import Point
from floodmark.analysis.backtest.wording import clock
from floodmark.analysis.page.chart import Chart, Frame, Line, Mark, Plane, Tick, pieces
from processors.domain.incidents.incident import Incident
from runtime.numbers import about

FRAME: Final = Frame(height=200, top=14, bottom=26, ticks_below=18)
_STEPS: Final = (5, 10, 15, 30, 60)
_LABELS: Final = 12


def chart(incident: Incident, strip: Sequence[Point], label: str) -> Chart:
    """The drawing of a strip of one minute or more."""
    first, last = strip[0].minute, strip[-1].minute
    plane = Plane(FRAME, first, last - first + 1, max(max(point.count, point.high or 0.0) for point in strip))
    known = {point.minute: point for point in strip}
    usual = [[known[at] for at, _ in piece] for piece in pieces((point.minute, point.expected) for point in strip)]
    seen = [plane.places(piece) for piece in pieces((point.minute, point.count) for point in strip)]
    return Chart(
        frame=FRAME,
        label=label,
        shades=[plane.shade(max(incident.since, first), min(incident.last_seen, last), "incident")],
        grid=plane.grid(every=2),
        ticks=[*_ticks(plane)],
        bands=[plane.band([(at, p.low or 0.0, p.high or 0.0) for at, p in _edges(piece)]) for piece in usual],
        lines=[
            Line(
                "expected thin", [plane.places((at, p.expected or 0.0) for at, p in _edges(piece)) for piece in usual]
            ),
            Line("seen thin", seen),
        ],
        marks=[_mark(point, plane) for point in strip if incident.since <= point.minute <= incident.last_seen],
    )


def _edges(piece: Sequence[Point]) -> Iterator[tuple[float, Point]]:
    """Both edges of each minute: one alone has a band as wide as it is."""
    return ((point.minute + edge, point) for point in piece for edge in (-0.5, 0.5))


def _ticks(plane: Plane) -> Iterator[Tick]:
    every = next((step for step in _STEPS if plane.slots / step <= _LABELS), _STEPS[-1])
    for minute in range(plane.first, plane.first + plane.slots):
        if minute % every == 0:
            yield Tick(plane.x(minute), clock(minute))


def _mark(point: Point, plane: Plane) -> Mark:
    title = f"{clock(point.minute)}: {point.count:,} seen"
    if point.expected is not None and point.low is not None and point.high is not None:
        title += f", {about(point.expected)} expected ({about(point.low)} to {about(point.high)})"
    return Mark("incident", plane.x(point.minute), plane.y(point.count), 3, title)
