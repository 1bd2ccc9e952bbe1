"""The calendar of a rule set in words."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from processors.domain.calendar import Calendar, Event, Maintenance
from processors.rules.calendar import WEEKDAYS, clock

AHEAD: Final = 12
"""How many special days are shown; `--json` has them all."""


def calendar_lines(calendar: Calendar, today: date) -> Iterator[tuple[str, str]]:
    """Title and text of each line: special days from `today` on, events, and maintenance, in the order of the file."""
    ahead = [(day, name) for day, name in sorted(calendar.days.items()) if day >= today.toordinal()]
    shown = [f"{date.fromordinal(day):%a %Y-%m-%d} {name}" for day, name in ahead[:AHEAD]]
    more = [f"… {len(ahead) - AHEAD} more until {date.fromordinal(ahead[-1][0]).year}"] if ahead[AHEAD:] else []
    if shown:
        yield "special days", f"({calendar.zone}) {'; '.join(shown + more)}"
    for event in calendar.events:
        yield "event", _event(event, calendar.zone)
    for window in calendar.maintenance:
        yield "maintenance", _maintenance(window)


def _event(event: Event, zone: tzinfo) -> str:
    first, last = (f"{_local(minute, zone):%a %Y-%m-%d %H:%M}" for minute in (event.begins, event.ends))
    return f"{event.name}: {first} to {last} ({zone}){_where(event.scopes, ())}"


def _local(minute: int, zone: tzinfo) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)).astimezone(zone)


def _maintenance(window: Maintenance) -> str:
    days = "every day" if len(window.days) == len(WEEKDAYS) else " ".join(WEEKDAYS[day] for day in window.days)
    ends = clock(window.ends) + (" of the next day" if window.ends < window.begins else "")
    dates = [
        f" {word} {date.fromordinal(day)}" for word, day in (("from", window.first), ("until", window.last)) if day
    ]
    where = _where(window.scopes, window.keys)
    return f"{window.name}: {days} {clock(window.begins)} to {ends} ({window.zone}){''.join(dates)}{where}"


def _where(scopes: tuple[str, ...], keys: tuple[str, ...]) -> str:
    limits = [f"{word} {', '.join(names)}" for word, names in (("scopes", scopes), ("keys", keys)) if names]
    return f", {'; '.join(limits)} only" if limits else ""
