"""The calendar of a rule set: days that are unlike others, and hours in which what goes wrong wakes nobody.

A pure function of the minute and the scope, so that a minute that is judged again meets the same calendar. Public
holidays and pay days are dates when they come here; see processors.rules.calendar.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

DAY: Final = 1440
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAYS_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Hours that come every week, or every day, and in which something is expected to be broken.

    Args:
        name: For people.
        days: Weekdays on which it begins, 0 is Monday.
        begins: Minute of the local day, inclusive.
        ends: Minute of the local day, exclusive, up to 1440; at or below `begins` it is that of the next day.
        zone: What local means. An hour that the clock goes through twice belongs to it both times; where the clock
            jumps over `begins` or `ends`, it is the jump that counts.
        first: Ordinal of the first date on which it may begin; None: any.
        last: The same of the last date.
        scopes: What it is about; empty: every scope.
        keys: Statuses, codes, or `total` for the volume; empty: all of them.
    """

    name: str
    days: tuple[int, ...]
    begins: int
    ends: int
    zone: tzinfo = UTC
    first: int | None = None
    last: int | None = None
    scopes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    def on(self, ordinal: int) -> tuple[int, int] | None:
        """The minutes `[begins, ends)` of the window that begins on this local date; None where none does."""
        if (self.first is not None and ordinal < self.first) or (self.last is not None and ordinal > self.last):
            return None
        if (ordinal - 1) % 7 not in self.days:
            return None
        ends = self.ends if self.ends > self.begins else self.ends + DAY
        return minute_at(ordinal, self.begins, self.zone), minute_at(ordinal, ends, self.zone, again=True)


@dataclass(frozen=True, slots=True)
class Event:
    """A stretch of time in which the volume is unlike that of other days: minutes `[begins, ends)`."""

    name: str
    begins: int
    ends: int
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """What the calendar says of a minute.

    Args:
        special: Why the day is not as others: names of holidays, pay days and events; empty on an ordinary one.
        maintenance: The windows that are on.
        blind: Whether what the minute holds cannot be trusted; no calendar knows that, but
            domain.incidents.stream_trust.
    """

    special: tuple[str, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    blind: bool = False

    @property
    def teaches(self) -> bool:
        """Whether what the minute holds says something of what is normal."""
        return not self.maintenance and not self.blind

    def hushes(self, *keys: str) -> bool:
        """Whether what goes wrong with any of these keys wakes nobody."""
        return any(not window.keys or not set(keys).isdisjoint(window.keys) for window in self.maintenance)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of an incident that is seen now, beside what the rules say."""
        return (f"on a special day: {', '.join(self.special)}",) if self.special else ()


ORDINARY: Final = Moment()
_Span = tuple[int, int, tuple[str, ...], str | Maintenance]
"""(begins, ends, scopes, what it is)"""


@dataclass(frozen=True, slots=True)
class Calendar:
    """See the module.

    Args:
        zone: In which the dates of `days` are days.
        days: Ordinal of a date to what is special about it, from midnight to midnight, in every scope.
        maintenance: In the order of the file.
        events: The same.
    """

    zone: tzinfo = UTC
    days: Mapping[int, str] = field(default_factory=dict)
    maintenance: tuple[Maintenance, ...] = ()
    events: tuple[Event, ...] = ()
    _known: dict[int, tuple[_Span, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was found out of the last days (UTC) that were asked for: nothing of it changes an answer."""

    def at(self, minute: int, scope: str) -> Moment:
        """What the calendar says of a minute of a scope."""
        day = minute // DAY
        spans = self._known.get(day)
        if spans is None:
            if len(self._known) >= _DAYS_KEPT:
                self._known.clear()
            spans = self._known[day] = tuple(self._spans(day))
        if not spans:
            return ORDINARY
        on = [what for begins, ends, scopes, what in spans if begins <= minute < ends and _is_of(scope, scopes)]
        if not on:
            return ORDINARY
        return Moment(
            tuple(what for what in on if isinstance(what, str)),
            tuple(what for what in on if isinstance(what, Maintenance)),
        )

    def _spans(self, day: int) -> Iterator[_Span]:
        """All that is on in any minute of a day (UTC)."""
        for span in self._near(day):
            if span[0] < (day + 1) * DAY and day * DAY < span[1]:
                yield span

    def _near(self, day: int) -> Iterator[_Span]:
        ordinal = day + _EPOCH
        for local in range(ordinal - 1, ordinal + 2):
            if local in self.days:
                yield minute_at(local, 0, self.zone), minute_at(local + 1, 0, self.zone), (), self.days[local]
        for event in self.events:
            yield event.begins, event.ends, event.scopes, event.name
        for window in self.maintenance:
            for local in range(ordinal - 2, ordinal + 2):
                if (on := window.on(local)) is not None:
                    yield *on, window.scopes, window


def minute_at(ordinal: int, minute: int, zone: tzinfo, *, again: bool = False) -> int:
    """The minute number at which a clock in the zone shows so many minutes after the midnight that begins the date.

    Where it shows that twice, the first, or with `again` the last of them; where it jumps over it, that of the jump.
    """
    shown = datetime.fromordinal(ordinal) + timedelta(minutes=minute)
    first, last = sorted(int(shown.replace(tzinfo=zone, fold=fold).timestamp()) // 60 for fold in (0, 1))
    if _shown(first, zone) < shown:
        return first + bisect_left(range(first, last), shown, key=lambda m: _shown(m, zone))
    return last if again else first


def _shown(minute: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(minute * 60, zone).replace(tzinfo=None)


def _is_of(scope: str, scopes: tuple[str, ...]) -> bool:
    return not scopes or scope in scopes
