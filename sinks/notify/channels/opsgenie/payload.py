"""A message as requests to Opsgenie's Alert API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import quote

from schemas.severity import Severity
from sinks.notify.channels.plain import cut, links_of, text_of
from sinks.notify.content import Content
from sinks.notify.notification import CALLS

MAX_MESSAGE: Final = 130
MAX_DESCRIPTION: Final = 15_000
MAX_NOTE: Final = 25_000
MAX_USER: Final = 100
MAX_TAG: Final = 50
MAX_ENTITY: Final = 512
PRIORITIES: Final[Mapping[Severity, str]] = {"critical": "P1", "warning": "P3", "info": "P5"}
SOURCE: Final = "Floodmark"
NO_MARKUP: Final = str.maketrans({"<": "\u2039", ">": "\u203a"})
"""Opsgenie shows HTML in what it is told as HTML, and in a short message as it is: so there is none in either."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; one that is `extra` calls nobody, and what has called people does not depend on it."""

    method: Literal["POST", "PUT"]
    path: str
    body: dict[str, Any]
    extra: bool = False


def asks(content: Content, responders: Sequence[str], alias: str) -> list[Ask]:
    """The requests that carry the message, in order; each may be made again without harm."""
    if content.kind == "budget":
        return [Ask("POST", "/v2/alerts", _told(content, alias))]
    if content.kind not in CALLS:
        what = "acknowledge" if content.kind == "acknowledged" else "close"
        return [_to("POST", alias, what, _words(content))]
    made = Ask("POST", "/v2/alerts", _alert(content, responders, alias))
    if content.kind == "open":
        return [made]
    # One that is open keeps its words and priority when it is made again.
    return [
        made,
        _to("PUT", alias, "message", {"message": made.body["message"]}, extra=True),
        _to("PUT", alias, "priority", {"priority": made.body["priority"]}, extra=True),
    ]


def closing(content: Content, alias: str) -> Ask:
    """The request that ends the alert of another alias."""
    return _to("POST", alias, "close", _words(content))


def _alert(content: Content, responders: Sequence[str], alias: str) -> dict[str, Any]:
    links = [link for incident in content.incidents for _, link in links_of(content, incident)]
    return {
        "message": _cut(content.title, MAX_MESSAGE),
        "alias": alias,
        "description": text_of(content, MAX_DESCRIPTION).translate(NO_MARKUP),
        "priority": PRIORITIES[content.severity],
        "source": SOURCE,
        "entity": _cut(content.incidents[0].title, MAX_ENTITY),
        "tags": ["floodmark", cut(content.team, MAX_TAG), content.severity],
        "details": {"notification": content.id, **({"page": links[0]} if links else {})},
        **({"responders": [{"type": "team", "name": name} for name in responders]} if responders else {}),
    }


def _told(content: Content, alias: str) -> dict[str, Any]:
    """An alert that is for nobody in particular and of no urgency: somebody reads and closes it."""
    return {
        "message": _cut(content.title, MAX_MESSAGE),
        "alias": alias,
        "description": text_of(content, MAX_DESCRIPTION).translate(NO_MARKUP),
        "priority": PRIORITIES["info"],
        "source": SOURCE,
        "tags": ["floodmark", cut(content.team, MAX_TAG), content.kind],
    }


def _words(content: Content) -> dict[str, Any]:
    note = f"{content.title}\n{content.terms}" if content.kind == "acknowledged" and content.terms else content.title
    user = {"user": _cut(content.acknowledged_by, MAX_USER)} if content.acknowledged_by else {}
    return {"source": SOURCE, "note": _cut(note, MAX_NOTE), **user}


def _cut(text: str, limit: int) -> str:
    return cut(text, limit).translate(NO_MARKUP)


def _to(method: Literal["POST", "PUT"], alias: str, what: str, body: dict[str, Any], *, extra: bool = False) -> Ask:
    return Ask(method, f"/v2/alerts/{quote(alias, safe='')}/{what}?identifierType=alias", body, extra)
