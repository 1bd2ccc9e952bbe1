"""What a message says of silences: what one has hidden that has ended, or which ones are on."""

from collections.abc import Mapping

from schemas.instants import from_ms, local_instant
from schemas.severity import RANK
from sinks.notify.content import MAX_LISTED, Content, IncidentContent, NamedFact
from sinks.notify.incident_words import named, page_of, series_words
from sinks.notify.notification import Account, Due, HiddenWords, Notification
from sinks.notify.routing.model import Team
from sinks.notify.words import Speaker, clean


def silences_content(notification: Notification, due: Due, team: Team, now_ms: int, base_url: str) -> Content:
    """What silences have come to: one that has ended with the worst of what it hid; those that are on, a line each."""
    speaker, accounts = Speaker(team.language), notification.report
    now = from_ms(now_ms)
    worst = [hidden for account in accounts for hidden in account.worst]
    one = accounts[0]
    if due.kind == "unsilenced":
        hidden_most, further, title = worst[:MAX_LISTED], max(0, one.count - MAX_LISTED), (one.count, one.open)
        lines = account_lines(one, team, speaker)
    else:
        hidden_most, further, title = [], max(0, len(accounts) - MAX_LISTED), (len(accounts), 0)
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
        incidents=tuple(named(_hidden(hidden, speaker, base_url), speaker) for hidden in hidden_most),
        further=further,
        further_words=more if hidden_most else "",
        page=page,
        acknowledged_by="",
        acknowledged_until=None,
        note="",
        began=team.local(from_ms(min(each.begins_ms for each in accounts))),
        at=team.local(now),
        speaker=speaker,
        words="\n".join([*lines, *([more] if more and not hidden_most else [])]),
    )


def match_words(match: Mapping[str, object], speaker: Speaker) -> str:
    """What a silence hides, in the words of its match: `scope shop-* or kiosk, key denied`."""
    said = [(name, words if isinstance(words, list) else [words]) for name, words in match.items()]
    return ", ".join(
        f"{speaker.say(f'match_{name}')} {speaker.say('or').join(map(str, words))}" for name, words in said
    )


def account_lines(account: Account, team: Team, speaker: Speaker) -> list[str]:
    """What a silence has come to, in the team's words and time."""
    begins, ends = (local_instant(team.local(from_ms(at_ms))) for at_ms in (account.begins_ms, account.ends_ms))
    what, author, reason = clean(account.what), clean(account.author), clean(account.reason)
    said = speaker.say(
        "hid" if account.ended_why else "hides", what=what, begins=begins, ends=ends, author=author, reason=reason
    )
    count, left, lost_words = speaker.number(account.count), speaker.number(account.open), _lost(account.lost, speaker)
    counted = speaker.say("hidden", count=count, open=left, lost=lost_words)
    if not account.ended_why:
        return [f"{said} ({counted})"]
    why = speaker.say(f"ended_{account.ended_why}", by=clean(account.ended_by) or "?")
    return [said, why, counted, *([speaker.say("still_told")] if account.open else [])]


def _lost(transactions: float, speaker: Speaker) -> str:
    return speaker.counted("transactions", transactions)


def _hidden(hidden: HiddenWords, speaker: Speaker, base_url: str) -> IncidentContent:
    name = clean(hidden.id)
    return IncidentContent(
        id=name,
        title=series_words(hidden.scope, hidden.dimension, hidden.key, speaker),
        summary=speaker.say(hidden.severity),
        severity=hidden.severity,
        is_over=hidden.is_over,
        facts=(NamedFact(speaker.say("lost"), _lost(hidden.lost, speaker)),) if hidden.lost >= 1 else (),
        url=page_of(base_url, name),
        runbook="",
    )
