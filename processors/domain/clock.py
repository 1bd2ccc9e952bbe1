"""The clock that habits follow: in summer people come an hour earlier by UTC; days begin by its zone.

Where nobody has said which zone that is, it is known when clocks change in most of the world.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

DAY: Final = 1440
_QUARTER: Final = 15
"""Clocks go back and forward at full quarters of an hour by UTC."""
_KEPT: Final = 8_192
_MONTHS: Final = tuple(datetime(2026, month, 15, 12, tzinfo=UTC) for month in range(1, 13))
"""A zone that has a summer time has it in some of these."""
_NEAR: Final = 2 * DAY
"""Zones whose clocks change within so many minutes by the same have one change."""


@dataclass(frozen=True, slots=True)
class SummerClock:
    """The clock of a zone. Habits are kept by the minute of the day in UTC, and only what changes is added to it.

    So what was learned by UTC stays right where nothing changes in the year. Which day of the week a time belongs to
    is asked when habits are looked at, by the standard time of the zone.
    """

    zone: tzinfo
    east: int = field(init=False, repr=False, compare=False)
    """By how many minutes its standard time is ahead of UTC: so much earlier its days begin."""
    _known: dict[int, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was found out of the last quarters of an hour that were asked for: nothing of it changes an answer."""

    def __post_init__(self) -> None:
        """Find out the standard time."""
        object.__setattr__(self, "east", _east(self.zone))

    def ahead(self, minute: int) -> int:
        """By how many minutes clocks are ahead of their standard time in a minute (since the epoch)."""
        quarter = minute // _QUARTER
        found = self._known.get(quarter)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[quarter] = _ahead(datetime.fromtimestamp(quarter * _QUARTER * 60, self.zone))
        return found


@dataclass(frozen=True, slots=True)
class ClockChange:
    """Clocks go forward, or back.

    Args:
        at: The first minute (since the epoch) after it, a full quarter of an hour.
        by: Minutes by which they are ahead of before: -60 when summer time ends.
    """

    at: int
    by: int


@dataclass(frozen=True, slots=True)
class ClockChanges:
    """When clocks change in any of some zones, as their rules say beforehand.

    Args:
        zones: Each stands for all that change with it.
    """

    zones: Sequence[tzinfo]

    def within(self, first: int, last: int) -> list[ClockChange]:
        """The changes of the days (UTC, since the epoch) from `first` to `last`, by time.

        Of those of some zones within two days by as much, only the first.
        """
        changes = [change for day in range(first, last + 1) for zone in self.zones if (change := _change(zone, day))]
        found: list[ClockChange] = []
        for change in sorted(changes, key=lambda change: change.at):
            if all(change.by != other.by or change.at - other.at > _NEAR for other in found):
                found.append(change)
        return found


@lru_cache(_KEPT)
def _change(zone: tzinfo, day: int) -> ClockChange | None:
    """That of a zone on a day (UTC); None where its clocks go on as they did."""
    quarters = range(day * DAY // _QUARTER, (day + 1) * DAY // _QUARTER)
    before, after = _offset(quarters[0] - 1, zone), _offset(quarters[-1], zone)
    if before == after:
        return None
    place = bisect_left(quarters, True, key=lambda quarter: _offset(quarter, zone) != before)  # noqa: FBT003
    return ClockChange(quarters[place] * _QUARTER, after - before)


def _offset(quarter: int, zone: tzinfo) -> int:
    """By how many minutes clocks are ahead of UTC."""
    return (datetime.fromtimestamp(quarter * _QUARTER * 60, zone).utcoffset() or timedelta()) // timedelta(minutes=1)


def clock_of(zone: tzinfo) -> SummerClock | None:
    """The clock of a zone; None where it shows what UTC does all year."""
    return SummerClock(zone) if any(each.astimezone(zone).utcoffset() for each in _MONTHS) else None


def days_before(minute: int, days: int, clock: SummerClock | None) -> int:
    """The minute so many days earlier in which clocks showed the same time of the day."""
    before = minute - days * DAY
    return before if clock is None else before + clock.ahead(minute) - clock.ahead(before)


def _east(zone: tzinfo) -> int:
    """Of standard time, in full quarters of an hour; a zone whose summer is all year has the one that it says."""
    local = [each.astimezone(zone) for each in _MONTHS]
    first = min(local, key=_ahead)
    minutes = (first.utcoffset() or timedelta()) // timedelta(minutes=1) - _ahead(first)
    return minutes // _QUARTER * _QUARTER


def _ahead(at: datetime) -> int:
    return (at.dst() or timedelta()) // timedelta(minutes=1)
