"""Transactions in: `POST /v1/transactions`."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from floodmark.gateway.ingest.answers import PostAnswer
from floodmark.gateway.ingest.bodies import MAX_RECORDS, media_type_of
from floodmark.gateway.ingest.intake import MAX_KEY, Post
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problems import Problem, documented
from floodmark.gateway.security.principals import principal_of
from schemas.transaction import Transaction

PATH: Final = "/v1/transactions"
REPLAYED: Final = "Idempotency-Replayed"
_KEY: Final = (
    "Any text that this post alone has, a UUID for one: posted again with it, within a day, it counts once, "
    "at whichever gateway."
)


def router(parts: GatewayParts) -> APIRouter:
    """`POST /v1/transactions`."""
    routes = APIRouter(tags=["transactions"])
    zoneless = parts.settings.zone is not None

    @routes.post(
        PATH,
        summary="Publish transactions, and hear what is thought of them",
        response_model=PostAnswer,
        responses={
            200: {"description": "All records are in, in all replicas that are in sync."},
            207: {"description": "Some records are bad, and named; the others are in.", "model": PostAnswer},
            **documented(400, 409, 413, 415, 422, 501, 503),
        },
        openapi_extra={"requestBody": _body(zoneless=zoneless)},
    )
    async def post_transactions(
        request: Request,
        verdict: Annotated[
            bool | None, Query(description="Whether to judge what was posted; by default where it is one record.")
        ] = None,
        idempotency_key: Annotated[
            str | None, Header(description=_KEY, min_length=1, max_length=MAX_KEY, pattern="^[ -~]+$")
        ] = None,
    ) -> Response:
        return await _taken(parts, request, idempotency_key, verdict)

    return routes


class PlainPosts:
    """An ASGI application around another one, which never sees a post of transactions that has no parameters.

    FastAPI looks for parameters, dependencies and tasks of each request, and that is as much work as all the rest of a
    post. Most posts have none: they are taken here, and all others by the route, to the same answers.

    Args:
        app: What answers everything else.
        parts: What posts are taken by.
    """

    def __init__(self, app: ASGIApp, parts: GatewayParts) -> None:
        self._app, self._parts = app, parts
        self._route = Route(PATH, self, name="plain_posts")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the post, or pass on.

        Raises:
            Problem: See `Intake.take`.
        """
        if not _is_plain(scope):
            await self._app(scope, receive, send)
            return
        scope["route"] = self._route
        answer = await _taken(self._parts, Request(scope, receive), None, None)
        await answer(scope, receive, send)


def _is_plain(scope: Scope) -> bool:
    """Whether it is a post of transactions without a parameter."""
    return (
        scope["type"] == "http"
        and scope["path"] == PATH
        and scope["method"] == "POST"
        and not scope["query_string"]
        and not any(name == b"idempotency-key" for name, _ in scope["headers"])
    )


async def _taken(parts: GatewayParts, request: Request, key: str | None, verdict: bool | None) -> Response:  # noqa: FBT001
    if parts.intake is None:
        raise Problem("warming-up", 503, "this gateway has not found its broker yet", {"Retry-After": "2"})
    media_type = media_type_of(request.headers.get("content-type"))
    reply = await parts.intake.take(Post(await request.body(), media_type, principal_of(request).id, key, verdict))
    headers = {REPLAYED: "true"} if reply.is_replayed else None
    return Response(reply.body, reply.status, headers, "application/json")


def _body(*, zoneless: bool) -> dict[str, Any]:
    """The request body as the OpenAPI document has it; `zoneless`: times need name no zone."""
    one = {"$ref": "#/components/schemas/PostedTransaction"}
    return {
        "required": True,
        "description": "As JSON a record or an array of them; as NDJSON each line is a record.",
        "content": {
            "application/json": {
                "schema": {"oneOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": MAX_RECORDS}]},
                "examples": _EXAMPLES | (_ZONELESS if zoneless else {}),
            },
            "application/x-ndjson": {"schema": one},
        },
    }


_EXAMPLES: Final[dict[str, Any]] = {
    "one": {"value": {"timestamp": "2025-07-12T13:45:00Z", "status": "failed", "count": 8}},
    "several": {
        "value": [
            {"timestamp": "2025-07-12T13:45:00-03:00", "status": "denied", "auth_code": "51", "scope": "shop-1"},
            {"timestamp": 1_752_338_700_000, "status": "approved", "amount": 1999},
        ]
    },
}
_ZONELESS: Final[dict[str, Any]] = {
    "zoneless": {"value": {"timestamp": "2025-07-12 13:45:00", "status": "failed", "count": 8}}
}
_YEARS: Final = "(?:1999|20[0-9]{2}|2100)"
_ZONE: Final = "(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])$"


def posted_transaction(*, zoneless: bool) -> dict[str, Any]:
    """The JSON Schema of a record that is posted: that of the topic; `zoneless`: its time need name no zone."""
    schema = Transaction.model_json_schema(ref_template="#/components/schemas/{model}")
    (text,) = (each for each in schema["properties"]["timestamp"]["anyOf"] if "pattern" in each)
    # Of the years just outside, only the hours at the border are taken, which no pattern can say.
    text["pattern"] = text["pattern"].replace(_YEARS, "20[0-9]{2}")
    if zoneless:
        text["pattern"] = text["pattern"].replace(_ZONE, f"{_ZONE[:-1]}?$")
        del text["format"]
    # That it counts somewhere, said so that generators of clients still see one kind of object.
    del schema["anyOf"]
    schema["if"] = {"properties": {"status": {"type": "null"}}}
    schema["then"] = {"required": ["auth_code"], "properties": {"auth_code": {"type": ["string", "integer"]}}}
    return {**schema, "title": "PostedTransaction"}
