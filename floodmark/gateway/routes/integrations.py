"""What people answer in Slack and PagerDuty: let in by the signature of the service, and by nothing else."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from floodmark.gateway.integrations import pagerduty, slack
from floodmark.gateway.integrations.answering import Answering
from floodmark.gateway.integrations.asked import AskedAction
from floodmark.gateway.integrations.signatures import SIGNATURES, pagerduty_refusal, slack_refusal
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problems import Problem, documented
from floodmark.gateway.routes.ready import RETRY_AFTER
from floodmark.gateway.routes.ready import must_be_ready as ready
from floodmark.gateway.security.access import PAGERDUTY, SLACK
from schemas.action import MAX_NAME
from schemas.instants import from_ms

Channel = Annotated[
    str,
    Query(max_length=MAX_NAME, description="The `[[channel]]` that tells this service: it is not told what it said."),
]
_TEXT: Final = {"type": "string", "minLength": 1}


class Taken(BaseModel):
    """What came of it."""

    incidents: int = Field(description="So many incidents it counts for; 0: it is not about ours, or nothing new.")


def router(parts: GatewayParts) -> APIRouter:
    """`/v1/integrations/...`."""
    routes = APIRouter(tags=["integrations"], dependencies=[Depends(ready(parts))])

    @routes.post(
        SLACK,
        summary="Take in a click on a button of a Slack message",
        responses={200: {"description": "It is taken in.", "content": {}}, **documented(400, 401, 404, 503)},
        openapi_extra={"requestBody": _FORM, "security": [{"slack": []}]},
        operation_id="slack",
        response_class=Response,
    )
    async def from_slack(request: Request) -> Response:
        """For the request URL of the app's interactivity. Buttons: I am on it, I take over, not useful."""
        now_s = parts.now_ms() / 1000
        secrets = parts.integrations.slack
        body = await _let_in(parts, request, secrets, lambda raw: slack_refusal(secrets, request.headers, raw, now_s))
        try:
            asked = slack.asked(body)
        except slack.NotOurs as error:
            raise Problem("integration-body", 400, f"That is no click on a button of ours: {error}.") from None
        await _do(parts, asked)
        return Response(status_code=200)

    @routes.post(
        PAGERDUTY,
        summary="Take in an event of a PagerDuty webhook",
        status_code=202,
        responses=documented(400, 401, 404, 503),
        openapi_extra={"requestBody": _EVENT, "security": [{"pagerduty": []}]},
        operation_id="pagerduty",
    )
    async def from_pagerduty(request: Request, channel: Channel = "") -> Taken:
        """For a V3 webhook subscription. Taken in: acknowledged, unacknowledged, reassigned, resolved and annotated."""
        secrets = parts.integrations.pagerduty
        body = await _let_in(parts, request, secrets, lambda raw: pagerduty_refusal(secrets, request.headers, raw))
        try:
            asked = pagerduty.asked(body, channel, parts.integrations.conversations, from_ms(parts.now_ms()))
        except pagerduty.NoEvent as error:
            raise Problem("integration-body", 400, f"That is no event: {error}.") from None
        return Taken(incidents=await _do(parts, asked))

    return routes


async def _let_in(
    parts: GatewayParts, request: Request, secrets: tuple[bytes, ...], refusal: Callable[[bytes], str]
) -> bytes:
    """The body of a request that is signed."""
    body = await request.body()
    if not secrets and any(name in request.headers for name in SIGNATURES):
        raise Problem("integration-off", 404, "This gateway has no secret of this service, so it answers nobody.")
    await parts.gate.look_at_signature(request.scope, refusal(body))
    if not parts.integrations.conversations.is_read:
        raise Problem("warming-up", 503, "The gateway is reading who was told of what.", RETRY_AFTER)
    return body


async def _do(parts: GatewayParts, asked: list[AskedAction]) -> int:
    if not asked:
        return 0
    if parts.action_sender is None:
        raise Problem("broker-away", 503, "This gateway has no broker to take it.", {"Retry-After": "5"})
    return await Answering(parts.integrations, parts.view, parts.action_sender).publish(asked, from_ms(parts.now_ms()))


_FORM: Final[dict[str, Any]] = {
    "required": True,
    "description": "A form whose `payload` is the JSON of a block_actions payload.",
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {"type": "object", "required": ["payload"], "properties": {"payload": _TEXT}}
        }
    },
}
_EVENT: Final[dict[str, Any]] = {
    "required": True,
    "description": "One event of a V3 webhook.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["event"],
                "properties": {
                    "event": {
                        "type": "object",
                        "required": ["id", "event_type", "occurred_at", "data"],
                        "properties": {
                            "id": _TEXT,
                            "event_type": _TEXT,
                            "occurred_at": {"type": "string", "format": "date-time"},
                            "agent": {"type": ["object", "null"]},
                            "data": {"type": "object"},
                        },
                    }
                },
            }
        }
    },
}
