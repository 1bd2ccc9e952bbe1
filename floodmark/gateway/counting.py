"""Counts each request and its answer, around the whole application."""

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from floodmark.gateway.metrics import NO_ROUTE, GatewayMetrics

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Counting:
    """An ASGI application around another one.

    Args:
        app: What answers.
        metrics: Where answers are counted.
        clock: Monotonic seconds.
    """

    def __init__(self, app: ASGIApp, metrics: GatewayMetrics, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app, self._metrics, self._clock = app, metrics, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, and note when its answer begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._clock()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                method = scope["method"] if scope["method"] in METHODS else "other"
                self._metrics.answered(method, _route(scope), message["status"], self._clock() - began)
            await send(message)

        await self._app(scope, receive, noting)


def _route(scope: Scope) -> str:
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else NO_ROUTE
