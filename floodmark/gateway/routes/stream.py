"""The stream of what happens: minutes, alerts, incidents, actions, receipts."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import Response

from floodmark.gateway.event_stream import EventStream
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problems import Problem, documented
from floodmark.gateway.routes.ready import RETRY_AFTER
from floodmark.gateway.routes.ready import must_be_ready as ready
from floodmark.gateway.state.eventlog import EventKind, WantedEvents
from floodmark.gateway.state.positions import MAX_LENGTH, Position, PositionError
from schemas.severity import Severity
from schemas.words import plain

_MANY = 200


def router(parts: GatewayParts) -> APIRouter:
    """`/v1/stream`."""
    routes = APIRouter(prefix="/v1", tags=["stream"], dependencies=[Depends(ready(parts))])

    @routes.get(
        "/stream",
        summary="What happens, as server-sent events",
        response_class=EventStream,
        status_code=200,
        responses={
            200: {
                "description": "Events `minute` (a record of the minutes topic), `alert` (of the alerts topic), "
                "`incident` (how it stands now), `action` (what somebody did), `receipt` (what became of a message: "
                "which incidents it is about, and to whom; of no scope) and `reset` (take a new snapshot).",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            **documented(422, 503),
        },
    )
    async def stream(  # noqa: PLR0913 - each is a parameter of the query
        *,
        kinds: Annotated[list[EventKind] | None, Query(max_length=5, description="These kinds; none: all.")] = None,
        scope: Annotated[list[str] | None, Query(max_length=_MANY, description="Of these scopes; none: all.")] = None,
        status: Annotated[list[str] | None, Query(max_length=_MANY, description="These statuses; none: all.")] = None,
        dimension: Annotated[
            list[Literal["status", "auth_code", "volume", "stream"]] | None,
            Query(max_length=4, description="Of these dimensions; none: all."),
        ] = None,
        severity: Annotated[
            list[Severity] | None, Query(max_length=3, description="Alerts and incidents of these; none: all.")
        ] = None,
        minutes_of: Annotated[
            list[str] | None,
            Query(max_length=_MANY, description="Minutes of these scopes alone, what else happens of all; none: all."),
        ] = None,
        after: Annotated[
            str | None,
            Query(max_length=MAX_LENGTH, description="`position` of a snapshot: what came after it is told first."),
        ] = None,
        last_event_id: Annotated[
            str | None, Header(max_length=MAX_LENGTH, description="The last id that was seen; goes before `after`.")
        ] = None,
    ) -> Response:
        """Begins after the position that is given, else now.

        Ids are positions in the topics, so a client goes on at any gateway, without a gap and without a repeat. A
        client that takes nothing for 20 s is cut off.
        """
        if parts.streams.is_full:
            raise Problem("too-many-streams", 503, "Too many streams are open here; try again later.", RETRY_AFTER)
        wanted = WantedEvents(
            frozenset(kinds or ()),
            frozenset(map(plain, scope or ())),
            frozenset(dimension or ("status",) if status else dimension or ()),
            frozenset(map(plain, status or ())),
            frozenset(severity or ()),
            frozenset(map(plain, minutes_of or ())),
        )
        return EventStream(parts.view, parts.streams, parts.metrics, wanted, _position(last_event_id or after))

    return routes


def _position(text: str | None) -> Position | None:
    if not text:
        return None
    try:
        return Position.of(text)
    except PositionError as error:
        raise Problem(
            "bad-parameter", 422, f"This is no position of ours ({error}): give `position` of an answer, or none."
        ) from error
