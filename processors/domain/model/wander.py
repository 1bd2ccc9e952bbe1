"""How far a share lies by itself from what is expected of it.

It is noted every half hour from the minutes as they came, those of incidents among them: else a share that is noisy
would open incidents, and by that never be known as noisy. The usual distance is one that every second stretch keeps, so
that incidents say little of it.
"""

from collections.abc import Sequence
from math import exp, sqrt
from typing import Final

EVERY: Final = 30
"""Minutes."""
LEAST: Final = 0.02
"""The least distance."""
MAX_NOISE: Final = 0.5
"""The largest distance that is told."""

_STRETCH: Final = 10
"""Minutes of a stretch that the distance is taken of; of a share that is too small for it, the half hour."""
_ENOUGH: Final = 5.0
"""Transactions that must be expected in it."""
_STEP: Final = 0.1
_MEDIAN: Final = 0.455
"""The median of the square of a standard normal variable."""
_CHANCE: Final = 1.3
"""Variance over mean of counts that chance makes: a little more than that of independent transactions."""


def wandered(
    usual: float, counts: Sequence[int], totals: Sequence[int], share: float, *, is_taken: bool = False
) -> float:
    """The usual distance, relative to what is expected and beyond chance, moved on by what the last half hour shows.

    Args:
        usual: As it was before.
        counts: Of the key, in the last minutes; they end with the half hour.
        totals: Of all, in the same minutes.
        share: What was expected.
        is_taken: Whether a rise was on in the half hour that people were called for.
    """
    size = _STRETCH if sum(totals[-EVERY:]) * share * _STRETCH >= _ENOUGH * EVERY else EVERY
    for back in range(EVERY, 0, -size):
        stretch = slice(len(counts) - back, len(counts) - back + size)
        mean = sum(totals[len(totals) - back : len(totals) - back + size]) * share
        if mean >= _ENOUGH:
            off = sum(counts[stretch]) / mean - 1
            if is_taken and off > 0:
                continue
            error = sqrt(max(0.0, off * off / _MEDIAN - _CHANCE * (1 - share) / mean))
            usual = min(MAX_NOISE, max(LEAST, usual * exp(_STEP * (0.5 if error > usual else -0.5))))
    return usual
