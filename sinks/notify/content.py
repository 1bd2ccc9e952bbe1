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
from sinks.notify.flapping import times
from sinks.notify.notification import CALLS, Account, Due, HiddenWords, Kind, Member, Notification, is_taken, lost
from sinks.notify.routing.model import Team
from sinks.notify.words import Speaker, age

MAX_LISTED: Final = 10
"""So many incidents are named in a message."""
FLAPS: Final = 3
"""An incident that has begun so often came and went, when its end is told."""


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
        words: What it says beside its title and its incidents; most messages have nothing.
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
    if notification.report:
        return _report(notification, due, team, now_ms, base_url)
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
        "settled" if due.kind == "resolved" and any(times(notification, m) >= FLAPS for m in members) else due.kind,
        severity=speaker.say(worst),
        what=_what(alerts, speaker),
        age=age(ended - began),
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
        # Of a drill there is no page: nobody but the notifier knows of it.
        incidents=tuple(
            _incident(
                member.alert,
                team,
                speaker,
                "" if notification.drill else base_url,
                times(notification, member),
                due.kind,
            )
            for member in members[:MAX_LISTED]
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


def _report(notification: Notification, due: Due, team: Team, now_ms: int, base_url: str) -> Content:
    """What silences have come to: one that has ended with the worst of what it hid; those that are on, a line each."""
    speaker, accounts = Speaker(team.language), notification.report
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    worst = [hidden for account in accounts for hidden in account.worst]
    one = accounts[0]
    if due.kind == "unsilenced":
        named, further, title = worst[:MAX_LISTED], max(0, one.count - MAX_LISTED), (one.count, one.open)
        lines = account_lines(one, team, speaker)
    else:
        named, further, title = [], max(0, len(accounts) - MAX_LISTED), (len(accounts), 0)
        lines = [line for account in accounts[:MAX_LISTED] for line in account_lines(account, team, speaker)]
    page = f"{base_url.rstrip('/')}/" if base_url else ""
    more = speaker.further(further, page) if further else ""
    return Content(
        id=notification.id,
        number=due.number,
        kind=due.kind,
        team=team.name,
        severity=max((hidden.severity for hidden in worst), key=RANK.__getitem__, default="info"),
        title=speaker.say(due.kind, count=speaker.number(title[0]), open=speaker.number(title[1])),
        incidents=tuple(_hidden(hidden, speaker, base_url) for hidden in named),
        further=further,
        further_words=more if named else "",
        page=page,
        acknowledged_by="",
        acknowledged_until=None,
        note="",
        began=team.local(datetime.fromtimestamp(min(each.begins_ms for each in accounts) / 1000, UTC)),
        at=team.local(now),
        speaker=speaker,
        words="\n".join([*lines, *([more] if more and not named else [])]),
    )


def account_lines(account: Account, team: Team, speaker: Speaker) -> list[str]:
    """What a silence has come to, in the team's words and time."""
    begins, ends = (
        _instant(team.local(datetime.fromtimestamp(at_ms / 1000, UTC)))
        for at_ms in (account.begins_ms, account.ends_ms)
    )
    what, author, reason = clean(account.what), clean(account.author), clean(account.reason)
    said = speaker.say(
        "hid" if account.ended_why else "hides", what=what, begins=begins, ends=ends, author=author, reason=reason
    )
    numbers = {"count": account.count, "open": account.open, "lost": account.lost}
    counted = speaker.say("hidden", **{name: speaker.number(value) for name, value in numbers.items()})
    if not account.ended_why:
        return [f"{said} ({counted})"]
    why = speaker.say(f"ended_{account.ended_why}", by=clean(account.ended_by) or "?")
    return [said, why, counted, *([speaker.say("still_told")] if account.open else [])]


def _hidden(hidden: HiddenWords, speaker: Speaker, base_url: str) -> IncidentContent:
    name = clean(hidden.id)
    lost_words = speaker.say("transactions", count=speaker.number(hidden.lost))
    return IncidentContent(
        id=name,
        title=speaker.say("one", key=_series(hidden.dimension, hidden.key, speaker), scope=clean(hidden.scope)),
        summary=speaker.say(hidden.severity),
        severity=hidden.severity,
        is_over=hidden.is_over,
        facts=(Fact(speaker.say("lost"), lost_words),) if hidden.lost >= 1 else (),
        url=_url(base_url, name),
        runbook="",
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
    elif kind == "digest":
        wanted = [member for member in wanted if member.alert.state != "withdrawn"]
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
    return _series(alert.dimension, alert.key, speaker)


def _series(dimension: str, key: str, speaker: Speaker) -> str:
    if dimension == "volume":
        return speaker.say("volume")
    return f"{speaker.say('silent')} ({clean(key)})" if dimension == "stream" else clean(key)


def _url(base_url: str, incident: str) -> str:
    return f"{base_url.rstrip('/')}/incidents/{quote(incident, safe='')}" if base_url else ""


def _incident(alert: Alert, team: Team, speaker: Speaker, base_url: str, begun: int, kind: Kind) -> IncidentContent:
    facts = [Fact(speaker.say("since"), _instant(team.local(alert.since)))]
    if kind == "digest" and alert.is_over:
        facts.append(Fact(speaker.say("ended"), _instant(team.local(alert.last_seen))))
    if begun > 1:
        facts.append(Fact(speaker.say("begun"), speaker.say("times", count=speaker.number(begun))))
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
        url=_url(base_url, name),
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
