"""Looks for cyclic garbage when that holds up nobody.

The state of many scopes, and what is fetched, are millions of objects. They hold no cycles, and are freed by counting
references. Python's collector looks whenever so many objects are new: in the middle of a fetch, whose records die a
moment later, and, whenever the whole has grown by a quarter, at all there is. So it is switched off, and the loop looks
once a second, at what is new since the last look and, more seldom, at what has survived that. What is too much to look
at in a moment is state, and is set apart unseen: a cycle that is alive just then is never found. While a backlog is
fetched each look meets what was fetched just then, and takes 30 ms and more: the longer one takes,
the later the next one comes.
"""

import asyncio
import gc
import time
from collections.abc import Callable
from typing import Final, Self

EVERY_S: Final = 1.0
OLDER_EVERY: Final = 5
"""At every so many-th look, what has survived the others is looked at as well."""
ALL_EVERY: Final = 30
"""At every so many-th, all that is not set apart."""
MANY: Final = 100_000
"""New objects; to look at this many takes some 10 ms."""
MAX_PART: Final = 0.01
"""The part of all time that looks may take."""
SHORT_S: Final = 0.02
"""What has survived a look that took longer is set apart too."""


class Looks:
    """Looks by the loop; for the life of the process.

    Args:
        clock: Seconds of a clock that never goes back; what a look takes is measured by it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looks = 0

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Switch Python's own collections off, and look once a second while the loop runs."""
        gc.freeze()
        gc.disable()
        loop.call_later(EVERY_S, self._again, loop)

    def look(self) -> float:
        """Look once; the seconds until the next look."""
        self._looks += 1
        if gc.get_count()[0] > MANY:
            gc.freeze()
            return EVERY_S
        began = self._clock()
        gc.collect(2 if self._looks % ALL_EVERY == 0 else 1 if self._looks % OLDER_EVERY == 0 else 0)
        took_s = self._clock() - began
        if took_s > SHORT_S:
            gc.freeze()
        return max(EVERY_S, took_s / MAX_PART)

    def _again(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_later(self.look(), self._again, loop)


class BetweenTurns:
    """Looks between the turns of a loop that blocks, when a batch has gone and the next one has not come.

    Args:
        clock: Seconds of a clock that never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looks = Looks(clock)
        self._due = 0.0

    def __enter__(self) -> Self:
        gc.freeze()
        gc.disable()
        self._due = self._clock() + EVERY_S
        return self

    def __exit__(self, *_: object) -> None:
        gc.enable()
        gc.unfreeze()

    def turned(self) -> None:
        """Look, if it is time."""
        if self._clock() >= self._due:
            self._due = self._clock() + self._looks.look()
