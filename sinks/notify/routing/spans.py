"""Lengths of time as people write them in a routing file, hours of the week, and times of the day."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY: Final = 1440
MAX_SPAN: Final = timedelta(days=31)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SPAN: Final = re.compile(r"([0-9]{1,7})([smhd])")
_TIME: Final = re.compile(r"(?:daily|([a-z]{3})(?:-([a-z]{3}))?) ([01]\d|2[0-3]):([0-5]\d)")
_HOURS: Final = re.compile(r"(?:([a-z]{3})(?:-([a-z]{3}))? )?([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def _span(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('must be a length of time, like "30s", "15m", "4h" or "7d"')
    span = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if span > MAX_SPAN:
        raise ValueError(f"must be {MAX_SPAN.days}d at most")
    return span


def in_words(span: timedelta) -> str:
    """The span as a routing file has it: whole numbers of its largest units, like `1h30m`; `0s` for none."""
    seconds, parts = int(span.total_seconds()), []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        parts += [f"{count}{unit}"] * bool(count)
    return "".join(parts) or "0s"


Span = Annotated[timedelta, BeforeValidator(_span), PlainSerializer(in_words)]
"""A length of time from 0 to MAX_SPAN."""


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of some days of the week, in local time.

    Args:
        days: Weekdays on which it begins, 0 is Monday.
        begins: Minute of the day, inclusive.
        ends: Minute of the day, exclusive, up to 1440; at or below `begins` it is that of the next day.
    """

    days: frozenset[int]
    begins: int
    ends: int

    def holds(self, local: datetime) -> bool:
        """Whether the instant, whose fields are local time, lies in it."""
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self.begins < self.ends:
            return day in self.days and self.begins <= minute < self.ends
        return (day in self.days and minute >= self.begins) or ((day - 1) % 7 in self.days and minute < self.ends)


def _window(value: Any) -> Window:
    if isinstance(value, Window):
        return value
    found = _HOURS.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None or not {found[1], found[2]} <= {None, *WEEKDAYS}:
        raise ValueError('must be hours like "22:00-07:00", or with days before them, like "mon-fri 08:00-20:00"')
    begins, ends = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    if ends > DAY:
        raise ValueError("must end at 24:00 at the latest")
    if begins == ends:
        raise ValueError('must not begin and end at the same time; the whole day is "00:00-24:00"')
    return Window(frozenset(_days(found[1], found[2])), begins, ends)


def _days(first: str | None, last: str | None) -> Iterable[int]:
    if first is None:
        return range(7)
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return [(begin + i) % 7 for i in range((end - begin) % 7 + 1)]


Hours = Annotated[Window, BeforeValidator(_window)]
"""One window, as a text."""


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time on some days of the week, in local time.

    Where clocks go forward over it, it is an hour later by the new time; where they go back over it, the first of the
    two: each day has one.

    Args:
        days: Weekdays, 0 is Monday; one at least.
        minute: Minute of the day.
    """

    days: frozenset[int]
    minute: int

    def after(self, instant: datetime, zone: str) -> datetime:
        """The first that comes after the instant, in UTC."""
        return next(at for at in self._around(instant, zone, range(-1, 9)) if at > instant)

    def latest(self, instant: datetime, zone: str) -> datetime:
        """The last that has come by the instant, that one included, in UTC."""
        return next(at for at in self._around(instant, zone, range(1, -9, -1)) if at <= instant)

    def _around(self, instant: datetime, zone: str, days: Iterable[int]) -> Iterable[datetime]:
        """Those of so many days from that of the instant."""
        local = ZoneInfo(zone)
        today = instant.astimezone(local).replace(hour=self.minute // 60, minute=self.minute % 60, fold=0)
        noon = today.replace(second=0, microsecond=0, tzinfo=None)
        for day in (noon + timedelta(days=days_on) for days_on in days):
            if day.weekday() in self.days:
                yield day.replace(tzinfo=local).astimezone(UTC)


def _time(value: Any) -> TimeOfDay:
    if isinstance(value, TimeOfDay):
        return value
    found = _TIME.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found is None or not {found[1], found[2]} <= {None, *WEEKDAYS}:
        raise ValueError('must be a time of the day with its days before it, like "daily 09:00" or "mon-fri 09:00"')
    return TimeOfDay(frozenset(_days(found[1], found[2])), int(found[3]) * 60 + int(found[4]))


Daily = Annotated[TimeOfDay, BeforeValidator(_time)]
"""One time of the day, as a text."""
