"""Knows when this process stood still; whoever asks ends it."""

import threading
import time
from collections.abc import Callable

from runtime.minding import thread


class StallGuard:
    """Notes the time in a thread of its own, so that a pause of the whole process shows.

    Faust's timers stand still during rebalances, so they cannot tell.

    Args:
        limit_s: A pause longer than this means that somebody else may own our partitions by now.
        clock: Monotonic seconds.
    """

    def __init__(self, limit_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit_s = limit_s
        self._clock = clock
        self._noted_at = clock()
        self._stood_still = False
        self._thread = thread(self._run, "stall guard")

    def start(self) -> None:
        """Start noting; once is enough."""
        if not self._thread.is_alive():
            self._noted_at = self._clock()
            self._thread.start()

    def note(self) -> None:
        """Note the time once."""
        now = self._clock()
        if now - self._noted_at > self._limit_s:
            self._stood_still = True
        self._noted_at = now

    def stood_still(self) -> bool:
        """Whether the process has ever been paused for longer than the limit, until now."""
        return self._stood_still or self._clock() - self._noted_at > self._limit_s

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(min(0.25, self._limit_s / 4)):
            self.note()
