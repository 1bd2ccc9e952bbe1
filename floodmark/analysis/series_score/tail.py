"""How rare a number is among those seen before: by rank where there are such, beyond them by the mean excess.

Peaks over a threshold: what exceeds a high quantile is taken for exponential, with the mean of the excesses seen so
far, and with the doubt that their number leaves. The largest ones do not count, so that one outlier does not hide the
next; what comes time and again does.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from dataclasses import dataclass, field
from math import log10
from typing import Final

_KEPT: Final = 2_000
"""Numbers that are remembered."""
_WARM_UP: Final = 50
"""Below twice so many, what is said grows with their number; below once, nothing is."""
_PART: Final = 0.05
"""Part of them that lies above the threshold."""
_LEAST: Final = 0.05
"""Mean excess, as a part of the threshold, below which sizes are taken for the same."""
_OUTLIERS: Final = 2
"""So many of the largest numbers, but no more than a third of those beyond, do not say how far such numbers go."""


@dataclass(slots=True)
class Tail:
    """The numbers seen so far, none below 0.

    Args:
        order: In the order of time, oldest first.
        ranked: Ascending.
    """

    order: deque[float] = field(default_factory=deque)
    ranked: list[float] = field(default_factory=list)

    def strength(self, size: float) -> float:
        """-log10 of the probability of a number at least this large; 0 while warming up."""
        known = len(self.ranked)
        if known < _WARM_UP:
            return 0.0
        sure = min(1.0, known / (2 * _WARM_UP))
        threshold, beyond, excess = self._beyond()
        if size <= threshold:
            return log10((known + 1) / (known - bisect_left(self.ranked, size) + 1)) * sure
        if not beyond:
            # Nothing has ever been beyond, and by how much it may be is not known: it is rare on both counts.
            return 2 * log10(known + 1) * sure
        # An exponential whose mean is known from so few excesses has a tail of Pareto's kind.
        far = beyond * log10(1 + (size - threshold) / (excess * beyond))
        return (log10((known + 1) / (beyond + 1)) + far) * sure

    def learn(self, size: float) -> None:
        """Remember a number."""
        self.order.append(size)
        insort(self.ranked, size)
        if len(self.order) > _KEPT:
            del self.ranked[bisect_left(self.ranked, self.order.popleft())]

    def _beyond(self) -> tuple[float, int, float]:
        """The threshold, how many numbers lie above it, and their mean excess."""
        threshold = self.ranked[int(len(self.ranked) * (1 - _PART))]
        beyond = self.ranked[bisect_right(self.ranked, threshold) :]
        if not beyond:
            return threshold, 0, 0.0
        usual = beyond[: len(beyond) - min(_OUTLIERS, len(beyond) // 3)]
        mean = sum(each - threshold for each in usual) / len(usual)
        return threshold, len(beyond), max(mean, _LEAST * threshold)
