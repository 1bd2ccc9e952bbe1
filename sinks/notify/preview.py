"""What a silence would have hidden: the incidents of a time that has passed, as it would have taken them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec import Struct

from schemas.alert import Alert
from schemas.severity import RANK, Severity
from sinks.notify.notification import lost
from sinks.notify.routing.matching import Match
from sinks.notify.silences import Silence, breaks, is_of

NAMED: Final = 10
"""So many incidents are named, the worst first."""


class Matched(Struct):
    """An incident that it would have matched.

    Args:
        incident_id: Its id.
        scope: Its scope.
        dimension: Its dimension.
        key: Its key.
        severity: The last that was said of it; when it is over, the highest that it has reached.
        lost: Transactions lost so far.
        since: When it began.
        is_over: Whether it has ended.
        breaks: Whether it is worse than the silence accepts: it would have been told, and ended the silence.
    """

    incident_id: str
    scope: str
    dimension: str
    key: str
    severity: Severity
    lost: float
    since: datetime
    is_over: bool
    breaks: bool


class Preview(Struct):
    """What a silence would have hidden.

    Args:
        since: From when on incidents were looked at.
        known: How many there were, whatever they match.
        incidents: How many of them it matches.
        pages: So many calls it would have held at least: one for each that no other incident hides. Those that tell of
            a rise, and repeats, would have come on top.
        lost: The transactions that they have lost together.
        severity: The highest of them; none: there are none.
        breaking: How many would have broken it: the first of them would have ended it.
        worst: The worst, NAMED at most, those that would have broken it first.
    """

    since: datetime
    known: int
    incidents: int
    pages: int
    lost: float
    severity: Severity | None
    breaking: int
    worst: list[Matched]


def preview(silence: Silence, alerts: Iterable[Alert], since: datetime) -> Preview:
    """What it would have hidden, had it been on.

    Args:
        silence: The silence; its times are no matter.
        alerts: What was said last of each incident; what was withdrawn does not count.
        since: Those that were over before are left out.
    """
    match = Match.model_validate(silence.match)
    known = [alert for alert in alerts if alert.state != "withdrawn" and alert.last_seen >= since]
    found = [alert for alert in known if is_of(match, alert, alert.since)]
    matched = [
        Matched(
            incident_id=alert.incident_id,
            scope=alert.scope,
            dimension=alert.dimension,
            key=alert.key,
            severity=alert.severity,
            lost=lost(alert),
            since=alert.since,
            is_over=alert.is_over,
            breaks=breaks(silence, alert),
        )
        for alert in found
    ]
    breaking = sum(each.breaks for each in matched)
    return Preview(
        since=since,
        known=len(known),
        incidents=len(matched),
        pages=sum(not alert.inhibited_by for alert in found),
        lost=sum(each.lost for each in matched),
        severity=_highest(matched),
        breaking=breaking,
        worst=sorted(matched, key=lambda each: (not each.breaks, -RANK[each.severity], -each.lost, each.incident_id))[
            :NAMED
        ],
    )


def _highest(matched: Iterable[Matched]) -> Severity | None:
    return max((each.severity for each in matched), key=RANK.__getitem__, default=None)
