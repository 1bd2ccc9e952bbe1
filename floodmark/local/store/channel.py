"""Between worker threads, where the engine runs, and the event loop, where the clients are."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from floodmark.queries.errors import StoreError

IN_FLIGHT: Final = 4
"""Chunks between the engine and the client."""
STALLED_S: Final = 60.0
"""A client that takes nothing for this long is given up."""

Headers = list[tuple[bytes, bytes]]
Start = tuple[int, Headers]
"""Status and headers of a response."""


class ClientGone(Exception):
    """Nobody takes the result any more."""


class Lane:
    """Threads of one user, so that slow readers never hold up the inserts of the sink.

    Args:
        threads: Queries that run at once.
        waiting: Queries that may wait for a thread; one more is refused with code 202.
    """

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self.executor = ThreadPoolExecutor(threads, thread_name_prefix=f"store-{name}")
        self._places = threading.BoundedSemaphore(threads + waiting)

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place in the lane.

        Raises:
            StoreError: 202 when it is full.
        """
        if not self._places.acquire(blocking=False):
            raise StoreError(202, "TOO_MANY_SIMULTANEOUS_QUERIES", "Too many simultaneous queries: try again")
        try:
            yield
        finally:
            self._places.release()


class Channel:
    """A short queue from one thread to the event loop."""

    def __init__(self) -> None:
        self.gone = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[Start | bytes | None] = asyncio.Queue()
        self._free = threading.Semaphore(IN_FLIGHT)

    def put(self, item: Start | bytes) -> None:
        """Hand something over, from the thread; waits while the client is slower.

        Raises:
            ClientGone: it went away, or took nothing for a minute.
        """
        if self.gone.is_set() or not self._free.acquire(timeout=STALLED_S) or self.gone.is_set():
            raise ClientGone
        self._loop.call_soon_threadsafe(self._items.put_nowait, item)

    def end(self) -> None:
        """Say that nothing more comes, from the thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits for this any more
            self._loop.call_soon_threadsafe(self._items.put_nowait, None)

    async def get(self) -> Start | bytes | None:
        """The next thing, or None at the end."""
        return await self._items.get()

    def taken(self) -> None:
        """The client has it: there is room for another."""
        self._free.release()

    def abandon(self) -> None:
        """Nobody listens any more: wake the thread up."""
        self.gone.set()
        for _ in range(IN_FLIGHT):
            self._free.release()
