"""Keeps the collector of cyclic garbage from holding up the loop: the state of many scopes is millions of objects.

State holds no cycles and is freed by counting references. A collection looks at all that is new nevertheless, and a
full one, whenever the whole has grown by a quarter, at all there is. What has survived a long collection is therefore
set apart, and not looked at again. Only cycles that were alive just then are never found.
"""

import gc
import time
from typing import Final

SHORT_S: Final = 0.02
"""A collection that takes longer, which few do but those that meet new state, sets apart what is left."""


class ShortCollections:
    """A callback of the collector; see the module."""

    def __init__(self) -> None:
        self._began = 0.0

    def install(self) -> None:
        """Begin; for the life of the process."""
        # A chunk is a hundred thousand objects that die together: looking among them after every 700th costs more
        # than it finds. After so many a look takes some 20 ms, and one at three times as many is the last they get.
        gc.freeze()
        gc.set_threshold(20_000, 2, 3)
        gc.callbacks.append(self._note)

    def _note(self, phase: str, info: dict[str, int]) -> None:
        if info["generation"] == 0:
            return
        if phase == "start":
            self._began = time.monotonic()
        elif time.monotonic() - self._began > SHORT_S:
            gc.freeze()
