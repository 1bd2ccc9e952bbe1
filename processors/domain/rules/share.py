"""A share threshold: the key's part of all transactions over some minutes is too large."""

from dataclasses import dataclass
from typing import ClassVar

from processors.domain.rules.base import Finding, Rule, Series, graded


@dataclass(frozen=True, slots=True)
class ShareThreshold(Rule):
    """Fires when the share over the last `window` minutes (the judged one included) is at least `warning`.

    Silent with fewer than `minimum_history` minutes or fewer than `minimum_total` transactions in the window,
    and in a minute without the key: what is over is not said again.
    """

    method: ClassVar[str] = "share"

    warning: float = 0.1
    critical: float = 0.2
    window: int = 15
    minimum_history: int = 10
    minimum_total: int = 100

    @property
    def reach(self) -> int:
        """The window."""
        return self.window

    def judge(self, series: Series) -> Finding | None:
        """See the class."""
        recent = series.recent[-self.window :]
        total = sum(t for _, t in recent)
        if (
            series.count == 0
            or len(recent) < min(self.minimum_history, self.window)
            or total < max(self.minimum_total, 1)
        ):
            return None
        share = sum(c for c, _ in recent) / total
        if share < self.warning:
            return None
        severity, score = graded(share, self.warning, self.critical)
        limit = self.warning if severity == "warning" else self.critical
        because = f"{share:.2%} of all over {len(recent)} minutes; the limit is {limit:.2%}"
        return Finding(self.name, severity, score, because)
