"""Ends a process that is unwell for too long, or that does not stop when it is told to.

Both look from threads of their own: what they watch may hold up the main thread and any event loop.
"""

import signal
import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from runtime.exits import start_again
from runtime.minding import thread

log = structlog.get_logger(__name__)

LOOK_S: Final = 1.0
PAUSED_S: Final = 5.0
"""A look that comes so late shows that the process itself stood still: what it saw before says nothing."""
SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
NUDGE: Final = signal.SIGURG
"""Interrupts what the main thread waits for. Not one of those above, which it blocks, and nothing to who ignores it."""

Complaint = Callable[[], str | None]
"""Tells what is wrong that a new start may mend; None when nothing is. Asked from another thread."""
End = Callable[[str], object]
"""Ends the process; told why, in a sentence."""


class Watchdog:
    """Ends the process when it has complained at every look for `unwell_for_s` seconds.

    Args:
        complaint: What is watched. One that raises counts as a complaint.
        unwell_for_s: Seconds.
        end: Ends the process; told why, in a sentence.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        complaint: Complaint,
        unwell_for_s: float,
        end: End = start_again,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._complaint = complaint
        self._unwell_for_s = unwell_for_s
        self._end = end
        self._clock = clock
        self._since: float | None = None
        self._looked_at = clock()

    def start(self) -> None:
        """Look from now on, until the process ends."""
        thread(self._run, "watchdog").start()

    def look(self) -> None:
        """Look once."""
        wrong, now = self._asked(), self._clock()
        if wrong is None or now - self._looked_at > PAUSED_S:
            self._since = None
        self._looked_at = now
        if wrong is None:
            return
        if self._since is None:
            self._since = now
            log.warning("unwell", reason=wrong, ends_in_s=self._unwell_for_s)
        elif now - self._since >= self._unwell_for_s:
            self._end(f"unwell for {now - self._since:.0f} s: {wrong}")

    def _asked(self) -> str | None:
        try:
            return self._complaint()
        except Exception as error:  # a watchdog that dies of what it watches is none
            return f"the health check failed: {type(error).__name__}"

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(LOOK_S):
            self.look()


class StopDeadline:
    """Ends the process when it still runs a while after SIGTERM or SIGINT.

    Make it in the main thread before any other thread starts: the signals are blocked there, and in all that it starts,
    and come to a thread of their own. That passes them on to whoever has asked for them (or to nobody, which ends the
    process as ever) and waits. A main thread that sleeps or waits for a lock is interrupted, so that it hears of it;
    one that hears nothing any more is no help to it and no hindrance.

    Args:
        within_s: Seconds from the signal to the end.
        end: Ends the process; told why, in a sentence.
    """

    def __init__(self, within_s: float, end: End = start_again) -> None:
        self._within_s = within_s
        self._end = end
        self._main = threading.get_ident()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        signal.signal(NUDGE, lambda _number, _frame: None)
        thread(self._run, "stop deadline").start()

    def _run(self) -> None:
        received = signal.Signals(signal.sigwait(SIGNALS))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        signal.raise_signal(received)
        # Python has only noted it: its handler runs in the main thread, when that is back in Python.
        signal.pthread_kill(self._main, NUDGE)
        threading.Event().wait(self._within_s)
        self._end(f"still running {self._within_s:g} s after {received.name}")
