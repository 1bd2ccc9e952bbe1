"""Builders, and fakes of the protocols that are ours: a source, a destination, a place for refused records."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any

from prometheus_client import CollectorRegistry

from schemas.alert import Alert
from schemas.codec import alert_record, minute_record
from schemas.minute import Minute
from sinks.backoff import Backoff
from sinks.delivery.channel import DeliveryChannel
from sinks.delivery.crew import Return, tried
from sinks.delivery.loop import Delivery
from sinks.loop import Loop
from sinks.metrics import Metrics
from sinks.protocol import (
    BadRecord,
    BatchLimits,
    Busy,
    CommitFailed,
    Entry,
    Partition,
    Record,
    Refusal,
    Revoked,
    Trouble,
    UnreadableRecord,
)

ALERTS = Partition("alerts", 0)
MINUTES = Partition("minutes", 0)
AT = datetime(2025, 7, 12, 18, 7, tzinfo=UTC)
AT_MS = 1_752_343_620_000


def alert(**changes: Any) -> Alert:
    values: dict[str, Any] = {
        "incident_id": "a1b2c3d4",
        "state": "firing",
        "severity": "critical",
        "scope": "all",
        "dimension": "status",
        "key": "reversed",
        "timestamp": AT,
        "since": AT,
        "last_seen": AT,
        "observed": 5,
        "expected": 1.1667,
        "mean": 1.1667,
        "std": 1.1769,
        "z": 3.2572,
        "share": 0.0422,
        "score": 72.5,
        "rules": ["zscore"],
        "terms": {"zscore": 72.5},
        "summary": "reversed is far above what this minute should look like.",
        "rule_set": "classic-1",
    }
    return Alert(**values | changes)


def minute(**changes: Any) -> Minute:
    values: dict[str, Any] = {
        "minute": AT_MS,
        "scope": "all",
        "dimension": "status",
        "key": "reversed",
        "count": 5,
        "total": 118,
        "share": 5 / 118,
        "expected": 1.1667,
        "low": 0.0,
        "high": 4.7,
        "mean": 1.1667,
        "std": 1.1769,
        "z": 3.2572,
        "score": 72.5,
        "terms": {"zscore": 72.5},
        "verdict": "critical",
        "rules": ["zscore"],
        "version": 7,
        "rule_set": "classic-1",
        "offsets": {"0": 12, "1": 9},
    }
    return Minute(**values | changes)


def alert_at(offset: int, partition: Partition = ALERTS, known_ms: int = -1, **changes: Any) -> Record:
    """An alert as a record; a number in the incident makes each one different."""
    key, value = alert_record(alert(**{"incident_id": f"incident-{offset}"} | changes))
    return Record(partition, offset, key, value, timestamp_ms=known_ms)


def minute_at(offset: int, partition: Partition = MINUTES, known_ms: int = -1, **changes: Any) -> Record:
    key, value = minute_record(minute(**{"minute": AT_MS + 60_000 * offset} | changes))
    return Record(partition, offset, key, value, timestamp_ms=known_ms)


def plain(offset: int, value: bytes | None = b"good", partition: Partition = ALERTS) -> Record:
    return Record(partition, offset, None, value)


class Clock:
    """Time that moves only when somebody waits."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class FakeSource:
    """Partitions in memory. Waiting moves the clock; events can be planned for any fetch, hold or moment."""

    def __init__(
        self, records: Iterable[Record] = (), clock: Clock | None = None, journal: list[str] | None = None
    ) -> None:
        self.clock = clock or Clock()
        self.journal = journal if journal is not None else []
        self.records = list(records)
        self.committed: dict[Partition, int] = {}
        self.commits: list[Mapping[Partition, int]] = []
        self.held: list[float] = []
        self.paused = self.closed = False
        self.commit_errors: list[CommitFailed] = []
        self.on_hold: Callable[[], None] = lambda: None
        self.on_idle: Callable[[], None] = lambda: None
        self.notes: dict[Partition, str] = {}
        self.unseen: dict[Partition, int] = {}
        self.new: set[Partition] = set()
        self.behind: set[Partition] = set()
        self.end_at: dict[Partition, int] = {}
        self._fetched: set[Partition] = set()
        self._revoked: Revoked = lambda _partitions, _may_commit: None

    def listen(self, revoked: Revoked) -> None:
        self._revoked = revoked

    def fetch(self, limit: int, wait_s: float, linger_s: float) -> list[Record]:
        assert not self.paused, "fetched while paused"
        batch, self.records = self.records[:limit], self.records[limit:]
        self._fetched |= {record.partition for record in batch}
        if not batch:
            self.clock.now += wait_s
            self.on_idle()
        return batch

    def hold(self, wait_s: float) -> None:
        self.paused = True
        self.held.append(wait_s)
        self.clock.now += wait_s
        self.on_hold()

    def resume(self) -> None:
        self.paused = False

    def commit(self, offsets: Mapping[Partition, int], notes: Mapping[Partition, str] | None = None) -> None:
        if self.commit_errors:
            raise self.commit_errors.pop(0)
        self.journal.append(f"commit {dict(sorted(offsets.items()))[min(offsets)]}")
        self.commits.append(dict(offsets))
        self.committed |= offsets
        self.notes |= notes or {}

    def ends(self) -> Mapping[Partition, int]:
        return {partition: self.end_at.get(partition, 0) for partition in self._fetched - self.behind}

    def note(self, partition: Partition) -> str:
        return self.notes.get(partition, "")

    def is_new(self, partition: Partition) -> bool:
        return partition in self.new

    def lag(self) -> Mapping[Partition, int]:
        return dict.fromkeys(self._fetched, 0) | self.unseen

    def close(self) -> None:
        self.closed = True

    def revoke(self, *partitions: Partition, may_commit: bool = True) -> None:
        self._revoked(frozenset(partitions), may_commit)


class FakeDestination:
    """Keeps what it gets. `errors` are raised by the next writes, one each; `b"bad"` can never be written."""

    name = "fake"
    limits = BatchLimits(records=10, wait_s=0.5, linger_s=0.1)

    def __init__(self, journal: list[str] | None = None) -> None:
        self.journal = journal if journal is not None else []
        self.errors: list[Exception] = []
        self.written: list[int] = []
        self.before_write: Callable[[], None] = lambda: None
        self.closed = False

    def read(self, record: Record) -> Entry[bytes] | None:
        if record.value is None:
            return None
        if record.value == b"noise":
            raise UnreadableRecord("noise")
        return Entry(record, record.value, AT_MS)

    def write(self, batch: Sequence[Entry[bytes]]) -> int:
        self.before_write()
        if self.errors:
            raise self.errors.pop(0)
        bad = [(entry, "it is bad") for entry in batch if entry.data == b"bad"]
        if bad:
            raise BadRecord(Refusal.UNSTORABLE, bad)
        self.journal.append("write")
        self.written += [entry.record.offset for entry in batch]
        return len(batch)

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeDeadLetters:
    """Keeps refused records, or fails."""

    records: list[tuple[int, Refusal, str]] = field(default_factory=list)
    error: Exception | None = None

    def put(self, refused: Iterable[tuple[Record, str]], refusal: Refusal) -> None:
        if self.error is not None:
            raise self.error
        self.records += [(record.offset, refusal, detail) for record, detail in refused]

    @property
    def offsets(self) -> list[int]:
        return [offset for offset, _, _ in self.records]


class Bench:
    """A loop with everything around it, run until its source is empty (or something happens).

    Messages of a channel leave one after the other, and its loop turns until none is in hand.
    """

    def __init__(self, records: Iterable[Record], destination: Any = None, *, one_by_one: bool = False) -> None:
        self.journal: list[str] = []
        self.stop = Event()
        self.source = FakeSource(records, journal=self.journal)
        self.destination = destination if destination is not None else FakeDestination(self.journal)
        self.dead_letters = FakeDeadLetters()
        self.registry = CollectorRegistry()
        metrics = Metrics(self.destination.name, ["alerts", "minutes"], self.registry)
        parts = (self.source, self.destination, self.dead_letters, metrics)
        times: dict[str, Any] = {"clock": self.source.clock, "wall_s": lambda: AT_MS / 1000 + 3}
        self.loop: Loop[Any] | Delivery[Any]
        if isinstance(self.destination, DeliveryChannel):
            self.loop = Delivery(
                *parts, backoff=Backoff(rng=random.Random(1)), crew=Inline(), one_by_one=one_by_one, **times
            )
            self.source.on_idle = self._wait
        else:
            self.loop = Loop(*parts, backoff=Backoff(rng=random.Random(1)), **times)
            self.source.on_idle = self.stop.set

    def run(self) -> None:
        self.loop.run(self.stop)

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"floodmark_sink_{name}", {"sink": self.destination.name} | labels)

    def _wait(self) -> None:
        if isinstance(self.loop, Delivery) and self.loop.in_hand:
            self.source.held.append(0.0)
            self.source.on_hold()
        else:
            self.stop.set()


class Inline:
    """Sends at once, in the thread that asks; implements `sinks.delivery.crew.Sends`."""

    def __init__(self) -> None:
        self._back: list[Return] = []

    @property
    def flying(self) -> int:
        return len(self._back)

    def start(self, parcel: Any, send: Callable[[], None], clock: Callable[[], float]) -> None:
        self._back.append(tried(parcel, send, clock))

    def returns(self) -> list[Return]:
        back, self._back = self._back, []
        return back

    def close(self) -> None:
        pass


def busy(retry_after_s: float | None = None) -> Busy:
    return Busy(Trouble.UNREACHABLE, "it is down", retry_after_s)
