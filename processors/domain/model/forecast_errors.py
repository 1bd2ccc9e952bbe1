"""How well forecasts do: their typical relative error, by what they are made of and how far they reach."""

from math import exp, sqrt
from typing import Final

FIRST: Final = {"plain|5": 0.15, "plain|15": 0.25, "day|5": 0.08, "day|15": 0.12}
"""By kind and horizon in minutes, until one has been seen."""
FAR: Final = "far|15"
"""The error of a forecast that holds on to the level of the last hours ..."""
_FIRST_FAR: Final = 0.1
"""... until one has been seen."""
_STEP: Final = 0.1
_QUANTILE: Final = 0.68
_LEAST: Final = {5: 0.025, 15: 0.012}
"""By horizon: short dips come by themselves, however seldom, and are of no interest."""
_MAX: Final = 0.4


def of(errors: dict[str, float], name: str) -> float:
    """The typical error of forecasts of this name."""
    return errors.get(name, _FIRST_FAR)


def move(errors: dict[str, float], name: str, horizon: int, off: float, chance: float) -> None:
    """Move the typical error towards the 68 % quantile of what is seen, less what is due to chance.

    Args:
        errors: By name; changed in place.
        name: Kind and horizon, as `day|15`.
        horizon: Minutes that it looks ahead.
        off: By how much the forecast was off, relative to it.
        chance: The square of what it is off by chance.
    """
    known = of(errors, name)
    error = sqrt(max(0.0, off**2 - chance))
    step = _STEP * horizon / 15 * ((error > known) - (1 - _QUANTILE))
    errors[name] = min(_MAX, max(_LEAST[horizon], known * exp(step)))
