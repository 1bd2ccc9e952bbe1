"""The application: its parts go in, what answers HTTP comes out."""

from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from floodmark.gateway.counting import Counting
from floodmark.gateway.openapi import document_of
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problems import Problem, response_of
from floodmark.gateway.routes import (
    actions,
    current,
    documents,
    health,
    incidents,
    integrations,
    minutes,
    rules,
    series,
    silences,
    stream,
    transactions,
    watch,
)
from floodmark.gateway.security.access import API, Access
from floodmark.gateway.security.bodies import limited
from floodmark.gateway.security.errors import Problems, teach
from floodmark.gateway.security.headers import Headers

PAGE: Final = Path(__file__).parent / "page"
"""Files served at `/`."""
ROUTERS: Final[tuple[Callable[[GatewayParts], APIRouter], ...]] = (
    watch.router,
    documents.router,
    transactions.router,
    minutes.router,
    current.router,
    incidents.router,
    actions.router,
    integrations.router,
    silences.router,
    stream.router,
    health.router,
    rules.router,
    series.router,
)
"""Whoever adds a group of paths adds its router here."""
METHODS: Final = ("GET", "POST")
REQUEST_HEADERS: Final = ("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-API-Key")
RESPONSE_HEADERS: Final = (
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Idempotency-Replayed",
)
"""Headers that pages of other origins may send and read, where such origins are let in."""
ABOUT: Final = "Transactions in; minutes, incidents and alerts out. Instants are UTC; amounts are minor units."


class _Page(Mount):
    """Files at every path that holds no data: of those the routes know what there is, and by which methods."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Nothing of what begins as data does."""
        return (Match.NONE, {}) if scope["path"].startswith(API) else super().matches(scope)


def build(parts: GatewayParts) -> ASGIApp:
    """The gateway as an ASGI application.

    Args:
        parts: What it works with; routes ask them and nothing else.
    """
    settings, gate = parts.settings, parts.gate
    app: ASGIApp = transactions.PlainPosts(routed(parts), parts)
    app = limited(app, int(settings.gateway_max_body_mb * 1e6), settings.gateway_body_within_s)
    app = Problems(Access(app, gate))
    if gate.origins:
        app = CORSMiddleware(
            app, gate.origins, allow_methods=METHODS, allow_headers=REQUEST_HEADERS, expose_headers=RESPONSE_HEADERS
        )
    return Counting(Headers(app), parts.metrics)


def routed(parts: GatewayParts) -> FastAPI:
    """The application itself, without what lies around it."""
    app = FastAPI(
        title="Floodmark",
        version=metadata.version("floodmark"),
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        # Where that leads to would be made of a header of the request.
        redirect_slashes=False,
        # Names of methods in clients that are generated.
        generate_unique_id_function=lambda route: route.name,
    )
    app.add_exception_handler(Problem, response_of)
    teach(app)
    for router in ROUTERS:
        app.include_router(router(parts))
    zoneless = parts.settings.zone is not None
    app.openapi = lambda: document_of(app, zoneless=zoneless)  # type: ignore[method-assign]
    app.router.routes.append(_Page("/", StaticFiles(directory=PAGE, html=True), name="page"))
    return app
