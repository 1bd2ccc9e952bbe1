"""Floodmark's worker, run as people run it, watched from outside: its offsets, its CPU time, its memory."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from confluent_kafka import Consumer, TopicPartition

from schemas.topics import Topics


@dataclass
class Run:
    """What one run of a worker over the whole topic took."""

    records: int
    seconds: float
    cpu_seconds: float
    rss_mb: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Reached:
    """How far a worker was, and what it had used until then."""

    records: int
    at: float
    cpu_seconds: float


@dataclass(frozen=True)
class Contestant:
    """Which worker runs, and how.

    Args:
        checkout: The worker is that of another checkout; None: of this one.
        is_cold: The clock runs from its start, for so few records that they are over at once.
    """

    checkout: Path | None = None
    is_cold: bool = False


def run(address: str, topics: Topics, partitions: int, count: int, contestant: Contestant) -> Run:
    """Start a worker on a topic of `count` records, wait until its committed offsets reach the end, stop it.

    The clock runs from the first position that is committed to the last one before the end: between them lies nothing
    but work, and what a committed position counts as done has been told to the judge. After the last record the worker
    only waits for more, and for its next checkpoint, as long for a million records as for one.
    """
    with tempfile.TemporaryDirectory() as folder:
        announce = Path(folder) / "worker.json"
        command = [sys.executable, "-m", "floodmark", "worker", "--broker", address, "--topic-prefix", topics.prefix]
        environment = {**os.environ, "FLOODMARK_COMMIT_INTERVAL_S": "0.25", "FLOODMARK_LOG_LEVEL": "warning"}
        if (checkout := contestant.checkout) is not None:
            environment["PYTHONPATH"] = str(checkout.resolve())
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--announce", str(announce)], stdout=log, stderr=log, env=environment, cwd=checkout
            )
            try:
                return _watch(process, address, topics, partitions, count, contestant.is_cold)
            except TimeoutError:
                sys.stderr.write((Path(folder) / "log").read_text()[-3000:])
                raise
            finally:
                process.terminate()
                process.wait(30)


def _watch(
    process: "subprocess.Popen[bytes]", address: str, topics: Topics, partitions: int, count: int, is_cold: bool
) -> Run:
    watched = psutil.Process(process.pid)
    probe = Consumer(
        {"bootstrap.servers": address, "group.id": topics.worker_group, "enable.auto.commit": False, "log_level": 2}
    )
    source = [TopicPartition(topics.transactions, p) for p in range(partitions)]
    deadline = time.monotonic() + 300
    reached = [Reached(0, time.monotonic(), 0.0)] if is_cold else []
    memory: list[float] = []
    while time.monotonic() < deadline and process.poll() is None:
        now, used = time.monotonic(), sum(watched.cpu_times()[:2])
        applied = sum(max(tp.offset, 0) for tp in probe.committed(source, timeout=10))
        if applied >= count:
            probe.close()
            if is_cold:
                reached.append(Reached(count, now, used))
            if len(reached) < 2:
                raise ValueError(f"{count} records are over too soon to be timed: give more --records")
            first, last = reached[0], reached[-1]
            return Run(last.records - first.records, last.at - first.at, last.cpu_seconds - first.cpu_seconds, memory)
        if applied and (not reached or applied > reached[-1].records):
            reached.append(Reached(applied, now, used))
        memory.append(watched.memory_info().rss / 1e6)
        time.sleep(0.1)
    raise TimeoutError(f"the worker did not read {count} records in 300 s")
