"""The threads that send."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from sinks.delivery.lanes import PendingMessage


@dataclass(frozen=True, slots=True)
class Return:
    """What came of one try: `error` is none when it was delivered. `started_at` and `ended_at` are of the clock."""

    parcel: PendingMessage[Any]
    error: Exception | None
    started_at: float
    ended_at: float


class Sends(Protocol):
    """What does the sending."""

    @property
    def flying(self) -> int:
        """How many are on their way, or back and not yet asked for."""

    def start(self, parcel: PendingMessage[Any], send: Callable[[], None], clock: Callable[[], float]) -> None:
        """Send it some time soon; never more than the channel's `at_once` at the same time."""

    def returns(self) -> list[Return]:
        """What has come back since this was last asked; does not wait."""

    def close(self) -> None:
        """Wait for those that are on their way."""


class Crew:
    """Threads; implements `Sends`."""

    def __init__(self, size: int) -> None:
        self._threads = ThreadPoolExecutor(size, "deliver")
        self._back: SimpleQueue[Return] = SimpleQueue()
        self.flying = 0

    def start(self, parcel: PendingMessage[Any], send: Callable[[], None], clock: Callable[[], float]) -> None:
        """See `Sends.start`."""
        self.flying += 1
        self._threads.submit(lambda: self._back.put(tried(parcel, send, clock)))

    def returns(self) -> list[Return]:
        """See `Sends.returns`."""
        found: list[Return] = []
        while True:
            try:
                found.append(self._back.get_nowait())
            except Empty:
                self.flying -= len(found)
                return found

    def close(self) -> None:
        """See `Sends.close`."""
        self._threads.shutdown(wait=True)


def tried(parcel: PendingMessage[Any], send: Callable[[], None], clock: Callable[[], float]) -> Return:
    """Send one and tell what came of it; never raises."""
    started_at = clock()
    try:
        send()
    except Exception as error:  # it is raised again by whoever asks for the returns
        return Return(parcel, error, started_at, clock())
    return Return(parcel, None, started_at, clock())
