"""What a window of minutes should have held."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

OVERDISPERSION: Final = 1.3
"""Variance over mean of the counts of a minute around their own level; measured on public traffic: 1.0 to 1.9."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a window should have held.

    Args:
        mean: Expected number of transactions in the whole window.
        variance: Of the number, from counting and from the error of the forecast.
        parts: For each minute of the window the part of `mean` that falls on it; they sum to 1.
    """

    mean: float
    variance: float
    parts: Sequence[float]

    def without(self, index: int) -> "Forecast":
        """The forecast for the window less one of its minutes."""
        mean = self.mean * (1 - self.parts[index])
        return Forecast(mean, self.variance_of(mean), ())

    def variance_of(self, mean: float) -> float:
        """The variance of a part of the window with this mean: counting, and the same error of the forecast."""
        relative = (self.variance - OVERDISPERSION * self.mean) / (self.mean * self.mean)
        return OVERDISPERSION * mean + relative * mean * mean
