"""What panels look at: minutes and incidents of a view, and how they are put together."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tests.deploy.grafana_macros import View
from tests.recounted.facts import DAY, HOUR, Facts, Incident, MinuteFact, by, rate


def near(f: Facts, v: View, dimension: str = "status", scope: str | None = "") -> list[MinuteFact]:
    """The minutes of the range, both ends inclusive; of the chosen scope unless another or none is named."""
    of = v.variables["scope"] if scope == "" else scope
    return [m for m in f.of(dimension, of) if v.from_s <= m.at <= v.to_s]


def whole(f: Facts, v: View, dimension: str = "status", scope: str | None = "") -> list[MinuteFact]:
    """The minutes of all hours that begin in the range, or hold its first instant."""
    of = v.variables["scope"] if scope == "" else scope
    return [m for m in f.of(dimension, of) if v.from_s - v.from_s % HOUR <= m.hour <= v.to_s]


def drawn(f: Facts, v: View, dimension: str = "status") -> dict[int, list[MinuteFact]]:
    """By the beginning of each point: minutes where points are shorter than hours, else those of hours."""
    if v.interval_s < HOUR:
        return by(near(f, v, dimension), lambda m: m.at - m.at % v.interval_s)
    return by(whole(f, v, dimension), lambda m: m.hour - m.hour % v.interval_s)


def series(minutes: Iterable[MinuteFact]) -> dict[Any, list[MinuteFact]]:
    return by(minutes, lambda m: (m.dimension, m.key))


def keys(minutes: Iterable[MinuteFact]) -> dict[str, list[MinuteFact]]:
    return by(minutes, lambda m: m.key)


def days(minutes: Iterable[MinuteFact]) -> dict[int, list[MinuteFact]]:
    return by(minutes, lambda m: m.at - m.at % DAY)


def ours(f: Facts, v: View, scope: str | None = None) -> list[Incident]:
    """Incidents that overlap the range and were not taken back."""
    return [
        i
        for i in f.incidents
        if i.last.since <= v.to_s
        and i.last.last_seen >= v.from_s
        and i.last.state != "withdrawn"
        and scope in (None, i.last.scope)
    ]


def of_scope(f: Facts, v: View) -> list[Incident]:
    return ours(f, v, v.variables["scope"])


def newest_hour(f: Facts, v: View) -> list[MinuteFact]:
    mine = near(f, v)
    last = max((m.at for m in mine), default=0)
    scope = v.variables["scope"]
    return [m for m in f.minutes if m.scope == scope and last - HOUR < m.at <= last]


def objective(v: View) -> float:
    return float(v.variables["objective"])


def burnt(minutes: Iterable[MinuteFact], v: View) -> float | None:
    part = rate(minutes)
    return None if part is None else (1 - part) / (1 - objective(v))


def expected(minutes: Iterable[MinuteFact]) -> float | None:
    known = [m.expected for m in minutes if m.expected is not None]
    return sum(known) if known else None


def rounded(number: float | None, digits: int = 0) -> float | None:
    return None if number is None else round(number, digits)


def seconds_late(m: MinuteFact) -> float:
    return (m.known_ms - 1000 * (m.at + 60)) / 1000


def first_said(f: Facts, v: View) -> list[MinuteFact]:
    """The first word on each minute of the range of which it is known when it was said."""
    first: dict[tuple[int, str], MinuteFact] = {}
    for m in f.said:
        mine = (m.dimension, m.scope, m.revision) == (
            "status",
            v.variables["scope"],
            1,
        ) and m.known_ms > 365 * DAY * 1000
        if mine and v.from_s <= m.at <= v.to_s:
            place = (m.at, m.key)
            first[place] = min(first.get(place, m), m, key=lambda each: each.known_ms)
    return list(first.values())


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def weekday(m: MinuteFact) -> int:
    return datetime.fromtimestamp(m.at, UTC).isoweekday()
