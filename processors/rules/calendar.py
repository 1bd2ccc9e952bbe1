"""The `[calendar]` of a rule file: read, checked, and resolved to dates and minutes."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from processors.domain.calendar import DAY, Calendar, Event, Maintenance, minute_at
from processors.domain.clock import ClockChanges, clock_of
from processors.domain.window import minute_of
from runtime.special_days import MOVES, special_days
from schemas.words import plain as word

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HEADERS: Final = {
    "calendar": "[calendar]",
    "calendar.maintenance": "[[calendar.maintenance]]",
    "calendar.event": "[[calendar.event]]",
}
_KEYS: Final = {
    "calendar": {"time_zone", "country", "subdivision", "pay_days", "pay_day_moves", "maintenance", "event"},
    "calendar.maintenance": {"name", "days", "from", "to", "time_zone", "first", "last", "scopes", "keys"},
    "calendar.event": {"name", "from", "to", "scopes"},
}
_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")

WORLD: Final = ClockChanges(
    [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Sydney")]
)
"""Clocks of nearly all countries that have a summer time change within a day of one of these."""

Fault = Callable[[str, int, str, str], Exception]
"""The error to raise: of a table, which one of that name, its key, and what is wrong."""


def calendar_of(content: Any, fault: Fault) -> Calendar | None:
    """The calendar that a `[calendar]` table is. Raises what `fault` makes of a bad one.

    None when it names no day, and no zone that shows another time than UTC, which habits follow.
    """
    whole = _Table(content, "calendar", 0, fault)
    zone = whole.zone(UTC)
    days = _days(whole)
    names: set[str] = set()
    maintenance = tuple(_maintenance(table, zone, names) for table in whole.tables("maintenance"))
    events = tuple(_event(table, zone, names) for table in whole.tables("event"))
    says = days or maintenance or events or clock_of(zone) is not None
    return Calendar(zone, days, maintenance, events) if says else None


def plain(calendar: Calendar) -> dict[str, Any]:
    """The calendar as JSON can hold it, all that decides its answers in it: for versions and for programs."""
    return {
        "time_zone": str(calendar.zone),
        "days": {date.fromordinal(day).isoformat(): name for day, name in sorted(calendar.days.items())},
        "maintenance": [
            {
                **{name: getattr(window, name) for name in ("name", "scopes", "keys")},
                "days": [WEEKDAYS[day] for day in window.days],
                "from": clock(window.begins),
                "to": clock(window.ends),
                "time_zone": str(window.zone),
                "first": window.first and date.fromordinal(window.first).isoformat(),
                "last": window.last and date.fromordinal(window.last).isoformat(),
            }
            for window in calendar.maintenance
        ],
        "events": [
            {"name": e.name, "from": _utc(e.begins), "to": _utc(e.ends), "scopes": e.scopes} for e in calendar.events
        ],
    }


def _utc(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).isoformat()


def clock(minute: int) -> str:
    """A minute of the day as it stands in a rule file."""
    return f"{minute // 60:02}:{minute % 60:02}"


class _Table:
    """One table of the calendar: its values, or an error that names its place."""

    def __init__(self, content: Any, name: str, index: int, fault: Fault) -> None:
        self.name, self.index, self._fault = name, index, fault
        if not isinstance(content, dict):
            raise self.error("", "must be a table")
        self.content: dict[str, Any] = content
        for key in content:
            if key not in _KEYS[name]:
                raise self.error(key, f"is not known here; known are: {', '.join(sorted(_KEYS[name]))}")

    def error(self, key: str, what: str) -> Exception:
        return self._fault(self.name, self.index, key, what)

    def tables(self, key: str) -> Iterator["_Table"]:
        entries = self.content.get(key, [])
        if not isinstance(entries, list):
            raise self.error(key, f"must be tables, each headed [[calendar.{key}]]")
        return (_Table(each, f"calendar.{key}", index, self._fault) for index, each in enumerate(entries))

    def text(self, key: str) -> str:
        value = self.content.get(key, "")
        if not isinstance(value, str):
            raise self.error(key, f"must be a text; it is {value!r}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.error(key, f"must be a list of texts; it is {value!r}")
        return tuple(value)

    def words(self, key: str) -> tuple[str, ...]:
        """Scopes or keys as records are compared with them."""
        found = tuple(map(word, self.texts(key)))
        if not all(found):
            raise self.error(key, f"must be words with something to be seen; they are {self.texts(key)!r}")
        return found

    def own_name(self, taken: set[str]) -> str:
        name = self.text("name")
        if not name:
            raise self.error("name", "is missing or empty; it is what people are told")
        if name in taken:
            raise self.error("name", f"the name {name!r} is taken above; names are unique in a calendar")
        taken.add(name)
        return name

    def zone(self, default: tzinfo) -> tzinfo:
        name = self.text("time_zone")
        if "time_zone" not in self.content:
            return default
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError) as exc:
            raise self.error(
                "time_zone", f"must be the name of a time zone, like America/Sao_Paulo; it is {name!r}"
            ) from exc

    def needed(self, key: str) -> Any:
        if key not in self.content:
            raise self.error(key, "is missing")
        return self.content[key]

    def minute_of_day(self, key: str) -> int:
        value = self.needed(key)
        text = value.strftime("%H:%M") if isinstance(value, time) and not (value.second or value.microsecond) else value
        if not isinstance(text, str) or not _TIME.fullmatch(text):
            raise self.error(key, f'must be a time of the day, like "02:00"; it is {_shown(value)}')
        hours, minutes = text.split(":")
        return int(hours) * 60 + int(minutes)

    def day(self, key: str) -> int | None:
        value = self.content.get(key)
        try:
            parsed = date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            parsed = value
        if parsed is None:
            return None
        if not isinstance(parsed, date) or isinstance(parsed, datetime):
            raise self.error(key, f'must be a date, like "2026-11-27"; it is {_shown(value)}')
        return parsed.toordinal()

    def instant(self, key: str, zone: tzinfo) -> int:
        """The minute that begins at an instant; without an offset it is local."""
        value = self.needed(key)
        try:
            parsed = datetime.fromisoformat(value if isinstance(value, str) else value.isoformat())
        except (ValueError, AttributeError):
            parsed = None
        if parsed is None or parsed.second or parsed.microsecond or not 1970 <= parsed.year < 3000:
            raise self.error(key, f'must be a date and a full minute, like "2026-11-27T00:00"; it is {_shown(value)}')
        if parsed.tzinfo is not None:
            return minute_of(int(parsed.timestamp() * 1000))
        return minute_at(parsed.toordinal(), parsed.hour * 60 + parsed.minute, zone, again=key == "to")


def _days(table: _Table) -> dict[int, str]:
    country, subdivision, moves = table.text("country").upper(), table.text("subdivision"), table.text("pay_day_moves")
    if subdivision and not country:
        raise table.error("subdivision", "needs a country")
    pay_days = table.content.get("pay_days", [])
    if not isinstance(pay_days, list) or not all(type(day) is int and 1 <= abs(day) <= 31 for day in pay_days):
        raise table.error("pay_days", f"must be days of the month, 1 to 31, or -1 for the last; they are {pay_days!r}")
    if moves and not pay_days:
        raise table.error("pay_day_moves", "means nothing without pay_days")
    if moves not in ("", *MOVES):
        raise table.error("pay_day_moves", f"must be one of {', '.join(MOVES)}; it is {moves!r}")
    try:
        return special_days(country, subdivision, pay_days, next((m for m in MOVES if m == moves), "next"))
    except LookupError as exc:
        key = "subdivision" if subdivision and "subdivision" in str(exc) else "country"
        raise table.error(key, f"is not known to the package holidays: {exc}") from exc


def _maintenance(table: _Table, zone: tzinfo, names: set[str]) -> Maintenance:
    name = table.own_name(names)
    days = tuple(day.lower() for day in table.texts("days")) if "days" in table.content else WEEKDAYS
    if not days or set(days) - set(WEEKDAYS):
        raise table.error("days", f"must be some of {', '.join(WEEKDAYS)}; they are {list(days)}")
    begins, ends = table.minute_of_day("from"), table.minute_of_day("to")
    if begins == DAY:
        raise table.error("from", "must be before 24:00")
    if begins == ends:
        raise table.error("to", "must differ from `from`; for a whole day write 00:00 to 24:00")
    first, last = table.day("first"), table.day("last")
    if first is not None and last is not None and last < first:
        raise table.error("last", "must not be before `first`")
    ordered = tuple(number for number, day in enumerate(WEEKDAYS) if day in days)
    return Maintenance(
        name, ordered, begins, ends, table.zone(zone), first, last, table.words("scopes"), table.words("keys")
    )


def _event(table: _Table, zone: tzinfo, names: set[str]) -> Event:
    name = table.own_name(names)
    begins, ends = table.instant("from", zone), table.instant("to", zone)
    if ends <= begins:
        raise table.error("to", "must be after `from`")
    return Event(name, begins, ends, table.words("scopes"))


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, date | time) else repr(value)
