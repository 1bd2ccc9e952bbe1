"""An event of PagerDuty's V3 webhooks, and what it does.

Only what a person did there counts: what we have sent comes back as an event of the integration. An incident of
PagerDuty's has our notification's id at the head of its `incident_key`, a note of it has not: it is found by what was
heard of the incident before. Rules of the service: PagerDuty/developer-docs, docs/webhooks/01-Overview.md and
02-Behavior.md (an answer of 2xx within five seconds; 4xx are not sent again, and three of them in a row end the
subscription for a day).
"""

from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from floodmark.gateway.integrations.asked import AskedAction, name_of
from floodmark.gateway.integrations.conversations import Conversations
from schemas.action import MAX_NOTE, MAX_PLACE
from schemas.codec import NOT_DECODED
from sinks.notify.channels.keys import notification_of

SERVICE: Final = "pagerduty"
SENT_WITHIN: Final = timedelta(hours=1)
"""PagerDuty tries again for some 20 minutes: what is older, or that much ahead, is a copy of something else."""
PERSON: Final = "user_reference"
Word = Annotated[str, Meta(max_length=1_000)]


class _Reference(msgspec.Struct):
    id: Word = ""
    type: Word = ""
    summary: str | None = None

    @property
    def name(self) -> str:
        """As people know it."""
        return name_of(self.summary or "", self.id)


class _Event(msgspec.Struct):
    id: Word
    event_type: Word
    occurred_at: Annotated[datetime, Meta(tz=True)]
    data: msgspec.Raw
    agent: _Reference | None = None


class _Delivery(msgspec.Struct):
    event: _Event


class _Incident(msgspec.Struct):
    id: Word
    incident_key: Word | None = None
    status: Word = ""
    assignees: list[_Reference] = []


class _Note(msgspec.Struct):
    incident: _Reference
    content: str = ""


_envelope: Final = msgspec.json.Decoder(_Delivery).decode
_incident: Final = msgspec.json.Decoder(_Incident).decode
_note: Final = msgspec.json.Decoder(_Note).decode


class NoEvent(Exception):
    """It is signed, and no event of a webhook."""


def asked(body: bytes, channel: str, conversations: Conversations, now: datetime) -> list[AskedAction]:
    """What an event asks for; nothing where it is not about anything of ours.

    Args:
        body: The request's.
        channel: The channel of the routing file that tells this service; empty: not known.
        conversations: Which notifications there are; hears of PagerDuty's incident.
        now: The present.

    Raises:
        NoEvent: It is none.
    """
    try:
        event = _envelope(body).event
    except NOT_DECODED:
        raise NoEvent("the body is no event of a V3 webhook") from None
    if abs(now - event.occurred_at) > SENT_WITHIN or not event.event_type.startswith("incident."):
        return []
    try:
        if event.event_type == "incident.annotated":
            return _of_note(event, _note(event.data), conversations)
        incident = _incident(event.data)
    except NOT_DECODED:
        return []  # kinds of events may come that nobody knows today
    key = notification_of(incident.incident_key or "")
    if not conversations.incidents(key):
        return []
    conversations.remember(incident.id, key)
    return _of_incident(event, incident, _asked(event, incident.id, key, channel))


def _asked(event: _Event, incident: str, notification: str, channel: str) -> AskedAction:
    by = "PagerDuty" if event.agent is None else event.agent.name
    agent = "-" if event.agent is None else name_of(event.agent.id, "-")
    source = f"{SERVICE} {name_of(incident)} {agent}"[:MAX_PLACE]
    return AskedAction("comment", by, source, f"{SERVICE}|{event.id}", notification, channel=channel)


def _of_incident(event: _Event, incident: _Incident, made: AskedAction) -> list[AskedAction]:
    is_of_person = event.agent is not None and event.agent.type == PERSON
    back = made.of((), kind="unacknowledge", channel="", only_from=SERVICE)
    match event.event_type:
        case "incident.unacknowledged":
            # Time ends it there as well. What was said elsewhere is not theirs to take back.
            return [back]
        case "incident.acknowledged" if is_of_person:
            return [made.of((), kind="acknowledge")]
        case "incident.resolved" if is_of_person:
            return [made.of((), kind="resolve")]
        case "incident.reassigned" if is_of_person and incident.assignees:
            to = incident.assignees[0].name
            if incident.status == "acknowledged":
                return [made.of((), kind="assign", assignee=to)]
            # PagerDuty calls them now: nobody is on it until they have answered there.
            return [made.of((), note=f"Reassigned to {to} at PagerDuty.", channel=""), back]
    return []


def _of_note(event: _Event, note: _Note, conversations: Conversations) -> list[AskedAction]:
    key = conversations.known_as(note.incident.id)
    text = note.content.strip()[:MAX_NOTE]
    if not key or not text or event.agent is None or event.agent.type != PERSON:
        return []
    return [_asked(event, note.incident.id, key, "").of((), note=text)]
