"""Takes in a silence that somebody makes or ends, and waits until it has come back from the topic."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from floodmark.gateway.problems import Problem
from floodmark.gateway.state.silences import Silenced
from runtime.kafka.errors import BrokerError
from sinks.notify.silences import Silence

SHOWS_WITHIN_S: Final = 3.0
"""How long is waited for the topic to give it back."""
Send = Callable[[Silence], Awaitable[None]]
"""Publishes a silence, or its end; raises BrokerError."""


class Silencing:
    """Sends silences and looks what came of them.

    Args:
        silenced: What is known; tells when one has come back.
        send: Publishes one.
        within_s: How long to wait until it shows.
    """

    def __init__(self, silenced: Silenced, send: Send, within_s: float = SHOWS_WITHIN_S) -> None:
        self._silenced, self._send, self._within_s = silenced, send, within_s

    async def put(self, silence: Silence) -> bool:
        """Publish it; whether it shows already. If not, it will: it is on the broker.

        Raises:
            Problem: The broker has not taken it.
        """
        try:
            await self._send(silence)
        except BrokerError as error:
            raise Problem(
                "broker-away", 503, f"{error} It may count nevertheless: look at the silences before you try again.",
                {"Retry-After": "5"},
            ) from error  # fmt: skip
        return await self._shows(silence)

    async def _shows(self, silence: Silence) -> bool:
        changed = asyncio.Event()
        unwatch = self._silenced.watch(changed.set)
        until = time.monotonic() + self._within_s
        try:
            while (left_s := until - time.monotonic()) > 0:
                found = self._silenced.get(silence.id)
                if found is not None and (found.ended_ms is None) == (silence.ended_ms is None):
                    return True
                changed.clear()
                try:
                    async with asyncio.timeout(left_s):
                        await changed.wait()
                except TimeoutError:
                    break
            return False
        finally:
            unwatch()
