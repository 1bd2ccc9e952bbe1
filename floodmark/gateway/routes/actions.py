"""What people do about an incident."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from floodmark.gateway.actions.publishing import after
from floodmark.gateway.answers.incidents import ShownAction, ShownIncident, shown, shown_action
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problems import Problem, documented
from floodmark.gateway.routes.incidents import IncidentId, known_incident
from floodmark.gateway.routes.ready import must_be_ready as ready
from floodmark.gateway.security.origins import address_of
from floodmark.gateway.security.principals import NOBODY, principal_of
from schemas.action import LEAST_FOR_S, MAX_FOR_S, MAX_NAME, MAX_NOTE, MAX_PLACE, Action, ActionKind, Opinion
from schemas.instants import from_ms

Name = Annotated[
    str, Field(max_length=MAX_NAME, description="Who does it; empty: whoever the key or token says. Required without.")
]
Note = Annotated[str, Field(max_length=MAX_NOTE, description="What they have to say.")]
Seconds = Annotated[
    int | None,
    Field(
        ge=LEAST_FOR_S,
        le=MAX_FOR_S,
        description="For how long, in seconds: then it may page again, and people hear of it. Null: until it is over.",
    ),
]
RepeatKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=200, description="Makes a retry count once."),
]
_REFUSALS: Final = (404, 409, 422, 503)


class ActionBody(BaseModel):
    """Who does it, and a note."""

    model_config = ConfigDict(extra="forbid")

    by: Name = ""
    note: Note = ""


class AcknowledgeBody(ActionBody):
    """Who is on it, for how long, and a note."""

    for_s: Seconds = None


class AssignBody(ActionBody):
    """Who is on it from now on."""

    for_s: Seconds = None
    to: Annotated[
        str, Field(max_length=MAX_NAME, description="Who is on it from now on; empty: who asks, who so takes over.")
    ] = ""


class CommentBody(BaseModel):
    """A comment."""

    model_config = ConfigDict(extra="forbid")

    by: Name = ""
    note: Annotated[str, Field(min_length=1, max_length=MAX_NOTE, description="The comment.")]


class FeedbackBody(BaseModel):
    """Whether the incident was worth a word."""

    model_config = ConfigDict(extra="forbid")

    by: Name = ""
    note: Note = ""
    verdict: Opinion = Field(
        description="`false_positive`: nothing was wrong. `true_positive`: something was. `missed`: more was wrong."
    )


class ActionAnswer(BaseModel):
    """What came of it."""

    action: ShownAction
    incident: ShownIncident = Field(description="As it stands now.")
    shows: bool = Field(
        description="Whether it can be seen already. False (202): it is on the broker and counts as soon as a worker "
        "takes it up."
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """An action as it is asked for."""

    incident_id: str
    kind: ActionKind
    by: str
    note: str
    key: str | None
    verdict: Opinion | None = None
    for_s: int | None = None
    to: str = ""


def router(parts: GatewayParts) -> APIRouter:
    """`/v1/incidents/{incident_id}/…`."""
    routes = APIRouter(prefix="/v1/incidents/{incident_id}", tags=["actions"], dependencies=[Depends(ready(parts))])
    answers = {202: {"model": ActionAnswer, "description": "On the broker; it does not show yet."}}
    answers |= documented(*_REFUSALS)  # type: ignore[arg-type]

    async def do(asked: _Asked, request: Request, response: Response) -> ActionAnswer:
        if parts.action_sender is None:
            raise Problem("broker-away", 503, "This gateway has no broker to take it.", {"Retry-After": "5"})
        action = _action(parts, asked, request)
        shows = await parts.action_sender.send(action)
        response.status_code = 200 if shows else 202
        incident = known_incident(parts, asked.incident_id)
        return ActionAnswer(action=shown_action(action), incident=shown(incident), shows=shows)

    def simple(kind: ActionKind, summary: str, about: str) -> None:
        @routes.post(f"/{kind}", summary=summary, description=about, responses=answers, operation_id=kind)  # type: ignore[arg-type]
        async def act(
            incident_id: IncidentId, body: ActionBody, request: Request, response: Response, key: RepeatKey = None
        ) -> ActionAnswer:
            return await do(_Asked(incident_id, kind, body.by, body.note, key), request, response)

    @routes.post("/acknowledge", summary="Say that you are on it", responses=answers, operation_id="acknowledge")  # type: ignore[arg-type]
    async def acknowledge(
        incident_id: IncidentId, body: AcknowledgeBody, request: Request, response: Response, key: RepeatKey = None
    ) -> ActionAnswer:
        """It pages no more, unless it gets worse or the time is over. Said by the judge (ADR 8)."""
        asked = _Asked(incident_id, "acknowledge", body.by, body.note, key, for_s=body.for_s)
        return await do(asked, request, response)

    @routes.post("/assign", summary="Say who is on it from now on", responses=answers, operation_id="assign")  # type: ignore[arg-type]
    async def assign(
        incident_id: IncidentId, body: AssignBody, request: Request, response: Response, key: RepeatKey = None
    ) -> ActionAnswer:
        """Like `acknowledge`, also where somebody else is on it: they are no more."""
        asked = _Asked(incident_id, "assign", body.by, body.note, key, for_s=body.for_s, to=body.to)
        return await do(asked, request, response)

    simple("unacknowledge", "Say that nobody is on it any more", "It may page again.")
    simple("resolve", "Say that people are done with it", "It counts as resolved until it gets worse or fires anew.")

    @routes.post("/comment", summary="Add a comment", responses=answers, operation_id="comment")  # type: ignore[arg-type]
    async def comment(
        incident_id: IncidentId, body: CommentBody, request: Request, response: Response, key: RepeatKey = None
    ) -> ActionAnswer:
        """It is shown with the incident."""
        if not body.note.strip():
            raise Problem("bad-parameter", 422, "`note` is empty: a comment says something.")
        return await do(_Asked(incident_id, "comment", body.by, body.note, key), request, response)

    @routes.post("/feedback", summary="Say whether it was worth a word", responses=answers, operation_id="feedback")  # type: ignore[arg-type]
    async def feedback(
        incident_id: IncidentId, body: FeedbackBody, request: Request, response: Response, key: RepeatKey = None
    ) -> ActionAnswer:
        """For whoever tunes the rules; the incident stays as it is."""
        return await do(_Asked(incident_id, "feedback", body.by, body.note, key, body.verdict), request, response)

    return routes


def _action(parts: GatewayParts, asked: _Asked, request: Request) -> Action:
    """The record, with who asks and from where, whatever the body says.

    Raises:
        Problem: Nobody says who it is, or the incident is not known.
    """
    incident, principal = known_incident(parts, asked.incident_id), principal_of(request)
    by = named(asked.by, request)
    to = " ".join(asked.to.split()) or (by if asked.kind == "assign" else "")
    if not to.isprintable():
        raise Problem("bad-parameter", 422, "`to` has letters that cannot be printed.")
    done_at = after(incident.alert.acknowledged_at, from_ms(parts.now_ms()))
    seed = f"{principal.id}|{asked.incident_id}|{asked.kind}|{asked.key}"
    return Action(
        action_id=secrets.token_hex(16) if asked.key is None else sha256(seed.encode()).hexdigest()[:32],
        incident_id=asked.incident_id,
        action=asked.kind,
        by=by,
        at=done_at,
        source=place_of_request(parts, request),
        note=asked.note.strip(),
        verdict=asked.verdict,
        assignee=to,
        until=None if asked.for_s is None else done_at + timedelta(seconds=asked.for_s),
        scope=incident.alert.scope,
        severity=incident.alert.severity,
        revision=incident.alert.revision,
    )


def named(by: str, request: Request) -> str:
    """Who does it: as they say, else as their key or token says.

    Raises:
        Problem: Nobody says who it is.
    """
    principal = principal_of(request)
    by = " ".join(by.split()) or (principal.name if principal.id != NOBODY.id else "")
    if not by or not by.isprintable():
        raise Problem("bad-parameter", 422, "`by` is missing: name who does it, in letters that can be printed.")
    return by[:MAX_NAME]


def place_of_request(parts: GatewayParts, request: Request) -> str:
    """From where it is done, whatever is said: the address, and the key or token."""
    principal = principal_of(request)
    place = f"http {address_of(request.scope, parts.gate.proxies)}"
    return (f"{place} {principal.id}" if principal.id != NOBODY.id else place)[:MAX_PLACE]
