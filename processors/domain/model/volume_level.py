"""The level that the minutes before a window say: how much comes of what the profile expects."""

from collections.abc import Sequence
from itertools import compress
from math import inf
from typing import Final

from processors.domain.model import profile
from processors.domain.model.flags import flags_of
from processors.domain.model.volume_memory import VolumeMemory

SHORT: Final = 8
"""Windows up to this length are compared with the 20 minutes before, longer ones with 45."""
PLAIN: Final = 30
"""The most minutes before a window that are asked where no profile is known."""
LEAST_BEFORE: Final = 15
"""Minutes that there must be before a window."""
_BEFORE: Final = {True: 20, False: 45}
_LEAST_OPEN: Final = 8
"""Those of them in which something is to be expected, and that may teach."""
LEAST_SEEN: Final = 5
"""Transactions that say a level."""
LEAST_MINUTES: Final = 3
"""Minutes in which they must have come."""


def minutes_before(window: int) -> int:
    """How many minutes before a window of so many are asked for the level."""
    return _BEFORE[window <= SHORT]


def level_of(volume: VolumeMemory, start: int, stop: int, shape: Sequence[float]) -> tuple[float | None, float, float]:
    """Level of the minutes of the lists from `start` to `stop` that may teach, and how many transactions say so.

    Third, the most that it can be: where almost nothing has come, that is known. `shape` begins with `start`:
    what each minute counts for.
    """
    totals, parts = volume.totals[start:stop], shape[: stop - start]
    if bars := volume.bars >> (len(volume.totals) - stop) & ((1 << stop - start) - 1):
        free = [not bar for bar in flags_of(bars, stop - start)]
        totals, parts = [*compress(totals, free)], [*compress(parts, free)]
    if parts and min(parts) <= profile.FLOOR:
        free = [part > profile.FLOOR for part in parts]
        totals, parts = [*compress(totals, free)], [*compress(parts, free)]
    seen = float(sum(totals))
    if len(totals) < _LEAST_OPEN:
        return None, 100.0, inf
    if seen < LEAST_SEEN:
        return None, 100.0, LEAST_SEEN / sum(parts)
    if not has_level(totals):
        return None, 100.0, inf
    level = seen / sum(parts)
    if min(parts) < (least := profile.STEP * max(parts)):
        sure = [part >= least for part in parts]
        if sum(sure) >= _LEAST_OPEN:
            level = min(level, sum(compress(totals, sure)) / sum(compress(parts, sure)))
    return level, seen, inf


def says_level(opened: Sequence[int], filled: Sequence[int], window: int, back: int) -> bool:
    """Whether the minutes before a window are enough to say a level.

    Args:
        opened: How many of the last minutes something is to be expected of; empty: of all.
        filled: In how many of them transactions have come; empty: in most.
        window: Minutes of the window.
        back: How many of the last minutes it takes with those before it.
    """
    if opened and opened[back] - opened[window] < _LEAST_OPEN:
        return False
    return not filled or filled[back] - filled[window] >= LEAST_MINUTES


def has_level(totals: Sequence[int]) -> bool:
    """Whether transactions have come in so many minutes that they say a level: a burst, or two, is none."""
    return len(totals) - totals.count(0) >= LEAST_MINUTES
