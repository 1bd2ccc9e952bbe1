"""The replay as a command: files in, progress on screen, exit code out."""

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from floodmark.settings import settings_of
from producers.errors import PublishError
from producers.files.csv_rows import Row, RowError, require_rows
from producers.replay import Progress, ReplayOptions, ReplayResult, RowSpan, replay
from producers.replay_request import AS_TIME_GOES_BY, ReplayRequest
from runtime.exits import Exit, fail
from runtime.terminal import clean_console
from schemas.instants import from_ms, to_the_second

if TYPE_CHECKING:
    from floodmark.local.arrived import Arrived
    from floodmark.local.going_on import KnownReplay, ReplayBeginning
    from floodmark.local.stream_time import StreamTime
    from runtime.kafka.cluster import Cluster
    from schemas.topics import Topics

PLAIN_EVERY_S = 2.0
GOES_ON: Final = "The same command goes on with the rows that are missing."


def run(request: ReplayRequest, given: dict[str, Any], *, again: bool) -> None:
    """Publish files, with `again` whatever was before; ends the process with an exit code when anything is wrong."""
    from floodmark.local.going_on import KnownReplay

    console = _console()
    try:
        files = request.read()
        for note in files.reading.notes + files.reading.assumed:
            console.print(note)
        require_rows([files])
        span = request.span_of(files)

        def remedy(reached: "StreamTime") -> str:
            return request.remedy(span, reached)

        def options(before: "Arrived") -> tuple[ReplayOptions, RowSpan]:
            asked = request.options(span, skip_rows=before.rows, beyond=before.beyond)
            return asked, request.left_of(span, before.rows)

        # What comes on standard input cannot be read once more, so it cannot go on.
        is_known = len(request.recognised) == len(request.files)
        known = KnownReplay(request.recognised, request.kept if is_known else None, again=again)
        result = publish(request.rows_of(files), span, options, given, known=known, remedy=remedy)
    except RowError as exc:
        fail(str(exc), Exit.MISUSED)
    for sentence in files.reading.told_left_out():
        console.print(sentence)
    if not result.complete:
        raise SystemExit(Exit.INTERRUPTED)


def publish(
    rows: Iterable[Row],
    span: RowSpan,
    options: Callable[["Arrived"], tuple[ReplayOptions, RowSpan]],
    given: dict[str, Any],
    *,
    known: "KnownReplay | None" = None,
    remedy: Callable[["StreamTime"], str] = lambda _time: AS_TIME_GOES_BY,
) -> ReplayResult:
    """Publish rows with progress on screen, and say at the end what was published.

    Said before as well: that rows come too late for the stream, or too early for the clock. What was published before
    is refused; a replay that was not done goes on.

    Ends the process with 3 when no broker answers, with 2 when rows would be counted twice, and with 1 when records
    were not delivered. SIGINT and SIGTERM end it after the row in hand; the result is then not complete.

    Args:
        rows: In event-time order.
        span: What they are.
        options: How, and what is left of them, told what is in already; asked for when publishing begins: that is
            when a rebase counts from.
        given: Settings that were given as flags.
        known: What the rows are known by when they come a second time; None: by nothing.
        remedy: Says what to do about rows that come too late for a stream at that time.
    """
    from floodmark.local.going_on import KnownReplay, ReplayBeginning, ReplayRepeats
    from runtime.kafka.errors import BrokerError
    from runtime.kafka.rights import require
    from runtime.kafka.topics import describe, ensure_topics
    from schemas.rights import Role, vital
    from schemas.topics import Topics

    settings = settings_of(given)
    cluster, topics = settings.cluster, Topics(settings.topic_prefix)
    try:
        require(cluster, vital(topics, Role.PRODUCER), "a producer")
        specs = [spec for spec in topics.specs(settings.partitions) if spec.name == topics.transactions]
        ensure_topics(cluster, specs, replication=settings.replication, within_s=settings.reached_within_s)
        there = describe(cluster, within_s=settings.reached_within_s)[topics.transactions]
        place = _Place(cluster, topics, there.partitions)
        with closing(ReplayBeginning(cluster, topics, there.topic_id or "", known or KnownReplay())) as beginning:
            return _published(rows, span, place, beginning, options, remedy)
    except ReplayRepeats as exc:
        fail(str(exc), Exit.MISUSED)
    except BrokerError as exc:
        fail(str(exc), Exit.UNREACHABLE)
    except PublishError as exc:
        fail(str(exc), Exit.FAILED)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where rows are published: a cluster's topic, and its partitions."""

    cluster: "Cluster"
    topics: "Topics"
    partitions: int


def _published(
    rows: Iterable[Row],
    span: RowSpan,
    place: _Place,
    beginning: "ReplayBeginning",
    options: Callable[["Arrived"], tuple[ReplayOptions, RowSpan]],
    remedy: Callable[["StreamTime"], str],
) -> ReplayResult:
    from floodmark.local.replayed import moved
    from floodmark.local.stream_time import LateRows, StreamLimits, StreamTime, stream_time, warnings
    from producers.publisher import Publisher

    cluster, topics, stop = place.cluster, place.topics, threading.Event()
    asked, left = options(beginning.arrived)
    going_on, lies = beginning.goes_on, moved(span, asked)
    beginning.refuse_repeats(lies)
    _warn([going_on] if going_on else [])
    mark = beginning.begin(place.partitions, lies)
    partitions = len(mark.starts) or place.partitions
    publisher = Publisher(cluster, topics.transactions, partitions, given_up=stop.is_set, tag=mark.tag)
    reached = stream_time(cluster, topics, partitions, StreamLimits.of_workers())
    late = LateRows(reached, asked)
    _warn(warnings(reached, left, asked, topics.late, remedy(reached), int(time.time() * 1000)))
    try:
        with _stopped_by_signals(stop), Display(span) as display:
            result = replay(late.watched(iter(rows)), asked, publisher, report=display.show, stop=stop)
    except PublishError as exc:
        raise PublishError(f"{exc}. {GOES_ON}" if beginning.is_noted else str(exc)) from exc
    if result.complete:
        beginning.end()
    _summary(result, goes_on=beginning.is_noted)
    if late.count:
        _warn([late.sentence(topics.late, remedy(reached))])
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

    def __init__(self, span: RowSpan) -> None:
        self._span = span
        self._console = _console()
        columns = (TextColumn("replay"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        self._bar = Bar(*columns, TimeRemainingColumn(), console=self._console, disable=not self._console.is_terminal)
        self._task = self._bar.add_task("", total=span.rows)
        self._shown_at = time.monotonic()

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
        elif time.monotonic() - self._shown_at >= PLAIN_EVERY_S:
            self._shown_at = time.monotonic()
            self._console.print(f"replay: {progress.rows:,} of {self._span.rows:,} rows, {text}", soft_wrap=True)


def instant(event_ms: int) -> str:
    """An event time for people, in UTC."""
    return to_the_second(from_ms(event_ms)) if event_ms >= 0 else "-"


def _summary(result: ReplayResult, *, goes_on: bool) -> None:
    console = _console()
    rate = result.records / max(result.seconds, 1e-9)
    console.print(
        f"{result.records:,} records ({result.transactions:,} transactions) from {instant(result.first_event_ms)} to "
        f"{instant(result.last_event_ms)} published in {result.seconds:.1f} s, {rate:,.0f} a second, "
        "all acknowledged by the broker"
    )
    if not result.complete:
        stopped = f"stopped after {result.rows:,} rows; what was sent has arrived"
        console.print(f"{stopped}. {GOES_ON}" if goes_on else stopped)


def _console() -> Console:
    return clean_console(stderr=True, highlight=False, soft_wrap=True, markup=False)
