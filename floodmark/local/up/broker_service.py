"""The broker as something to supervise: started again on the same port, away from the main loop."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable

from floodmark.local.broker.base import Broker
from runtime.kafka.errors import BrokerError
from runtime.minding import thread


class BrokerService:
    """A broker of ours that has been started. Starting again and stopping happen in a thread."""

    name = "broker"
    grace_s = 30.0

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._busy: threading.Thread | None = None
        self._error: str | None = None

    @property
    def pid(self) -> int | None:
        """The broker's process."""
        return None if self._working else self._broker.pid

    @property
    def _working(self) -> bool:
        return self._busy is not None and self._busy.is_alive()

    def start(self) -> None:
        """Begin to start it, unless it runs."""
        self._error = None
        if not self._broker.alive():
            self._begin(self._start)

    def ended(self) -> str | None:
        """How it ended, or None while it runs or is being started."""
        if self._working:
            return None
        if self._error is not None:
            return self._error
        return None if self._broker.alive() else "its process is gone"

    def hopeless(self) -> bool:
        """Whether all it held went with it, so that those who used it cannot go on."""
        return self._broker.volatile

    def ready(self) -> bool:
        """Whether it answers clients."""
        return not self._working and self._error is None and self._broker.alive()

    def last_words(self, lines: int) -> list[str]:
        """Nothing: the broker's own errors carry the end of its log."""
        del lines
        return []

    def ask_to_stop(self) -> None:
        """Begin to stop it cleanly."""
        if not self._working:
            self._begin(self._broker.stop)

    def kill(self) -> None:
        """End it now and wait until it is gone."""
        pid = self._broker.pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._busy is not None:
            self._busy.join()
        self._broker.stop()

    def housekeeping(self) -> None:
        """Nothing: the broker keeps its log small itself."""

    def _start(self) -> None:
        try:
            self._broker.start()
        except BrokerError as error:
            self._error = str(error)

    def _lost(self, sentence: str) -> None:
        self._error = sentence

    def _begin(self, work: Callable[[], None]) -> None:
        self._busy = thread(work, "broker", self._lost)
        self._busy.start()
