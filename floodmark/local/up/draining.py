"""A thread that drains: asks the broker until everything published has gone all the way."""

import contextlib
import threading
import time
from typing import Final

from floodmark.local.up.drain import PATIENCE_S, Drain, DrainStep
from runtime.kafka.listing import Slot
from runtime.kafka.offsets import Offsets, OffsetsError
from runtime.minding import thread

LEAVE_S: Final = 1.0
EVERY_S: Final = 0.3


class Drainer:
    """Follows the records published so far on their way; begins at once.

    Args:
        offsets: Where to ask.
        way: The stages to follow.
        patience_s: It fails when nothing moves for so long.
    """

    def __init__(self, offsets: Offsets, way: tuple[DrainStep, ...], patience_s: float = PATIENCE_S) -> None:
        self._offsets = offsets
        self._patience_s = patience_s
        self._drain = Drain(way, moved_at=time.monotonic())
        self._closing = threading.Event()
        self.ends: dict[Slot, int] = {}
        """All ends that were to be reached so far."""
        self.error: str | None = None
        self._thread = thread(self._run, "draining", self._lost)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether it ended, well or not (`error`)."""
        return not self._thread.is_alive()

    def doing(self) -> str:
        """What is waited for, in a few words."""
        drain = self._drain
        if drain.done:
            return "drained"
        left = f", {drain.left:,} records left" if drain.ends is not None else ""
        return f"draining: {drain.stages[0].label}{left}"

    def close(self) -> None:
        """Stop asking."""
        self._closing.set()
        # A question to a broker that is gone takes its time; nobody waits for the answer any more.
        self._thread.join(LEAVE_S)

    def _lost(self, sentence: str) -> None:
        self.error = sentence

    def _run(self) -> None:
        while not self._drain.done and not self._closing.is_set():
            # The broker may be starting again: patience has its end below.
            with contextlib.suppress(OffsetsError):
                self._step()
            self.error = self._drain.stuck(time.monotonic(), self._patience_s)
            if self.error is not None:
                return
            if not self._drain.done and self._drain.ends is not None:
                self._closing.wait(EVERY_S)

    def _step(self) -> None:
        if self._drain.ends is None:
            ends = self._offsets.ends(self._drain.stages[0].topics)
            self.ends.update(ends)
            self._drain = self._drain.begin(ends, time.monotonic())
        committed = self._offsets.committed(self._drain.stages[0].group, self._drain.ends or {})
        self._drain = self._drain.seen(committed, time.monotonic())
