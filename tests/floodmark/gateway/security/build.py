"""A gateway with a gate, and ways to ask it."""

import asyncio
from typing import Any, Final

import httpx

from floodmark.gateway.app import build
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.security.api_keys import created
from floodmark.gateway.security.principals import ApiRight
from floodmark.gateway.settings import GatewaySettings
from tests.floodmark.gateway.ingest.build import GOOD, Kept, parts

ELSEWHERE: Final = "203.0.113.7"
"""Address of a client that is not on this machine."""
ANYWHERE: Final = "0.0.0.0"


def guarded(host: str = ANYWHERE, kept: Kept | None = None, **settings: Any) -> GatewayParts:
    """A gateway that listens on an address that others reach."""
    made = GatewayParts(GatewaySettings(gateway_host=host, **settings))
    made.intake = parts(kept or Kept()).intake
    return made


def key_of(made: GatewayParts, *rights: ApiRight, **more: Any) -> str:
    """A key that the gateway knows."""
    key, stored = created("tests", rights, 0, **more)
    made.ring.put(stored)
    return key


def asking(
    made: GatewayParts, *requests: dict[str, Any], host: str = "gateway:8080", client: str = ELSEWHERE
) -> list[httpx.Response]:
    """The answers to these requests, one after the other, to one application."""

    async def all_of_them() -> list[httpx.Response]:
        transport = httpx.ASGITransport(build(made), client=(client, 1234))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as asks:
            return [await asks.request(**request) for request in requests]

    return asyncio.run(all_of_them())


def post(**headers: str) -> dict[str, Any]:
    """A good post with these headers; their names with dashes for underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"method": "POST", "url": "/v1/transactions", "json": GOOD, "headers": named}


def bearer(key: str) -> str:
    """The header of a key or token."""
    return f"Bearer {key}"
