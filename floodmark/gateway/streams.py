"""The streams that are open: how many there may be, and their end."""

import asyncio
from typing import Final

MAX_STREAMS: Final = 500
"""One more is refused: each costs some 30 kB."""


class Streams:
    """Counts open streams. Used on one loop.

    Args:
        most: How many may be open.
    """

    def __init__(self, most: int = MAX_STREAMS) -> None:
        self._most = most
        self._open: set[asyncio.Event] = set()
        self.is_ending = False
        """Whether the gateway ends: streams end with it."""

    def __len__(self) -> int:
        return len(self._open)

    @property
    def is_full(self) -> bool:
        """Whether no more may begin."""
        return self.is_ending or len(self._open) >= self._most

    def enter(self) -> asyncio.Event | None:
        """A stream begins; what wakes it. None: there are too many, or the gateway ends."""
        if self.is_full:
            return None
        wake = asyncio.Event()
        self._open.add(wake)
        return wake

    def leave(self, wake: asyncio.Event) -> None:
        """A stream has ended."""
        self._open.discard(wake)

    def end(self) -> None:
        """End them all."""
        self.is_ending = True
        for wake in self._open:
            wake.set()
