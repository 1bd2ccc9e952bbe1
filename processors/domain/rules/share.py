"""A share threshold: the key's part of all transactions over some minutes is too large, or too small."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from processors.domain.rules.base import Finding, Problem, Rule, Series, Side, graded, graded_below


@dataclass(frozen=True, slots=True)
class ShareThreshold(Rule):
    """Fires when the share over the last `window` minutes (the judged one included) is at least `warning`.

    Silent with fewer than `minimum_history` minutes or fewer than `minimum_total` transactions in the window,
    and in a minute without the key: what is over is not said again. With the direction `down` it fires when the share
    is at most `warning`, which is then the higher limit, and is silent in a minute that lies above it.
    """

    method: ClassVar[str] = "share"
    later: ClassVar[tuple[str, ...]] = ("direction",)

    warning: float = 0.1
    critical: float = 0.2
    window: int = 15
    minimum_history: int = 10
    minimum_total: int = 100
    direction: Side = "up"

    @property
    def reach(self) -> int:
        """The window."""
        return self.window

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        said = f"they are {self.warning} and {self.critical}"
        if self.direction == "up" and not 0 < self.warning < self.critical <= 1:
            return "warning", f"shares must be 0 < warning < critical <= 1; {said}"
        if self.direction == "down" and not 0 <= self.critical < self.warning < 1:
            return "warning", f"for a fall, shares must be 0 <= critical < warning < 1; {said}"
        return Rule.problem(self, given)

    def judge(self, series: Series) -> Finding | None:
        """See the class."""
        recent = series.recent[-self.window :]
        total = sum(t for _, t in recent)
        falls = self.direction == "down"
        if (
            (series.count > self.warning * series.total if falls else series.count == 0)
            or len(recent) < min(self.minimum_history, self.window)
            or total < max(self.minimum_total, 1)
        ):
            return None
        share = sum(c for c, _ in recent) / total
        if share > self.warning if falls else share < self.warning:
            return None
        severity, score = (graded_below if falls else graded)(share, self.warning, self.critical)
        limit = self.warning if severity == "warning" else self.critical
        because = f"{share:.2%} of all over {len(recent)} minutes; the limit is {limit:.2%}"
        return Finding(self.name, severity, score, because)
