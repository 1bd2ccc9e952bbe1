"""Publishes a silence that somebody makes or ends, and waits until it shows."""

from collections.abc import Awaitable, Callable

from floodmark.gateway.actions.showing import SHOWS_WITHIN_S, shows
from floodmark.gateway.problems import Problem
from floodmark.gateway.state.silences import Silenced
from runtime.kafka.errors import BrokerError
from sinks.notify.silences import Silence

Send = Callable[[Silence], Awaitable[None]]
"""Publishes a silence, or its end; raises BrokerError."""


class SilenceSender:
    """Sends silences and sees what comes of them.

    Args:
        silenced: What is known; tells when one has come back.
        send: Publishes one.
        within_s: How long to wait until it shows.
    """

    def __init__(self, silenced: Silenced, send: Send, within_s: float = SHOWS_WITHIN_S) -> None:
        self._silenced, self._send, self._within_s = silenced, send, within_s

    async def send(self, silence: Silence) -> bool:
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
        return await shows(lambda: self._is_there(silence), self._silenced.watch, self._within_s)

    def _is_there(self, silence: Silence) -> bool:
        found = self._silenced.get(silence.id)
        return found is not None and (found.ended_ms is None) == (silence.ended_ms is None)
