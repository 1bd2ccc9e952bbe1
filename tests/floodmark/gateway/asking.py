"""Ask an application without a socket."""

import asyncio
from typing import Any

import httpx
from starlette.types import ASGIApp


def ask(app: ASGIApp, method: str, path: str, **more: Any) -> httpx.Response:
    """One request and its answer, all of it."""

    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            return await client.request(method, path, **more)

    return asyncio.run(once())


def get(app: ASGIApp, path: str, **more: Any) -> httpx.Response:
    """The answer to a GET."""
    return ask(app, "GET", path, **more)
