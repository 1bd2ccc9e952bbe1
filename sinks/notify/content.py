"""What a message says: made when it is sent, from what is known by then; each channel writes it in its own form.

Nothing here is escaped for a target: words of alerts are cleared of what cannot be seen, and are somebody's input all
the same. A channel escapes all of them for its own form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from schemas.alert import Alert
from schemas.severity import RANK, Severity
from schemas.shown import shown
from sinks.notify.notification import CALLS, Due, Kind, Member, Notification, is_taken, lost
from sinks.notify.routing.model import Team
from sinks.notify.words import Speaker, age

MAX_LISTED: Final = 10
"""So many incidents are named in a message."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known, with its name."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class IncidentContent:
    """One incident of a message.

    Args:
        id: Its id.
        title: Scope and key.
        summary: One sentence.
        severity: How severe it is.
        is_over: Whether it has ended.
        facts: Since when, what is lost, the cause, what to do.
        url: Its page; empty: there is none.
        runbook: A link or a command; may be empty.
    """

    id: str
    title: str
    summary: str
    severity: Severity
    is_over: bool
    facts: tuple[Fact, ...]
    url: str
    runbook: str


@dataclass(frozen=True, slots=True)
class Content:
    """One message.

    Args:
        id: Of the notification: the same for all its messages, so that a target can tell what belongs together.
        number: Of the message.
        kind: Why it is sent.
        team: Who is told.
        severity: The highest of what it is about.
        title: One line.
        incidents: The largest first, MAX_LISTED at most.
        further: How many are not named.
        further_words: The same in words, with the page; empty where all are named.
        acknowledged_by: Who is on it; empty: nobody.
        acknowledged_until: Until when; none: until it is over.
        note: What they said.
        began: When the first incident began.
        at: When the message is made.
        speaker: Says more in the team's language.
        drill: Whether it is a drill; the title says so.
        words: Of a message that is about no incident, what it says beside its title.
        page: Where all incidents are; empty: there are no links.
    """

    id: str
    number: int
    kind: Kind
    team: str
    severity: Severity
    title: str
    incidents: tuple[IncidentContent, ...]
    further: int
    further_words: str
    acknowledged_by: str
    acknowledged_until: datetime | None
    note: str
    began: datetime
    at: datetime
    speaker: Speaker
    drill: bool = False
    words: str = ""
    page: str = ""

    @property
    def taken(self) -> str:
        """Who is on it, until when and what they said, in words; empty: nobody."""
        if not self.acknowledged_by:
            return ""
        until = self.acknowledged_until
        taken = (
            self.speaker.say("taken", who=self.acknowledged_by)
            if until is None
            else self.speaker.say("taken_until", who=self.acknowledged_by, until=_instant(until))
        )
        return f"{taken}: {self.note}" if self.note else taken

    @property
    def calls(self) -> bool:
        """Whether it calls people."""
        return self.kind in CALLS


def content(notification: Notification, due: Due, team: Team, now_ms: int, base_url: str = "") -> Content:
    """What the message that is owed says now.

    Args:
        notification: What it belongs to.
        due: The message.
        team: Who is told.
        now_ms: The present, in epoch milliseconds.
        base_url: Where the gateway's pages are; empty: no links.
    """
    speaker = Speaker(team.language)
    if due.kind == "budget":
        return _of_budget(notification, due, team, datetime.fromtimestamp(now_ms / 1000, UTC))
    members = meant(notification, due.kind)
    alerts = [member.alert for member in members]
    worst = max(alerts, key=lambda alert: RANK[alert.severity]).severity
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    began = min(alert.since for alert in alerts)
    ended = max(alert.last_seen for alert in alerts) if due.kind in ("resolved", "passed") else now
    who = next((alert for alert in alerts if is_taken(alert, now_ms)), None)
    by = clean(who.acknowledged_by or "") if who else ""
    further = max(0, len(alerts) - MAX_LISTED)
    page = "" if notification.drill or not base_url else f"{base_url.rstrip('/')}/"
    title = speaker.say(
        due.kind, severity=speaker.say(worst), what=_what(alerts, speaker), age=age(ended - began), who=by or "?"
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
        # Of a drill there is no page: nobody but the notifier knows of it.
        incidents=tuple(
            _incident(alert, team, speaker, "" if notification.drill else base_url) for alert in alerts[:MAX_LISTED]
        ),
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


def _of_budget(notification: Notification, due: Due, team: Team, now: datetime) -> Content:
    speaker = Speaker(team.language)
    pages, budget = speaker.number(notification.pages), speaker.number(team.budget or 0)
    return Content(
        id=notification.id,
        number=due.number,
        kind=due.kind,
        team=team.name,
        severity="warning",
        title=speaker.say("budget", team=team.name, pages=pages, budget=budget),
        incidents=(),
        further=0,
        further_words="",
        acknowledged_by="",
        acknowledged_until=None,
        note="",
        began=team.local(now),
        at=team.local(now),
        speaker=speaker,
        words=speaker.say("spends"),
    )


def clean(word: str) -> str:
    """The text without what cannot be seen or would turn its direction; lines stay apart by spaces."""
    return " ".join(shown(word, keep="", mark=" ").split())


def meant(notification: Notification, kind: Kind) -> list[Member]:
    """What the message is about, the most severe and the largest loss first."""
    members = list(notification.members.values())
    wanted = [member for member in members if not member.hushed_by]
    if kind in CALLS or kind == "acknowledged":
        wanted = [member for member in wanted if not member.alert.is_over] or wanted
    elif kind != "passed":
        wanted = [member for member in members if member.told_rank >= 0] or wanted
    return sorted(wanted or members, key=lambda m: (-RANK[m.alert.severity], -lost(m.alert), m.alert.incident_id))


def _what(alerts: Sequence[Alert], speaker: Speaker) -> str:
    scopes = sorted({alert.scope for alert in alerts})
    scope = clean(scopes[0]) if len(scopes) == 1 else speaker.say("scopes", count=speaker.number(len(scopes)))
    if len(alerts) == 1:
        return speaker.say("one", key=_key(alerts[0], speaker), scope=scope)
    return speaker.say("many", count=speaker.number(len(alerts)), scope=scope)


def _key(alert: Alert, speaker: Speaker) -> str:
    if alert.dimension == "volume":
        return speaker.say("volume")
    return f"{speaker.say('silent')} ({clean(alert.key)})" if alert.dimension == "stream" else clean(alert.key)


def _incident(alert: Alert, team: Team, speaker: Speaker, base_url: str) -> IncidentContent:
    facts = [Fact(speaker.say("since"), _instant(team.local(alert.since)))]
    gross = lost(alert)
    if gross >= 1:
        net = alert.estimated_loss.get("net_transactions")
        counted = speaker.number(gross)
        facts.append(
            Fact(
                speaker.say("lost"),
                speaker.say("transactions", count=counted)
                if net is None
                else speaker.say("net", count=counted, net=speaker.number(net)),
            )
        )
    if cause := _cause(alert):
        facts.append(Fact(speaker.say("cause"), cause))
    if alert.recommendation and not alert.is_over:
        facts.append(Fact(speaker.say("do"), clean(alert.recommendation)))
    name = clean(alert.incident_id)
    return IncidentContent(
        id=name,
        title=speaker.say("one", key=_key(alert, speaker), scope=clean(alert.scope)),
        summary=clean(alert.summary),
        severity=alert.severity,
        is_over=alert.is_over,
        facts=tuple(facts),
        url=f"{base_url.rstrip('/')}/incidents/{quote(name, safe='')}" if base_url else "",
        runbook=clean(alert.runbook),
    )


def _cause(alert: Alert) -> str:
    first = next((part for part in alert.attribution if "key" in part and "percent" in part), None)
    if first is None:
        return ""
    percent = first["percent"]
    share = f" ({percent:.0f} %)" if isinstance(percent, int | float) else ""
    return clean(f"{first.get('dimension', '')} {first['key']}{share}")


def _instant(local: datetime) -> str:
    """With the zone written out."""
    return f"{local:%Y-%m-%d %H:%M} {local.tzname() or ''}".strip()
