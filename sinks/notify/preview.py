"""What a silence would have hidden, and whether it would break as soon as it is on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final

from msgspec import Struct

from schemas.alert import Alert
from schemas.severity import RANK, Severity
from schemas.shown import shown
from sinks.notify.notification import lost
from sinks.notify.routing.matching import Match
from sinks.notify.silences import Silence, breaks, is_of

MAX_NAMED: Final = 10
"""How many incidents are named, the worst first."""


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
        pages: How many calls it would have held, at the least: one for each that no other incident hides. Those that
            tell of a rise, and repeats, would have come on top.
        lost: The transactions that they have lost together.
        severity: The highest of them; none: there are none.
        breaking: How many would have broken it: the first of them would have ended it.
        worst: The worst, MAX_NAMED at most, those that would have broken it first.
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
        silence: The silence; its times do not matter.
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
            :MAX_NAMED
        ],
    )


def breaking_now(silence: Silence, alerts: Iterable[Alert], now: datetime) -> list[Alert]:
    """The open incidents that would break it as soon as it is on, as they are worse than it accepts; the worst first.

    Args:
        silence: The silence; its times do not matter.
        alerts: What was said last of each incident.
        now: When it begins; its clock is that of the match's hours and days.
    """
    match = Match.model_validate(silence.match)
    # What another incident hides is told to nobody, so that no silence is asked about it.
    open_ones = (alert for alert in alerts if not alert.is_over and not alert.inhibited_by)
    found = [alert for alert in open_ones if is_of(match, alert, now) and breaks(silence, alert)]
    return sorted(found, key=lambda alert: (-RANK[alert.severity], -lost(alert), alert.incident_id))


@dataclass(frozen=True, slots=True)
class Needed:
    """What a silence has to accept so that it does not break at once.

    Args:
        why: What breaks it, in a sentence.
        accepts: How severe.
        accepts_lost: How many lost transactions; none: the loss does not matter.
    """

    why: str
    accepts: Severity
    accepts_lost: int | None


def needed(silence: Silence, alerts: Iterable[Alert], now: datetime) -> Needed | None:
    """What it has to accept, as things are; None: it does not break at once. Arguments as of `breaking_now`."""
    breaking = breaking_now(silence, alerts, now)
    if not breaking:
        return None
    first, more = breaking[0], len(breaking) - 1
    breaking_word = "breaks" if more == 1 else "break"
    severities = (silence.accepts, *(alert.severity for alert in breaking))
    why = (
        f"it would break at once, as things are worse already than it accepts: {shown(first.key, keep='')} of "
        f"{shown(first.scope, keep='')} is {first.severity} and has lost {lost(first):,.0f} transactions"
        f"{f', and {more:,} more {breaking_word} it' * bool(more)}"
    )
    least = None if silence.accepts_lost is None else max(silence.accepts_lost, ceil(max(map(lost, breaking))))
    return Needed(why, max(severities, key=RANK.__getitem__), least)


def _highest(matched: Iterable[Matched]) -> Severity | None:
    return max((each.severity for each in matched), key=RANK.__getitem__, default=None)
