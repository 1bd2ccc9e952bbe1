"""Who is let in: connections that wait for nothing but their sender are few, short, and go first when it is crowded.

Nor does anybody stay who takes nothing of an answer.
"""

import asyncio
import resource
import time
from typing import Any, Final

import structlog

from floodmark.local.store.metrics import StoreMetrics
from runtime.serving import TimelyProtocol

log = structlog.get_logger(__name__)

TAKEN_S: Final = 60.0
"""What has been sent of an answer must be taken in this time; until then no more is sent, and its place is held."""
MAX_CONNECTIONS: Final = 384
"""Connections at once. There is no bound for each address: on loopback all clients have the same one."""
BACKLOG: Final = 256
"""Connections that the system accepts before we look: by so many `MAX_CONNECTIONS` can be exceeded for a moment."""
QUIET_S: Final = 10.0
"""Between two log lines about connections that were turned away."""


def room() -> int:
    """How many connections there is room for, leaving most file descriptors to the engine.

    Raises the soft limit of the process to 8192 where the hard one allows it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8192 if hard == resource.RLIM_INFINITY else min(hard, 8192)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else max(16, min(MAX_CONNECTIONS, (soft - BACKLOG) // 2))


class Hall:
    """The connections that are open: those with a request that runs, and the others, by the time they have waited.

    Args:
        most: How many there may be. One more makes the one that has waited longest go; where all have a request that
            runs, it goes itself.
        metrics: Where they are counted.
    """

    def __init__(self, most: int, metrics: StoreMetrics) -> None:
        self._most = most
        self._metrics = metrics
        self._busy: set[Door] = set()
        self._waiting: dict[Door, None] = {}
        self._logged_at = -QUIET_S
        self._unlogged = 0

    def waits(self, door: "Door") -> None:
        """A connection is new, or its request has been answered."""
        self._busy.discard(door)
        self._waiting.pop(door, None)
        self._waiting[door] = None
        if len(self._busy) + len(self._waiting) > self._most:
            self._turn_away(next(iter(self._waiting)), "crowded")
        self._count()

    def works(self, door: "Door") -> None:
        """A connection has a request that runs."""
        self._waiting.pop(door, None)
        self._busy.add(door)

    def leaves(self, door: "Door") -> None:
        """A connection has ended."""
        self._waiting.pop(door, None)
        self._busy.discard(door)
        self._count()

    def too_slow(self, door: "Door") -> None:
        """A connection has not sent the head of a request in time."""
        if door in self._waiting:
            self._turn_away(door, "no_head")

    def takes_nothing(self, door: "Door") -> None:
        """A connection has not taken what was sent to it in time."""
        self._turn_away(door, "not_taken")

    def _turn_away(self, door: "Door", reason: str) -> None:
        self.leaves(door)
        door.shut()
        self._metrics.turned_away(reason)
        self._unlogged += 1
        now = time.monotonic()
        if now - self._logged_at >= QUIET_S:
            log.warning("connections_refused", count=self._unlogged, last_reason=reason, most=self._most)
            self._logged_at, self._unlogged = now, 0

    def _count(self) -> None:
        self._metrics.connections.set(len(self._busy) + len(self._waiting))


class Door(TimelyProtocol):
    """One connection; a subclass names its hall."""

    hall: Hall

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for a request."""
        super().connection_made(transport)
        self.hall.waits(self)

    def data_received(self, data: bytes) -> None:
        """Take what comes, as long as it may."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.runs:
            self.hall.works(self)

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it has come already."""
        super().on_response_complete()
        if not self.runs and not self.transport.is_closing():
            self.hall.waits(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._end_taking()
        self.hall.leaves(self)
        super().connection_lost(exc)

    def head_is_late(self) -> None:
        """See TimelyProtocol."""
        self.hall.too_slow(self)

    def pause_writing(self) -> None:
        """Wait until what has been sent is taken, but not for ever."""
        super().pause_writing()
        self._end_taking()
        self._taking = self.loop.call_later(TAKEN_S, self.hall.takes_nothing, self)

    def resume_writing(self) -> None:
        """It has been taken."""
        self._end_taking()
        super().resume_writing()

    def shut(self) -> None:
        """End it at once; what was not sent is not sent."""
        self.head_came()
        self._end_taking()
        self.transport.abort()

    def _end_taking(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None


def door_of(hall: Hall) -> type[Door]:
    """The class of connections that wait in this hall, as uvicorn wants to be given one."""
    return type("HallDoor", (Door,), {"hall": hall})
