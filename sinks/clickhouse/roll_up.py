"""Which hours a batch of minutes touches, and the statement that adds them up anew.

An hour is never added to: it is written again from the revisions of its minutes, so a batch that comes twice changes
nothing. The version of an hour is the sum of the versions of its minutes: of two sinks that write the same hour, the
one that has seen more is right, whoever is last.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sinks.clickhouse.rows import MinuteRow

HOUR_MS: Final = 3_600_000
MAX_HOURS: Final = 200
MAX_SCOPES: Final = 200
"""How many scopes one statement names: they travel in its address, whose length is limited."""

HOURS: Final = """SELECT
    toStartOfHour(minute) AS hour, scope, dimension, key,
    toUInt16(count()) AS minutes,
    sum(m.count) AS count,
    sum(m.total) AS total,
    sum(m.amount) AS amount,
    toUInt16(countIf(m.expected IS NOT NULL)) AS judged,
    sumIf(m.count, m.expected IS NOT NULL) AS judged_count,
    sum(ifNull(m.expected, 0)) AS expected,
    min(m.count) AS least,
    max(m.count) AS most,
    argMax(minute, tuple(m.count, -toInt64(minute))) AS most_at,
    max(m.score) AS score,
    argMax(minute, tuple(m.score, -toInt64(minute))) AS score_at,
    min(m.z) AS z_low,
    max(m.z) AS z_high,
    toUInt16(countIf(m.verdict = 'warming_up')) AS warming_up,
    toUInt16(countIf(m.verdict = 'info')) AS info,
    toUInt16(countIf(m.verdict = 'warning')) AS warning,
    toUInt16(countIf(m.verdict = 'critical')) AS critical,
    toUInt16(countIf(m.verdict = 'no_data')) AS no_data,
    toUInt16(countIf(m.verdict = 'unknown')) AS unknown,
    toUInt16(countIf(m.revision > 1)) AS revised,
    max(m.known_at) AS known_at,
    sum(toUInt128(m.version) + 1) AS version
FROM
(
    SELECT minute, scope, dimension, key, count, total, amount, expected, score, z, verdict, revision, known_at, version
    FROM {database}.minute_revisions
    WHERE toStartOfHour(minute) IN {hours:Array(DateTime('UTC'))} AND scope IN {scopes:Array(String)}
    ORDER BY toStartOfHour(minute), scope, dimension, key, minute, version DESC
    LIMIT 1 BY scope, dimension, key, minute
) AS m
GROUP BY hour, scope, dimension, key"""
"""What the minutes of some hours of some scopes come to."""


@dataclass(frozen=True, slots=True)
class TouchedHours:
    """Hours of scopes that have to be added up anew.

    Args:
        hours: Their starts, epoch seconds.
        scopes: Whose.
    """

    hours: tuple[int, ...]
    scopes: tuple[str, ...]

    @property
    def parameters(self) -> Mapping[str, Sequence[object]]:
        """What `statement` asks for."""
        return {"hours": list(self.hours), "scopes": list(self.scopes)}


def touched(minutes: Sequence[MinuteRow]) -> Iterator[TouchedHours]:
    """The hours of these minutes, in parts that a statement can name; together they cover each of them."""
    scopes: dict[int, set[str]] = {}
    last_ms, names_of_hour = -1, set[str]()
    for row in minutes:
        # Rows of one minute mostly follow each other, so the hour is looked up once for all of them.
        if row.minute != last_ms:
            last_ms = row.minute
            names_of_hour = scopes.setdefault(last_ms // HOUR_MS, set())
        names_of_hour.add(row.scope)
    hours = sorted(scopes)
    for at in range(0, len(hours), MAX_HOURS):
        part = hours[at : at + MAX_HOURS]
        names = sorted(set().union(*(scopes[hour] for hour in part)))
        starts = tuple(hour * HOUR_MS // 1000 for hour in part)
        for first in range(0, len(names), MAX_SCOPES):
            yield TouchedHours(starts, tuple(names[first : first + MAX_SCOPES]))


def statement(database: str) -> str:
    """The INSERT that takes the parameters of a `TouchedHours`."""
    return f"INSERT INTO {database}.hour_versions {HOURS.replace('{database}', database)}"
