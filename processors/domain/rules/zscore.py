"""The classic z-score: the count lies further above its recent mean than so many standard deviations."""

from dataclasses import dataclass
from typing import ClassVar

from processors.domain.rules.base import Finding, Series, scored
from processors.domain.rules.limit import LimitRule
from schemas.severity import Severity


@dataclass(frozen=True, slots=True)
class ZScore(LimitRule):
    """Fires when z > `threshold` (strictly) and the count is at least `minimum_count`; silent while warming up.

    The score is that of its severity at the threshold (a warning: 50) and 25 more at twice the threshold. An incident
    goes on until the count is well inside the threshold: see LimitRule.
    """

    method: ClassVar[str] = "z_score"

    threshold: float = 3.0
    minimum_count: int = 5
    severity: Severity = "warning"

    def judge(self, series: Series) -> Finding | None:
        """See the class; a rise only."""
        base, goes_on = series.baseline, self.is_open(series)
        if base is None or series.count < self.enough(self.minimum_count, goes_on=goes_on):
            return None
        limit = self.threshold * (1 - self.away(1 / self.threshold)) if goes_on else self.threshold
        if base.z <= limit:
            return None
        score = scored(self.severity, max(0.0, base.z / self.threshold - 1))
        because = f"{series.count:,} a minute is {base.z:.2f} standard deviations above the mean of {base.mean:,.2f}"
        if base.z <= self.threshold:
            because += f", and it is over at {limit:.2f}"
        return Finding(self.name, self.severity, score, because, observed=series.count, expected=base.mean)
