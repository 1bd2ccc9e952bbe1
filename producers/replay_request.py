"""What is to be replayed, and how: as it was typed."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from math import inf
from pathlib import Path
from typing import Final, Protocol

from producers.files.conventions import AS_FOUND, Conventions
from producers.files.csv_rows import Row, RowError, RowFiles
from producers.replay import ReplayOptions, RowSpan, exploded, rebased
from runtime import typed_times
from runtime.exits import Misused

AS_TIME_GOES_BY: Final = (
    "With --rebase now and --speed 1 they come as time goes by; with a --topic-prefix of their own, as they are."
)
"""What to do with rows that would be too old for the stream even if they ended now."""


class Reached(Protocol):
    """The time that a stream has reached."""

    def has_settled(self, event_ms: int) -> bool:
        """Whether an event of that time comes too late."""


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What to replay and how."""

    files: tuple[Path, ...]
    speed: float
    rebase: bool
    days: tuple[date, ...]
    explode: bool
    skip_bad: bool
    punctuate: bool
    conventions: Conventions = AS_FOUND

    @classmethod
    def of(
        cls,
        files: list[Path],
        speed: str,
        rebase: str | None,
        day: str | None,
        *,
        explode: bool,
        skip_bad: bool,
        punctuate: bool = True,
        conventions: Conventions = AS_FOUND,
    ) -> "ReplayRequest":
        """Read what was typed; raises Misused with the remedy."""
        if rebase not in (None, "now"):
            raise Misused(f"must be now; it is {rebase!r}", "--rebase")
        days = parse_days(day)
        return cls(tuple(files), parse_speed(speed), rebase == "now", days, explode, skip_bad, punctuate, conventions)

    @property
    def recognised(self) -> tuple[Path, ...]:
        """The files that are known again when they come a second time: not what comes on standard input."""
        return tuple(path for path in self.files if path.is_file())

    def read(self, on_bad: Callable[[RowError], None] | None = None) -> RowFiles:
        """The files, looked through once; raises RowError."""
        return RowFiles(self.files, date=self.days, skip_bad=self.skip_bad, on_bad=on_bad, conventions=self.conventions)

    def rows(self, on_bad: Callable[[RowError], None] | None = None) -> Iterator[Row]:
        """The rows in event-time order; raises RowError."""
        return self.rows_of(self.read(on_bad))

    def rows_of(self, files: RowFiles) -> Iterator[Row]:
        """The rows of files that have been read, as they are to be published."""
        return exploded(files) if self.explode else iter(files)

    def span(self) -> RowSpan:
        """How many rows, from when to when; reads all files."""
        return self.span_of(self.read())

    def span_of(self, files: RowFiles) -> RowSpan:
        """How many rows there are to publish of files that have been read, from when to when."""
        rows = files.exploded if self.explode else files.reading.rows
        if files.first_ms is None or files.last_ms is None:
            return RowSpan(0, -1, -1)
        return RowSpan(rows, files.first_ms, files.last_ms)

    def left_of(self, span: RowSpan, skip_rows: int) -> RowSpan:
        """What is left of rows of this span when so many were published before."""
        if not skip_rows:
            return span
        first = next(islice(self.rows(), skip_rows, None), None)
        return RowSpan(0, -1, -1) if first is None else RowSpan(span.rows - skip_rows, first.timestamp_ms, span.last_ms)

    def remedy(self, span: RowSpan, reached: Reached) -> str:
        """What to do about rows of this span that come too late for a stream at that time."""
        moved_ms = rebased(span.first_ms, span.last_ms, self.speed, int(time.time() * 1000))
        if self.rebase or reached.has_settled(span.first_ms + moved_ms):
            return AS_TIME_GOES_BY
        return "--rebase now moves them so that they end now, and all of them are counted."

    @property
    def kept(self) -> dict[str, str]:
        """What changes the records, by name: two replays that agree in it, and in their files, publish the same."""
        kept = {"date": ",".join(map(str, self.days)), "rebase": str(self.rebase), "explode": str(self.explode)}
        if self.skip_bad:
            kept["skip_bad"] = "True"
        return kept | self.conventions.named

    def options(self, span: RowSpan, *, skip_rows: int = 0, beyond: frozenset[int] = frozenset()) -> ReplayOptions:
        """The options for rows of this span, beginning now; of those that were published before, see ReplayOptions."""
        shift = 0
        left = self.left_of(span, skip_rows) if self.rebase else span
        if self.rebase and left.rows:
            shift = rebased(left.first_ms, left.last_ms, self.speed, int(time.time() * 1000))
        return ReplayOptions(self.speed, shift, self.punctuate, skip_rows, beyond)


def parse_speed(text: str) -> float:
    """A speed as typed: a number above 0, or max."""
    try:
        speed = inf if text == "max" else float(text)
    except ValueError:
        speed = 0.0
    if not speed > 0:
        raise Misused(f"must be a number above 0 (event seconds a second), or max; it is {text!r}", "--speed")
    return speed


def parse_days(text: str | None) -> tuple[date, ...]:
    """One date or several, as typed, with commas between; none for nothing."""
    return tuple(typed_times.day(each, "--date") for each in text.split(",")) if text else ()
