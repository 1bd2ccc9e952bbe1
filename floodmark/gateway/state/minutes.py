"""The judged minutes of all series, for as long back as there is room."""

from collections.abc import Iterator
from typing import Final

from floodmark.gateway.state.series import BLOCK, KnownMinute, KnownNumbers, SeriesMinutes
from processors.domain.window import MINUTE_MS
from schemas.words import word_of

DAY: Final = 1440
"""Minutes that are kept."""
AHEAD: Final = 60
"""A minute that lies further ahead of the clock is none that a judge has closed."""
MAX_BLOCKS: Final = 100_000
"""Pieces of an hour of a series that are kept, some 6 kB each; of more, the oldest hours go."""

SeriesId = tuple[str, str, str]
"""Scope, dimension and key."""


class Minutes:
    """Series by scope; a window of a day that ends with the newest minute.

    Args:
        max_blocks: How many hours of series are kept, all series together.
    """

    def __init__(self, max_blocks: int = MAX_BLOCKS) -> None:
        self._series: dict[SeriesId, SeriesMinutes] = {}
        self._scopes: dict[str, dict[SeriesId, SeriesMinutes]] = {}
        self._max_blocks, self._blocks = max_blocks, 0
        self.first = 0
        """Minutes before this one are not kept."""
        self.last = -1
        """The newest minute of all; -1 before the first."""
        self.records = 0
        """Records that were news."""

    def __len__(self) -> int:
        """How many series there are."""
        return len(self._series)

    @property
    def scopes(self) -> list[str]:
        """All scopes, by name."""
        return sorted(self._scopes)

    def put(self, seen: KnownNumbers, now_ms: int) -> bool:
        """Take in a record; whether it is news.

        Args:
            seen: The record, by whomever.
            now_ms: The present, in epoch milliseconds.
        """
        minute, rest = divmod(seen.minute, MINUTE_MS)
        if rest or minute < self.first or (minute > self.last and minute > now_ms // MINUTE_MS + AHEAD):
            return False
        series = self._series.get((seen.scope, seen.dimension, seen.key))
        if series is None:
            if word_of(seen.scope) is None or word_of(seen.key) is None:
                return False
            series = self._newcomer(seen)
        before = len(series.pieces)
        if not series.put(minute, seen):
            return False
        self.records += 1
        if minute > self.last:
            self.last = minute
            self._forget_before(minute - DAY + 1)
        if len(series.pieces) > before:
            self._blocks += 1
            while self._blocks > self._max_blocks and self.first < self.last - BLOCK:
                self._forget_before(self.first + BLOCK)
        return True

    def of_scope(self, scope: str) -> list[SeriesMinutes]:
        """Its series, by dimension and key."""
        found = self._scopes.get(scope, {})
        return [found[name] for name in sorted(found)]

    def series(
        self, scope: str | None = None, dimension: str | None = None, key: str | None = None
    ) -> list[SeriesMinutes]:
        """The series that match, by scope, dimension and key; None matches all."""
        scopes = self.scopes if scope is None else [scope]
        return [
            each
            for name in scopes
            for each in self.of_scope(name)
            if dimension in (None, each.dimension) and key in (None, each.key)
        ]

    def anomalies(self) -> Iterator[KnownMinute]:
        """The minutes in which a rule found something, the newest first; of one minute the highest score first."""
        by_minute: dict[int, list[SeriesMinutes]] = {}
        for series in self._series.values():
            for minute in series.notes:
                by_minute.setdefault(minute, []).append(series)
        for minute in sorted(by_minute, reverse=True):
            found = [seen for series in by_minute[minute] if (seen := series.at(minute)) is not None]
            yield from sorted(found, key=lambda seen: (-seen.score, seen.scope, seen.dimension, seen.key))

    def _newcomer(self, seen: KnownNumbers) -> SeriesMinutes:
        made = SeriesMinutes(seen.scope, seen.dimension, seen.key)
        name = (seen.scope, seen.dimension, seen.key)
        self._series[name] = made
        self._scopes.setdefault(seen.scope, {})[name] = made
        return made

    def _forget_before(self, minute: int) -> None:
        # Piece by piece: each minute is looked at once an hour only.
        border = minute // BLOCK * BLOCK
        if border <= self.first:
            return
        self.first = border
        for name, series in list(self._series.items()):
            self._blocks -= series.forget_before(border)
            if not series.blocks:
                del self._series[name]
                of_scope = self._scopes[series.scope]
                del of_scope[name]
                if not of_scope:
                    del self._scopes[series.scope]
