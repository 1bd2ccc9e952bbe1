"""A count threshold: more than so many in one minute."""

from dataclasses import dataclass
from typing import ClassVar

from processors.domain.rules.base import CRITICAL_SCORE, WARNING_SCORE, Finding, Rule, Series, Severity


@dataclass(frozen=True, slots=True)
class CountThreshold(Rule):
    """Fires when the count of the minute is above `above` (strictly). It needs no history."""

    method: ClassVar[str] = "count"

    above: int = 5
    severity: Severity = "critical"

    def judge(self, series: Series) -> Finding | None:
        """See the class."""
        if series.count <= self.above:
            return None
        floor = CRITICAL_SCORE if self.severity == "critical" else WARNING_SCORE
        score = min(100.0, floor + 25.0 * (series.count - self.above) / max(self.above, 1) / 4)
        return Finding(self.name, self.severity, score, f"{series.count} in one minute; the limit is {self.above}")
