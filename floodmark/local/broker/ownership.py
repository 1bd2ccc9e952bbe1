"""Who owns a broker's data: one live process at a time."""

import json
from pathlib import Path
from typing import IO

import psutil

from runtime.kafka.errors import BrokerError
from runtime.locks import try_lock

LOCK = ".owner"
PID_FILE = "broker.pid"


class BrokerOwnership:
    """The claim of this process on a broker's folder.

    The lock says whether a live Floodmark owns the folder; the pid file names the broker's process, so that one
    that outlived its owner is recognised, and never confused with another program that got its number later.

    Args:
        home: The broker's folder.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock: IO[str] | None = None

    def take(self) -> psutil.Process | None:
        """Claim the folder; does nothing when it is ours already.

        Returns:
            The broker that an earlier owner left running, if there is one.

        Raises:
            BrokerError: Another live process owns the folder, or it cannot be written.
        """
        if self._lock is None:
            try:
                self._home.mkdir(parents=True, exist_ok=True)
                self._lock = try_lock(self._home / LOCK)
            except OSError as error:
                why = error.strerror or error
                raise BrokerError(
                    f"Kafka's data cannot be kept in {self._home}: {why}. Choose another --data-dir."
                ) from error
        running = self._noted()
        if self._lock is None:
            whose = f" (its Kafka is process {running.pid})" if running else ""
            raise BrokerError(
                f"Another running Floodmark owns {self._home}{whose}. "
                "Stop it, connect to it with --broker HOST:PORT, or choose another --data-dir."
            )
        return running

    def note(self, pid: int) -> None:
        """Write down the broker's process."""
        text = json.dumps({"pid": pid, "created": psutil.Process(pid).create_time()})
        (self._home / PID_FILE).write_text(text, "utf-8")

    def release(self) -> None:
        """Give the folder up; does nothing when it is not ours."""
        if self._lock:
            (self._home / PID_FILE).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _noted(self) -> psutil.Process | None:
        """The process that the pid file names, if that very one still runs."""
        try:
            noted = json.loads((self._home / PID_FILE).read_text("utf-8"))
            process = psutil.Process(noted["pid"])
            same = process.create_time() == noted["created"] and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, KeyError, TypeError, psutil.Error):
            return None
        return process if same else None
