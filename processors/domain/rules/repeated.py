"""Flapping: minutes beyond a limit that come again and again, each over before anybody has looked."""

from collections.abc import Collection
from dataclasses import dataclass
from math import ceil, sqrt
from typing import ClassVar

from processors.domain.rules.base import MAX_WINDOW, Finding, Problem, Series, Side, scored
from processors.domain.rules.limit import LimitRule
from schemas.severity import Severity


@dataclass(frozen=True, slots=True)
class Repeated(LimitRule):
    """Fires in a minute beyond the limit when at least `times` of the last `window` minutes with data lie beyond it.

    Once it has fired it goes on through the minutes in between, until well fewer than `times` are left (see LimitRule):
    that what flaps is quiet for a while is no recovery. The score is that of its severity, and 25 more when all minutes
    lie beyond.

    Args:
        times: How many minutes, the judged one included; 1 to `window`.
        window: Minutes looked at, at most 60.
        share: The limit, as a share of the minute's transactions; reached counts as beyond ...
        count: ... or as a count of the minute, above which (or below which) it lies beyond. One of the two is given.
        direction: `up` looks above the limit, `down` below it.
        minimum_total: Transactions without which a minute is never beyond.
    """

    method: ClassVar[str] = "repeated"

    times: int = 5
    window: int = 15
    share: float | None = None
    count: int | None = None
    direction: Side = "up"
    minimum_total: int = 20
    severity: Severity = "warning"

    @property
    def reach(self) -> int:
        """The window."""
        return self.window

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        if self.window > MAX_WINDOW:
            return "window", f"must be {MAX_WINDOW} minutes or less; it is {self.window}"
        if not 1 <= self.times <= self.window:
            return "times", f"must be 1 to {self.window}, the window; it is {self.times}"
        if (self.share is None) is (self.count is None):
            return "share", "say either `share` or `count`: the limit of a minute"
        if self.share is not None and not 0 < self.share < 1:
            return "share", f"must be above 0 and below 1; it is {self.share}"
        if self.count == 0 and self.direction == "down":
            return "count", "must be above 0: no count is below it"
        return LimitRule.problem(self, given)

    def judge(self, series: Series) -> Finding | None:
        """See the class."""
        beyond = [self._is_beyond(count, total) for count, total in series.recent[-self.window :]]
        times = sum(beyond)
        goes_on = self.is_open(series)
        part = self.away(sqrt((1 - self.times / self.window) / self.times)) if goes_on else 0.0
        if not times or times < self.times * (1 - part) or not (beyond[-1] or goes_on):
            return None
        score = scored(self.severity, max(0, times - self.times) / max(1, self.window - self.times))
        side = "below" if self.direction == "down" else "above"
        limit = f"{self.share:.2%} of all" if self.share is not None else f"{self.count:,} a minute"
        because = f"{times} of the last {len(beyond)} minutes {side} the limit of {limit}"
        if times < self.times:
            because += f"; it is over when fewer than {ceil(self.times * (1 - part))} are left"
        window = min(len(beyond) - beyond.index(True), series.minute - series.since)
        return Finding(self.name, self.severity, score, because, window, weight=times / self.times)

    def _is_beyond(self, count: int, total: int) -> bool:
        if total < max(self.minimum_total, 1):
            return False
        falls = self.direction == "down"
        if self.count is not None:
            return count < self.count if falls else count > self.count
        if self.share is None:
            return False
        return count <= self.share * total if falls else count >= self.share * total
