"""How many minutes a second the sink writes, and how many a bare insert of the same blocks, turn and turn about."""

import statistics
import time
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Final

import psutil
from prometheus_client import CollectorRegistry

from schemas.codec import minute_record
from schemas.topics import Topics
from sinks.backoff import Backoff
from sinks.clickhouse.connection import Connection
from sinks.clickhouse.destination import ClickHouse
from sinks.clickhouse.rows import MinuteRow
from sinks.clickhouse.tables import MINUTES
from sinks.loop import Loop
from sinks.metrics import Metrics
from sinks.protocol import Partition, Record
from tests.bench.store.filling import CODES, DAY_S, START_S, STATUSES
from tests.sinks.sink_kit import FakeDeadLetters, FakeSource, minute

BATCH: Final = ClickHouse.limits.records
BARE: Final = "bare_minutes"
MINUTES_TOPIC: Final = Partition("minutes", 0)


@dataclass
class Pace:
    """What batches of one kind took: seconds, and CPU seconds here and in the store."""

    seconds: list[float] = field(default_factory=list)
    here: float = 0.0
    there: float = 0.0

    @property
    def rows(self) -> int:
        """How many were written."""
        return BATCH * len(self.seconds)

    @property
    def per_second(self) -> float:
        """Rows a second of the batch in the middle."""
        return BATCH / statistics.median(self.seconds)

    @property
    def line(self) -> str:
        """For a table."""
        us = 1e6 / self.rows
        per_cpu = self.rows / (self.here + self.there)
        cpu = f"CPU a row: {self.here * us:5.1f} us here, {self.there * us:5.1f} us in the store"
        return f"{self.per_second:9,.0f} rows/s, {per_cpu:9,.0f} per CPU second; {cpu}"


def paces(client: Any, dsn: str, store: psutil.Process, batches: int) -> tuple[Pace, Pace]:
    """The sink's pace and that of a bare insert: the same blocks, made before, into a table that nothing copies.

    The sink's has all that lies between a record and its commit: the loop, reading, the insert, its copies, the hours.
    Only fetching from Kafka is left out.
    """
    client.command(f"CREATE OR REPLACE TABLE floodmark.{BARE} AS floodmark.minute_versions")
    sink = ClickHouse(Topics(), Connection(lambda: dsn))
    ours, bare = Pace(), Pace()
    for number in range(batches + 1):
        records = _records(number)
        rows = [entry.data for record in records if (entry := sink.read(record)) is not None]
        known_ms = [record.timestamp_ms for record in records]
        body = b"".join(MINUTES.blocks([row for row in rows if isinstance(row, MinuteRow)], known_ms))
        with _Clock(ours if number else Pace(), store):
            _run(sink, records)
        with _Clock(bare if number else Pace(), store):
            client.raw_insert(f"floodmark.{BARE}", MINUTES.names, body, fmt="Native")
    sink.close()
    client.command(f"DROP TABLE floodmark.{BARE}")
    return ours, bare


def _run(sink: ClickHouse, records: list[Record]) -> None:
    stop = Event()
    source = FakeSource(records)
    source.on_idle = stop.set
    metrics = Metrics("clickhouse", sink.topics, CollectorRegistry())
    Loop(source, sink, FakeDeadLetters(), metrics, backoff=Backoff()).run(stop)
    assert source.committed == {MINUTES_TOPIC: records[-1].offset + 1}


def _records(number: int) -> list[Record]:
    """A batch of records of 100 series, as the topic of minutes has them: minute by minute."""
    first_ms = (START_S + 200 * DAY_S) * 1000 + number * BATCH // 100 * 60_000
    keys = (*STATUSES, *CODES)
    found = []
    for at in range(BATCH):
        at_ms = first_ms + 60_000 * (at // 100)
        made = minute(
            minute=at_ms,
            scope="all" if at % 100 < 10 else f"shop-{at % 100 // 10:02}",
            dimension="status" if at % 10 < 5 else "auth_code",
            key=keys[at % 10],
            count=at % 97,
            version=number * BATCH + at,
            **({} if at % 200 == 7 else {"terms": {}, "rules": [], "verdict": "normal", "score": at % 31 / 10}),
        )
        key, value = minute_record(made)
        found.append(Record(MINUTES_TOPIC, number * BATCH + at, key, value, timestamp_ms=at_ms + 65_000))
    return found


class _Clock:
    def __init__(self, pace: Pace, store: psutil.Process) -> None:
        self._pace, self._store = pace, store

    def __enter__(self) -> None:
        self._started = time.perf_counter(), time.process_time(), sum(self._store.cpu_times()[:2])

    def __exit__(self, *_: object) -> None:
        wall, here, there = self._started
        self._pace.seconds.append(time.perf_counter() - wall)
        self._pace.here += time.process_time() - here
        self._pace.there += sum(self._store.cpu_times()[:2]) - there
