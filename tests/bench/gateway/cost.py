"""What a process costs while something is asked of it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil


@dataclass
class Cost:
    """CPU and memory of one process over a while.

    Args:
        seconds: How long, by the clock.
        cpu_s: Seconds of CPU, all threads.
        rss_mb: Memory at the end.
        load: Processes of the machine that run or wait to run, as it says at the end: an average over a minute.
    """

    seconds: float = 0.0
    cpu_s: float = 0.0
    rss_mb: float = 0.0
    load: float = field(default=0.0)


@contextmanager
def cost_of(pid: int) -> Iterator[Cost]:
    """What the process costs within the block; complete at its end."""
    process, found = psutil.Process(pid), Cost()
    began, before = time.perf_counter(), process.cpu_times()
    yield found
    after = process.cpu_times()
    found.seconds = time.perf_counter() - began
    found.cpu_s = after.user + after.system - before.user - before.system
    found.rss_mb, found.load = process.memory_info().rss / 1e6, os.getloadavg()[0]
