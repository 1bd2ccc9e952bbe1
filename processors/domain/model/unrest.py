"""How low the volume goes by itself: feeds that come in bulk, or in bursts, hold nothing for minutes.

Every half hour it is noted, for windows of several lengths, to which part of what was expected the lowest of them fell;
1 where that was no more than chance. What happens in a third of the half hours is usual, and an outage lies below it.
So a feed that comes every 15 minutes is judged by windows in which one delivery at least is due.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import numpy as np

from processors.domain.model.forecast import OVERDISPERSION

EVERY: Final = 30
"""Minutes."""
GRID: Final = (2, 3, 4, 6, 8, 12, 16, 22, 30, 45, 60)
"""Lengths of windows, in minutes."""
SPAN: Final = 120
"""Minutes that are looked at: the windows that end in the last half hour, and what came before them."""

WIDTH: Final = 1 + len(GRID)
"""Bytes of a half hour: whether an incident was on, and the lowest by length."""

_KEPT: Final = 24
"""Half hours."""
_ENOUGH: Final = 12
"""Half hours without an incident that speak for all: until there are so many, incidents may be what is usual."""
_LEAST: Final = 4
"""Half hours that say what is usual."""
_SCALE: Final = 200
"""A part of 1 is stored as this."""
_MARGIN: Final = 0.75
"""An outage is lower than what is usual by this factor ..."""
_DEEPER: Final = 2.4
"""... or falls so many times as far, where that is not as low: of much traffic a fall of 3 % is beyond chance."""
_STEADY: Final = 0.85
"""Part of what is expected that windows hold that are long enough."""
_CHANCE: Final = 3.5
"""Standard deviations up to which a fall is chance."""
_NOTABLE: Final = 14.0
"""Transactions that must be expected in a window for its fall to be found at all."""
_SHORT: Final = 8
"""Windows up to this length are compared with the 20 minutes before, longer ones with 45; see VolumeModel."""

_LENGTHS: Final = np.array(GRID)[:, None]
_ENDS: Final = np.arange(SPAN - EVERY + 1, SPAN + 1)[None, :] + 0 * _LENGTHS
_FIRST: Final = _ENDS - _LENGTHS
_START: Final = np.maximum(_FIRST - np.where(_LENGTHS <= _SHORT, 20, 45), 0)


def noted(
    lows: bytes, totals: Sequence[int], shape: Sequence[float], steady: float | None, *, is_barred: bool = False
) -> bytes:
    """The same, the last half hour added.

    Args:
        lows: Of the half hours before.
        totals: Of the last SPAN minutes.
        shape: What the profile says of each of them; 0 where it knows nothing.
        steady: The level of the last hours.
        is_barred: Whether an incident was on in the half hour.
    """
    base = np.array(shape)
    if not base.all():
        base = np.ones(SPAN)
    seen, parts = (np.concatenate(((0.0,), np.cumsum(each))) for each in (np.array(totals, np.float64), base))
    level = (seen[_FIRST] - seen[_START]) / (parts[_FIRST] - parts[_START])
    if steady is not None:
        level = np.minimum(level, steady)
    mean = level * (parts[_ENDS] - parts[_FIRST])
    count = seen[_ENDS] - seen[_FIRST]
    is_fall = (mean >= _NOTABLE) & (mean - count > _CHANCE * np.sqrt(OVERDISPERSION * np.maximum(mean, 1.0)))
    if not (mean >= _NOTABLE).any():
        return lows
    lowest = np.where(is_fall, count / np.maximum(mean, 1.0), 1.0).min(axis=1)
    return (lows + bytes([is_barred, *(lowest * _SCALE).astype(np.uint8)]))[-_KEPT * WIDTH :]


def usual_lows(lows: bytes) -> tuple[float, ...]:
    """By length, the part of what is expected to which windows fall by themselves: 1 where they do not."""
    records = np.frombuffer(lows, np.uint8).reshape(-1, WIDTH)
    free = records[records[:, 0] == 0]
    if len(free) >= _ENOUGH:
        records = free
    if len(records) < _LEAST:
        return (1.0,) * len(GRID)
    return tuple(float(each) / _SCALE for each in np.sort(records[:, 1:], axis=0)[(len(records) - 1) // 3])


def part_of(usual: Sequence[float], window: int) -> float:
    """The part of what is expected below which a window of this length is unlike what is usual; 1 or more: any is."""
    low = usual[max(0, bisect_right(GRID, window) - 1)]
    return 1.0 if low >= 1.0 else max(low * _MARGIN, 1.0 - _DEEPER * (1.0 - low))


def steady_from(usual: Sequence[float]) -> int:
    """The shortest length of windows that hold most of what is expected, as a rule."""
    return next((window for window, low in zip(GRID, usual, strict=True) if low >= _STEADY), GRID[-1])
