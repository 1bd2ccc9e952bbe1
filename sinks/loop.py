"""The one consumer loop that every destination runs in."""

import time
from collections import Counter
from collections.abc import Callable
from threading import Event
from typing import Final, Generic

import structlog

from runtime.garbage import BetweenTurns
from sinks.backoff import Backoff
from sinks.batch import PendingBatch
from sinks.health import LoopHealth, Seconds
from sinks.metrics import Metrics
from sinks.protocol import (
    BadRecord,
    Busy,
    CommitFailed,
    Data,
    DeadLetterTarget,
    Destination,
    Partition,
    Record,
    Refusal,
    Source,
    Trouble,
)
from sinks.refused_records import RecordReading, RefusedRecords

log = structlog.get_logger(__name__)
HOLD_S: Final = 0.2
"""The longest single wait while the target is busy, so that a stop is seen soon."""


class Loop(Generic[Data]):
    """Fetch, read, write, commit, in this order; offsets are committed only after the write succeeded.

    One turn:

    1. offer again what was written and could not be committed;
    2. fetch a batch;
    3. let the destination read each record; put unreadable ones aside;
    4. write; put refused ones aside and write the rest; while the target is busy hold all partitions,
       stay in the group and try again;
    5. commit.

    When partitions are taken away, what is in hand of them is dropped: whoever gets them reads it again.
    Any error but the ones of the protocol passes through `run`, and nothing is committed after it.
    """

    def __init__(
        self,
        source: Source,
        destination: Destination[Data],
        dead_letters: DeadLetterTarget,
        metrics: Metrics,
        *,
        backoff: Backoff,
        clock: Seconds = time.monotonic,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._destination = destination
        self._refused = RefusedRecords(destination.name, dead_letters, metrics, clock)
        self._metrics = metrics
        self._limits = destination.limits
        self._backoff = backoff
        self._clock = clock
        self._wall_s = wall_s
        self._batch: PendingBatch[Data] = PendingBatch()
        self._written: dict[Partition, int] = {}
        self.health = LoopHealth(clock)
        source.listen(self._revoked)

    def run(self, stop: Event) -> None:
        """Turn until `stop` is set; then finish the batch in hand, unless the target is busy, and return.

        The caller closes source and destination, also after an error.
        """
        log.info("sink_started", sink=self._destination.name)
        with BetweenTurns(self._clock) as garbage:
            while not stop.is_set():
                garbage.turned()
                self._turn(stop)
        if self._written:
            self._commit()
        log.info("sink_stopped", sink=self._destination.name)

    def _turn(self, stop: Event) -> None:
        self.health.turned()
        if self._written:
            self._commit()
        records = self._source.fetch(self._limits.records, self._limits.wait_s, self._limits.linger_s)
        lag = self._source.lag()
        self._metrics.behind(lag)
        if not records:
            if not self._written and not any(lag.values()):
                self.health.idled()
            return
        self._metrics.received(Counter(record.partition.topic for record in records))
        self._read(records)
        if self._write(stop):
            self._written.update(self._batch.take())
            if self._written:
                self._commit()

    def _read(self, records: list[Record]) -> None:
        reading = RecordReading(self._destination.name, self._destination.read)
        entries = [entry for _, entry in reading.of(records) if entry is not None]
        self._metrics.discarded("not_meant", len(records) - len(entries) - len(reading.unreadable))
        if reading.unreadable:
            self._refused.put(reading.unreadable, Refusal.UNREADABLE)
        self._batch.fill(entries, records)

    def _write(self, stop: Event) -> bool:
        """Whether everything in hand is written (or put aside); False when a stop came first."""
        attempt = 0
        while self._batch.entries:
            self.health.turned()
            batch = self._batch.entries
            started = self._clock()
            try:
                sent = self._destination.write(batch)
            except BadRecord as error:
                self._batch.remove([entry for entry, _ in error.bad])
                self._refused.put([(entry.record, detail) for entry, detail in error.bad], error.refusal)
            except Busy as error:
                attempt += 1
                self._wait(error, attempt, stop)
                if stop.is_set():
                    return False
            else:
                event_lag_s = self._wall_s() - max(entry.event_ms for entry in batch) / 1000
                self._metrics.wrote(sent, self._clock() - started, event_lag_s)
                self._metrics.discarded("not_meant", len(batch) - sent)
                break
        return True

    def _wait(self, error: Busy, attempt: int, stop: Event) -> None:
        """Hold all partitions until it is time for the next try, or `stop` is set."""
        delay_s = self._backoff.delay_s(attempt, error.retry_after_s)
        self._metrics.failed(error.trouble)
        self.health.busy(str(error))
        log.warning(
            "target_busy",
            sink=self._destination.name,
            reason=error.trouble.value,
            detail=error.detail,
            attempt=attempt,
            retry_in_s=round(delay_s, 3),
        )
        due_at = self._clock() + delay_s
        while not stop.is_set() and (left_s := due_at - self._clock()) > 0:
            self._source.hold(min(HOLD_S, left_s))
            self.health.turned()
        self._source.resume()
        if not stop.is_set():
            self._metrics.retried()

    def _commit(self) -> None:
        try:
            self._source.commit(self._written)
        except CommitFailed as error:
            self._metrics.failed(Trouble.COMMIT)
            log.warning("commit_failed", sink=self._destination.name, detail=str(error))
            return
        self._metrics.committed(self._written)
        self._written.clear()
        self.health.advanced()

    def _revoked(self, partitions: frozenset[Partition], may_commit: bool) -> None:  # noqa: FBT001 - `Revoked` says so
        """Commit what was written of the partitions, drop what was not."""
        theirs = {p: offset for p, offset in self._written.items() if p in partitions}
        if theirs and may_commit:
            try:
                self._source.commit(theirs)
            except CommitFailed as error:
                log.warning("commit_failed", sink=self._destination.name, detail=str(error))
        for partition in theirs:
            del self._written[partition]
        dropped = self._batch.drop(partitions)
        self._metrics.discarded("revoked", dropped)
        self._metrics.gone(partitions)
        if dropped:
            log.info("dropped_at_rebalance", sink=self._destination.name, records=dropped)
