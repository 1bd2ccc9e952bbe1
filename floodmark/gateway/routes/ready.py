"""What routes that read have in common: they wait until all is known, and say which time is meant."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import Query

from floodmark.gateway.parts import GatewayParts
from floodmark.gateway.problems import Problem
from floodmark.gateway.state.minutes import DAY
from processors.domain.window import MINUTE_MS, minute_of
from schemas.transaction import Instant

RETRY_AFTER: Final = {"Retry-After": "1"}
LATEST: Final = 2**32 // 60 - 1
"""No store knows later minutes."""
WINDOW: Final = 15
"""Minutes that are answered where nothing is said."""

Scope = Annotated[str | None, Query(max_length=64, description="Of this scope alone; none: all.")]
Status = Annotated[str | None, Query(max_length=64, description="This status alone; none: all.")]
AuthCode = Annotated[str | None, Query(max_length=64, description="This auth code alone; none: all.")]
Window = Annotated[
    int | None, Query(ge=1, le=DAY, description="The last so many minutes; none: 15. Not beside `from` and `to`.")
]
From = Annotated[Instant | None, Query(alias="from", description="First instant, with its zone: 2025-07-12T13:45:00Z.")]
To = Annotated[Instant | None, Query(alias="to", description="First instant after it; none: now.")]
AsOf = Annotated[
    Instant | None,
    Query(description="As it was known at this instant, from the store; none: as it is known now."),
]


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes by number, both ends included; there is none where `last` lies before `first`."""

    first: int
    last: int


def must_be_ready(parts: GatewayParts) -> Callable[[], Awaitable[None]]:
    """A dependency: ends with 503 while the topics are still being read."""

    async def ready() -> None:
        if not parts.view.ready:
            percent = math.floor(100 * parts.view.progress)
            raise Problem(
                "warming-up",
                503,
                f"The gateway is reading what it needs to know from the topics: {percent} % is there. Ask again in a "
                "moment.",
                RETRY_AFTER,
            )

    return ready


def span_of(parts: GatewayParts, window: int | None, begin: datetime | None, end: datetime | None) -> Span:
    """Which minutes are meant: a window that ends with the newest minute, or from one instant to another.

    Raises:
        Problem: They contradict each other.
    """
    newest = parts.view.minutes.last
    if begin is None and end is None:
        return Span(max(0, newest - (window or WINDOW) + 1), newest)
    if window is not None:
        raise Problem("bad-parameter", 422, "`window` stands beside `from` or `to`: leave one of them out.")
    last = newest if end is None else math.ceil(end.timestamp() * 1000 / MINUTE_MS) - 1
    first = last - WINDOW + 1 if begin is None else minute_of(math.floor(begin.timestamp() * 1000))
    if begin is not None and end is not None and end <= begin:
        raise Problem("bad-parameter", 422, "`to` is not after `from`: it is the first instant that is left out.")
    if first < 0 or (end is not None and last < 0):
        raise Problem("bad-parameter", 422, "There is nothing before 1970.")
    return Span(min(first, LATEST), min(last, LATEST))
