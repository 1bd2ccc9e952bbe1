"""A thread that drains: asks the broker until everything published has gone all the way."""

import contextlib
import threading
import time
from typing import Final

from floodmark.up.drain import PATIENCE_S, Drain, stages
from floodmark.up.offsets import Offsets, OffsetsError, Slot
from schemas.topics import Topics

EVERY_S: Final = 0.3


class Drainer:
    """Follows the records published so far on their way; begins at once.

    Args:
        offsets: Where to ask.
        topics: The installation's topics.
        patience_s: It fails when nothing moves for so long.
    """

    def __init__(self, offsets: Offsets, topics: Topics, patience_s: float = PATIENCE_S) -> None:
        self._offsets = offsets
        self._patience_s = patience_s
        self._drain = Drain(stages(topics), moved_at=time.monotonic())
        self._closing = threading.Event()
        self.last_ends: dict[Slot, int] = {}
        """The ends of the last stage: what the sinks were given."""
        self.error: str | None = None
        self._thread = threading.Thread(target=self._run, name="drain", daemon=True)
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
        self._thread.join()

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
            self.last_ends = self._offsets.ends(self._drain.stages[0].topics)
            self._drain = self._drain.begin(self.last_ends, time.monotonic())
        committed = self._offsets.committed(self._drain.stages[0].group, self._drain.ends or {})
        self._drain = self._drain.seen(committed, time.monotonic())
