"""The loop that single messages are delivered in."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from threading import Event
from typing import Final, Generic

import structlog

from sinks.backoff import Backoff
from sinks.delivery.channel import DeliveryChannel, Rejected
from sinks.delivery.complaints import Complaints
from sinks.delivery.crew import Crew, Return, Sends
from sinks.delivery.lanes import Lanes, PendingMessage
from sinks.delivery.ledger import OffsetLedger, OffsetPlace
from sinks.delivery.notes import Done, read
from sinks.delivery.past import Past
from sinks.delivery.standing import Standing
from sinks.health import LoopHealth, Seconds
from sinks.metrics import Metrics
from sinks.protocol import (
    Busy,
    CommitFailed,
    Data,
    DeadLetterTarget,
    Entry,
    Partition,
    Record,
    Refusal,
    Source,
    Trouble,
    was_sent_again,
)
from sinks.refused_records import RecordReading, RefusedRecords

log = structlog.get_logger(__name__)
IDLE_S: Final = 0.5
"""How long to wait for a record when there is nothing else to do."""
BUSY_S: Final = 0.02
"""How long when something is on its way."""
LINGER_S: Final = 0.02
BATCH: Final = 500
FINISH_S: Final = 5.0
"""After a stop messages leave for so long; the last of them then has the time of one request."""


class Delivery(Generic[Data]):
    """Fetch, send, commit; see `sinks.delivery` for what is promised. All but the sending is in one thread.

    When partitions are taken away, what waits of them is dropped: whoever gets them reads it again.
    Any error but the ones of the protocols passes through `run`, and nothing is committed after it.

    Args:
        source: Where records come from.
        channel: Where messages go.
        dead_letters: Where those go that cannot be delivered.
        metrics: What is counted.
        backoff: How long a lane waits after a failure.
        crew: What sends; none: threads.
        one_by_one: Send the past message by message, and do not sum it up.
        clock: Seconds of a clock that never goes back.
        wall_s: Epoch seconds.
    """

    def __init__(
        self,
        source: Source,
        channel: DeliveryChannel[Data],
        dead_letters: DeadLetterTarget,
        metrics: Metrics,
        *,
        backoff: Backoff,
        crew: Sends | None = None,
        one_by_one: bool = False,
        clock: Seconds = time.monotonic,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._channel = channel
        self._refused = RefusedRecords(channel.name, dead_letters, metrics, clock)
        self._metrics = metrics
        self._backoff = backoff
        self._crew = crew or Crew(channel.terms.at_once)
        self._one_by_one = one_by_one
        self._clock = clock
        self._wall_s = wall_s
        self._lanes: Lanes[Data] = Lanes()
        self._past: Past[Data] = Past()
        self._ledger = OffsetLedger(source.is_new)
        self._noted: dict[Partition, Done] = {}
        self._standing = Standing(channel.terms)
        self._kept: dict[Partition, int] = {}
        self._holding = False
        self.health = LoopHealth(clock)
        self._complaints = Complaints(channel.name, self.health, metrics, clock)
        source.listen(self._revoked)

    @property
    def in_hand(self) -> int:
        """Messages that were fetched and neither delivered nor put aside."""
        return len(self._lanes) + len(self._past)

    def run(self, stop: Event) -> None:
        """Turn until `stop` is set; then let go what has not failed yet, wait for what is on its way, and commit.

        The caller closes source and channel, also after an error.
        """
        log.info("sink_started", sink=self._channel.name)
        try:
            while not stop.is_set():
                self._turn()
            self._finish()
        finally:
            self._crew.close()
        self._collect()
        self._commit()
        log.info("sink_stopped", sink=self._channel.name, left=self.in_hand)

    def _turn(self) -> None:
        self.health.turned()
        self._collect()
        self._dispatch()
        self._take()
        self._collect()
        self._commit()
        self._complaints.hear(list(self._lanes.failing()))

    def _finish(self) -> None:
        until = self._clock() + FINISH_S
        while self._clock() < until:
            self._collect()
            self._dispatch(fresh=True)
            if not self._crew.flying:
                return
            self._hold(BUSY_S)

    # --- what comes in ------------------------------------------------------------------------------------------

    def _take(self) -> None:
        room = self._channel.terms.in_hand - len(self._lanes)
        wait_s = self._wait_s()
        if room <= 0:
            self._hold(max(wait_s, BUSY_S))
            return
        if self._holding:
            self._source.resume()
            self._holding = False
        records = self._source.fetch(min(room, BATCH), wait_s, LINGER_S)
        lag = self._source.lag()
        self._metrics.behind(lag)
        self._metrics.received(Counter(record.partition.topic for record in records))
        self._ledger.took(records)
        self._read(records)
        self._leave_the_past()
        if not records and not self.in_hand and not any(lag.values()):
            self.health.advanced()

    def _wait_s(self) -> float:
        """Until something can be done: a message comes back, or may be tried again."""
        if self._crew.flying:
            return BUSY_S
        at = self._lanes.next_at()
        return IDLE_S if at is None else min(IDLE_S, max(BUSY_S, at - self._clock()))

    def _hold(self, wait_s: float) -> None:
        self._holding = True
        self._source.hold(wait_s)

    def _read(self, records: list[Record]) -> None:
        reading = RecordReading(self._channel.name, self._channel.read)
        for record, entry in reading.of(self._unnoted(records)):
            if entry is None:
                self._skip(record)
            else:
                self._sort(entry)
        if reading.unreadable:
            self._put_aside(reading.unreadable, Refusal.UNREADABLE)

    def _unnoted(self, records: Iterable[Record]) -> Iterator[Record]:
        """Those that nobody is done with; the others are left out."""
        for record in records:
            if self._is_noted(record):
                self._skip(record, "done_before")
            else:
                yield record

    def _is_noted(self, record: Record) -> bool:
        """Whether whoever had the partition before was done with the record; that is kept beside what it committed."""
        if record.partition not in self._noted:
            self._noted[record.partition] = read(self._source.note(record.partition))
        return self._noted[record.partition].has(record)

    def _sort(self, entry: Entry[Data]) -> None:
        """To its lane, or to the past."""
        record, lane = entry.record, self._channel.lane(entry)
        if was_sent_again(record) or not (lane in self._past or self._is_past(entry)):
            self._lanes.add(PendingMessage(lane, entry, (record,)))
            return
        known = not self._source.is_new(record.partition) and not self._channel.begins(entry)
        if self._past.add(lane, entry, known=known, over=self._channel.ends(entry)):
            self._metrics.discarded("not_meant", 1)

    def _is_past(self, entry: Entry[Data]) -> bool:
        """Whether it was there before we came: all that a new group finds, of others what is old by now."""
        terms, partition = self._channel.terms, entry.record.partition
        end = self._source.ends().get(partition)  # one fetch may bring what is before the end, the end, and more
        if self._one_by_one or (end is not None and entry.record.offset >= end):
            return False
        return self._source.is_new(partition) or self._wall_s() - entry.event_ms / 1000 > terms.old_s

    def _leave_the_past(self) -> None:
        """Once the end has been reached: send what is still open, and one message for all that is over."""
        ends = self._source.ends()
        for partition, offset in ends.items():
            if self._source.is_new(partition):
                # Kept, so that what comes from now on is not taken for the past by whoever follows us.
                self._ledger.reached(partition, offset)
        if not self._past or any(p not in ends for p in self._source.lag()):
            return
        sent, over = self._past.conclude()
        if over:
            data, last = self._channel.summary([lane.last for lane in over]), over[-1].last
            entry = Entry(last.record, data, last.event_ms)
            covers = tuple(record for lane in over for record in lane.records)
            self._lanes.add(PendingMessage(f"{self._channel.name} past", entry, covers, sums_up=True))
        for lane in sent:
            self._lanes.add(PendingMessage(self._channel.lane(lane.last), lane.last, tuple(lane.records)))
        log.info("past_read", sink=self._channel.name, summed_up=len(over), sent=len(sent))

    # --- what goes out ------------------------------------------------------------------------------------------

    def _dispatch(self, *, fresh: bool = False) -> None:
        while self._crew.flying < self._standing.at_once:
            parcel = self._lanes.due(self._clock(), fresh=fresh)
            if parcel is None:
                return
            if parcel.sums_up or self._channel.wants(parcel.entry):
                self._lanes.leaves(parcel)
                self._crew.start(parcel, partial(self._channel.send, parcel.entry), self._clock)
            else:
                self._lanes.arrived(parcel)
                self._standing.forget(parcel.lane)
                self._metrics.discarded("not_meant", 1)
                self._ledger.done(parcel.covers)

    def _collect(self) -> None:
        for back in self._crew.returns():
            match back.error:
                case None:
                    self._delivered(back)
                case Rejected():
                    self._failed(back, str(back.error), None)
                case Busy():
                    self._failed(back, back.error.detail, back.error)
                case _:
                    raise back.error

    def _delivered(self, back: Return) -> None:
        parcel = back.parcel
        self._standing.accepted()
        if not parcel.sums_up:
            self._channel.sent(parcel.entry)
        self._lanes.arrived(parcel)
        self._ledger.done(parcel.covers)
        event_lag_s = self._wall_s() - parcel.entry.event_ms / 1000
        self._metrics.wrote(1, back.ended_at - back.started_at, event_lag_s)

    def _failed(self, back: Return, detail: str, trouble: Busy | None) -> None:
        parcel, now = back.parcel, self._clock()
        if parcel.gone:
            self._lanes.arrived(parcel)
            return
        parcel.failed_at = parcel.failed_at if parcel.tries else now
        parcel.tries += 1
        parcel.trouble, parcel.detail = trouble, detail
        self._metrics.failed(trouble.trouble if trouble else Trouble.REFUSED)
        self._standing.failed(parcel.lane)
        if self._standing.blames(parcel, now) or (parcel.sums_up and trouble is None):
            self._give_up(parcel)
            return
        parcel.taken_before = self._standing.taken
        parcel.retry_at = now + self._backoff.delay_s(parcel.tries, trouble.retry_after_s if trouble else None)
        self._metrics.retried()
        self._lanes.comes_back(parcel)

    def _give_up(self, parcel: PendingMessage[Data]) -> None:
        """Put it aside, so that its lane goes on; a summary of what is over is only told of in the log."""
        refusal = Refusal.REJECTED if parcel.trouble is None else Refusal.UNDELIVERED
        if parcel.sums_up:
            log.error("summary_not_wanted", sink=self._channel.name, detail=parcel.detail, of=len(parcel.covers))
        else:
            self._put_aside([(parcel.entry.record, parcel.detail)], refusal)
        self._ledger.done(parcel.covers)
        self._standing.forget(parcel.lane)
        self._lanes.arrived(parcel)

    def _put_aside(self, refused: list[tuple[Record, str]], refusal: Refusal) -> None:
        self._refused.put(refused, refusal)
        self._ledger.done(record for record, _ in refused)

    def _skip(self, record: Record, why: str = "not_meant") -> None:
        self._metrics.discarded(why, 1)
        self._ledger.done([record])

    # --- what is kept -------------------------------------------------------------------------------------------

    def _commit(self) -> None:
        due = self._ledger.due()
        if not due:
            return
        try:
            self._keep(due)
        except CommitFailed as error:
            self._metrics.failed(Trouble.COMMIT)
            log.warning("commit_failed", sink=self._channel.name, detail=str(error))
            return
        self._ledger.committed(due)
        offsets = {partition: place.offset for partition, place in due.items()}
        self._metrics.committed(offsets)
        if offsets.items() - self._kept.items():
            self.health.advanced()
        self._kept |= offsets

    def _keep(self, due: Mapping[Partition, OffsetPlace]) -> None:
        self._source.commit({p: place.offset for p, place in due.items()}, {p: place.note for p, place in due.items()})

    def _revoked(self, partitions: frozenset[Partition], may_commit: bool) -> None:  # noqa: FBT001 - `Revoked` says so
        """Commit what is done of the partitions, drop what is not."""
        theirs = {p: place for p, place in self._ledger.due().items() if p in partitions}
        if theirs and may_commit:
            try:
                self._keep(theirs)
            except CommitFailed as error:
                log.warning("commit_failed", sink=self._channel.name, detail=str(error))
        self._ledger.drop(partitions)
        for partition in partitions:
            self._noted.pop(partition, None)
            self._kept.pop(partition, None)
        dropped = self._lanes.drop(partitions) + self._past.drop(partitions)
        self._metrics.discarded("revoked", dropped)
        self._metrics.gone(partitions)
        if dropped:
            log.info("dropped_at_rebalance", sink=self._channel.name, records=dropped)
