"""One process at a time opens the engine on a directory."""

import os
import time
from pathlib import Path
from typing import Self

from filelock import lock_descriptor

POLL_S = 0.05


class StoreOwned(Exception):
    """Another live process has the engine open; the message says which."""


class StoreOwnership:
    """The claim on a store's directory. The system ends it with the process, however that ends.

    Args:
        lock: The lock's file; it is made when missing and never removed.
        role: What this process is, for whoever finds the store taken.
        patience_s: How long to wait for another holder to finish.

    Raises:
        StoreOwned: another process still holds it after that time.
        OSError: the file cannot be made.
    """

    def __init__(self, lock: Path, role: str, patience_s: float) -> None:
        self._file = lock.open("a+", encoding="utf-8")
        deadline = time.monotonic() + patience_s
        while not lock_descriptor(self._file.fileno(), blocking=False):
            if time.monotonic() >= deadline:
                self._file.seek(0)
                holder = self._file.read().strip()
                self._file.close()
                raise StoreOwned(f"the store in {lock.parent} is open in another process ({holder or 'unnamed'})")
            time.sleep(POLL_S)
        self._file.truncate(0)
        self._file.write(f"{role}, pid {os.getpid()}")
        self._file.flush()

    def release(self) -> None:
        """Let others open the store."""
        if not self._file.closed:
            self._file.truncate(0)
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
