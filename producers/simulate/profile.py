"""What normal traffic looks like: how much of it at what time, of what statuses, codes and amounts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.instants import from_ms

Floats = NDArray[np.float64]

SHARES: Final[Mapping[str, float]] = MappingProxyType(
    {
        "approved": 0.92707,
        "denied": 0.05504,
        "refunded": 0.00809,
        "reversed": 0.00779,
        "backend_reversed": 0.00151,
        "failed": 0.0005,
    }
)
"""What part of all transactions has each status."""
DENIED_CODES: Final[Mapping[str, float]] = MappingProxyType({"51": 0.44, "59": 0.56})
"""What part of the denied has each auth code; they add up to 1."""
APPROVED_CODE: Final = "00"
BURSTY: Final[Mapping[str, float]] = MappingProxyType({"approved": 1.0, "denied": 0.4})
"""What part of the over-dispersion of the approved each status has; nothing for what is not named."""

_DAY_MINUTES: Final = 1440
_QUIETEST: Final = 4 * 60
"""The minute of the day with the least traffic."""
_LEVEL_MINUTES: Final = 360
"""How long the slow level remembers: its correlation falls to 1/e in that time."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Normal traffic of one place.

    Args:
        rate: Transactions a minute, averaged over a weekday; above 0.
        trough: Traffic of the quietest minute of a day as a part of the busiest one's; above 0, at most 1.
        weekend: Traffic of a Saturday or Sunday as a part of a weekday's; above 0.
        level: Standard deviation of the slow level, as a part of the traffic; 0: none.
        ticket: Mean amount of a transaction in minor units.
        dispersion: Variance of a minute's approved divided by their mean: 1 (chance alone, Poisson) to 10.
        shares: Part of all transactions by status.
    """

    rate: float = 120.0
    trough: float = 0.15
    weekend: float = 0.8
    level: float = 0.05
    ticket: int = 8_500
    dispersion: float = 1.7
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)

    def __post_init__(self) -> None:
        """Raise `ValueError` when a number is out of its range."""
        if not (0 < self.rate <= 1e6 and 0 < self.trough <= 1 and 0 < self.weekend <= 10 and 0 <= self.level <= 1):
            raise ValueError(
                "rate must be above 0 and at most 1000000, trough above 0 and at most 1, weekend above 0, level 0 to 1"
            )
        if not 1 <= self.dispersion <= 10:
            raise ValueError("dispersion must be 1 to 10: a minute's variance divided by its mean")

    def dispersion_of(self, status: str) -> float:
        """Variance of a minute's count of a status divided by its mean; 1 (Poisson) or more."""
        return 1 + (self.dispersion - 1) * BURSTY.get(status, 0.0)

    def means(self, start_ms: int, minutes: int, rng: np.random.Generator) -> dict[str, Floats]:
        """The expected count of each status in each minute from `start_ms` on (epoch milliseconds, a whole minute)."""
        volume = self._season(start_ms, minutes) * slow_level(minutes, self.level, rng)
        # Rounded, so that the last bit of an exponential, which differs between machines, changes no draw.
        return {status: np.round(volume * share, 6) for status, share in self.shares.items()}

    def _season(self, start_ms: int, minutes: int) -> Floats:
        shape = [time_of_day(minute, self.trough) for minute in range(_DAY_MINUTES)]
        mean = sum(shape) / _DAY_MINUTES
        first = from_ms(start_ms)
        minute, weekday = first.hour * 60 + first.minute, first.weekday()
        days = [self.weekend if day % 7 >= 5 else 1.0 for day in range(weekday, weekday + minutes // _DAY_MINUTES + 2)]
        at = np.arange(minute, minute + minutes)
        season: Floats = self.rate / mean * np.array(shape)[at % _DAY_MINUTES] * np.array(days)[at // _DAY_MINUTES]
        return season


def time_of_day(minute: int, trough: float) -> float:
    """A long busy day and a short night: 1 at the busiest minute, `trough` at the quietest."""
    wave = (1 - math.cos(2 * math.pi * (minute - _QUIETEST) / _DAY_MINUTES)) / 2
    return trough + (1 - trough) * math.pow(wave, 0.7)


def slow_level(minutes: int, deviation: float, rng: np.random.Generator, memory: int = _LEVEL_MINUTES) -> Floats:
    """A factor around 1 that wanders slowly: a first-order autoregression of its logarithm.

    Its correlation falls to 1/e in `memory` minutes; `deviation` is the standard deviation of the logarithm.
    """
    keep = math.exp(-1 / memory)
    steps = rng.normal(0.0, deviation * math.sqrt(1 - keep * keep), minutes) if deviation else np.zeros(minutes)
    logarithm, found = 0.0, []
    for step in steps.tolist():
        logarithm = keep * logarithm + step
        found.append(math.exp(logarithm))
    return np.array(found)
