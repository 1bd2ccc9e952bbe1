"""A count threshold: more than so many in one minute."""

from dataclasses import dataclass
from typing import ClassVar

from processors.domain.rules.base import Finding, Rule, Series, Severity, scored


@dataclass(frozen=True, slots=True)
class CountThreshold(Rule):
    """Fires when the count of the minute is above `above` (strictly). It needs no history.

    The score is that of its severity at the limit and 25 more at five times the limit.
    """

    method: ClassVar[str] = "count"

    above: int = 5
    severity: Severity = "critical"

    def judge(self, series: Series) -> Finding | None:
        """See the class."""
        if series.count <= self.above:
            return None
        score = scored(self.severity, (series.count - self.above) / max(self.above, 1) / 4)
        return Finding(self.name, self.severity, score, f"{series.count} in one minute; the limit is {self.above}")
