"""The replay as a command: files in, progress on screen, exit code out."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import inf
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from floodmark.settings import Settings
from producers.csv_rows import Row, RowError, read_rows
from producers.errors import PublishError
from producers.replay import Progress, ReplayOptions, ReplayResult, Span, exploded, rebased, replay, span_of

PLAIN_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Request:
    """What to replay and how."""

    files: tuple[Path, ...]
    speed: float
    rebase: bool
    day: date | None
    explode: bool
    skip_bad: bool
    punctuate: bool

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
    ) -> "Request":
        """Read what was typed; raises typer.BadParameter with the remedy."""
        if rebase not in (None, "now"):
            raise typer.BadParameter(f"{rebase!r}: only 'now' is known", param_hint="--rebase")
        return cls(tuple(files), parse_speed(speed), rebase == "now", parse_day(day), explode, skip_bad, punctuate)

    def rows(self, on_bad: Callable[[RowError], None] | None = None) -> Iterator[Row]:
        """The rows in event-time order; raises RowError."""
        rows = read_rows(self.files, date=self.day, skip_bad=self.skip_bad, on_bad=on_bad)
        return exploded(rows) if self.explode else rows

    def span(self) -> Span:
        """How many rows, from when to when; reads all files."""
        return span_of(self.rows())

    def options(self, span: Span, *, skip_rows: int = 0) -> ReplayOptions:
        """The options for rows of this span, beginning now."""
        shift = rebased(span.first_ms, span.last_ms, self.speed, int(time.time() * 1000)) if self.rebase else 0
        return ReplayOptions(self.speed, shift, self.punctuate, skip_rows)


def parse_speed(text: str) -> float:
    """A speed as typed: a number above 0, or max."""
    try:
        speed = inf if text == "max" else float(text)
    except ValueError:
        speed = 0.0
    if not speed > 0:
        raise typer.BadParameter(
            f"{text!r}: give a number above 0 (event seconds a second), or max", param_hint="--speed"
        )
    return speed


def parse_day(text: str | None) -> date | None:
    """A date as typed."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as exc:
        raise typer.BadParameter(f"{text!r} is no date; write YYYY-MM-DD", param_hint="--date") from exc


def run(request: Request, given: dict[str, Any]) -> None:
    """Publish; ends the process with an exit code when anything is wrong."""
    from floodmark.broker.base import BrokerError
    from floodmark.broker.topics import describe, ensure_topics
    from producers.publisher import Publisher
    from schemas.topics import Topics

    settings = Settings(**given)
    topics = Topics(settings.topic_prefix)
    stop = threading.Event()
    bad: list[RowError] = []
    try:
        span = request.span()
        ensure_topics(settings.broker, topics.specs(settings.partitions), replication=settings.replication)
        partitions = describe(settings.broker)[topics.transactions].partitions
        publisher = Publisher(settings.broker, topics.transactions, partitions, given_up=stop.is_set)
        previous = signal.signal(signal.SIGINT, lambda *_: stop.set())
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        with Display(span) as display:
            result = replay(request.rows(bad.append), request.options(span), publisher, report=display.show, stop=stop)
        signal.signal(signal.SIGINT, previous)
    except RowError as exc:
        fail(str(exc), 2)
    except BrokerError as exc:
        fail(str(exc), 3)
    except PublishError as exc:
        fail(str(exc), 1)
    _summary(result, bad)
    if not result.complete:
        raise SystemExit(130)


class Display:
    """A progress bar on a terminal, a line now and then elsewhere."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._console = Console(stderr=True, highlight=False)
        columns = (TextColumn("replay"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        self._bar = Bar(*columns, TimeRemainingColumn(), console=self._console, disable=not self._console.is_terminal)
        self._task = self._bar.add_task("", total=span.rows)
        self._told_at = time.monotonic()

    def __enter__(self) -> "Display":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, progress: Progress) -> None:
        """Show how far it is."""
        text = f"{progress.records / max(progress.seconds, 1e-9):,.0f} rows/s, at {instant(progress.event_ms)}"
        if self._console.is_terminal:
            self._bar.update(self._task, completed=progress.rows, description=text)
        elif time.monotonic() - self._told_at >= PLAIN_EVERY_S:
            self._told_at = time.monotonic()
            self._console.print(f"replay: {progress.rows:,} of {self._span.rows:,} rows, {text}", soft_wrap=True)


def instant(event_ms: int) -> str:
    """An event time for people, in UTC."""
    return f"{datetime.fromtimestamp(event_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}" if event_ms >= 0 else "-"


def _summary(result: ReplayResult, bad: list[RowError]) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    rate = result.records / max(result.seconds, 1e-9)
    console.print(
        f"{result.records:,} records ({result.transactions:,} transactions) from {instant(result.first_event_ms)} to "
        f"{instant(result.last_event_ms)} published in {result.seconds:.1f} s, {rate:,.0f} a second, all acknowledged"
    )
    if bad:
        console.print(f"{len(bad)} bad rows left out; the first: {bad[0]}")
    if not result.complete:
        console.print(f"stopped after {result.rows:,} rows; what was sent has arrived")


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong on stderr and end with the code."""
    sys.stderr.write(f"{message}\n")
    raise SystemExit(code)
