"""The exponentially weighted mean: like the z-score, but what lies longer back counts less."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from processors.domain.rules.base import Problem
from processors.domain.rules.deviation import DeviationRule


@dataclass(frozen=True, slots=True)
class Ewma(DeviationRule):
    """Fires when the count lies too far from the exponentially weighted mean of the baseline's minutes.

    The weights are those of the minutes that are there, so there is no first value from which the mean must get away.
    The variance is the unbiased one of weighted observations, and at least the mean: counts cannot scatter less than
    chance (Poisson) makes them; nor is it below one transaction.

    Args:
        half_life: Minutes after which a minute weighs half, 1 or more.
    """

    method: ClassVar[str] = "ewma"

    half_life: float = 10.0

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        if self.half_life < 1:
            return "half_life", f"must be 1 minute or more; it is {self.half_life}"
        return DeviationRule.problem(self, given)

    @property
    def _centre(self) -> str:
        return "weighted mean"

    def _usual(self, taught: Sequence[int]) -> tuple[float, float]:
        keep = 0.5 ** (1 / self.half_life)
        weights = [1.0]
        for _ in range(len(taught) - 1):
            weights.append(weights[-1] * keep)
        weights.reverse()
        whole = sum(weights)
        mean = sum(weight * count for weight, count in zip(weights, taught, strict=True)) / whole
        squares = sum(weight * (count - mean) ** 2 for weight, count in zip(weights, taught, strict=True))
        free = whole - sum(weight * weight for weight in weights) / whole
        return mean, sqrt(max(squares / free if free > 0 else 0.0, mean, 1.0))
