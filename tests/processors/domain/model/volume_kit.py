"""Models of a volume that have heard days of some shape."""

from collections.abc import Callable, Iterable
from math import pi, sin

from processors.domain.model.volume import VolumeModel

DAY = 1440
HOUR = 60
MONDAY = 4 * DAY
"""1970-01-05."""


def taught(
    minutes: Iterable[int],
    total: Callable[[int], float],
    barred: Callable[[int], bool] = lambda _: False,
    model: VolumeModel | None = None,
) -> VolumeModel:
    """A model that has heard these minutes."""
    model = model or VolumeModel()
    for minute in minutes:
        model.hear(minute, round(total(minute)), barred=barred(minute))
    return model


def flat(_: int) -> float:
    return 100


def wave(minute: int) -> float:
    """100 at six, 20 at eighteen o'clock."""
    return 60 + 40 * sin(2 * pi * minute / DAY)


def shop(minute: int) -> float:
    """Open from eight to twenty o'clock."""
    return 100 if 8 * HOUR <= minute % DAY < 20 * HOUR else 0
