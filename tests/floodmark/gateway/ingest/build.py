"""Parts for posting without a broker."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Final

import httpx

from floodmark.gateway.app import build, routed
from floodmark.gateway.ingest.delivery import Unavailable
from floodmark.gateway.ingest.intake import Intake
from floodmark.gateway.ingest.once import KeyedPost, StoredAnswer
from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.settings import GatewaySettings
from floodmark.gateway.verdicts import JudgedState
from tests.floodmark.gateway.asking import ask

NOW_MS: Final = 1_752_350_000_000
"""2025-07-12T19:53:20Z."""
GOOD: Final = {"timestamp": "2025-07-12T13:45:00Z", "status": "failed", "count": 8}
SEED: Final = {"timestamp": "2025-07-12 13:45:00", "status": "failed", "count": 8}


@dataclass
class Kept:
    """Keeps what is published; or a broker that is away."""

    values: list[bytes] = field(default_factory=list)
    is_away: bool = False

    def begin(self, values: Sequence[bytes]) -> Awaitable[None]:
        """Take them in."""

        async def arrive() -> None:
            if self.is_away:
                raise Unavailable("the broker has acknowledged 0 of 1 records within 5 s", 0)
            self.values += values
            await asyncio.sleep(0)

        return arrive()

    async def post(self, post: KeyedPost) -> StoredAnswer:
        """Take in a post with a key, each time anew."""
        await self.begin(post.values)
        return post.answer


def parts(
    kept: Kept, *, zone: str = "", judged: JudgedState | None = None, now_ms: int = NOW_MS, max_future_ms: int = 300_000
) -> GatewayParts:
    """A gateway that publishes to `kept`."""
    settings = GatewaySettings(gateway_time_zone=zone)
    return GatewayParts(settings, intake=_intake(kept, settings.zone, judged, now_ms, max_future_ms))


def _intake(kept: Kept, zone: tzinfo | None, judged: JudgedState | None, now_ms: int, max_future_ms: int) -> Intake:
    return Intake(kept, kept, judged, zone, max_future_ms, lambda: now_ms)


def post(parts: GatewayParts, **more: Any) -> httpx.Response:
    """The answer to a post."""
    return ask(build(parts), "POST", "/v1/transactions", **more)


def post_by_route(parts: GatewayParts, **more: Any) -> httpx.Response:
    """The same of the route itself, which posts without parameters do not come to."""
    return ask(routed(parts), "POST", "/v1/transactions", **more)
