"""What a message says of an incident, and which incidents it is about."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from schemas.alert import Alert, percent_of
from schemas.bounds import MAX_WHOLE
from schemas.instants import local_instant
from schemas.severity import RANK
from sinks.notify.content import Fact, IncidentContent
from sinks.notify.notification import CALLS, Kind, Member, Notification, lost
from sinks.notify.routing.model import Team
from sinks.notify.words import Speaker, clean


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


def what(alerts: Sequence[Alert], speaker: Speaker) -> str:
    """What the alerts are about, in one phrase; there is one at least."""
    scopes = sorted({alert.scope for alert in alerts})
    scope = clean(scopes[0]) if len(scopes) == 1 else speaker.say("scopes", count=speaker.number(len(scopes)))
    if len(alerts) == 1:
        return speaker.say("one", key=_key(alerts[0], speaker), scope=scope)
    return speaker.say("many", count=speaker.number(len(alerts)), scope=scope)


def _key(alert: Alert, speaker: Speaker) -> str:
    return series_words(alert.dimension, alert.key, speaker)


def series_words(dimension: str, key: str, speaker: Speaker) -> str:
    """What a series is called."""
    if dimension == "volume":
        return speaker.say("volume")
    return f"{speaker.say('silent')} ({clean(key)})" if dimension == "stream" else clean(key)


def page_of(base_url: str, incident: str) -> str:
    """The page of an incident; empty where there are no links."""
    return f"{base_url.rstrip('/')}/incidents/{quote(incident, safe='')}" if base_url else ""


def incident_content(
    alert: Alert, team: Team, speaker: Speaker, base_url: str, begun: int, kind: Kind
) -> IncidentContent:
    """All that is known of an incident that has begun so often."""
    facts = [Fact(speaker.say("since"), local_instant(team.local(alert.since)))]
    if kind == "digest" and alert.is_over:
        facts.append(Fact(speaker.say("ended"), local_instant(team.local(alert.last_seen))))
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
        summary=_summary(alert, speaker),
        severity=alert.severity,
        is_over=alert.is_over,
        facts=tuple(facts),
        url=page_of(base_url, name),
        runbook=clean(alert.runbook),
    )


def named(incident: IncidentContent, speaker: Speaker) -> IncidentContent:
    """With its id among what is known, where no link has it: whoever is on it has to say so by that."""
    return (
        incident
        if incident.url
        else replace(incident, facts=(Fact(speaker.say("incident"), incident.id), *incident.facts))
    )


def _summary(alert: Alert, speaker: Speaker) -> str:
    """The judge's own sentence; where a team reads another language, what its numbers say in that.

    Of what has no numbers, as a stream that cannot be trusted, there is no other sentence.
    """
    expected = alert.expected
    if speaker.is_judges or expected is None or not expected <= MAX_WHOLE or alert.dimension == "stream":
        return clean(alert.summary)
    seen = speaker.say("seen", observed=speaker.number(alert.observed), expected=speaker.number(expected))
    losing = alert.damage.get("share", 0.0)
    if alert.is_over or not 0.005 <= losing <= 1.0:
        return seen
    return speaker.say("losing", seen=seen, percent=speaker.number(100 * losing))


def _cause(alert: Alert) -> str:
    first = next((part for part in alert.attribution if "key" in part and "percent" in part), None)
    if first is None:
        return ""
    percent = percent_of(first)
    share = "" if percent is None else f" ({percent:.0f} %)"
    return clean(f"{first.get('dimension', '')} {first['key']}{share}")
