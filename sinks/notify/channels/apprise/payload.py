"""A message as plain text for any target."""

import re
from dataclasses import replace
from typing import Final, NamedTuple

from sinks.notify.channels.plain import cut, is_link, size, text_of
from sinks.notify.content import Content, IncidentContent, NamedFact

MAX_TITLE: Final = 200
MAX_SUBJECT: Final = 100
"""Of an e-mail: apprise writes it on one line, nine bytes for a sign that is not Latin, and a mail server takes 998
bytes (RFC 5321, 4.5.3.1.6). Lines of the body are broken by its coding."""
MAX_BODY: Final = 8_000
SIGNS: Final = {
    "@": "\uff20",
    "<": "\u2039",
    ">": "\u203a",
    "[": "\uff3b",
    "]": "\uff3d",
    "*": "\u2217",
    "`": "\u02cb",
    "|": "\u2223",
    "_": "\u02cd",
    "~": "\u223c",
    "#": "\uff03",
    "&": "\uff06",
    "\\": "\u2216",
}
"""Characters that mean something at some target, and others that look like them and mean nothing."""
LOOKALIKES: Final = str.maketrans(SIGNS)
OF_LINKS: Final = str.maketrans(SIGNS | {"_": "%5F", "~": "%7E", "#": "#", "&": "&"})
"""The same in a link that has to lead where it did."""
LINK, NO_LINK = "://", ":\u2215\u2215"
"""What makes a link of a word of others, and what looks like it."""
IN_A_WORD: Final = re.compile(r"(?<=[^\W_])_(?=[^\W_])")
"""Where the sign means nothing at nearly all targets; in a report there are commands, which people copy."""


class AppriseMessage(NamedTuple):
    """What is sent."""

    title: str
    body: str


def letter(content: Content, most: int, most_of_title: int, *, is_mail: bool) -> AppriseMessage:
    """The message.

    Args:
        content: What it says.
        most: How long it may be for the target, with its title.
        most_of_title: How long a title may be; 0: it has none of its own, and the title goes before the text.
        is_mail: Whether it is an e-mail, in which no sign means anything: it is sent as plain text.
    """
    said = content if is_mail else disarmed(content)
    title = cut(said.title, min(MAX_SUBJECT if is_mail else MAX_TITLE, most_of_title or MAX_TITLE, max(most - 3, 1)))
    # A body must not be empty: where there is no room, it is the title's beginning once more.
    room = min(MAX_BODY, max(most - size(title) - 2, 1))
    body = text_of(said, room)
    name = next((incident.id for incident in said.incidents), "")
    if name and not content.drill and name not in body and size(name) + 2 < room:
        # Of a short message the link has gone: whoever is on it has to say so by the id.
        body = f"{name}: {text_of(said, room - size(name) - 2)}"
    return AppriseMessage(title, body)


def disarmed(content: Content) -> Content:
    """The message with no sign in it that means anything at a target; links lead where they did."""
    return replace(
        content,
        title=_disarmed(content.title),
        incidents=tuple(map(_of_incident, content.incidents)),
        acknowledged_by=_disarmed(content.acknowledged_by),
        note=_disarmed(content.note),
        words="\n".join(map(_of_words, content.words.split("\n"))),
    )


def _of_incident(incident: IncidentContent) -> IncidentContent:
    runbook = incident.runbook
    return replace(
        incident,
        id=_disarmed(incident.id),
        title=_disarmed(incident.title),
        summary=_disarmed(incident.summary),
        facts=tuple(NamedFact(fact.name, _disarmed(fact.value)) for fact in incident.facts),
        url=incident.url.translate(OF_LINKS),
        runbook=runbook.translate(OF_LINKS) if is_link(runbook) else _disarmed(runbook),
    )


def _of_words(line: str) -> str:
    return "_".join(map(_disarmed, IN_A_WORD.split(line)))


def _disarmed(text: str) -> str:
    return text.translate(LOOKALIKES).replace(LINK, NO_LINK)
