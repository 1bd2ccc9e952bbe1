"""What the clocks of a zone show in each minute of a stretch of UTC."""

from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from producers.rows import MINUTE_MS
from schemas.instants import from_ms

Ints = NDArray[np.int64]

DAY_MINUTES: Final = 1440
_STEP: Final = 15
"""Minutes in which a zone's offset stays the same: all changes come at a quarter of an hour of UTC."""


def local_minutes(start_ms: int, minutes: int, zone: str) -> Ints:
    """The local minutes since 1970-01-01T00:00, as the zone's clocks count, of each UTC minute from `start_ms` on.

    An hour that the clocks skip is not there, one that they show twice is there twice.
    """
    first = start_ms // MINUTE_MS
    steps = range(first // _STEP, (first + minutes - 1) // _STEP + 1)
    place = ZoneInfo(zone)
    offsets = np.array([_offset(step * _STEP * MINUTE_MS, place) for step in steps], dtype=np.int64)
    at = np.arange(first, first + minutes, dtype=np.int64)
    return at + offsets[at // _STEP - first // _STEP]


def minute_of_day(local: Ints) -> Ints:
    """0 at local midnight, 1439 in the last minute of the day."""
    return local % DAY_MINUTES


def weekday(local: Ints) -> Ints:
    """0 on a Monday: 1970-01-01 was a Thursday."""
    return (local // DAY_MINUTES + 3) % 7


def _offset(instant_ms: int, place: ZoneInfo) -> int:
    offset = from_ms(instant_ms).astimezone(place).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)
