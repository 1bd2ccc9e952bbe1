"""The robust z-score: the median instead of the mean, so that an odd minute in the baseline hides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import ClassVar, Final

from processors.domain.rules.deviation import DeviationRule

_TO_DEVIATION: Final = 1.4826
"""Standard deviation over median absolute deviation of a normal distribution: 1 / 0.6745."""


@dataclass(frozen=True, slots=True)
class RobustZ(DeviationRule):
    """The modified z-score of Iglewicz and Hoaglin (How to Detect and Handle Outliers, 1993), with their limit of 3.5.

    The unit is 1.4826 times the median absolute deviation. That is 0 when more than half of the minutes are alike, as
    they are with rare statuses, and jumps by whole transactions where it is not. So the unit is never below what chance
    alone makes of counts with this median (its square root: Poisson), nor below one transaction.
    """

    method: ClassVar[str] = "robust_z"

    threshold: float = 3.5

    @property
    def _unit(self) -> str:
        return "robust standard deviations"

    @property
    def _centre(self) -> str:
        return "median"

    def _usual(self, taught: Sequence[int]) -> tuple[float, float]:
        middle = median(taught)
        spread = median(abs(count - middle) for count in taught)
        return middle, max(_TO_DEVIATION * spread, sqrt(middle), 1.0)
