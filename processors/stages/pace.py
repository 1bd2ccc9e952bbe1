"""The steps of a chunk that is at work: between two of them the loop may do something else."""

import asyncio
import time
from typing import Final

LONG_S: Final = 5.0
"""What is at work for longer is spoken of."""
STILL_S: Final = 3.0
"""What has made no step for so long stands still."""
TURN_S: Final = 0.02
"""After so long at work, the loop may do something else."""


class Pace:
    """How one stage goes on."""

    def __init__(self) -> None:
        self._breathed_at = self._stepped_at = time.monotonic()
        self._at_work_since: float | None = None

    def begin(self) -> None:
        """A chunk is at work from now on."""
        self._breathed_at = self._stepped_at = self._at_work_since = time.monotonic()

    def end(self) -> None:
        """No chunk is at work any more."""
        self._at_work_since = None

    def resume(self) -> None:
        """The loop has done something else just now."""
        self._breathed_at = time.monotonic()

    async def breathe(self) -> None:
        """One step is done: let the loop do something else, if it has not for a while. The other stage shares it."""
        self._stepped_at = time.monotonic()
        if self._stepped_at - self._breathed_at > TURN_S:
            await asyncio.sleep(0)
            self._breathed_at = time.monotonic()

    @property
    def is_long_at_work(self) -> bool:
        """Whether one chunk has been at work for a while, and goes on step by step.

        A record that ends hours of silence closes each of their minutes in each scope of which something is to be said.
        That is no hang: a new start would only begin it again.
        """
        now, since = time.monotonic(), self._at_work_since
        return since is not None and now - since > LONG_S and now - self._stepped_at < STILL_S
