"""Watches how long the event loop is held up: whoever does not yield keeps the other stage, and Faust, waiting."""

import asyncio
import selectors
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from processors.metrics import WorkerMetrics

SPANS: Final = 6
SPAN_S: Final = 10.0


class LoopTurns:
    """The longest turn of the last minute. A turn is all that a loop does between two waits for something to do.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spans: deque[tuple[int, float]] = deque(maxlen=SPANS)
        self._began: float | None = None

    def begin(self) -> None:
        """The loop has something to do."""
        self._began = self._clock()

    def end(self) -> None:
        """The loop waits for something to do."""
        if self._began is None:
            return
        now = self._clock()
        took, span = now - self._began, int(now // SPAN_S)
        if self._spans and self._spans[-1][0] == span:
            if took > self._spans[-1][1]:
                self._spans[-1] = (span, took)
        else:
            self._spans.append((span, took))

    def longest(self) -> float:
        """The longest turn that ended within the last minute or so, in seconds; 0 when none did."""
        oldest = self._clock() // SPAN_S - SPANS
        return max((took for span, took in list(self._spans) if span > oldest), default=0.0)


class _Watched(selectors.DefaultSelector):
    """A selector is where a loop waits, and so knows when a turn begins and ends."""

    def __init__(self, turns: LoopTurns) -> None:
        super().__init__()
        self._turns = turns

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As it is said there."""
        self._turns.end()
        found = super().select(timeout)
        self._turns.begin()
        return found


def watched_loop(metrics: WorkerMetrics) -> asyncio.AbstractEventLoop:
    """A new event loop whose longest turn shows in these metrics."""
    turns = LoopTurns()
    metrics.longest_turn_s.set_function(turns.longest)
    return asyncio.SelectorEventLoop(_Watched(turns))
