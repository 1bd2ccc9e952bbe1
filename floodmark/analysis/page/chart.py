"""A drawing over slots of time (minutes, hours): places in a frame, for the template that writes them as SVG."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

CHARACTER: Final = 8.0
"""Wider than a character of a label is on average."""
_GRID: Final = 4
"""Even steps from nothing to the top of the frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a drawing and of its margins, in units of its view box."""

    height: int
    top: int
    bottom: int
    ticks_below: int
    width: int = 960
    left: int = 52
    right: int = 16

    @property
    def inner_height(self) -> int:
        """The height between the margins."""
        return self.height - self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Plane:
    """Where a slot and a value are.

    Args:
        frame: What is drawn into.
        first: The first slot.
        slots: How many there are.
        highest: The largest value of all; the top is a round number at or above it.
    """

    frame: Frame
    first: int
    slots: int
    highest: float

    @property
    def top(self) -> float:
        """The value at the upper edge."""
        return nice(self.highest)

    def x(self, slot: float) -> float:
        """The middle of a slot; half a slot less is its left edge."""
        inner = self.frame.width - self.frame.left - self.frame.right
        return self.frame.left + (slot - self.first + 0.5) * inner / self.slots

    def y(self, value: float) -> float:
        """The height of a value."""
        return self.frame.height - self.frame.bottom - value * self.frame.inner_height / self.top

    def grid(self, every: int = 1) -> "list[GridLine]":
        """The lines across, of which one in `every` is named, from the lowest."""
        values = [self.top * step / _GRID for step in range(_GRID + 1)]
        return [GridLine(self.y(v), f"{v:,.0f}" if i % every == 0 else "") for i, v in enumerate(values)]

    def places(self, points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        """Where points of a slot and a value are."""
        return [(self.x(slot), self.y(value)) for slot, value in points]

    def band(self, edges: Sequence[tuple[float, float, float]]) -> list[tuple[float, float]]:
        """The outline of a band, from its slots with the low and the high value of each."""
        return self.places([(at, high) for at, _, high in edges] + [(at, low) for at, low, _ in reversed(edges)])

    def shade(self, first: int, last: int, css: str) -> "Shade":
        """The slots from `first` to `last`, both inclusive, shaded from edge to edge."""
        return Shade(css, self.x(first - 0.5), self.x(last + 0.5), None)

    def labelled(self, shade: "Shade", text: str, y: int, *, at_end: bool) -> "Shade":
        """The shade with a text that begins at its left edge or ends at its right one, whichever cuts nothing off."""
        wide = CHARACTER * len(text)
        at_end = shade.right >= wide if at_end else shade.left > self.frame.width - wide
        label = Label(text, shade.right, y, "end") if at_end else Label(text, shade.left, y, "start")
        return shade._replace(label=label)


class GridLine(NamedTuple):
    """A line across, with the number it stands for or nothing."""

    y: float
    name: str


class Tick(NamedTuple):
    """A name below the frame."""

    x: float
    name: str


class Label(NamedTuple):
    """A text in the frame."""

    text: str
    x: float
    y: int
    anchor: str


class Shade(NamedTuple):
    """A stretch of time from top to bottom."""

    css: str
    left: float
    right: float
    label: Label | None


class Line(NamedTuple):
    """Pieces of neighbouring places."""

    css: str
    pieces: Sequence[Sequence[tuple[float, float]]]


class Mark(NamedTuple):
    """A point that tells its numbers when it is pointed at."""

    css: str
    x: float
    y: float
    radius: int
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, from what lies below to what lies on top; colours come from the page's CSS by the names here.

    Args:
        frame: Its size.
        label: What it shows, for those who cannot see it.
        shades: Stretches of time.
        grid: Lines across.
        ticks: Names of slots.
        bands: Outlines.
        lines: Lines.
        marks: Points.
    """

    frame: Frame
    label: str
    shades: Sequence[Shade]
    grid: Sequence[GridLine]
    ticks: Sequence[Tick]
    bands: Sequence[Sequence[tuple[float, float]]]
    lines: Sequence[Line]
    marks: Sequence[Mark]


def pieces(points: Iterable[tuple[int, float | None]]) -> Iterator[list[tuple[int, float]]]:
    """Neighbouring slots that have a value: a line does not cross what is not known.

    Args:
        points: Slots in order, each with its value or None.
    """
    piece: list[tuple[int, float]] = []
    for at, value in points:
        if piece and (value is None or at != piece[-1][0] + 1):
            yield piece
            piece = []
        if value is not None:
            piece.append((at, value))
    if piece:
        yield piece


def nice(top: float) -> float:
    """A round number at or above `top`, at least 4, that four even steps lead to."""
    unit = 4.0
    while True:
        for factor in (1, 2, 3, 5, 6, 8):
            if unit * factor >= top:
                return unit * factor
        unit *= 10
