"""From the event that closes a minute to the alert on the topic, at 5 000 events a second.

Event time runs 20 times as fast as the wall clock, so that many minutes close; the rate of events is that of
the wall clock. The minute closes with the first event at or after its end plus the lateness on the last of
the partitions; the clock starts when that event is handed to the producer.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import msgspec
from confluent_kafka import Message, Producer

from floodmark.broker.topics import ensure_topics
from schemas.topics import Topics
from tests.bench.ear import Ear

PARTITIONS = 6
LATENESS_MS = 5_000
CYCLE: Final = 250
"""One failed transaction of each failing scope in so many transactions."""
TICK_S: Final = 0.002
SPARE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Flow:
    """Transactions in whose every minute some scopes fail.

    Args:
        address: The broker.
        topic: Where to.
        minutes: How many minutes of event time to close.
        rate: Transactions a second of wall clock.
        faster: Seconds of event time in a second of wall clock.
        failing: How many scopes fail, 250 at most.
        scopes: How many scopes the other transactions are spread over; 0: they carry none.
        linger_ms: How long the producer gathers; at 1 ms the broker is busy with thousands of small batches.
    """

    address: str
    topic: str
    minutes: int
    rate: int = 5_000
    faster: int = 20
    failing: int = 20
    scopes: int = 0
    linger_ms: int = 1

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return (self.minutes + 1) * 60 / self.faster + LATENESS_MS / 1000

    def value(self, number: int, event_ms: int) -> bytes:
        """The transaction of this number."""
        if number % CYCLE < self.failing:
            return b'{"timestamp":%d,"status":"failed","scope":"shop-%d"}' % (event_ms, number % CYCLE)
        if not self.scopes:
            return b'{"timestamp":%d,"status":"approved"}' % event_ms
        return b'{"timestamp":%d,"status":"approved","scope":"shop-%d"}' % (event_ms, number % self.scopes)


class Alerts:
    """When each alert of a failing minute was noted somewhere, by the scope and the minute that it speaks of."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, int], float] = {}

    def __len__(self) -> int:
        return len(self._at)

    def note(self, scope: str, minute_ms: int, at: float) -> None:
        """It was noted at this time (epoch seconds); the first time counts."""
        self._at.setdefault((scope, minute_ms), at)

    def hear(self, message: Message, at: float) -> None:
        """Note what an alert on the topic says."""
        self.read(message.value() or b"", at)

    def read(self, body: bytes, at: float) -> None:
        """Note what an alert as it is sent (CloudEvents in JSON) says."""
        alert: dict[str, Any] = msgspec.json.decode(body)["data"]
        if alert["state"] in ("firing", "updated"):
            seen_at = msgspec.convert(alert["last_seen"], type=datetime)
            self.note(alert["scope"], int(seen_at.timestamp() * 1000), at)

    def waits(self, closed_at: Mapping[int, float]) -> list[float]:
        """Seconds from the closing of its minute to the noting of each alert.

        Without the first two minutes, in which all that is done for the first time happens.
        """
        settled = set(sorted(closed_at)[2:])
        return [at - closed_at[minute] for (_, minute), at in self._at.items() if minute in settled]


def latencies(address: str, *, minutes: int) -> dict[str, float]:
    """Median, p99 and highest latency in seconds, and over how many alerts."""
    topics = Topics("latency.")
    ensure_topics(address, topics.specs(PARTITIONS), replication=1)
    flow = Flow(address, topics.transactions, minutes)
    heard = Alerts()
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        announce = Path(folder) / "worker.json"
        command = [sys.executable, "-m", "floodmark", "worker", "--broker", address, "--topic-prefix", topics.prefix]
        environment = {**os.environ, "FLOODMARK_LOG_LEVEL": "warning", "FLOODMARK_RULES": str(rules(Path(folder)))}
        worker = subprocess.Popen([*command, "--announce", str(announce)], stdout=log, stderr=log, env=environment)
        try:
            with Ear(address, topics.alerts, heard.hear):
                closed_at = publish(flow)
                await_alerts(heard, flow)
        finally:
            worker.terminate()
            worker.wait(30)
    waits = heard.waits(closed_at)
    return {
        "median": round(median(waits), 3),
        "p99": round(quantiles(waits, n=100)[-1], 3),
        "max": round(max(waits), 3),
        "alerts": len(waits),
    }


def rules(folder: Path) -> Path:
    """One rule that fires in every minute with failures: what is measured is the way, not the judgement."""
    path = folder / "rules.toml"
    path.write_text('name = "any failure"\n[[rule]]\nname = "failed"\nmethod = "count"\nkeys = ["failed"]\nabove = 0\n')
    return path


def await_alerts(noted: Alerts, flow: Flow, within_s: float = 20.0) -> None:
    """Wait until every alert that is due has been noted, for so long at most."""
    deadline = time.monotonic() + within_s
    while len(noted) < flow.minutes * flow.failing and time.monotonic() < deadline:
        time.sleep(0.1)


def publish(flow: Flow) -> dict[int, float]:
    """Publish at the rate; minute start (ms) to the wall clock (epoch seconds) at which it was closed.

    Raises:
        TimeoutError: The machine was too busy for the rate.
    """
    producer = Producer(
        {
            "bootstrap.servers": flow.address,
            "linger.ms": flow.linger_ms,
            "compression.type": "lz4",
            "log_level": 2,
        }
    )
    start_ms = (int(time.time() * 1000) - (flow.minutes + 2) * 60_000 * 2) // 60_000 * 60_000
    began = time.monotonic()
    closed_at: dict[int, float] = {}
    open_minute, passed = start_ms, set[int]()
    number = 0
    while (elapsed := time.monotonic() - began) < flow.seconds + SPARE_S:
        due = int(elapsed * flow.rate)
        for i in range(number, due):
            event_ms = start_ms + i * flow.faster * 1000 // flow.rate
            partition = i % PARTITIONS
            producer.produce(flow.topic, flow.value(i, event_ms), partition=partition)
            if event_ms >= open_minute + 60_000 + LATENESS_MS:
                passed.add(partition)
                if len(passed) == PARTITIONS:
                    closed_at[open_minute] = time.time()
                    open_minute, passed = open_minute + 60_000, set()
        number = due
        producer.poll(0)
        if len(closed_at) >= flow.minutes:
            producer.flush(30)
            return closed_at
        time.sleep(max(TICK_S, flow.linger_ms / 1000))
    raise TimeoutError(f"{len(closed_at)} of {flow.minutes} minutes closed in {elapsed:.0f} s")
