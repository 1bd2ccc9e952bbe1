"""Between worker threads, where the engine runs, and the event loop, where the clients are."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from floodmark.queries.errors import StoreError

IN_FLIGHT: Final = 4
"""Chunks between the engine and the client."""
STALLED_S: Final = 60.0
"""A client that takes nothing for this long is given up."""
PATIENCE_S: Final = 5.0
"""While others wait for its thread, a client is waited for as long as this in all …"""
PACE: Final = 1 << 20
"""… and a second more for so many bytes that it has taken."""
LOOK_S: Final = 0.25
"""How often a thread that waits for its client looks whether others wait for it."""

T = TypeVar("T")
R = TypeVar("R")
Headers = list[tuple[bytes, bytes]]
Start = tuple[int, Headers]
"""Status and headers of a response."""


class ClientGone(Exception):
    """Nobody takes the result any more."""


class Lane:
    """Threads of one user, so that slow readers never hold up the inserts of the sink.

    Args:
        name: The user; its threads are named after it.
        threads: Queries that run at once.
        waiting: Queries that may wait for a thread; one more is refused with code 202.
    """

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self.executor = ThreadPoolExecutor(threads, thread_name_prefix=f"store-{name}")
        self._places = threading.BoundedSemaphore(threads + waiting)
        self._unstarted: set[object] = set()

    @property
    def is_crowded(self) -> bool:
        """Whether somebody waits for a thread."""
        return bool(self._unstarted)

    def run(self, work: Callable[[T], R], what: T) -> asyncio.Future[R]:
        """Have a thread do it, as soon as there is one."""
        ticket = object()
        self._unstarted.add(ticket)

        def begun() -> R:
            self._unstarted.discard(ticket)
            return work(what)

        job = asyncio.get_running_loop().run_in_executor(self.executor, begun)
        job.add_done_callback(lambda _: self._unstarted.discard(ticket))
        return job

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


class ReplyQueue:
    """A short queue from one thread to the event loop.

    Args:
        others_wait: Whether somebody waits for the thread.
    """

    def __init__(self, others_wait: Callable[[], bool] = lambda: False) -> None:
        self._others_wait = others_wait
        self._waited_s = 0.0
        self._handed_over = 0
        self.gone = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[Start | bytes | None] = asyncio.Queue()
        self._free = threading.Semaphore(IN_FLIGHT)

    def put(self, item: Start | bytes) -> None:
        """Hand something over, from the thread; waits while the client is slower.

        Raises:
            ClientGone: it went away, took nothing for a minute, or is slow while others wait for the thread.
        """
        began = time.monotonic()
        while not (has_room := self._free.acquire(timeout=LOOK_S)) and not self.gone.is_set():
            waits_s = time.monotonic() - began
            is_slow = self._waited_s + waits_s > PATIENCE_S + self._handed_over / PACE
            if waits_s > STALLED_S or (is_slow and self._others_wait()):
                break
        self._waited_s += time.monotonic() - began
        if self.gone.is_set() or not has_room:
            raise ClientGone
        self._handed_over += len(item) if isinstance(item, bytes) else 0
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
