"""A log that others can make us write is written seldom."""

import logging
import threading
import time
from typing import Final

QUIET_S: Final = 10.0


class Seldom(logging.Filter):
    """Lets each message of a logger through once in a while, and then says how many more there were.

    Messages are told apart by their template and level, not by what was filled in.

    Args:
        quiet_s: Seconds between two of the same.
    """

    def __init__(self, quiet_s: float = QUIET_S) -> None:
        super().__init__()
        self._quiet_s = quiet_s
        self._lock = threading.Lock()
        self._seen: dict[tuple[int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it."""
        key, now = (record.levelno, str(record.msg)[:200]), time.monotonic()
        with self._lock:
            logged_at, more = self._seen.get(key, (-self._quiet_s, 0))
            if now - logged_at < self._quiet_s:
                self._seen[key] = (logged_at, more + 1)
                return False
            if len(self._seen) >= 100:
                self._seen.clear()
            self._seen[key] = (now, 0)
        if more:
            record.msg = f"{record.msg} ({more} more of these in the {now - logged_at:.0f} s before)"
        return True
