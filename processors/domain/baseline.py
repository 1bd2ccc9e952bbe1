"""The baseline of a series: what its recent minutes looked like."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from operator import mul

import msgspec


@dataclass(slots=True)  # not frozen: that would cost more than its arithmetic
class BaselineSettings:
    """How a baseline is taken.

    Args:
        window: How many minutes it looks back.
        minimum_history: Minutes it needs before it says anything (warm-up).
        include_current: Whether the judged minute is the last of the window (the classic form) or outside it.
        learn_incidents: Whether minutes with a finding teach the baseline; the quiet ones of an incident always do.
        relearn_after: Minutes after which an incident teaches all the same: the level has changed.
        band: Half width of the expected band, in standard deviations.
    """

    window: int = 30
    minimum_history: int = 10
    include_current: bool = False
    learn_incidents: bool = False
    relearn_after: int = 60
    band: float = 3.0


class Baseline(msgspec.Struct, frozen=True, gc=False):
    """Mean and sample standard deviation of a window, and how far the judged count is from it.

    `z` is (count - mean) / std. Where the window is constant, `std` is 0 and `z` takes one
    transaction as the unit, so that a burst after perfect silence is still seen.
    """

    size: int
    mean: float
    std: float
    z: float


def sums_of(counts: Sequence[int]) -> tuple[int, int]:
    """Their sum, and that of their squares."""
    return sum(counts), sum(map(mul, counts, counts))


def baseline(
    history: Sequence[int], count: int, settings: BaselineSettings, sums: tuple[int, int] | None = None
) -> Baseline | None:
    """The baseline for `count`, given the minutes before it (oldest first); None while warming up.

    The sums are exact integers, so the result does not depend on the order of summation. `sums` are those of `history`,
    where they are known: see sums_of.
    """
    size = settings.window - 1 if settings.include_current else settings.window
    window = history if 0 < len(history) <= size else history[len(history) - size :] if size else []
    if settings.include_current:
        window = [*window, count]
    n = len(window)
    if n < 2 or n < settings.minimum_history:
        return None
    total, squares = sums if sums is not None and window is history else sums_of(window)
    spread = n * squares - total * total
    mean, std = total / n, sqrt(spread / (n * (n - 1)))
    return Baseline(n, mean, std, (count - mean) / (std or 1.0))
