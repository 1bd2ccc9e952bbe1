"""How far the clock of this machine is from the broker's, by the times at which the broker appended records."""

from dataclasses import dataclass
from typing import Final

LIMIT_S: Final = 30.0
"""Clocks that are further apart are not set: those of machines with NTP agree within a second."""


@dataclass(slots=True)
class BrokerClock:
    """Compares the two clocks; is told the newest time of a topic that has the broker's own (LogAppendTime).

    When that time has risen since it was asked for before, a record was appended in between. So it lies between the two
    moments, if the clocks agree; how far it lies outside is what they differ by, at least.

    Args:
        ahead_s: How far our clock is ahead of the broker's, at least; negative when it is behind, 0.0 when both may
            agree; None before anything is known.
    """

    ahead_s: float | None = None
    _newest_ms: int = -1
    _asked_s: float = 0.0

    def heard(self, newest_ms: int, asked_s: float, answered_s: float, wall_ms: int) -> None:
        """Take in an answer.

        Args:
            newest_ms: The newest time of the topic, epoch milliseconds; negative when it holds nothing.
            asked_s: When that was asked, monotonic.
            answered_s: When the answer came, monotonic.
            wall_ms: What our clock said then.
        """
        if 0 <= self._newest_ms < newest_ms:
            earliest_ms = wall_ms - 1000 * (answered_s - self._asked_s)
            ahead_ms = max(0.0, earliest_ms - newest_ms) - max(0, newest_ms - wall_ms)
            self.ahead_s = ahead_ms / 1000
        self._newest_ms, self._asked_s = newest_ms, asked_s

    def remark(self) -> str:
        """What is wrong with the clock, for people; empty when nothing is, as far as is known."""
        if self.ahead_s is None or abs(self.ahead_s) <= LIMIT_S:
            return ""
        way = "ahead of" if self.ahead_s > 0 else "behind"
        return (
            f"clock_skew: the clock of this machine is {abs(self.ahead_s):.0f} s {way} the broker's; set it, by NTP: "
            "by a wrong clock live records are refused as of the future, or the present is taken for the past"
        )
