"""The minutes around each incident, kept while the rows go by, so that they can be drawn."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from processors.domain.incidents.incident import Incident
from processors.domain.series_key import VOLUME_SERIES, SeriesKey
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import STATUS, VOLUME
from processors.offline import OfflineJudgement

BEFORE: Final = 30
AFTER: Final = 15
"""Minutes shown before an incident and after it."""
MAX_MINUTES: Final = 360
"""Minutes of a strip; a longer incident is shown with its first hours."""
_REMEMBERED: Final = 180
"""An incident begins an hour at most before it opens."""


class Point(NamedTuple):
    """A minute of a series; the band is None where nothing is known of it."""

    minute: int
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody needs
    expected: float | None
    low: float | None
    high: float | None


class Strips:
    """For each incident the minutes of the series that leads it."""

    def __init__(self) -> None:
        self._recent: dict[tuple[str, SeriesKey], dict[int, Point]] = {}
        self._kept: dict[str, dict[int, Point]] = {}
        self._growing: dict[str, Incident] = {}

    def take(self, finding: OfflineJudgement) -> None:
        """Take in what came of the next rows."""
        newest = max((revised.verdict.minute for revised in finding.verdicts), default=0)
        for revised in finding.verdicts:
            self._hear(revised.verdict)
        for statement in finding.statements:
            incident = statement.stated.incident
            if incident.dimension == VOLUME:
                self._put(incident.scope, VOLUME_SERIES, incident.seen)
            self._growing[incident.id] = incident
        for incident in list(self._growing.values()):
            self._grow(incident, newest)
        for series, points in self._recent.items():
            self._recent[series] = {m: point for m, point in points.items() if m > newest - _REMEMBERED}

    def of(self, incident: Incident) -> list[Point]:
        """The minutes of an incident that was said, in order."""
        return [point for _, point in sorted(self._kept.get(incident.id, {}).items())]

    def _hear(self, verdict: MinuteVerdict) -> None:
        self._put(verdict.scope, SeriesKey(verdict.dimension, verdict.key), verdict)
        if verdict.dimension == STATUS:
            points = self._recent.setdefault((verdict.scope, VOLUME_SERIES), {})
            points[verdict.minute] = Point(verdict.minute, verdict.total, None, None, None)

    def _put(self, scope: str, series: SeriesKey, verdict: MinuteVerdict) -> None:
        point = Point(verdict.minute, verdict.count, verdict.expected, verdict.low, verdict.high)
        self._recent.setdefault((scope, series), {})[verdict.minute] = point

    def _grow(self, incident: Incident, newest: int) -> None:
        first = incident.since - BEFORE
        last = min(incident.last_seen + AFTER, first + MAX_MINUTES - 1)
        points: Mapping[int, Point] = self._recent.get(
            (incident.scope, SeriesKey(incident.dimension, incident.key)), {}
        )
        kept = self._kept.setdefault(incident.id, {})
        kept.update((minute, point) for minute, point in points.items() if first <= minute <= last)
        if (incident.resolved and newest > last) or newest > first + MAX_MINUTES:
            del self._growing[incident.id]
