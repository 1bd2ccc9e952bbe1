"""What people do not want to be told of: listed, tried on what there was, made and ended."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from msgspec import structs
from pydantic import BaseModel, ConfigDict, Field

from floodmark.gateway.actions.silence_sender import SilenceSender
from floodmark.gateway.answers.silences import (
    MAX_LISTED,
    PreviewAnswer,
    ShownSilence,
    SilenceAnswer,
    SilencesAnswer,
    is_on,
    shown_preview,
    shown_silence,
)
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problems import Problem, documented
from floodmark.gateway.routes.actions import Name, RepeatKey, named, place_of_request
from floodmark.gateway.routes.ready import must_be_ready as ready
from floodmark.gateway.security.principals import principal_of
from schemas.action import MAX_NOTE
from schemas.instants import from_ms
from schemas.severity import Severity
from sinks.notify.preview import needed, preview
from sinks.notify.routing.spans import MAX_SPAN
from sinks.notify.silences import MAX_MS, Silence

MAX_WORDS: Final = 50
WEEK_S: Final = 7 * 86_400
State = Literal["on", "ended", "all"]
Words = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200)]],
    Field(max_length=MAX_WORDS, description="One of these; `*` stands for anything. Empty: any."),
]
SilenceId = Annotated[str, Path(max_length=64, description="The silence's `id`.")]
Lost = Annotated[int | None, Field(ge=0, le=10**12, description="What has lost more transactions breaks it.")]


class Matchers(BaseModel):
    """What a silence hides; one of the four has to say something."""

    model_config = ConfigDict(extra="forbid")

    scope: Words = []
    dimension: Words = []
    key: Words = []
    rule: Words = []

    @property
    def match(self) -> dict[str, object]:
        """As a silence has it."""
        return {name: words for name, words in self.model_dump().items() if words}


class PreviewBody(BaseModel):
    """A silence to try."""

    model_config = ConfigDict(extra="forbid")

    match: Matchers
    accepts: Severity = Field(default="critical", description="What is more severe breaks it.")
    accepts_lost: Lost = None
    over_s: int = Field(
        default=WEEK_S, ge=60, le=int(MAX_SPAN.total_seconds()), description="So much of the past is looked at."
    )


class SilenceBody(BaseModel):
    """A silence to make, from now on."""

    model_config = ConfigDict(extra="forbid")

    by: Name = ""
    reason: Annotated[str, Field(min_length=1, max_length=MAX_NOTE, description="Why: whoever it wakes wants to know.")]
    match: Matchers
    lasts_s: int = Field(ge=60, le=MAX_MS // 1000, description="How long; seven days at most.")
    accepts: Severity = Field(default="critical", description="What is more severe breaks it.")
    accepts_lost: Lost = None
    until_cleared: bool = Field(default=False, description="Whether it ends when all that it hides is over.")
    idle_s: int | None = Field(
        default=None, ge=60, le=MAX_MS // 1000, description="It ends when it has matched nothing for so long."
    )


class EndBody(BaseModel):
    """Who ends it."""

    model_config = ConfigDict(extra="forbid")

    by: Name = ""


def router(parts: GatewayParts) -> APIRouter:
    """`/v1/silences`."""
    needs = [Depends(ready(parts)), Depends(_known(parts))]
    routes = APIRouter(prefix="/v1/silences", tags=["silences"], dependencies=needs)
    accepted: dict[int | str, dict[str, Any]] = {
        202: {"model": SilenceAnswer, "description": "On the broker; it does not show yet."}
    }

    def as_shown(silence: Silence, most: int | None = None) -> ShownSilence:
        is_taken_up = parts.silenced.is_taken_up(silence.id)
        return shown_silence(silence, parts.now_ms(), is_taken_up=is_taken_up, most=most)

    async def put(silence: Silence, response: Response, done: int) -> SilenceAnswer:
        shows = await _silence_sender(parts).send(silence)
        response.status_code = done if shows else 202
        return SilenceAnswer(silence=as_shown(parts.silenced.get(silence.id) or silence), shows=shows)

    @routes.get("", summary="Silences, the last one first", responses=documented(422, 503))
    async def silences(
        state: Annotated[State, Query(description="Those that are on, have ended, or all.")] = "on",
        limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 100,
    ) -> SilencesAnswer:
        """With the worst of what each has hidden."""
        now_ms = parts.now_ms()
        found = [one for one in parts.silenced.all if state == "all" or is_on(one, now_ms) == (state == "on")]
        return SilencesAnswer(silences=[as_shown(one, MAX_LISTED) for one in found[:limit]], total=len(found))

    @routes.post(
        "/preview", summary="What a silence would have hidden", responses=documented(422, 503), operation_id="preview"
    )
    async def preview_silence(body: PreviewBody) -> PreviewAnswer:
        """From the incidents that the gateway knows. Makes nothing."""
        now_ms = parts.now_ms()
        tried = Silence(
            "", "somebody", "a try", body.match.match, now_ms, now_ms + 60_000, body.accepts, body.accepts_lost
        )
        since = from_ms(now_ms) - timedelta(seconds=body.over_s)
        known = (each.alert for each in parts.view.incidents.before(None))
        return shown_preview(preview(_sound(tried), known, since))

    @routes.get("/{silence_id}", summary="One silence", responses=documented(404, 422, 503))
    async def silence(silence_id: SilenceId) -> ShownSilence:
        """With all that it has hidden."""
        return as_shown(_one(parts, silence_id))

    @routes.post(
        "",
        summary="Make a silence",
        status_code=201,
        responses=accepted | documented(422, 503),
        operation_id="make_silence",
    )
    async def make(body: SilenceBody, request: Request, response: Response, key: RepeatKey = None) -> SilenceAnswer:
        """It hides what it matches from now on, and breaks when things get worse than it accepts.

        One that would break at once, as things are worse already, is refused.
        """
        now_ms, seed = parts.now_ms(), f"{principal_of(request).id}|{key}"
        made = Silence(
            id=secrets.token_hex(4) if key is None else sha256(seed.encode()).hexdigest()[:16],
            author=named(body.by, request),
            reason=" ".join(body.reason.split()),
            match=body.match.match,
            begins_ms=now_ms,
            ends_ms=now_ms + body.lasts_s * 1000,
            accepts=body.accepts,
            accepts_lost=body.accepts_lost,
            until_cleared=body.until_cleared,
            idle_ms=None if body.idle_s is None else body.idle_s * 1000,
            source=place_of_request(parts, request),
        )
        known = parts.silenced.get(made.id)
        if known is not None:
            return SilenceAnswer(silence=as_shown(known), shows=True)
        _sound(made)
        _lasting(made, parts)
        return await put(made, response, 201)

    @routes.post(
        "/{silence_id}/expire",
        summary="End a silence",
        responses=accepted | documented(404, 409, 422, 503),
        operation_id="expire_silence",
    )
    async def expire(silence_id: SilenceId, body: EndBody, request: Request, response: Response) -> SilenceAnswer:
        """What it hides and still fires is told at once."""
        found, now_ms = _one(parts, silence_id), parts.now_ms()
        if found.ended_ms is not None or now_ms >= found.ends_ms:
            raise Problem("not-on", 409, "The silence has ended already.")
        by, place = named(body.by, request), place_of_request(parts, request)
        ended = structs.replace(found, ended_ms=now_ms, ended_why="expired", ended_by=by, ended_source=place)
        return await put(ended, response, 200)

    return routes


def _known(parts: GatewayParts) -> Callable[[], Awaitable[None]]:
    async def known() -> None:
        if not parts.silenced.ready:
            raise Problem(
                "warming-up", 503, "The silences are being read. Ask again in a moment.", {"Retry-After": "1"}
            )

    return known


def _silence_sender(parts: GatewayParts) -> SilenceSender:
    if parts.silence_sender is None:
        raise Problem("broker-away", 503, "This gateway has no broker to take it.", {"Retry-After": "5"})
    return parts.silence_sender


def _one(parts: GatewayParts, name: str) -> Silence:
    found = parts.silenced.get(name)
    if found is None:
        raise Problem(
            "no-such-silence", 404, "No silence of this id is known: `GET /v1/silences?state=all` lists them."
        )
    return found


def _lasting(silence: Silence, parts: GatewayParts) -> None:
    """What would break as soon as it is on is refused, with what it has to accept."""
    alerts = (each.alert for each in parts.view.incidents.before(None))
    if (more := needed(silence, alerts, from_ms(parts.now_ms()))) is not None:
        levels = [f"{more.accepts} severity"] * (more.accepts != silence.accepts)
        levels += [f"{more.accepts_lost:,} lost"] * (
            more.accepts_lost is not None and more.accepts_lost != silence.accepts_lost
        )
        why = f"{more.why[:1].upper()}{more.why[1:]}"
        raise Problem(
            "bad-parameter", 422, f"{why}. Nothing was made: it has to accept {' and '.join(levels)} at least."
        )


def _sound(silence: Silence) -> Silence:
    if problem := silence.problem():
        raise Problem("bad-parameter", 422, problem)
    return silence
