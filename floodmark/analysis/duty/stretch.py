"""Which stretch of time a shift is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.instants import instant

SHIFT_HOURS: Final = 8
"""A shift that is not described is that long."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time: `[begin, end)`.

    Args:
        begin: Its first instant, UTC.
        end: The instant after its last, UTC.
        zone: Whose clock people read.
    """

    begin: datetime
    end: datetime
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """As people name it."""
        begin, end = (at.astimezone(self.zone) for at in (self.begin, self.end))
        until = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%a %d %B %H:%M}"
        return f"{begin:%a %d %B %Y, %H:%M} to {until}"

    @property
    def bounds(self) -> dict[str, str]:
        """The parameters `from` and `to` of the library's queries."""
        return {"from": self.begin.isoformat(), "to": self.end.isoformat()}

    def shown(self, at: datetime) -> str:
        """An instant on the clock of those on duty."""
        return instant(at, self.zone)


def last_hours(hours: int, end: datetime, zone: ZoneInfo) -> Stretch:
    """The hours before an aware instant: hours that pass, whatever the clocks do."""
    end = end.astimezone(UTC)
    return Stretch(end - timedelta(hours=hours), end, zone)


def shift(begins: time, ends: time, zone: ZoneInfo, day: date | None, newest: datetime) -> Stretch:
    """A shift by the clock; where the clocks change it is an hour longer or shorter.

    A time that the clocks skip is as long after the change as it would have been before it, and one that comes twice is
    the first, so that a shift ends where the next one begins.

    Args:
        begins: The clock at its begin, no earlier than 24 hours before its end.
        ends: The clock at its end; at or before `begins`: on the next day.
        zone: Whose clock.
        day: The day on which it begins; None: that of the last one with `newest` in it or before it.
        newest: The end of the newest minute.
    """
    if day is None:
        # A shift of today that has not begun before the newest minute is not the one that is asked for.
        today = newest.astimezone(zone).date()
        day = next(at for at in (today, today - timedelta(days=1)) if _at(at, begins, zone) < newest or at < today)
    end_day = day if ends > begins else day + timedelta(days=1)
    return Stretch(_at(day, begins, zone), _at(end_day, ends, zone), zone)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
