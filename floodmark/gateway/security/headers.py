"""Headers of every answer: what a browser may do with it, and what nobody is to keep."""

from collections.abc import Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Nothing from anywhere else, nothing inline, in nobody's frame."""
USUAL: Final[Mapping[bytes, bytes]] = {
    b"content-security-policy": CSP.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=()",
}
NO_STORE: Final = (b"cache-control", b"no-store")
HSTS: Final = (b"strict-transport-security", b"max-age=31536000")


class Headers:
    """An ASGI application around another one; headers that this sets itself stay.

    Args:
        app: What answers.
        api: Paths that begin so are kept by nobody.
    """

    def __init__(self, app: ASGIApp, api: str = "/v1/") -> None:
        self._app, self._api = app, api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, and put the headers on its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        more = list(USUAL.items())
        if scope["path"].startswith(self._api):
            more.append(NO_STORE)
        if scope["scheme"] == "https":
            more.append(HSTS)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                message = {
                    **message,
                    "headers": [*message["headers"], *((name, value) for name, value in more if name not in known)],
                }
            await send(message)

        await self._app(scope, receive, with_headers)
