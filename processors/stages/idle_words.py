"""What an idle partition says of itself is passed on while it is news, and one word at a time."""

import asyncio
import time
from typing import Final

from processors.intake.chunk import Chunk

FRESH_S: Final = 0.5
"""An older word that a partition is idle is not passed on: less than a beat, so that two are never sent at once."""


class IdleWords:
    """The last word of each partition of a stage, and when it arrived."""

    def __init__(self) -> None:
        self._arrived: dict[int, asyncio.Future[None]] = {}

    def note(self, partition: int, arrived: asyncio.Future[None]) -> None:
        """A word of the partition is on its way; `arrived` is done when the broker has it."""
        self._arrived[partition] = arrived

    def is_fresh(self, chunk: Chunk) -> bool:
        """Whether the partition was looked at just now, and after its last word of idleness arrived.

        The judge takes two such words for the proof that nothing came in between; see Watermarks.
        """
        last = self._arrived.get(chunk.partition)
        return (last is None or last.done()) and time.monotonic() - chunk.made_at < FRESH_S
