"""Keeps the log from being filled.

By a library, which has 40 to 80 lines a second to say while a broker is away; and by whoever writes a million records
that we have a line each to say about.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

LIMITED: Final = frozenset({"aiokafka", "faust", "mode"})
"""Packages whose lines are limited; our own say what they have to say as often as they choose."""
EVERY_S: Final = 30.0
"""One line of a kind in so many seconds."""
KINDS: Final = 20
"""How many kinds are told apart; a library with more of them at a time has all others counted as one."""
BURST: Final = 5
"""How many lines of a kind of our own, which others can cause, are written before they are held back."""


class LogMethod(Protocol):
    """A logger's method."""

    def __call__(self, event: str, **values: Any) -> Any:
        """Write a line."""


class Sparing:
    """Writes the first lines of a kind in some time, and then says how many were not written.

    A kind is the text of the line, without its values.

    Args:
        clock: Monotonic seconds.
        every_s: The time, in seconds.
        burst: How many lines are written in it.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, every_s: float = EVERY_S, burst: int = BURST
    ) -> None:
        self._clock, self._every_s, self._burst = clock, every_s, burst
        self._since: dict[str, float] = {}
        self._counts: Counter[str] = Counter()

    def tell(self, write: LogMethod, event: str, **values: Any) -> None:
        """Write a line of which there may be many."""
        now = self._clock()
        if now - self._since.get(event, -self._every_s) >= self._every_s:
            if (unwritten := self._counts[event] - self._burst) > 0:
                values["not_written_before"] = unwritten
            self._since[event], self._counts[event] = now, 0
        self._counts[event] += 1
        if self._counts[event] <= self._burst:
            write(event, **values)

    def rest(self, write: LogMethod, event: str, **values: Any) -> None:
        """Write how many lines of the kind were held back, where that is known to be all of them for now."""
        if (unwritten := self._counts[event] - self._burst) > 0:
            self._counts[event] = self._burst
            write(event, not_written_before=unwritten, **values)


@dataclass(slots=True)
class _Kind:
    """When a line of that kind was let through, in monotonic seconds, and how many were not since then."""

    at: float
    dropped: int = 0


class RateLimit(logging.Filter):
    """Lets one line of each kind through in `EVERY_S` seconds, and says with the next one how many were held back.

    A kind is what a line is before its values are filled in, with its level and its logger. Thread-safe as far as the
    handler is that it is added to.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: dict[tuple[str, int, str], _Kind] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is to be written."""
        if record.name.partition(".")[0] not in LIMITED:
            return True
        now = self._clock()
        name = self._named(record, now)
        kind = self._kinds.get(name)
        if kind is None:
            self._kinds[name] = _Kind(now)
            return True
        if now - kind.at < EVERY_S:
            kind.dropped += 1
            return False
        if kind.dropped:
            record.msg = f"{record.getMessage()} (and {kind.dropped:,} more like this in {now - kind.at:.0f} s)"
            record.args = None
        kind.at, kind.dropped = now, 0
        return True

    def _named(self, record: logging.LogRecord, now: float) -> tuple[str, int, str]:
        name = (record.name, record.levelno, str(record.msg))
        if name in self._kinds or len(self._kinds) < KINDS:
            return name
        self._kinds = {key: kind for key, kind in self._kinds.items() if now - kind.at < EVERY_S}
        return name if len(self._kinds) < KINDS else (record.name.partition(".")[0], record.levelno, "")
