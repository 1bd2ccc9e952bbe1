"""The replay as a command: files in, progress on screen, exit code out."""

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from floodmark.settings import settings_of
from producers.errors import PublishError
from producers.files.conventions import AS_FOUND, Conventions
from producers.files.csv_rows import Row, RowError, RowFiles
from producers.replay import Progress, ReplayOptions, ReplayResult, Span, exploded, rebased, replay
from runtime.output import to_stderr
from runtime.terminal import clean_console

if TYPE_CHECKING:
    from floodmark.local.stream_time import StreamTime

PLAIN_EVERY_S = 2.0
AS_TIME_GOES_BY = (
    "With --rebase now and --speed 1 they come as time goes by; with a --topic-prefix of their own, as they are."
)
"""What to do with rows that would be too old for the stream even if they ended now."""
REACHED_WITHIN_S = 8.0
"""A broker that has not answered after so many seconds is taken for unreachable."""


@dataclass(frozen=True, slots=True)
class Request:
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
    ) -> "Request":
        """Read what was typed; raises typer.BadParameter with the remedy."""
        if rebase not in (None, "now"):
            raise typer.BadParameter(f"{rebase!r}: only 'now' is known", param_hint="--rebase")
        days = parse_days(day)
        return cls(tuple(files), parse_speed(speed), rebase == "now", days, explode, skip_bad, punctuate, conventions)

    @property
    def unmoved(self) -> tuple[Path, ...]:
        """The files whose rows keep their event times, so that a second replay would count them twice."""
        return () if self.rebase else tuple(path for path in self.files if path.is_file())

    def read(self, on_bad: Callable[[RowError], None] | None = None) -> RowFiles:
        """The files, looked through once; raises RowError."""
        return RowFiles(self.files, date=self.days, skip_bad=self.skip_bad, on_bad=on_bad, conventions=self.conventions)

    def rows(self, on_bad: Callable[[RowError], None] | None = None) -> Iterator[Row]:
        """The rows in event-time order; raises RowError."""
        return self.rows_of(self.read(on_bad))

    def rows_of(self, files: RowFiles) -> Iterator[Row]:
        """The rows of files that have been read, as they are to be published."""
        return exploded(files) if self.explode else iter(files)

    def span(self) -> Span:
        """How many rows, from when to when; reads all files."""
        return self.span_of(self.read())

    def span_of(self, files: RowFiles) -> Span:
        """How many rows there are to publish of files that have been read, from when to when."""
        rows = files.exploded if self.explode else files.reading.rows
        if files.first_ms is None or files.last_ms is None:
            return Span(0, -1, -1)
        return Span(rows, files.first_ms, files.last_ms)

    def left_of(self, span: Span, skip_rows: int) -> Span:
        """What is left of rows of this span when so many were published before."""
        if not skip_rows:
            return span
        first = next(islice(self.rows(), skip_rows, None), None)
        return Span(0, -1, -1) if first is None else Span(span.rows - skip_rows, first.timestamp_ms, span.last_ms)

    def remedy(self, span: Span, reached: "StreamTime") -> str:
        """What to do about rows of this span that come too late for a stream at that time."""
        moved_ms = rebased(span.first_ms, span.last_ms, self.speed, int(time.time() * 1000))
        if self.rebase or reached.has_settled(span.first_ms + moved_ms):
            return AS_TIME_GOES_BY
        return "--rebase now moves them so that they end now, and all of them are counted."

    def options(self, span: Span, *, skip_rows: int = 0) -> ReplayOptions:
        """The options for rows of this span, beginning now."""
        shift = 0
        if self.rebase:
            left = self.left_of(span, skip_rows)
            shift = rebased(left.first_ms, left.last_ms, self.speed, int(time.time() * 1000))
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


def parse_days(text: str | None) -> tuple[date, ...]:
    """One date or several, as typed, with commas between; none for nothing."""
    try:
        return tuple(date.fromisoformat(day.strip()) for day in text.split(",")) if text else ()
    except ValueError as exc:
        raise typer.BadParameter(f"{text!r} is no date; write YYYY-MM-DD", param_hint="--date") from exc


def run(request: Request, given: dict[str, Any]) -> None:
    """Publish files; ends the process with an exit code when anything is wrong."""
    console = _console()
    try:
        files = request.read()
        for note in files.reading.notes + files.reading.assumed:
            console.print(note)
        span = request.span_of(files)

        def remedy(reached: "StreamTime") -> str:
            return request.remedy(span, reached)

        result = publish(
            request.rows_of(files), span, lambda: request.options(span), given, files=request.unmoved, remedy=remedy
        )
    except RowError as exc:
        fail(str(exc), 2)
    if files.reading.bad:
        console.print(f"{files.reading.bad:,} bad rows left out; the first: {files.reading.examples[0]}")
    if not result.complete:
        raise SystemExit(130)


def publish(
    rows: Iterable[Row],
    span: Span,
    options: Callable[[], ReplayOptions],
    given: dict[str, Any],
    *,
    files: Sequence[Path] = (),
    remedy: Callable[["StreamTime"], str] = lambda _time: AS_TIME_GOES_BY,
) -> ReplayResult:
    """Publish rows with progress on screen, and say at the end what was published.

    Said before as well: that rows come too late for the stream, or too early for the clock, or came before.

    Ends the process with 3 when no broker answers, and with 1 when records were not delivered. SIGINT and SIGTERM
    end it after the row in hand; the result is then not complete.

    Args:
        rows: In event-time order.
        span: What they are.
        options: How; asked for when publishing begins, because that is when a rebase counts from.
        given: Settings that were given as flags.
        files: The files that the rows come from as they are, to notice when they were published before.
        remedy: Says what to do about rows that come too late for a stream at that time.
    """
    from floodmark.local.stream_time import LateRows, Limits, StreamTime, stream_time, warnings
    from floodmark.operate.replayed import noted
    from producers.publisher import Publisher
    from runtime.kafka.errors import BrokerError
    from runtime.kafka.topics import describe, ensure_topics
    from schemas.topics import Topics

    settings = settings_of(given)
    topics = Topics(settings.topic_prefix)
    stop = threading.Event()
    try:
        specs = topics.specs(settings.partitions)
        ensure_topics(settings.broker, specs, replication=settings.replication, within_s=REACHED_WITHIN_S)
        partitions = describe(settings.broker, within_s=REACHED_WITHIN_S)[topics.transactions].partitions
        publisher = Publisher(settings.broker, topics.transactions, partitions, given_up=stop.is_set)
        reached = stream_time(settings.broker, topics.transactions, partitions, Limits.of_workers())
        twice = noted(settings.broker, topics, files) if files else None
        asked = options()
        late = LateRows(reached, asked)
        told = warnings(reached, span, asked, topics.late, remedy(reached), int(time.time() * 1000))
        _warn([*told, *([twice] if twice else [])])
        with _stopped_by_signals(stop), Display(span) as display:
            result = replay(late.watched(iter(rows)), asked, publisher, report=display.show, stop=stop)
    except BrokerError as exc:
        fail(str(exc), 3)
    except PublishError as exc:
        fail(str(exc), 1)
    _summary(result)
    if late.count:
        _warn([late.told(topics.late, remedy(reached))])
    if not asked.punctuate and result.last_event_ms >= 0:
        newest_ms = max(result.last_event_ms, reached.reached_ms)
        waiting = StreamTime((newest_ms,), reached.limits, max(result.last_event_ms, reached.event_ms)).waiting
        _warn([f"The {waiting}."] if waiting else [])
    return result


def _warn(sentences: Iterable[str]) -> None:
    console = _console()
    for sentence in sentences:
        console.print(sentence)


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


class Display:
    """A progress bar on a terminal, a line now and then elsewhere."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._console = _console()
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


def _summary(result: ReplayResult) -> None:
    console = _console()
    rate = result.records / max(result.seconds, 1e-9)
    console.print(
        f"{result.records:,} records ({result.transactions:,} transactions) from {instant(result.first_event_ms)} to "
        f"{instant(result.last_event_ms)} published in {result.seconds:.1f} s, {rate:,.0f} a second, "
        "all acknowledged by the broker"
    )
    if not result.complete:
        console.print(f"stopped after {result.rows:,} rows; what was sent has arrived")


def _console() -> Console:
    return clean_console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong on stderr and end with the code."""
    to_stderr(message)
    raise SystemExit(code)
