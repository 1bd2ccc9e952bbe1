"""What every broker promises, and the proof that one is ready."""

import time
from collections.abc import Callable
from typing import Protocol

from runtime.kafka.waiting import answers

Report = Callable[[str], None]


class Broker(Protocol):
    """A Kafka-compatible broker that is ours to start, or somebody's whose address we know."""

    @property
    def kind(self) -> str:
        """Which one: `kafka`, `embedded` or `external`."""

    @property
    def volatile(self) -> bool:
        """Whether everything is gone once it stops."""

    @property
    def address(self) -> str:
        """HOST:PORT for clients; valid after `start`."""

    @property
    def pid(self) -> int | None:
        """The process id while it runs, None for one that is not ours."""

    def start(self) -> None:
        """Bring it up; returns once it answers a metadata request. Does nothing when it runs.

        Raises:
            BrokerError: It did not come up; the message says why and what to do.
        """

    def alive(self) -> bool:
        """Whether its process runs (or, for an external one, its port accepts connections)."""

    def stop(self) -> None:
        """End it cleanly within a bounded time; does nothing when it does not run."""


def await_answer(address: str, *, alive: Callable[[], bool], listening: Callable[[], bool], within_s: float) -> bool:
    """Wait until the broker at an address answers a metadata request.

    Args:
        address: HOST:PORT.
        alive: Tells whether waiting still makes sense.
        listening: A cheap test that comes before the real one.
        within_s: Seconds to wait at most.

    Returns:
        Whether it answered in time.
    """
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and alive():
        if listening() and answers(address, 1.0):
            return True
        time.sleep(0.05)
    return False
