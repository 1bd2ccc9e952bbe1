"""A word to somebody outside, again and again: that the notifier lives, reads and writes.

Whoever is told by nobody that all is well cannot tell that from a notifier that is dead: so an outside service, which
calls people when nothing has come for a while, is told.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import structlog

from sinks.notify.channels.contract import Refused
from sinks.notify.channels.service import Service, encoded
from sinks.notify.channels.settings import Ground
from sinks.notify.routing.heartbeat import HeartbeatSettings
from sinks.protocol import Busy

log = structlog.get_logger(__name__)


class Heartbeat:
    """Posts to the address, at most once at a time.

    Args:
        settings: Where to and how often.
        ground: Clock and resolver.
        clock: Seconds of a clock that never goes back.

    Raises:
        ChannelMisconfigured: the address cannot be used.
    """

    def __init__(
        self, settings: HeartbeatSettings, ground: Ground, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._every_s = settings.every.total_seconds()
        self._service = Service("the heartbeat's receiver", settings.whole_url(ground), settings, ground)
        self._clock = clock
        self._due_at = clock()
        self._thread = ThreadPoolExecutor(1, "heartbeat")
        self._flying: Future[None] | None = None
        self._is_failing = False

    def beat(self, words: Mapping[str, Any]) -> None:
        """Send these words if it is time; does not wait, and what fails is said in the log."""
        if self._clock() < self._due_at or (self._flying is not None and not self._flying.done()):
            return
        self._due_at = self._clock() + self._every_s
        self._flying = self._thread.submit(self._send, encoded(words))

    def close(self) -> None:
        """Wait for what is on its way; never raises."""
        self._thread.shutdown(wait=True)
        self._service.close()

    def _send(self, body: bytes) -> None:
        try:
            self._service.settle(self._service.ask(body, {}))
        except Exception as error:  # whatever is wrong out there must not keep people from being told
            if not self._is_failing:
                # What others raise may hold the address, of which a token may be part.
                known = isinstance(error, Busy | Refused)
                log.warning("heartbeat_not_taken", detail=str(error) if known else type(error).__name__)
            self._is_failing = True
        else:
            if self._is_failing:
                log.info("heartbeat_taken_again")
            self._is_failing = False
