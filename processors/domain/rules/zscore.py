"""The classic z-score: the count lies further above its recent mean than so many standard deviations."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from processors.domain.baseline import Baseline
from processors.domain.model.tails import counts_at_least
from processors.domain.rules.base import Finding, Problem, Series, scored
from processors.domain.rules.limit import LimitRule
from schemas.severity import Severity


@dataclass(frozen=True, slots=True)
class ZScore(LimitRule):
    """Fires when z > `threshold` (strictly) and the count is at least `minimum_count`; silent while warming up.

    The score is that of its severity at the threshold (a warning: 50) and 25 more at twice the threshold. An incident
    goes on until the count is well inside the threshold: see LimitRule.

    Small counts are skew: where 1.5 are usual, a z above 3 comes several times a day by chance alone.

    Args:
        threshold: Standard deviations.
        minimum_count: The least count of interest.
        severity: Of what is found.
        chance: What opens an incident must also be so strange by the exact tail of counts with that mean and
            deviation, both known from their window alone: 3.5 is one in some 3 200 minutes. 0: not asked.
    """

    method: ClassVar[str] = "z_score"
    later: ClassVar[tuple[str, ...]] = (*LimitRule.later, "chance")

    threshold: float = 3.0
    minimum_count: int = 5
    severity: Severity = "warning"
    chance: float = 0.0

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        if self.chance < 0:
            return "chance", f"must be 0 or more; it is {self.chance}"
        return LimitRule.problem(self, given)

    def judge(self, series: Series) -> Finding | None:
        """See the class; a rise only."""
        base, goes_on = series.baseline, self.is_open(series)
        if base is None or series.count < self.enough(self.minimum_count, goes_on=goes_on):
            return None
        limit = self.threshold * (1 - self.away(1 / self.threshold)) if goes_on else self.threshold
        if base.z <= limit or (not goes_on and self._is_chance(series.count, base)):
            return None
        score = scored(self.severity, max(0.0, base.z / self.threshold - 1))
        because = f"{series.count:,} a minute is {base.z:.2f} standard deviations above the mean of {base.mean:,.2f}"
        if base.z <= self.threshold:
            because += f", and it is over at {limit:.2f}"
        return Finding(self.name, self.severity, score, because, observed=series.count, expected=base.mean)

    def _is_chance(self, count: int, base: Baseline) -> bool:
        """Whether such a count comes too often by itself to be of interest."""
        if not self.chance:
            return False
        # The mean is known from so many minutes only, which adds its own variance to that of the count.
        variance = max(base.mean, base.std * base.std) * (1 + 1 / base.size)
        return counts_at_least(count, base.mean, variance) < self.chance
