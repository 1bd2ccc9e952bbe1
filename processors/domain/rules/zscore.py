"""The classic z-score: the count lies further above its recent mean than so many standard deviations."""

from dataclasses import dataclass
from typing import ClassVar

from processors.domain.rules.base import Finding, Rule, Series, Severity, scored


@dataclass(frozen=True, slots=True)
class ZScore(Rule):
    """Fires when z > `threshold` (strictly) and the count is at least `minimum_count`; silent while warming up.

    The score is that of its severity at the threshold (a warning: 50) and 25 more at twice the threshold.
    """

    method: ClassVar[str] = "z_score"

    threshold: float = 3.0
    minimum_count: int = 5
    severity: Severity = "warning"

    def judge(self, series: Series) -> Finding | None:
        """See the class; a rise only."""
        base = series.baseline
        if base is None or series.count < self.minimum_count or base.z <= self.threshold:
            return None
        score = scored(self.severity, base.z / self.threshold - 1)
        because = f"{series.count} a minute is {base.z:.2f} standard deviations above the mean of {base.mean:.2f}"
        return Finding(self.name, self.severity, score, because, observed=series.count, expected=base.mean)
