"""How fast transactions get in by HTTP, and how soon one is answered with its verdict, beside a bare handler."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from runtime.kafka.topics import ensure_topics
from runtime.ports import free_ports, listens
from schemas.topics import TopicSpec
from tests.bench.gateway import bare, load
from tests.bench.gateway.cost import cost_of
from tests.bench.gateway.figures import Figure
from tests.floodmark.gateway.process import started
from tests.paths import ROOT
from tests.pipeline.installation import PARTITIONS, Installation
from tests.waiting import until

BATCH: Final = 100
CONNECTIONS: Final = 32
RATE: Final = 200.0
WARM_S: Final = 3.0
"""So long each is loaded before it is measured, unless it is measured for less."""
MUST: Final = {
    "transactions/s in batches of 100": ("≥", 20_000.0),
    "  p99, ms": ("<", 250.0),
    "single post with verdict at 200/s, p99, ms": ("<", 10.0),
}
UNLIMITED: Final = {"FLOODMARK_GATEWAY_KEY_RATE": str(10**9), "FLOODMARK_GATEWAY_READER_RATE": str(10**9)}

Run = dict[str, float]


def measure(made: Installation, folder: Path, seconds: float, rounds: int) -> list[Figure]:
    """Each in turn, so many times; the medians."""
    gateway = started(folder, made.address, made.prefix, 0, **UNLIMITED).ready()
    ours: list[Run] = []
    theirs: list[Run] = []
    try:
        spec = TopicSpec(f"{made.prefix}bare", PARTITIONS)
        ensure_topics(made.address, [spec], replication=1)
        with _bare(made.address, spec.name) as (bare_url, bare_pid):
            both = ((gateway.url, gateway.child.pid, ours), (bare_url, bare_pid, theirs))
            for url, _, _ in both:
                _load(url, BATCH, CONNECTIONS, min(WARM_S, seconds))
                _load(url, 1, CONNECTIONS, min(WARM_S, seconds), RATE)
            for _ in range(rounds):
                for url, pid, runs in both:
                    runs.append(_run(url, pid, seconds))
    finally:
        gateway.stop()
    return [
        Figure(name, median(run[name] for run in ours), MUST.get(name), median(run[name] for run in theirs))
        for name in ours[0]
    ]


def _run(url: str, pid: int, seconds: float) -> Run:
    with cost_of(pid) as of_batches:
        batches = _load(url, BATCH, CONNECTIONS, seconds)
    with cost_of(pid) as of_singles:
        singles = _load(url, 1, CONNECTIONS, seconds, RATE)
    return {
        "transactions/s in batches of 100": batches["records"] / batches["seconds"],
        "  p50, ms": batches["p50_ms"],
        "  p99, ms": batches["p99_ms"],
        "  CPU of a transaction, µs": 1e6 * of_batches.cpu_s / batches["records"],
        "  load of the machine": of_batches.load,
        "single post with verdict at 200/s, p99, ms": singles["p99_ms"],
        "  its p50, ms": singles["p50_ms"],
        "  its CPU, ms": 1e3 * of_singles.cpu_s / singles["records"],
        "  load of the machine then": of_singles.load,
    }


@contextmanager
def _bare(broker: str, topic: str) -> Iterator[tuple[str, int]]:
    (port,) = free_ports(1)
    child = subprocess.Popen([sys.executable, "-m", bare.__name__, broker, topic, str(port)], cwd=ROOT)
    try:
        until(lambda: listens("127.0.0.1", port), "the bare handler answers")
        yield f"http://127.0.0.1:{port}", child.pid
    finally:
        child.kill()
        child.wait()


def _load(url: str, size: int, connections: int, seconds: float, rate: float = 0.0) -> dict[str, float]:
    command = [sys.executable, "-m", load.__name__, url, *map(str, (size, connections, seconds, rate))]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
