"""Makes a message when it is sent: of incidents, of a team's budget, of a report; see `content`."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from schemas.instants import from_ms, local_instant
from schemas.severity import RANK, Severity
from sinks.notify.content import MAX_LISTED, Content, IncidentContent
from sinks.notify.flapping import times
from sinks.notify.incident_words import MINUTE, incident_content, meant, named, what
from sinks.notify.notification import Due, Notification, NotificationMember, Scheduled, is_taken
from sinks.notify.routing.model import Team
from sinks.notify.silence_words import silences_content
from sinks.notify.words import Speaker, age, clean

FLAPS: Final = 3
"""An incident that has begun so often came and went, when its end is told."""
EPOCH: Final = datetime.fromtimestamp(0, UTC)
LATE_MS: Final = 600_000
"""A report by schedule that is sent so long after its hour says so."""


def content(notification: Notification, due: Due, team: Team, now_ms: int, base_url: str = "") -> Content:
    """What the message that is owed says now.

    Args:
        notification: What it belongs to.
        due: The message.
        team: Who is told.
        now_ms: The present, in epoch milliseconds.
        base_url: Where the gateway's pages are; empty: no links.
    """
    if notification.report:
        return silences_content(notification, due, team, now_ms, base_url)
    speaker = Speaker(team.language)
    if due.kind == "budget":
        return _of_budget(notification, due, team, now_ms)
    if notification.scheduled is not None:
        return _of_schedule(notification, notification.scheduled, due, team, now_ms)
    members = meant(notification, due.kind)
    alerts = [member.alert for member in members]
    worst = max(alerts, key=lambda alert: RANK[alert.severity]).severity
    now = from_ms(now_ms)
    # One alert with a wrong clock among others must not make a service refuse the message of all.
    began = min(max(min(alert.since for alert in alerts), EPOCH), now)
    lasted = now - began
    if due.kind in ("resolved", "passed"):
        lasted = max(alert.last_seen for alert in alerts) - began + MINUTE
    who = next((alert for alert in alerts if is_taken(alert, now_ms)), None)
    by = clean(who.acknowledged_by or "") if who else ""
    further = max(0, len(alerts) - MAX_LISTED)
    page = "" if notification.drill or not base_url else f"{base_url.rstrip('/')}/"
    title = speaker.say(
        "settled" if due.kind == "resolved" and any(times(notification, m) >= FLAPS for m in members) else due.kind,
        severity=speaker.say(worst),
        level=speaker.say(worst).lower(),
        what=what(alerts, speaker),
        age=age(lasted),
        who=by or "?",
        open=speaker.number(sum(not alert.is_over for alert in alerts)),
    )
    if notification.drill:
        title = speaker.say("drill", title=title)
    return Content(
        id=notification.id,
        number=due.number,
        kind=due.kind,
        team=team.name,
        severity=worst,
        title=title,
        incidents=tuple(_of_member(member, notification, due, team, base_url) for member in members[:MAX_LISTED]),
        further=further,
        further_words=speaker.further(further, page) if further else "",
        page=page,
        acknowledged_by=by,
        acknowledged_until=team.local(who.acknowledged_until) if who and who.acknowledged_until else None,
        note=clean(who.acknowledged_note) if who else "",
        began=team.local(began),
        at=team.local(now),
        speaker=speaker,
        drill=notification.drill,
    )


def _of_member(
    member: NotificationMember, notification: Notification, due: Due, team: Team, base_url: str
) -> IncidentContent:
    """A drill has no page, and nobody can say that they are on it: only the notifier knows of it."""
    speaker, begun = Speaker(team.language), times(notification, member)
    if notification.drill:
        made = incident_content(member.alert, team, speaker, "", begun, due.kind)
        return made if speaker.is_judges else replace(made, summary=speaker.say("tries"))
    return named(incident_content(member.alert, team, speaker, base_url, begun, due.kind), speaker)


def _of_budget(notification: Notification, due: Due, team: Team, now_ms: int) -> Content:
    speaker = Speaker(team.language)
    pages, budget = speaker.number(notification.pages), speaker.number(team.budget or 0)
    title = speaker.say("budget", team=team.name, pages=pages, budget=budget)
    return _of_nothing(notification, due, team, now_ms, title, severity="warning", words=speaker.say("spends"))


def _of_schedule(notification: Notification, scheduled: Scheduled, due: Due, team: Team, now_ms: int) -> Content:
    """A report by schedule, without its text: making that takes long, and is for whoever sends it."""
    speaker = Speaker(team.language)
    at = team.local(from_ms(scheduled.at_ms))
    title = speaker.say("report", at=local_instant(at), what=speaker.say(scheduled.kind))
    if now_ms - scheduled.at_ms > LATE_MS:
        title = speaker.say("late", title=title)
    return _of_nothing(notification, due, team, now_ms, title, severity="info")


def _of_nothing(  # noqa: PLR0913
    notification: Notification, due: Due, team: Team, now_ms: int, title: str, *, severity: Severity, words: str = ""
) -> Content:
    """A message that is about no incident."""
    now = team.local(from_ms(now_ms))
    return Content(
        id=notification.id,
        number=due.number,
        kind=due.kind,
        team=team.name,
        severity=severity,
        title=title,
        incidents=(),
        further=0,
        further_words="",
        acknowledged_by="",
        acknowledged_until=None,
        note="",
        began=now,
        at=now,
        speaker=Speaker(team.language),
        words=words,
    )
