"""The OpenAPI document: what FastAPI knows of the routes, and what holds for all of them."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from floodmark.gateway.problems import ProblemDocument, documented
from floodmark.gateway.routes.transactions import posted_transaction
from floodmark.gateway.security.access import API

Json = dict[str, Any]

TAGS: Final = (
    {"name": "transactions", "description": "Transactions in, and what is thought of them."},
    {"name": "health", "description": "Whether the gateway and the pipeline work."},
)
_SECURITY: Final[Json] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (`floodmark keys create`), or a JWT of the issuer that the gateway trusts.",
    },
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
    "slack": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Slack-Signature",
        "description": "Slack's signature of the body and X-Slack-Request-Timestamp, five minutes old at most.",
    },
    "pagerduty": {
        "type": "apiKey",
        "in": "header",
        "name": "X-PagerDuty-Signature",
        "description": "PagerDuty's signatures of the body, with commas between them.",
    },
}
_RATE_HEADERS: Final[Json] = {
    "RateLimit-Limit": "Requests a minute.",
    "RateLimit-Remaining": "So many may follow now.",
    "RateLimit-Reset": "Seconds until that becomes more.",
}
_OF_ALL: Final = (401, 403, 421, 429, 431, 503)
_OF_BODIES: Final = (400, 408, 413, 415)


def document_of(app: FastAPI, *, zoneless: bool) -> Json:
    """The document of an application; made once.

    Args:
        app: The application, with all its routes.
        zoneless: Whether the times of posted transactions need name no zone.
    """
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=list(TAGS)
        )
        components = made.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas["ProblemDocument"] = ProblemDocument.model_json_schema()
        schemas["PostedTransaction"] = posted_transaction(zoneless=zoneless)
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        components["securitySchemes"] = _SECURITY
        made["servers"] = [{"url": "/", "description": "The gateway that serves this document."}]
        made["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
        for path, item in made["paths"].items():
            for method, operation in item.items():
                if path.startswith(API):
                    _complete(method, operation)
        app.openapi_schema = made
    return app.openapi_schema


def _complete(method: str, operation: Json) -> None:
    """What every operation on data may answer, what it asks for, and what it tells of what is left."""
    responses: Json = operation["responses"]
    statuses = [*_OF_ALL, *(_OF_BODIES if method != "get" else ()), *([422] if _may_be_wrong(operation) else [])]
    for status, response in documented(*statuses).items():
        known = responses.get(str(status))
        if known is None or "HTTPValidationError" in str(known):
            responses[str(status)] = response
    described = {name: {"description": about, "schema": {"type": "integer"}} for name, about in _RATE_HEADERS.items()}
    for status, response in responses.items():
        if status not in ("408", "421", "431"):
            response["headers"] = {**described, **response.get("headers", {})}
    operation["responses"] = dict(sorted(responses.items()))
    # Where the gateway listens on loopback nothing is needed.
    operation.setdefault("security", [{"bearer": []}, {"key": []}, {}])


def _may_be_wrong(operation: Json) -> bool:
    return bool(operation.get("parameters") or operation.get("requestBody"))
