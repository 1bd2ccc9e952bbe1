"""What an incident follows from: the minutes of its series, and how to prove it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from floodmark.analysis.verify.stored import quoted
from floodmark.gateway.answers.incidents import Evidence
from floodmark.gateway.answers.minutes import row
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.state.incidents import KnownIncident
from floodmark.gateway.state.series import KnownMinute
from processors.domain.window import STATUS, minute_of

AROUND: Final = 15
"""Minutes before an incident and after it that are shown with it."""
MAX_MINUTES: Final = 1440


@dataclass(frozen=True, slots=True)
class AroundIncident:
    """Minutes of the incident's series, oldest first; of one of the whole volume, of all statuses."""

    seen: list[KnownMinute]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """As they are answered."""
        return [msgspec.structs.asdict(row(each)) for each in self.seen]


def minutes_around(parts: GatewayParts, incident: KnownIncident) -> AroundIncident:
    """What is kept of its series."""
    alert = incident.alert
    first = _minute(alert.since) - AROUND
    last = min(_minute(alert.last_seen) + AROUND, first + MAX_MINUTES)
    if alert.dimension == "stream":
        return AroundIncident([])
    dimension, key = (STATUS, None) if alert.dimension == "volume" else (alert.dimension, alert.key)
    series = parts.view.minutes.series(alert.scope, dimension, key)
    found = [seen for each in series for seen in each.between(first, last)]
    return AroundIncident(sorted(found, key=lambda seen: (seen.minute, seen.dimension, seen.key)))


def evidence_of(incident: KnownIncident, around: AroundIncident) -> Evidence:
    """The receipt, as far as it is known without the store."""
    alert = incident.alert
    first, last = _minute(alert.since), _minute(alert.last_seen)
    inside = [each for each in around.seen if first <= minute_of(each.minute) <= last]
    offsets: dict[str, int] = {}
    for each in inside:
        for source, offset in each.offsets.items():
            offsets[source] = max(offset, offsets.get(source, -1))
    return Evidence(
        rule_set=alert.rule_set,
        first=alert.since,
        last=alert.last_seen,
        minutes=len({each.minute for each in inside}),
        offsets=offsets,
        verify=f"floodmark verify {alert.incident_id}",
        sql=_sql(incident),
    )


def _sql(incident: KnownIncident) -> str:
    alert = incident.alert
    of = f" AND dimension = {quoted(alert.dimension)} AND key = {quoted(alert.key)}"
    if alert.dimension in ("volume", "stream"):
        of = f" AND dimension = {quoted(STATUS)}"
    first, last = (_minute(alert.since) - AROUND) * 60, (_minute(alert.last_seen) + AROUND) * 60
    return (
        "SELECT minute, key, count, total, share, expected, low, high, z, score, verdict FROM minutes "  # noqa: S608 - quoted, and only shown
        f"WHERE scope = {quoted(alert.scope)}{of} AND minute BETWEEN toDateTime({_text(first)}, 'UTC') "
        f"AND toDateTime({_text(last)}, 'UTC') ORDER BY minute, key"
    )


def _text(seconds: int) -> str:
    return quoted(datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S"))


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // 60
