"""Where the requests of each client are counted, in memory, for the strategies of `limits`.

The storage that `limits` brings keeps the name of everybody who ever asked, and starts a thread a hundred times a
second to look through all of them: whoever asks from many addresses gets all memory, and then all time. Here so many
names are kept, those of the last two windows, and nothing runs but what asks.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import floor
from typing import Final

from limits.storage import MovingWindowSupport, SlidingWindowCounterSupport, Storage

MAX_NAMES: Final = 100_000
"""How many clients are counted, those who asked last; each takes some 300 bytes, and 40 for each exact request."""
SWEEP: Final = 4
"""How many of the oldest are looked at with each request: more go than come."""


@dataclass(slots=True)
class _Count:
    """What is known of one name.

    Args:
        until: It says nothing any more from this instant on, epoch seconds.
        times: Requests of the last window, where each is remembered.
        window: Number of the clock's window that is counted now.
        now: Requests in it.
        before: Requests in the one before it.
    """

    until: float = 0.0
    times: deque[float] = field(default_factory=deque)
    window: int = 0
    now: int = 0
    before: int = 0


class Counts(Storage, MovingWindowSupport, SlidingWindowCounterSupport):
    """See the module. Used by one thread.

    Args:
        most: How many names are kept.
        clock: Epoch seconds.
    """

    STORAGE_SCHEME = None

    def __init__(self, most: int = MAX_NAMES, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._most, self._clock = most, clock
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing is raised."""
        return ValueError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count requests where each of the last `expiry` seconds is remembered; False: they are too many."""
        now = self._clock()
        times = self._of(key, now, now + expiry).times
        _drop(times, now - expiry)
        if len(times) + amount > limit:
            return False
        times.extend([now] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Time of the oldest request that is remembered, or now; and how many there are."""
        now, count = self._clock(), self._counts.get(key)
        if count is not None:
            _drop(count.times, now - expiry)
            if count.times:
                return count.times[0], len(count.times)
        return now, 0

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count requests by the clock's windows; False: they are too many."""
        now = self._clock()
        count = self._of(key, now, now + 2 * expiry)
        _turn(count, now, expiry)
        if floor(count.before * _left(now, expiry) / expiry + count.now) + amount > limit:
            return False
        count.now += amount
        return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Requests of the window before and for how many seconds they still count, and the same of this window."""
        now, count = self._clock(), self._counts.get(key)
        left = _left(now, expiry)
        if count is None:
            return 0, 0.0, 0, left + expiry
        _turn(count, now, expiry)
        return count.before, left if count.before else 0.0, count.now, left + expiry

    def check(self) -> bool:
        """It is there."""
        return True

    def reset(self) -> int:
        """Forget everybody; how many there were."""
        known = len(self._counts)
        self._counts.clear()
        return known

    def clear(self, key: str) -> None:
        """Forget one."""
        self._counts.pop(key, None)

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget one."""
        self.clear(key)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Only other strategies ask for it."""
        raise NotImplementedError("fixed windows are not counted here")

    def get(self, key: str) -> int:
        """Only other strategies ask for it."""
        raise NotImplementedError("fixed windows are not counted here")

    def get_expiry(self, key: str) -> float:
        """Only other strategies ask for it."""
        raise NotImplementedError("fixed windows are not counted here")

    def _of(self, key: str, now: float, until: float) -> _Count:
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = _Count()
        count.until = until
        self._counts.move_to_end(key)
        for _ in range(SWEEP):
            oldest = next(iter(self._counts))
            if self._counts[oldest].until > now and len(self._counts) <= self._most:
                break
            del self._counts[oldest]
        return count


def _drop(times: deque[float], before: float) -> None:
    while times and times[0] < before:
        times.popleft()


def _turn(count: _Count, now: float, expiry: int) -> None:
    window = int(now // expiry)
    if window != count.window:
        count.before = count.now if window == count.window + 1 else 0
        count.now, count.window = 0, window


def _left(now: float, expiry: int) -> float:
    return expiry - now % expiry
