"""A message in Slack's Block Kit."""

import json
from typing import Any, Final, NamedTuple

from sinks.notify.channels.plain import MORE, is_link, known_of, size, text_of, within
from sinks.notify.content import Content, IncidentContent
from sinks.notify.notification import ENDS, REPORTS

MAX_HEADER: Final = 150
MAX_TEXT: Final = 3_000
MAX_LABEL: Final = 75
MAX_INCIDENT: Final = 900
MAX_ALL: Final = 10_000
"""Of all blocks, as JSON: Slack refuses messages of more than some 11 000 to 13 000 characters, and does not say what
it counts (slackapi/bolt-js, issues 2509 and 2867)."""


class _Room(NamedTuple):
    """How much each incident, the runbooks and the value of a button may have."""

    incident: int
    runbooks: int
    value: int


ROOMS: Final = (_Room(MAX_INCIDENT, 5, 2_000), _Room(600, 5, 1_000), _Room(350, 2, 500), _Room(200, 0, 200))
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
    for room in ROOMS:
        blocks = _blocks(content, room, buttons=buttons)
        if size(json.dumps(blocks, ensure_ascii=False)) <= MAX_ALL:
            break
    return {"text": escaped(content.title, MAX_TEXT), "blocks": blocks, "parse": "none", "link_names": False}


def _blocks(content: Content, room: _Room, *, buttons: bool) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(content.title, MAX_HEADER)}]
    if content.words:
        blocks.append({"type": "section", "text": _plain(content.words, MAX_TEXT)})
    blocks += [_section(content, incident, room.incident) for incident in content.incidents]
    if context := _context(content, room.incident):
        blocks.append({"type": "context", "elements": context})
    is_answered = buttons and content.incidents and content.kind not in REPORTS
    if actions := [*(_answers(content, room.value) if is_answered else ()), *_runbooks(content, room.runbooks)]:
        blocks.append({"type": "actions", "elements": actions})
    return blocks


def reply(content: Content) -> dict[str, Any]:
    """What is said of the change in the thread; where it calls people, in the channel as well."""
    text = content.title
    if content.kind == "acknowledged" and content.terms:
        text = f"{text}\n{content.terms}"
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


def _section(content: Content, incident: IncidentContent, most: int) -> dict[str, Any]:
    section = {"type": "section", "text": _plain("\n".join(known_of(content, incident)), most)}
    if is_link(incident.url):
        section["accessory"] = _link(content.speaker.say("page"), incident.url, LINKS[0])
    return section


def _context(content: Content, most: int) -> list[dict[str, Any]]:
    words = [content.further_words] if content.further_words else []
    if content.taken:
        words.append(content.taken)
    return [_plain(word, most) for word in words]


def _answers(content: Content, most: int) -> list[dict[str, Any]]:
    """Buttons; their values name what they are about, in `most` characters."""
    names = [incident.id for incident in content.incidents]
    value = _value(content.id, names)
    while size(value) > most and names:
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


def _runbooks(content: Content, most: int) -> list[dict[str, Any]]:
    links = dict.fromkeys(incident.runbook for incident in content.incidents if is_link(incident.runbook))
    return [
        _link(content.speaker.say("runbook"), link, f"{LINKS[1]}.{place}")
        for place, link in enumerate(list(links)[:most], start=1)
    ]


def _link(label: str, url: str, action: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action, "text": _plain(label, MAX_LABEL), "url": url}
