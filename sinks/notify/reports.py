"""What people are sent to read: what a silence has hidden when it ends, which ones are on, and reports by schedule."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import structlog

from schemas.instants import from_ms
from schemas.language import Language
from schemas.severity import RANK
from sinks.notify.channels.plain import cut
from sinks.notify.desk import Desk
from sinks.notify.notification import Account, HiddenWords, Notification, ReportKind, Scheduled
from sinks.notify.routing.model import Team
from sinks.notify.silence_words import match_words
from sinks.notify.silences import Silence, Silences
from sinks.notify.words import Speaker

log = structlog.get_logger(__name__)
MAX_NAMED: Final = 10
"""How many incidents of a silence, and how many silences, are named in a report."""
MISSED_AFTER: Final = timedelta(hours=12)
"""A list of the silences that are on is sent so late at most: it is remembered for a day that it was sent."""
MAX_LISTED: Final = 100
MAX_WHAT: Final = 1_000
"""Characters of what a silence matches that are told: a report names a hundred of them, and is one record."""
REPORT_AGE_MS: Final = 24 * 3_600_000
"""A report is sent so long after its hour at most: the next one of its kind is due by then, and it is remembered for so
long that it was sent."""


def account(silence: Silence, language: Language) -> Account:
    """What it has come to by now; what it hides is said in that language."""
    hidden = [
        HiddenWords(name, each.scope, each.key, each.severity, each.lost, each.is_over, each.dimension)
        for name, each in silence.hidden.items()
    ]
    return Account(
        id=silence.id,
        author=silence.author,
        reason=silence.reason,
        what=cut(match_words(silence.match, Speaker(language)), MAX_WHAT),
        begins_ms=silence.begins_ms,
        ends_ms=silence.ends_ms if silence.ended_ms is None else silence.ended_ms,
        count=len(hidden),
        open=sum(not each.is_over for each in hidden),
        lost=sum(each.lost for each in hidden),
        worst=sorted(hidden, key=lambda each: (-RANK[each.severity], -each.lost, each.id))[:MAX_NAMED],
        ended_why=silence.ended_why or "",
        ended_by=silence.ended_by,
    )


def report(desk: Desk, silences: Silences, now_ms: int) -> set[str]:
    """Write down the reports that are due by now; the notifications that are new. Twice at one time changes nothing.

    Args:
        desk: Where they are owed.
        silences: All of them; what has been reported is noted in them.
        now_ms: The present, in epoch milliseconds.
    """
    made: set[str] = set()
    for silence in silences.silences.values():
        if silence.ended_ms is not None and not silence.is_reported:
            log.info("silence_ended", silence=silence.id, why=silence.ended_why, hid=len(silence.hidden))
            silence.is_reported = True
            silences.changed.add(silence.id)
            made |= _ended(desk, silence, now_ms)
    for team in desk.routing.team:
        made |= _live(desk, team, silences.silences.values(), now_ms)
    return made | _scheduled(desk, now_ms)


def is_past(notification: Notification, now_ms: int) -> bool:
    """Whether it is a report by schedule that is too old to be sent."""
    scheduled = notification.scheduled
    return scheduled is not None and now_ms - scheduled.at_ms > REPORT_AGE_MS


def _scheduled(desk: Desk, now_ms: int) -> set[str]:
    """The last of each that has come; what several tables ask for at one instant is one report."""
    now = from_ms(now_ms)
    wanted: dict[tuple[str, ReportKind, int], dict[str, None]] = {}
    for table in desk.routing.report:
        team = desk.routing.teams[table.team]
        at_ms = int(table.at.latest(now, team.time_zone).timestamp() * 1000)
        if now_ms - at_ms <= REPORT_AGE_MS and not team.is_quiet(now):
            wanted.setdefault((team.name, table.kind, at_ms), {}).update(dict.fromkeys(table.channels))
    made: set[str] = set()
    for (name, kind, at_ms), channels in wanted.items():
        team = desk.routing.teams[name]
        made |= desk.schedule(Scheduled(kind, at_ms, team.time_zone, team.language), name, channels, now_ms)
    return made


def _ended(desk: Desk, silence: Silence, now_ms: int) -> set[str]:
    """To each team whose messages it held, on the channels of the routes that it held."""
    channels: dict[str, dict[str, None]] = {}
    for route in desk.routing.route:
        if route.name in silence.routes:
            channels.setdefault(route.team, {}).update(dict.fromkeys(route.channels))
    made: set[str] = set()
    for team, theirs in channels.items():
        made |= desk.report(silence.id, team, theirs, [account(silence, desk.routing.teams[team].language)], now_ms)
    return made


def _live(desk: Desk, team: Team, silences: Iterable[Silence], now_ms: int) -> set[str]:
    """Those that were on at the time of the team's list, and are on still."""
    now = from_ms(now_ms)
    if team.silences is None or team.is_quiet(now):
        return set()
    at = team.silences.digest.latest(now, team.time_zone)
    at_ms = int(at.timestamp() * 1000)
    name = f"{at_ms}"
    if now - at > MISSED_AFTER or desk.is_reported(name, team.name):
        return set()
    live = [one for one in silences if one.ended_ms is None and one.begins_ms <= at_ms < one.ends_ms]
    told = [account(one, team.language) for one in sorted(live, key=lambda one: one.ends_ms) if now_ms < one.ends_ms]
    return desk.report(name, team.name, team.silences.channels, told[:MAX_LISTED], now_ms) if told else set()
