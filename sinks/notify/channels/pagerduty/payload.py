"""A message as an event of PagerDuty's Events API v2."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from schemas.severity import Severity
from sinks.notify.channels.plain import cut, known_of, links_of
from sinks.notify.content import Content
from sinks.notify.notification import CALLS

Action = Literal["trigger", "acknowledge", "resolve"]
MAX_BODY: Final = 512_000
"""Bytes of a request that the service takes."""
MAX_SUMMARY: Final = 1_024
MAX_PART: Final = 255
MAX_DETAIL: Final = 4_000
SEVERITIES: Final[Mapping[Severity, str]] = {"critical": "critical", "warning": "warning", "info": "info"}
"""The service also knows `error`."""


def action(content: Content) -> Action:
    """What the message does to the alert at PagerDuty."""
    if content.kind in CALLS:
        return "trigger"
    return "acknowledge" if content.kind == "acknowledged" else "resolve"


def event(content: Content, routing_key: str, source: str, key: str) -> dict[str, Any]:
    """The request's body.

    Args:
        content: The message.
        routing_key: Secret.
        source: The place that is affected; empty: the first incident's series.
        key: The dedup key.
    """
    what = action(content)
    base: dict[str, Any] = {"routing_key": routing_key, "event_action": what, "dedup_key": key}
    if what != "trigger":
        return base
    first = content.incidents[0]
    links = [
        {"href": link, "text": cut(f"{name}: {incident.title}", MAX_PART)}
        for incident in content.incidents
        for name, link in links_of(content, incident)
    ]
    client_url = {"client_url": links[0]["href"]} if first.url and links else {}
    return base | {
        "client": "Floodmark",
        **client_url,
        "links": links,
        "payload": {
            "summary": cut(content.title, MAX_SUMMARY),
            "severity": SEVERITIES[content.severity],
            "source": source or cut(first.title, MAX_PART),
            "timestamp": content.began.isoformat(),
            "component": cut(first.title, MAX_PART),
            "group": content.team,
            "class": content.kind,
            "custom_details": _details(content),
        },
    }


def change(content: Content, routing_key: str, source: str) -> dict[str, Any]:
    """The body of a change event, which stands beside a service's incidents there and calls nobody."""
    return {
        "routing_key": routing_key,
        "payload": {
            "summary": cut(content.title, MAX_SUMMARY),
            "source": source or "Floodmark",
            "timestamp": content.at.isoformat(),
            "custom_details": {"team": content.team, "words": cut(content.words, MAX_DETAIL)},
        },
    }


def _details(content: Content) -> dict[str, Any]:
    """What is known of each incident, by its place in the list: titles may be the same."""
    found: dict[str, Any] = {
        f"{place}": cut("\n".join(known_of(content, incident)), MAX_DETAIL)
        for place, incident in enumerate(content.incidents, start=1)
    }
    if content.further:
        found["further"] = content.further_words
    return found
