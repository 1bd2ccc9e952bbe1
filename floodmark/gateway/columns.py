"""Minutes as columns: a day of ten series as records is megabytes, as columns a tenth, and a chart takes them so."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Annotated

from pydantic import Field

from floodmark.gateway.state.series import KnownMinute, SeriesMinutes
from processors.domain.window import MINUTE_MS, STATUS
from schemas.minute import Dimension, Verdict


@dataclass(frozen=True, slots=True)
class SeriesColumns:
    """One series: each list has a place for each minute; null where there is no record, or where it does not say."""

    dimension: Dimension
    key: str
    count: list[int | None]
    total: list[int | None]
    expected: list[float | None]
    low: list[float | None]
    high: list[float | None]
    score: list[float | None]
    verdict: list[Verdict | None]


@dataclass(frozen=True, slots=True)
class ScopeColumns:
    """What a scope has sent, minute by minute, and how high its score was."""

    scope: str
    total: Annotated[list[int | None], Field(description="Transactions a minute; null where nothing was judged.")]
    low: Annotated[list[float | None], Field(description="Low end of what is expected of them; null while unknown.")]
    high: Annotated[list[float | None], Field(description="High end of it.")]
    scores: Annotated[list[float], Field(description="Highest score of any series in each minute, 0 to 100.")]


def series_columns(
    dimension: Dimension, key: str, minutes: Iterable[KnownMinute], first: int, last: int
) -> SeriesColumns:
    """The minutes from number `first` to `last`, both included; of others nothing is taken."""
    places: list[KnownMinute | None] = [None] * (last - first + 1)
    for seen in minutes:
        place = seen.minute // MINUTE_MS - first
        if 0 <= place < len(places):
            places[place] = seen
    return SeriesColumns(
        dimension,
        key,
        [None if seen is None else seen.count for seen in places],
        [None if seen is None else seen.total for seen in places],
        [None if seen is None else _short(seen.expected) for seen in places],
        [None if seen is None else _short(seen.low) for seen in places],
        [None if seen is None else _short(seen.high) for seen in places],
        [None if seen is None else _short(seen.score) for seen in places],
        [None if seen is None else seen.verdict for seen in places],
    )


def scope_columns(scope: str, series: Iterable[SeriesMinutes], first: int, last: int) -> ScopeColumns:
    """One scope in the minutes from number `first` to `last`, both included.

    The band of the total is made of those of the statuses: their expected counts add up, and the distance of an end is
    the root of the sum of squares, which takes the statuses as independent.
    """
    minutes = [_ScopeMinute() for _ in range(last - first + 1)]
    for each in series:
        for seen in each.between(first, last):
            minutes[seen.minute // MINUTE_MS - first].add(seen)
    return ScopeColumns(
        scope,
        [each.total for each in minutes],
        [each.low for each in minutes],
        [each.high for each in minutes],
        [each.score for each in minutes],
    )


class _ScopeMinute:
    """Sums over the series of a scope in one minute."""

    __slots__ = ("_above", "_below", "_expected", "_known", "score", "total")

    def __init__(self) -> None:
        self.total: int | None = None
        self.score = 0.0
        self._expected = self._below = self._above = 0.0
        self._known = True

    def add(self, seen: KnownMinute) -> None:
        self.score = max(self.score, _short(seen.score) or 0.0)
        if seen.dimension != STATUS:
            return
        self.total = (self.total or 0) + seen.count
        if seen.expected is None or seen.low is None or seen.high is None:
            # What did not come, and of which nothing is known, adds nothing to the band.
            self._known = self._known and not seen.count
            return
        self._expected += seen.expected
        self._below += (seen.expected - seen.low) ** 2
        self._above += (seen.high - seen.expected) ** 2

    @property
    def low(self) -> float | None:
        return _short(max(0.0, self._expected - sqrt(self._below))) if self._has_band else None

    @property
    def high(self) -> float | None:
        return _short(self._expected + sqrt(self._above)) if self._has_band else None

    @property
    def _has_band(self) -> bool:
        return self.total is not None and self._known and self._expected > 0


def _short(number: float | None) -> float | None:
    """Without digits that no screen shows: a quarter of the bytes."""
    return None if number is None else round(number, 2 if -100 < number < 100 else 0)
