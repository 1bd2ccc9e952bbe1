"""How far the clock of this machine is from the broker's, by the times at which the broker appended records."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

PATIENCE_S: Final = 15.0
"""For so long a worker that has started waits to hear of the broker's time."""
MAX_AHEAD_S: Final = 30.0
"""Clocks that are further apart are not set: those of machines with NTP agree within a second."""


@dataclass(slots=True)
class BrokerClock:
    """Compares the two clocks; is told the newest time of a topic that has the broker's own (LogAppendTime).

    When that time has risen since it was asked for before, a record was appended in between. So it lies between the two
    moments, if the clocks agree; how far it lies outside is what they differ by, at least.

    Args:
        ahead_s: How far our clock is ahead of the broker's, at least; negative when it is behind, 0.0 when both may
            agree; None before anything is known.
        correction_ms: What to take from our clock to have the broker's time, within the time between two questions; 0
            while the clocks may agree, or nearly. It is not moved without need, so that the time runs evenly.
    """

    ahead_s: float | None = None
    correction_ms: int = 0
    _known_s: float = 0.0
    _newest_ms: int = -1
    _asked_s: float = 0.0

    def take_answer(self, newest_ms: int, asked_s: float, answered_s: float, wall_ms: int) -> None:
        """Take in an answer.

        Args:
            newest_ms: The newest time of the topic, epoch milliseconds; negative when it holds nothing.
            asked_s: When that was asked, monotonic.
            answered_s: When the answer came, monotonic.
            wall_ms: What our clock said then.
        """
        if 0 <= self._newest_ms < newest_ms:
            earliest_ms = wall_ms - 1000 * (answered_s - self._asked_s)
            self._compare(earliest_ms - newest_ms, wall_ms - newest_ms)
            self._known_s = wall_ms / 1000 - answered_s
        self._newest_ms, self._asked_s = newest_ms, asked_s

    def _compare(self, least_ms: float, most_ms: float) -> None:
        """Take in that we are ahead by something between these two."""
        nearest_ms = max(0.0, least_ms) - max(0.0, -most_ms)
        self.ahead_s = nearest_ms / 1000
        if not nearest_ms:
            self.correction_ms = 0
        elif self.correction_ms:
            self.correction_ms = int(min(max(self.correction_ms, least_ms), most_ms))
        elif abs(self.ahead_s) > MAX_AHEAD_S:
            self.correction_ms = int(nearest_ms)

    def is_steady(self, wall_ms: int, now_s: float) -> bool:
        """Whether our clock has gone on evenly since it was compared; else it has been set, or the machine slept."""
        return abs(wall_ms / 1000 - now_s - self._known_s) <= MAX_AHEAD_S

    def remark(self) -> str:
        """What is wrong with the clock, for people; empty when nothing is, as far as is known."""
        if self.ahead_s is None or abs(self.ahead_s) <= MAX_AHEAD_S:
            return ""
        way = "ahead of" if self.ahead_s > 0 else "behind"
        return (
            f"clock_skew: the clock of this machine is {abs(self.ahead_s):.0f} s {way} the broker's; set it, by NTP: "
            "until then the broker's time, which is known within seconds, is taken for the present"
        )


class BrokerTime:
    """The present by the broker's clock where ours is known to be wrong, else by ours; see processors.present.

    Args:
        skew: What is known of the two clocks.
        clock: Monotonic seconds.
        wall_ms: The clock of this machine, epoch milliseconds.
    """

    def __init__(
        self,
        skew: BrokerClock,
        clock: Callable[[], float] = time.monotonic,
        wall_ms: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        self._skew, self._clock, self._wall_ms = skew, clock, wall_ms
        self._began_s = clock()

    def now_ms(self) -> int:
        """See processors.present."""
        return self._wall_ms() - self._skew.correction_ms

    def is_sure(self) -> bool:
        """See processors.present. Where the broker's time is not to be had, ours is good enough after a while."""
        if self._skew.ahead_s is None:
            return self._clock() - self._began_s >= PATIENCE_S
        return self._skew.is_steady(self._wall_ms(), self._clock())
