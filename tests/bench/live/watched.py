"""A worker process, looked at from outside: CPU time, memory, /metrics, /healthz."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from floodmark.local.processes.children import Child, end

START_S: Final = 120.0
END_S: Final = 30.0
ANSWER_S: Final = 5.0
Labels = dict[str, str]
Metrics = dict[str, list[tuple[Labels, float]]]


class WorkerEnded(Exception):
    """It ended, or did not come up; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Use:
    """What it has used so far.

    Args:
        at: Monotonic seconds.
        cpu_s: User and system time of the worker and of whatever it has started.
        rss_mb: Resident memory of the same, in MB (10^6 bytes).
    """

    at: float
    cpu_s: float
    rss_mb: float


class Watched:
    """One worker.

    Args:
        child: The process.
        announce: The file it writes when it is ready.
        log: Its output.
    """

    def __init__(self, child: Child, announce: Path, log: Path) -> None:
        self._child, self._announce, self._log = child, announce, log
        self._process = psutil.Process(child.pid)

    def reading(self, within_s: float = START_S) -> "Watched":
        """Wait until it says of itself that it reads: it is a member of its group, and its state is recovered.

        Raises:
            WorkerEnded: It ended, or it did not read in time.
        """
        deadline = time.monotonic() + within_s
        while not self._is_reading():
            self.check()
            if time.monotonic() > deadline:
                raise WorkerEnded(f"the worker does not read after {within_s:.0f} s: {self._last_words()}")
            time.sleep(0.1)
        return self

    def check(self) -> None:
        """Raises WorkerEnded when it has ended."""
        if self._child.poll() is not None:
            raise WorkerEnded(f"the worker ended with exit code {self._child.returncode}: {self._last_words()}")

    def use(self) -> Use:
        """What it has used so far."""
        self.check()
        processes = [self._process, *self._process.children(recursive=True)]
        cpu = sum(sum(one.cpu_times()[:2]) for one in processes)
        return Use(time.monotonic(), cpu, sum(one.memory_info().rss for one in processes) / 1e6)

    def metric(self, name: str) -> list[tuple[Labels, float]]:
        """All samples of a metric, with their labels; none when it has no such metric or does not answer."""
        return self.metrics().get(name, [])

    def metrics(self) -> Metrics:
        """All samples by name."""
        held: Metrics = {}
        try:
            text = httpx.get(f"{self._url()}/metrics", timeout=ANSWER_S).text
        except (httpx.HTTPError, OSError):
            return held
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                held.setdefault(sample.name, []).append((sample.labels, sample.value))
        return held

    def stop(self) -> None:
        """End it."""
        end(self._child, END_S)

    def kill(self) -> None:
        """End it as a power cut would: it can store nothing any more."""
        self._child.kill()
        self._child.wait(END_S)

    def _url(self) -> str:
        return str(json.loads(self._announce.read_text())["metrics"])

    def _is_reading(self) -> bool:
        try:
            said: dict[str, Any] = httpx.get(f"{self._url()}/healthz", timeout=ANSWER_S).json()
        except (httpx.HTTPError, OSError):
            return False
        return bool(said["healthy"]) and str(said["reason"]).startswith("reading")

    def _last_words(self) -> str:
        return self._log.read_text("utf-8", "replace")[-1500:]
