"""Replays rows: at their own pace, faster, or as fast as it goes; as they are, or one record for each transaction."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import Final, Protocol

from producers.csv_rows import Row

MINUTE_MS: Final = 60_000
GOLDEN: Final = 0.6180339887498949
"""Steps of the golden ratio spread any number of points evenly over an interval."""


class Target(Protocol):
    """Where rows go."""

    def publish(self, row: Row) -> None:
        """Send one row."""

    def punctuate(self, timestamp_ms: int) -> None:
        """Nothing older comes any more."""

    def poll(self) -> None:
        """Take in delivery reports."""

    def flush(self) -> None:
        """Wait until everything has arrived."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How to replay.

    Args:
        speed: Event seconds for each second; inf: as fast as it goes.
        shift_ms: Added to every event time (see `rebased`).
        punctuate: Say at the end that nothing more comes, so that the last minute closes at once.
        skip_rows: Leave out so many rows at the beginning: they were published before.
    """

    speed: float = inf
    shift_ms: int = 0
    punctuate: bool = True
    skip_rows: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a replay is."""

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
        transactions: Sum of the counts of rows with a status.
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


@dataclass(frozen=True, slots=True)
class Span:
    """What rows hold in all, before any of them is published."""

    rows: int
    first_ms: int
    last_ms: int


def span_of(rows: Iterable[Row]) -> Span:
    """Count the rows and find their first and last event time (-1 without any)."""
    count, first, last = 0, -1, -1
    for row in rows:
        first = row.timestamp_ms if first < 0 else min(first, row.timestamp_ms)
        last = max(last, row.timestamp_ms)
        count += 1
    return Span(count, first, last)


@dataclass(slots=True)
class Pace:
    """Keeps event time from running ahead. Sleeping is a function of its own, so that tests need no time."""

    speed: float
    clock: Callable[[], float] = time.monotonic
    began_at: float = -1.0
    first_ms: int = -1

    def due_in(self, event_ms: int) -> float:
        """Seconds until the event is due; 0 or less: now."""
        if self.speed == inf:
            return 0.0
        if self.first_ms < 0:
            self.began_at, self.first_ms = self.clock(), event_ms
        return (event_ms - self.first_ms) / 1000 / self.speed - (self.clock() - self.began_at)


def rebased(first_ms: int, last_ms: int, speed: float, now_ms: int) -> int:
    """The shift that makes the replay end at the time it ends: no event is ever ahead of the wall clock.

    At full speed the last event is now; at `speed` the first one lies so far back that the replay catches up.
    """
    lasts_ms = 0 if speed == inf else int((last_ms - first_ms) / speed)
    return now_ms + lasts_ms - last_ms


def exploded(rows: Iterable[Row]) -> Iterator[Row]:
    """One row for each transaction, spread evenly inside its minute; in event-time order, minute by minute.

    A row of count 0 stays as it is, so that what was dense stays dense. An amount goes with the first.
    Same rows, same times.
    """
    for _, same in groupby(rows, key=lambda row: row.timestamp_ms // MINUTE_MS):
        minute = [one for number, row in enumerate(same) for one in _spread(row, number)]
        minute.sort(key=lambda row: row.timestamp_ms)
        yield from minute


def _spread(row: Row, number: int) -> Iterator[Row]:
    if row.count == 0:
        yield row
        return
    start = row.timestamp_ms // MINUTE_MS * MINUTE_MS
    for i in range(row.count):
        part = (number * 0.1 + (i + 1) * GOLDEN) % 1.0
        yield row._replace(timestamp_ms=start + int(part * MINUTE_MS), count=1, amount=row.amount if i == 0 else None)


@dataclass(slots=True)
class _Count:
    rows: int = 0
    records: int = 0
    transactions: int = 0
    first_ms: int = -1
    last_ms: int = -1


def replay(
    rows: Iterable[Row],
    options: ReplayOptions,
    target: Target,
    *,
    report: Callable[[Progress], None] = lambda _progress: None,
    stop: threading.Event | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> ReplayResult:
    """Publish rows that come in event-time order; waits at the end until all have arrived.

    Args:
        rows: In event-time order.
        options: How.
        target: Where to.
        report: Told about every fifth of a second how far it is.
        stop: Ends the replay early, after the row in hand.
        clock: Monotonic seconds.

    Raises:
        PublishError: when the target did not take everything.
    """
    stop = stop or threading.Event()
    pace, count, began = Pace(options.speed, clock), _Count(), clock()
    told_at = began

    def progress() -> Progress:
        return Progress(count.rows, count.records, count.last_ms, clock() - began, count.first_ms)

    for number, row in enumerate(rows):
        if stop.is_set():
            break
        if number < options.skip_rows:
            count.rows += 1
            continue
        event_ms = row.timestamp_ms + options.shift_ms
        while (wait_s := pace.due_in(event_ms)) > 0 and not stop.is_set():
            target.poll()
            report(progress())
            stop.wait(min(wait_s, 0.2))
        if stop.is_set():
            break
        target.publish(row._replace(timestamp_ms=event_ms) if options.shift_ms else row)
        count.first_ms = event_ms if count.first_ms < 0 else count.first_ms
        count.last_ms = max(count.last_ms, event_ms)
        count.records += 1
        count.rows += 1
        count.transactions += row.count if row.status is not None else 0
        if count.rows % 256 == 0:
            target.poll()
            if clock() - told_at >= 0.2:
                told_at = clock()
                report(progress())
    complete = not stop.is_set()
    if complete and options.punctuate and count.last_ms >= 0:
        target.punctuate((count.last_ms // MINUTE_MS + 1) * MINUTE_MS)
    target.flush()
    report(progress())
    return ReplayResult(
        count.rows, count.records, count.transactions, count.first_ms, count.last_ms, clock() - began, complete
    )
