"""When events are due, and where in time they are moved to."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from producers.rows import MINUTE_MS, minute_start


@dataclass(frozen=True, slots=True)
class RowSpan:
    """What rows hold in all, before any of them is published; -1 for the times when there are none."""

    rows: int
    first_ms: int
    last_ms: int


@dataclass(slots=True)
class EventPace:
    """Keeps event time from running ahead. Told the time by a function, so that tests need none.

    Args:
        speed: Event seconds for each second; inf: everything is due at once.
        clock: Monotonic seconds.
    """

    speed: float
    clock: Callable[[], float] = time.monotonic
    began_at: float = -1.0
    first_ms: int = -1

    def due_in(self, event_ms: int) -> float:
        """Seconds until the event is due, 0 or less: now. The first event asked for is due when it is asked for."""
        if self.speed == inf:
            return 0.0
        if self.first_ms < 0:
            self.began_at, self.first_ms = self.clock(), event_ms
        return (event_ms - self.first_ms) / 1000 / self.speed - (self.clock() - self.began_at)


def rebased(first_ms: int, last_ms: int, speed: float, now_ms: int) -> int:
    """What to add to all event times so that the replay ends now: at the time when it will end.

    Whole minutes, so that every minute keeps its rows. The end of the last minute is then the wall clock's minute at
    the end of the replay, and no event is ahead of the wall clock when it is published. Slower than 1 the events fall
    behind the clock while they are published, so it is the first one that is now.

    Args:
        first_ms: The first event time, epoch milliseconds.
        last_ms: The last one.
        speed: Event seconds for each second, or inf.
        now_ms: When the replay begins.
    """
    lasts_ms = 0 if speed == inf else int((last_ms - first_ms) / speed)
    end_ms = minute_start(last_ms) + MINUTE_MS
    shift_ms = min(now_ms + lasts_ms - end_ms, now_ms - first_ms)
    return shift_ms // MINUTE_MS * MINUTE_MS
