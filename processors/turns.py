"""Watches how long the event loop is held up: whoever does not yield keeps the other stage, and Faust, waiting."""

import asyncio
import contextlib
from collections import deque
from typing import Final

from processors import metrics

LOOK_EVERY_S: Final = 0.1
SPANS: Final = 6
SPAN_S: Final = 10.0


class LoopWatch:
    """Notes the longest turn of the last minute in a metric; `start` and `stop` as a companion of a stage."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._longest: deque[float] = deque([0.0], maxlen=SPANS)

    def start(self) -> None:
        """Begin to watch the running loop; once is enough."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())

    def stop(self) -> None:
        """Watch no longer."""
        if self._task is not None:
            self._task.cancel()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        span_ends = loop.time() + SPAN_S
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                began = loop.time()
                await asyncio.sleep(LOOK_EVERY_S)
                now = loop.time()
                self._longest[-1] = max(self._longest[-1], now - began - LOOK_EVERY_S)
                metrics.LONGEST_TURN_S.set(max(self._longest))
                if now > span_ends:
                    span_ends = now + SPAN_S
                    self._longest.append(0.0)
