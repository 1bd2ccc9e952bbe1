"""A message as plain lines, and texts cut to what a target takes."""

import re
from typing import Final
from urllib.parse import urlsplit

from sinks.notify.content import Content, IncidentContent

MORE: Final = "…"
MAX_LINK: Final = 2_000
URL: Final = re.compile(r"https?://(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


def size(text: str) -> int:
    """Its length as services count it that count in UTF-16, which is never less than the number of characters."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """The text, or as much of its beginning as fits into `limit` with a sign that there was more; see `size`."""
    return text if size(text) <= limit else within(text, limit - size(MORE)) + MORE


def within(text: str, limit: int) -> str:
    """As much of its beginning as fits into `limit`; see `size`. No character is cut in two."""
    if text.isascii():
        return text[:limit]
    units = text[:limit].encode("utf-16-le", "surrogatepass")[: 2 * limit]
    return units.decode("utf-16-le", "ignore")


def is_link(text: str) -> bool:
    """Whether it can be followed in a browser, and no target refuses a message for it.

    That is a URL of http or https with a host, in the signs that RFC 3986 lets one have, and short enough.
    """
    if len(text) > MAX_LINK or not URL.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def lines_of(incident: IncidentContent) -> list[str]:
    """What is known of an incident, a line each; the first is its title with the summary."""
    first = f"{incident.title}: {incident.summary}" if incident.summary else incident.title
    return [first, *(f"{fact.name}: {fact.value}" for fact in incident.facts)]


def text_of(content: Content, limit: int) -> str:
    """The message without its title: its words, each incident with its links, how many more there are, who is on it.

    Where not all fits into `limit`, whole incidents are left out from the end and counted, so that no fact is cut; of
    the last one whole lines, so that no link is.
    """
    if not content.incidents:
        return cut(content.words, limit)
    taken = [content.taken] if content.taken else []
    blocks = ["\n".join([*lines_of(incident), *_more(content, incident)]) for incident in content.incidents]
    before = [content.words] if content.words else []
    text = ""
    for kept in range(len(blocks), 0, -1):
        unnamed = content.further + len(blocks) - kept
        further = [content.speaker.further(unnamed, content.page)] if unnamed else []
        text = "\n\n".join([*before, *blocks[:kept], *further, *taken])
        if size(text) <= limit:
            return text
    lines = text.split("\n")
    while len(lines) > 1 and size("\n".join(lines)) > limit:
        lines.pop()
    return cut("\n".join(lines), limit)


def links_of(content: Content, incident: IncidentContent) -> list[tuple[str, str]]:
    """What each link of an incident is, in words, and where it leads."""
    named = (("page", incident.url), ("runbook", incident.runbook))
    return [(content.speaker.say(name), link) for name, link in named if is_link(link)]


def known_of(content: Content, incident: IncidentContent) -> list[str]:
    """The same for a target that has a place of its own for links: a runbook that is a command is a line."""
    runbook = incident.runbook
    return [*lines_of(incident), *([f"{content.speaker.say('runbook')}: {runbook}"] if _is_command(runbook) else [])]


def _is_command(runbook: str) -> bool:
    return bool(runbook) and not is_link(runbook)


def _more(content: Content, incident: IncidentContent) -> list[str]:
    """Where to read on: a runbook may be a command as well."""
    named = (("page", incident.url), ("runbook", incident.runbook))
    return [f"{content.speaker.say(name)}: {link}" for name, link in named if link]
