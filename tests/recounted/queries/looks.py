"""What queries look at: minutes, hours and incidents of what is asked for."""

from typing import Final

from tests.recounted.facts import (
    RANKS,
    Facts,
    Incident,
    MinuteFact,
    by,
    rate,
)
from tests.recounted.queries.noted import Asked

ODD: Final = ("info", "warning", "critical")


def minutes(f: Facts, q: Asked, dimension: str = "status") -> list[MinuteFact]:
    return [m for m in f.of(dimension, q.scope) if q.holds(m.at)]


def hours(f: Facts, q: Asked, dimension: str = "status", scope: str | None = "") -> list[MinuteFact]:
    """The minutes of the hours that begin in the range."""
    return [m for m in f.of(dimension, q.scope if scope == "" else scope) if q.holds(m.hour)]


def opened(f: Facts, q: Asked) -> list[Incident]:
    return [i for i in f.incidents if q.holds(i.opened_at)]


def real(f: Facts, q: Asked) -> list[Incident]:
    return [i for i in opened(f, q) if i.last.state != "withdrawn"]


def of_hours(f: Facts, q: Asked, dimension: str = "status") -> dict[int, list[MinuteFact]]:
    return by(hours(f, q, dimension), lambda m: m.hour)


def usual(found: list[MinuteFact]) -> float:
    return sum(m.expected for m in found if m.expected is not None)


def judged(found: list[MinuteFact]) -> list[MinuteFact]:
    return [m for m in found if m.expected is not None]


def objective(q: Asked) -> float:
    return float(q.more.get("objective", 0.9))


def burn(found: list[MinuteFact], q: Asked) -> float:
    return (1 - (rate(found) or 0)) / (1 - objective(q))


def severity_order(severity: str) -> int:
    return -RANKS.index(severity)
