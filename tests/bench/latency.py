"""From the event that closes a minute to the alert on the topic, at 5 000 events a second.

Event time runs 20 times as fast as the wall clock, so that many minutes close; the rate of events is that of
the wall clock. The minute closes with the first event at or after its end plus the lateness on the last of
the partitions; the clock starts when that event is handed to the producer.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import msgspec
from confluent_kafka import Consumer, Producer, TopicPartition

from floodmark.broker.topics import ensure_topics
from schemas.topics import Topics

PARTITIONS = 6
RATE = 5_000
FASTER = 20
LATENESS_MS = 5_000
SCOPES = 20


def latencies(address: str, *, minutes: int) -> dict[str, float]:
    """Median, p99 and highest latency in seconds, and over how many alerts."""
    topics = Topics("latency.")
    ensure_topics(address, topics.specs(PARTITIONS), replication=1)
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        announce = Path(folder) / "worker.json"
        command = [sys.executable, "-m", "floodmark", "worker", "--broker", address, "--topic-prefix", topics.prefix]
        environment = {**os.environ, "FLOODMARK_LOG_LEVEL": "warning", "FLOODMARK_RULES": str(_rules(Path(folder)))}
        worker = subprocess.Popen([*command, "--announce", str(announce)], stdout=log, stderr=log, env=environment)
        try:
            heard = _Ear(address, topics)
            try:
                closed_at = _publish(address, topics, minutes)
                waits = heard.waits(closed_at, len(closed_at) * SCOPES)
            finally:
                heard.close()
        finally:
            worker.terminate()
            worker.wait(30)
    return {
        "median": round(median(waits), 3),
        "p99": round(quantiles(waits, n=100)[-1], 3),
        "max": round(max(waits), 3),
        "alerts": len(waits),
    }


def _rules(folder: Path) -> Path:
    """One rule that fires in every minute with failures: what is measured is the way, not the judgement."""
    path = folder / "rules.toml"
    path.write_text('name = "any failure"\n[[rule]]\nname = "failed"\nmethod = "count"\nkeys = ["failed"]\nabove = 0\n')
    return path


def _publish(address: str, topics: Topics, minutes: int) -> dict[int, float]:
    """Publish at the rate; minute start (ms) to the wall clock at which it was closed."""
    producer = Producer({"bootstrap.servers": address, "linger.ms": 1, "compression.type": "lz4", "log_level": 2})
    start_ms = (int(time.time() * 1000) - (minutes + 2) * 60_000 * 2) // 60_000 * 60_000
    began = time.monotonic()
    closed_at: dict[int, float] = {}
    open_minute, passed = start_ms, set[int]()
    number = 0
    while True:
        due = int((time.monotonic() - began) * RATE)
        for i in range(number, due):
            event_ms = start_ms + i * FASTER * 1000 // RATE
            partition = i % PARTITIONS
            value = _failed(event_ms, i) if i % 250 < SCOPES else b'{"timestamp":%d,"status":"approved"}' % event_ms
            producer.produce(topics.transactions, value, partition=partition)
            if event_ms >= open_minute + 60_000 + LATENESS_MS:
                passed.add(partition)
                if len(passed) == PARTITIONS:
                    closed_at[open_minute] = time.time()
                    open_minute, passed = open_minute + 60_000, set()
        number = due
        producer.poll(0)
        if len(closed_at) == minutes:
            producer.flush(30)
            return closed_at
        time.sleep(0.002)


def _failed(event_ms: int, i: int) -> bytes:
    return b'{"timestamp":%d,"status":"failed","scope":"shop-%d"}' % (event_ms, i % 250)


class _Ear:
    """Listens to the alerts topic and notes when each alert is heard."""

    def __init__(self, address: str, topics: Topics) -> None:
        self._consumer = Consumer(
            {"bootstrap.servers": address, "group.id": "ear", "enable.auto.commit": False, "fetch.wait.max.ms": 10}
        )
        self._consumer.assign([TopicPartition(topics.alerts, 0, 0)])
        self._heard: list[tuple[int, float]] = []
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        self._thread.join()
        self._consumer.close()

    def _listen(self) -> None:
        while not self._closed.is_set():
            for message in self._consumer.consume(500, 0.01):
                if message.error() is None:
                    alert: dict[str, Any] = msgspec.json.decode(message.value())["data"]
                    if alert["state"] in ("firing", "updated"):
                        seen_ms = int(msgspec.convert(alert["last_seen"], type=datetime).timestamp() * 1000)
                        self._heard.append((seen_ms, time.time()))

    def waits(self, closed_at: dict[int, float], wanted: int) -> list[float]:
        """Seconds from closing to hearing of each alert, waiting for them for 20 s at most."""
        deadline = time.monotonic() + 20
        while len(self._heard) < wanted and time.monotonic() < deadline:
            time.sleep(0.1)
        # The first two minutes include the start of the worker.
        settled = sorted(closed_at)[2:]
        return [at - closed_at[minute] for minute, at in self._heard if minute in closed_at and minute in settled]
