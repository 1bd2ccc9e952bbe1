"""What a message says of an incident, and which incidents it is about."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from schemas.alert import Alert, percent_of
from schemas.bounds import MAX_WHOLE
from schemas.instants import local_instant
from schemas.severity import RANK
from sinks.notify.content import IncidentContent, NamedFact
from sinks.notify.judge_words import advice, trouble_name, trouble_sentence
from sinks.notify.notification import CALLS, Kind, Notification, NotificationMember, lost
from sinks.notify.routing.model import Team
from sinks.notify.words import Speaker, age, clean

ALL: Final = "all"
"""The scope of all transactions, where records do not say whose they are."""
MINUTE: Final = timedelta(minutes=1)


def meant(notification: Notification, kind: Kind) -> list[NotificationMember]:
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
    if len(alerts) == 1:
        return series_words(alerts[0].scope, alerts[0].dimension, alerts[0].key, speaker)
    scopes = sorted({alert.scope for alert in alerts})
    many = speaker.counted("incidents", len(alerts))
    if len(scopes) == 1:
        return _of_scope(many, scopes[0], speaker)
    return speaker.say("one", key=many, scope=speaker.say("scopes", count=speaker.number(len(scopes))))


def series_words(scope: str, dimension: str, key: str, speaker: Speaker) -> str:
    """What a series is called, with the scope that it is of."""
    return _of_scope(_key(dimension, key, speaker), scope, speaker)


def _of_scope(words: str, scope: str, speaker: Speaker) -> str:
    """What of that scope; the scope of all transactions goes without saying."""
    return words if scope == ALL else speaker.say("one", key=words, scope=clean(scope))


def _key(dimension: str, key: str, speaker: Speaker) -> str:
    if dimension == "volume":
        return speaker.say("volume")
    if dimension == "stream":
        return f"{speaker.say('stream')} ({trouble_name(key, speaker)})"
    return speaker.say("code", code=clean(key)) if dimension == "auth_code" else clean(key)


def page_of(base_url: str, incident: str) -> str:
    """The page of an incident; empty where there are no links."""
    return f"{base_url.rstrip('/')}/incidents/{quote(incident, safe='')}" if base_url else ""


def incident_content(
    alert: Alert, team: Team, speaker: Speaker, base_url: str, begun: int, kind: Kind
) -> IncidentContent:
    """All that is known of an incident that has begun so often."""
    facts = [NamedFact(speaker.say("since"), local_instant(team.local(alert.since)))]
    if kind == "digest" and alert.is_over:
        facts.append(NamedFact(speaker.say("ended"), local_instant(team.local(alert.last_seen + MINUTE))))
    if begun > 1:
        facts.append(NamedFact(speaker.say("begun"), speaker.say("times", count=speaker.number(begun))))
    if alert.state != "withdrawn":
        facts += _harm(alert, speaker)
    if alert.dimension == "stream" and not alert.is_over and not speaker.is_judges:
        # Which source it is, how many records and what one of them held stands nowhere but in the judge's sentence.
        facts.append(NamedFact(speaker.say("detail"), _judges_words(alert)))
    if not alert.is_over and (advised := advice(alert, speaker)):
        facts.append(NamedFact(speaker.say("do"), advised))
    name = clean(alert.incident_id)
    return IncidentContent(
        id=name,
        title=series_words(alert.scope, alert.dimension, alert.key, speaker),
        summary=_summary(alert, speaker),
        severity=alert.severity,
        is_over=alert.is_over,
        facts=tuple(facts),
        url=page_of(base_url, name),
        runbook=clean(alert.runbook),
    )


def _harm(alert: Alert, speaker: Speaker) -> Iterator[NamedFact]:
    """What is lost, and what explains it."""
    gross, net = lost(alert), alert.estimated_loss.get("net_transactions")
    if gross >= 1:
        words = speaker.counted("transactions", gross)
        said = words if net is None else speaker.say("net", lost=words, net=speaker.number(net))
        yield NamedFact(speaker.say("lost"), said)
    if cause := _cause(alert, speaker):
        yield NamedFact(speaker.say("cause"), cause)


def named(incident: IncidentContent, speaker: Speaker) -> IncidentContent:
    """With its id among what is known, where no link has it: whoever is on it has to say so by that."""
    return (
        incident
        if incident.url
        else replace(incident, facts=(NamedFact(speaker.say("incident"), incident.id), *incident.facts))
    )


def _summary(alert: Alert, speaker: Speaker) -> str:
    """The judge's own sentence; where a team reads another language, what its numbers say in that.

    That somebody is on it is said by itself, so that nothing is left of a sentence which says so but its numbers.
    """
    if speaker.is_judges and (alert.state != "acknowledged" or alert.dimension == "stream"):
        return _judges_words(alert)
    if alert.state == "withdrawn":
        return speaker.say("withdrawn")
    over = speaker.say("over", age=age(alert.last_seen - alert.since + MINUTE)) if alert.is_over else ""
    if alert.dimension == "stream":
        return over or trouble_sentence(alert.key) or clean(alert.summary)
    seen = _seen(alert, speaker)
    return f"{over}; {seen}" if over else seen


def _judges_words(alert: Alert) -> str:
    return clean(alert.summary.removeprefix(f"{_judges_subject(alert)}: "))


def _judges_subject(alert: Alert) -> str:
    """What the judge's sentence begins with, which a title has said."""
    if alert.dimension == "stream":
        return f"stream of {alert.scope} {alert.key.replace('_', ' ')}"
    words = {"volume": "volume", "status": alert.key, "auth_code": f"auth code {alert.key}"}
    return f"{words.get(alert.dimension, alert.key)} in {alert.scope}"


def _seen(alert: Alert, speaker: Speaker) -> str:
    observed, expected = speaker.number(alert.observed), alert.expected
    if expected is None or not expected <= MAX_WHOLE:
        return speaker.say("seen_alone", observed=observed)
    seen = speaker.say("seen", observed=observed, expected=speaker.number(expected))
    losing = alert.damage.get("share", 0.0)
    if alert.is_over or not 0.005 <= losing <= 1.0:
        return seen
    return speaker.say("losing", seen=seen, percent=speaker.number(100 * losing))


def _cause(alert: Alert, speaker: Speaker) -> str:
    first = next((part for part in alert.attribution if "key" in part and "percent" in part), None)
    if first is None:
        return ""
    percent = percent_of(first)
    share = "" if percent is None else f" ({percent:.0f} %)"
    dimension, key = str(first.get("dimension", "")), str(first["key"])
    known = dimension in ("status", "auth_code", "volume")
    return _key(dimension, key, speaker) + share if known else clean(f"{dimension} {key}{share}")
