"""Replays rows: at their own pace, faster, or as fast as it goes."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf
from typing import Final, Protocol

from producers.files.explode import exploded
from producers.pace import EventPace, RowSpan, rebased
from producers.rows import MINUTE_MS, Row, minute_start

__all__ = [
    "EventPace",
    "Progress",
    "ReplayOptions",
    "ReplayResult",
    "RowSpan",
    "RowTarget",
    "exploded",
    "rebased",
    "replay",
]

TELL_EVERY_S: Final = 0.2
STOPPED_FLUSH_S: Final = 10.0
"""A replay that was stopped waits so long for what is under way."""


class RowTarget(Protocol):
    """Where rows go."""

    def publish(self, row: Row, number: int) -> bool:
        """Send one row, the how manyth from 0; False: it was given up while there was no room, and was not sent."""

    def punctuate(self, timestamp_ms: int) -> None:
        """Nothing older comes any more."""

    def poll(self) -> None:
        """Take in delivery reports."""

    def flush(self, timeout_s: float = ...) -> None:
        """Wait until everything has arrived; an error when it has not."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How to replay.

    Args:
        speed: Event seconds for each second; inf: as fast as it goes.
        shift_ms: Added to every event time (see `rebased`).
        punctuate: Say at the end that nothing more comes, so that the last minute closes at once.
        skip_rows: Leave out so many rows at the beginning: they were published before.
        beyond: The numbers, from 0, of further rows that were published before.
    """

    speed: float = inf
    shift_ms: int = 0
    punctuate: bool = True
    skip_rows: int = 0
    beyond: frozenset[int] = frozenset()

    def is_left_out(self, number: int) -> bool:
        """Whether row `number`, from 0, was published before."""
        return number < self.skip_rows or number in self.beyond


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a replay is.

    Args:
        rows: Rows dealt with, those skipped at the beginning included.
        records: Rows sent.
        event_ms: Event time of the last row sent, -1 before the first.
        seconds: Since the beginning.
        first_event_ms: Event time of the first row sent, -1 before it.
    """

    rows: int
    records: int
    event_ms: int
    seconds: float
    first_event_ms: int


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What a replay published. `complete` is false when it was stopped; all of `rows` have been acknowledged.

    Args:
        rows: Rows published, those skipped at the beginning included.
        records: Records sent.
        transactions: Sum of the counts of the rows that were sent and have a status.
        first_event_ms: Event time of the first row published, shifted; -1 without any.
        last_event_ms: Of the last.
        seconds: How long it took.
        complete: Whether the end of the rows was reached.
    """

    rows: int
    records: int
    transactions: int
    first_event_ms: int
    last_event_ms: int
    seconds: float
    complete: bool


@dataclass(slots=True)
class _ReplayRun:
    """One replay under way."""

    options: ReplayOptions
    target: RowTarget
    report: Callable[[Progress], None]
    stop: threading.Event
    clock: Callable[[], float]
    wait: Callable[[float], object]
    began_at: float
    reported_at: float
    rows: int = 0
    records: int = 0
    transactions: int = 0
    first_ms: int = -1
    last_ms: int = -1
    end_ms: int = -1
    """Event time of the last row, those that are left out included."""

    def tell(self) -> None:
        self.reported_at = self.clock()
        self.report(Progress(self.rows, self.records, self.last_ms, self.reported_at - self.began_at, self.first_ms))

    def until_due(self, pace: EventPace, event_ms: int) -> None:
        while not self.stop.is_set() and (wait_s := pace.due_in(event_ms)) > 0:
            self.target.poll()
            self.tell()
            self.wait(min(wait_s, TELL_EVERY_S))

    def send(self, row: Row, number: int, event_ms: int) -> bool:
        moved = row
        if self.options.shift_ms:
            moved = Row(event_ms, row.count, row.status, row.auth_code, row.scope, row.amount)
        if not self.target.publish(moved, number):
            return False
        if self.first_ms < 0:
            self.first_ms = event_ms
        self.last_ms = max(self.last_ms, event_ms)
        self.rows += 1
        self.records += 1
        if row.status is not None:
            self.transactions += row.count
        if self.rows % 256 == 0:
            self.target.poll()
            if self.clock() - self.reported_at >= TELL_EVERY_S:
                self.tell()
        return True

    def all_sent(self, rows: Iterable[Row]) -> bool:
        """Send the rows; whether the end of them was reached."""
        pace = EventPace(self.options.speed, self.clock)
        for number, row in enumerate(rows):
            event_ms = row.timestamp_ms + self.options.shift_ms
            self.end_ms = max(self.end_ms, event_ms)
            if self.options.is_left_out(number):
                self.rows += 1
                continue
            self.until_due(pace, event_ms)
            if self.stop.is_set() or not self.send(row, number, event_ms):
                return False
        return True


def replay(
    rows: Iterable[Row],
    options: ReplayOptions,
    target: RowTarget,
    *,
    report: Callable[[Progress], None] = lambda _progress: None,
    stop: threading.Event | None = None,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] | None = None,
) -> ReplayResult:
    """Publish rows that come in event-time order; waits at the end until all have arrived.

    Args:
        rows: In event-time order.
        options: How.
        target: Where to.
        report: Told about every fifth of a second how far it is, and once at the end.
        stop: Ends the replay early, after the row in hand.
        clock: Monotonic seconds.
        wait: Waits so many seconds; none: until `stop`, at most so long.

    Raises:
        PublishError: when the target did not take everything.
    """
    stop = stop or threading.Event()
    now = clock()
    run = _ReplayRun(options, target, report, stop, clock, wait or stop.wait, began_at=now, reported_at=now)
    complete = run.all_sent(rows)
    if complete and options.punctuate and run.end_ms >= 0:
        target.punctuate(minute_start(run.end_ms) + MINUTE_MS)
    if complete:
        target.flush()
    else:
        target.flush(STOPPED_FLUSH_S)
    run.tell()
    return ReplayResult(
        rows=run.rows,
        records=run.records,
        transactions=run.transactions,
        first_event_ms=run.first_ms,
        last_event_ms=run.last_ms,
        seconds=clock() - run.began_at,
        complete=complete,
    )
