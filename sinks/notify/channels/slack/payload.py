"""A message in Slack's Block Kit."""

import json
from typing import Any, Final

from sinks.notify.channels.plain import MORE, is_link, lines_of, size, text_of, within
from sinks.notify.content import Content, IncidentContent
from sinks.notify.notification import ENDS, REPORTS

MAX_HEADER: Final = 150
MAX_TEXT: Final = 3_000
MAX_LABEL: Final = 75
MAX_VALUE: Final = 2_000
MAX_INCIDENT: Final = 900
"""Of each incident, far below what a section takes: Slack refuses messages of more than some 13 000 signs in all."""
MAX_RUNBOOKS: Final = 5
ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
ACTIONS: Final = ("floodmark.acknowledge", "floodmark.take_over", "floodmark.false_positive")
"""What people can answer with; the last part is the word on the button. The gateway takes the answers."""
LINKS: Final = ("floodmark.page", "floodmark.runbook")
"""Buttons that lead somewhere: Slack tells of these too. Several runbooks have a number behind a dot."""


def escaped(text: str, limit: int) -> str:
    """The text as Slack wants it, or as much of it as fits into `limit`; no entity is cut in two."""
    kept, room = [], limit - size(MORE)
    begins = within(text, limit)
    whole = "".join(ENTITIES.get(sign, sign) for sign in begins)
    if begins == text and size(whole) <= limit:
        return whole
    for sign in begins:
        entity = ENTITIES.get(sign, sign)
        room -= size(entity)
        if room < 0:
            break
        kept.append(entity)
    return "".join(kept) + MORE


def message(content: Content, *, buttons: bool) -> dict[str, Any]:
    """The message as it is now: `text` is what a notification on a phone shows, `blocks` what stands in the channel."""
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(content.title, MAX_HEADER)}]
    if content.words:
        blocks.append({"type": "section", "text": _plain(content.words, MAX_TEXT)})
    blocks += [_section(content, incident) for incident in content.incidents]
    if context := _context(content):
        blocks.append({"type": "context", "elements": context})
    is_answered = buttons and content.incidents and content.kind not in REPORTS
    if actions := [*(_answers(content) if is_answered else ()), *_runbooks(content)]:
        blocks.append({"type": "actions", "elements": actions})
    return {"text": escaped(content.title, MAX_TEXT), "blocks": blocks, "parse": "none", "link_names": False}


def reply(content: Content) -> dict[str, Any]:
    """What is said of the change in the thread; where it calls people, in the channel as well."""
    text = content.title
    if content.kind == "acknowledged" and (content.note or content.acknowledged_until):
        text = f"{text}\n{content.note if content.acknowledged_until is None else content.taken}"
    elif content.calls:
        text = f"{text}\n\n{text_of(content, MAX_INCIDENT)}"
    return {
        "text": escaped(content.title, MAX_TEXT),
        "blocks": [{"type": "section", "text": _plain(text, MAX_TEXT)}],
        "parse": "none",
        "link_names": False,
        "reply_broadcast": content.calls,
    }


def _plain(text: str, limit: int) -> dict[str, Any]:
    """A text without markup; Slack takes none that is empty."""
    return {"type": "plain_text", "text": escaped(text, limit) or MORE, "emoji": False}


def _section(content: Content, incident: IncidentContent) -> dict[str, Any]:
    section = {"type": "section", "text": _plain("\n".join(lines_of(incident)), MAX_INCIDENT)}
    if is_link(incident.url):
        section["accessory"] = _link(content.speaker.say("page"), incident.url, LINKS[0])
    return section


def _context(content: Content) -> list[dict[str, Any]]:
    words = [content.further_words] if content.further_words else []
    if content.taken:
        words.append(content.taken)
    return [_plain(word, MAX_INCIDENT) for word in words]


def _answers(content: Content) -> list[dict[str, Any]]:
    """Buttons; their values name what they are about."""
    names = [incident.id for incident in content.incidents]
    value = _value(content.id, names)
    while size(value) > MAX_VALUE:
        names.pop()
        value = _value(content.id, names)
    unwanted = {ACTIONS[0], ACTIONS[1]} if content.kind in ENDS else {ACTIONS[bool(not content.acknowledged_by)]}
    return [
        {
            "type": "button",
            "action_id": action,
            "text": _plain(content.speaker.say(action.partition(".")[2]), MAX_LABEL),
            "value": value,
            **({"style": "primary"} if action == ACTIONS[0] else {}),
        }
        for action in ACTIONS
        if action not in unwanted
    ]


def _value(notification: str, incidents: list[str]) -> str:
    return json.dumps({"notification": notification, "incidents": incidents}, separators=(",", ":"))


def _runbooks(content: Content) -> list[dict[str, Any]]:
    links = dict.fromkeys(incident.runbook for incident in content.incidents if is_link(incident.runbook))
    return [
        _link(content.speaker.say("runbook"), link, f"{LINKS[1]}.{place}")
        for place, link in enumerate(list(links)[:MAX_RUNBOOKS], start=1)
    ]


def _link(label: str, url: str, action: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action, "text": _plain(label, MAX_LABEL), "url": url}
