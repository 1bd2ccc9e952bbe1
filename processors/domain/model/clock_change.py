"""Whether people who follow a clock that nobody has named have changed theirs: seen by when they came before and after.

When clocks go back, all that people do comes an hour later by UTC from then on, mornings and evenings. So the days
after a change are laid beside the same weekdays a week before, as they were and moved by the change, and it is asked
which of both fits. A morning that is late for another reason ends at its usual time, and fits neither.
"""

from typing import Final, Literal

import numpy as np

from processors.domain.model.forecast import OVERDISPERSION

_MAX_MISFIT: Final = 16.0
"""What a quarter hour says at most: an outage, or a surge, does not outweigh a day."""
_ERROR: Final = 0.1
"""Relative difference of two like quarter hours that is none."""
_SURE: Final = 40.0
"""By how much one of both must fit better to be believed ..."""
_PART: Final = 0.3
"""... and by which part of how badly the other one fits."""

Seen = Literal["moved", "stayed", "unclear"]


def seen(after: np.ndarray, before: np.ndarray, moved: np.ndarray, day: int) -> Seen:
    """What the quarter hours after a change say; 0 is one of which nothing is known, each is its count plus 1.

    Args:
        after: Of the days after it, in order.
        before: The same a week before, by UTC.
        moved: The same a week before, moved by the change.
        day: Quarter hours after which the level of a day is taken anew.
    """
    stays = moves = 0.0
    for first in range(0, len(after), day):
        days = [each[first : first + day] for each in (after, before, moved)]
        is_known = np.logical_and.reduce([each > 0 for each in days])
        mine, *others = (each[is_known] - 1 for each in days)
        if all(other.any() for other in others):
            stays, moves = stays + _misfit(mine, others[0]), moves + _misfit(mine, others[1])
    if stays - moves > max(_SURE, _PART * stays):
        return "moved"
    return "stayed" if moves - stays > max(_SURE, _PART * moves) else "unclear"


def _misfit(counts: np.ndarray, other: np.ndarray) -> float:
    """The sum of squared differences over what chance makes of them, at the level of the day."""
    level = counts.sum() / other.sum()
    mean = level * other
    variance = OVERDISPERSION * (mean * (1 + level) + 1) + (_ERROR * mean) ** 2
    return float(np.minimum((counts - mean) ** 2 / variance, _MAX_MISFIT).sum())
