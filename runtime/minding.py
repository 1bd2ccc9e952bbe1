"""Tasks and threads that are minded: one that ends by an error nobody expected ends the process, or begins anew.

An exception in a task that nobody waits for is told by Python when the task is thrown away, or never; one in a thread
is printed, and the process goes on without it. Either would look well while a part of its work is not done any more.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

from runtime.exits import end

log = structlog.get_logger(__name__)

PAUSE_S: Final = 1.0
End = Callable[[str], object]
"""Is told what has ended and by what error."""

_tasks: Final[set[asyncio.Task[None]]] = set()
"""A loop itself remembers its tasks only weakly."""


def task(work: Coroutine[Any, Any, None], name: str, lost: End = end) -> asyncio.Task[None]:
    """Run it on the running loop. That it returns or is cancelled is no error.

    Args:
        work: What to run.
        name: What it is called in the sentence.
        lost: Called when it has raised; ends the process.
    """

    def look(done: asyncio.Task[None]) -> None:
        _tasks.discard(done)
        if not done.cancelled() and (error := done.exception()) is not None:
            _tell(name, error, lost)

    made = asyncio.get_running_loop().create_task(work, name=name)
    _tasks.add(made)
    made.add_done_callback(look)
    return made


def thread(work: Callable[[], object], name: str, lost: End = end) -> threading.Thread:
    """A daemon thread to be started by whoever asked for it.

    Args:
        work: What to run.
        name: What it is called, also in the sentence.
        lost: Called in the thread when it has raised; ends the process.
    """

    def run() -> None:
        try:
            work()
        except Exception as error:
            _tell(name, error, lost)

    return threading.Thread(target=run, name=name, daemon=True)


def lasting(work: Callable[[], object], name: str, pause_s: float = PAUSE_S) -> threading.Thread:
    """The same for what only shows things to people: when it has raised, it begins anew after a pause of seconds."""

    def run() -> None:
        while True:
            try:
                work()
            except Exception:
                log.exception("work_begins_anew", name=name)
                time.sleep(pause_s)
            else:
                return

    return threading.Thread(target=run, name=name, daemon=True)


def _tell(name: str, error: BaseException, lost: End) -> None:
    log.error("work_lost", name=name, exc_info=error)
    lost(f"{name} has ended: {error!r}")
