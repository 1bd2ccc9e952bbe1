"""How soon a gateway answers that begins where a day of a thousand series lies on the topics."""

import json
import re
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

import psutil

from tests.bench.gateway.figures import Figure
from tests.bench.gateway.filling import SERIES
from tests.bench.gateway.posting import UNLIMITED
from tests.floodmark.gateway.process import GatewayProcess, started
from tests.pipeline.installation import Installation
from tests.waiting import until

MUST_S: Final = 10.0


def measure(made: Installation, folder: Path, rounds: int) -> list[Figure]:
    """The slowest of so many starts."""
    starts = [_start(made, folder) for _ in range(rounds)]
    worst = max(starts, key=lambda each: each["s"])
    return [
        Figure(f"state of {worst['series']:,.0f} series is there after a start, s", worst["s"], ("<", MUST_S)),
        Figure("  of it minutes and incidents, s", worst["topics_read"]),
        Figure("  of it the judges' memory, s", worst["judgements_read"]),
        Figure("  CPU, s", worst["cpu_s"]),
        Figure("  memory, MB", worst["rss_mb"]),
        Figure("  load of the machine", worst["load"]),
    ]


def _start(made: Installation, folder: Path) -> dict[str, float]:
    began = time.perf_counter()
    gateway = started(folder, made.address, made.prefix, 0, **UNLIMITED).ready()
    try:
        until(lambda: is_whole(gateway), f"the gateway answers: {gateway.said()[-500:]}", 60.0)
        seconds = time.perf_counter() - began
        process = psutil.Process(gateway.child.pid)
        cpu = process.cpu_times()
        found = {
            "s": seconds,
            "cpu_s": cpu.user + cpu.system,
            "rss_mb": process.memory_info().rss / 1e6,
            "load": psutil.getloadavg()[0],
        }
        found |= {event: _seconds(gateway.said(), event) for event in ("topics_read", "judgements_read")}
        found["series"] = float(asked(gateway.url, "/v1/stats")["series"])
        assert found["series"] >= SERIES, found
    finally:
        gateway.stop()
    return found


def is_whole(gateway: GatewayProcess) -> bool:
    """Whether it answers, and has read all that it knows."""
    try:
        asked(gateway.url, "/v1/stats")
    except (urllib.error.URLError, ConnectionError):
        return False
    return '"judgements_read"' in gateway.said()


def asked(url: str, path: str) -> Any:
    """The JSON that is answered."""
    with urllib.request.urlopen(url + path, timeout=60) as answer:
        return json.load(answer)


def _seconds(log: str, event: str) -> float:
    (line,) = (line for line in log.splitlines() if f'"{event}"' in line)
    return float(re.search(r'"seconds": ([\d.]+)', line)[1])  # type: ignore[index]
