"""Rate limits: how many requests a minute, by key or address, counted by `limits`."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute, WindowStats, strategies
from limits.aio import strategies as aio_strategies
from limits.aio.storage import Storage
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from floodmark.gateway.security.counts import Counts
from runtime.exits import Misused

log = structlog.get_logger(__name__)

WINDOW_S: Final = 60
EXACT: Final = 1_000
"""Up to this limit each request of the last minute is remembered. Above it requests are counted by the clock's minutes,
and the last minute's count for the part of it that the past 60 seconds still hold."""
REDIS: Final = "FLOODMARK_GATEWAY_REDIS_URL"
ANSWER_S: Final = 0.5
"""How long a shared storage may take to answer."""
AGAIN_S: Final = 5.0
"""How long one that has not answered is not asked again: every request would wait for it."""
FAILURES: Final = 30
"""How many keys and tokens of one address are refused in a minute; after that none are looked at."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to whoever asks.

    Args:
        limit: Requests a minute.
        left: How many may follow now.
        reset_s: Seconds until the count begins to fall.
        is_over: Whether this request is one too many.
    """

    limit: int
    left: int
    reset_s: int
    is_over: bool = False

    @property
    def headers(self) -> list[tuple[str, str]]:
        """As headers, by both names that programs look for."""
        values = {"Limit": self.limit, "Remaining": self.left, "Reset": self.reset_s}
        named = [(f"{prefix}RateLimit-{name}", str(value)) for prefix in ("", "X-") for name, value in values.items()]
        policy = ("RateLimit-Policy", f"{self.limit};w={WINDOW_S}")
        return [*named, policy, *([("Retry-After", str(max(1, self.reset_s)))] if self.is_over else [])]


class Rates(Protocol):
    """Counts requests."""

    async def hit(self, who: str, limit: int) -> Allowance:
        """Count a request of somebody who may make so many a minute."""

    async def look(self, who: str, limit: int) -> Allowance:
        """What is left to them, without counting anything."""


class OwnRates:
    """Counts for this gateway alone, in memory."""

    def __init__(self) -> None:
        storage = Counts()
        self._exact = strategies.MovingWindowRateLimiter(storage)
        self._rough = strategies.SlidingWindowCounterRateLimiter(storage)

    async def hit(self, who: str, limit: int) -> Allowance:
        """See Rates."""
        return self._asked(who, limit, counts=True)

    async def look(self, who: str, limit: int) -> Allowance:
        """See Rates."""
        return self._asked(who, limit, counts=False)

    def _asked(self, who: str, limit: int, *, counts: bool) -> Allowance:
        item, limiter = RateLimitItemPerMinute(limit), self._exact if limit <= EXACT else self._rough
        is_within = (limiter.hit if counts else limiter.test)(item, who)
        return _allowance(item, limiter.get_window_stats(item, who), is_over=not is_within)


class SharedRates:
    """Counts for all gateways that share a storage. While it does not answer, nobody is held up: that is logged.

    Args:
        storage: Where the counts are.
        clock: Monotonic seconds.
    """

    def __init__(self, storage: Storage, clock: Callable[[], float] = time.monotonic) -> None:
        self._exact = aio_strategies.MovingWindowRateLimiter(storage)
        self._rough = aio_strategies.SlidingWindowCounterRateLimiter(storage)
        self._own, self._clock, self._again_at = OwnRates(), clock, -math.inf

    async def hit(self, who: str, limit: int) -> Allowance:
        """See Rates."""
        return await self._asked(who, limit, counts=True)

    async def look(self, who: str, limit: int) -> Allowance:
        """See Rates."""
        return await self._asked(who, limit, counts=False)

    async def _asked(self, who: str, limit: int, *, counts: bool) -> Allowance:
        item, limiter = RateLimitItemPerMinute(limit), self._exact if limit <= EXACT else self._rough
        if self._clock() >= self._again_at:
            try:
                async with asyncio.timeout(ANSWER_S):
                    is_within = await (limiter.hit if counts else limiter.test)(item, who)
                    return _allowance(item, await limiter.get_window_stats(item, who), is_over=not is_within)
            except Exception as error:  # whatever its client raises
                self._again_at = self._clock() + AGAIN_S
                log.warning("rates_not_shared", error=type(error).__name__, effect="this gateway counts for itself")
        return await (self._own.hit if counts else self._own.look)(who, limit)


def rates_at(redis_url: str) -> Rates:
    """Shared in Redis; empty: each gateway counts for itself.

    Raises:
        Misused: What is needed for it is not installed, or the address cannot be used.
    """
    if not redis_url:
        return OwnRates()
    try:
        import redis.asyncio  # noqa: F401
    except ImportError:
        raise Misused(
            "rate limits are shared by the package redis, which is not installed: pip install 'floodmark[redis]'", REDIS
        ) from None
    try:
        storage = storage_from_string(f"async+{redis_url}", implementation="redispy")
    except (ConfigurationError, ValueError, TypeError):
        # What it says itself may hold the password of the address.
        raise Misused(
            "rate limits are shared at an address like redis://HOST:PORT or rediss://HOST:PORT", REDIS
        ) from None
    assert isinstance(storage, Storage)
    return SharedRates(storage)


def _allowance(item: RateLimitItem, stats: WindowStats, *, is_over: bool) -> Allowance:
    reset_s = max(0, math.ceil(stats.reset_time - time.time()))
    return Allowance(item.amount, 0 if is_over else max(0, stats.remaining), reset_s, is_over)
