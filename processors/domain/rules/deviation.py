"""What rules share that measure a count in standard deviations from what its baseline's minutes hold."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from processors.domain.rules.base import Direction, Finding, Series, directed, scored
from processors.domain.rules.limit import LimitRule
from schemas.severity import Severity


@dataclass(frozen=True, slots=True)
class DeviationRule(LimitRule):
    """Fires when the count lies further than `threshold` deviations (strictly) from the centre; silent in the warm-up.

    The score is that of its severity at the threshold and 25 more at twice the threshold. An incident goes on until the
    count is well inside the threshold: see LimitRule.

    Args:
        threshold: In standard deviations, above 0.
        minimum_count: A rise needs so many in the minute, a fall so many at the centre.
        direction: Which way is watched.
    """

    threshold: float = 3.0
    minimum_count: int = 5
    direction: Direction = "up"
    severity: Severity = "warning"

    def judge(self, series: Series) -> Finding | None:
        """See the class."""
        if series.baseline is None or not series.taught:
            return None
        goes_on = self.is_open(series)
        least = self.enough(self.minimum_count, goes_on=goes_on)
        if self.direction == "up" and series.count < least:
            return None
        centre, deviation = self._usual(series.taught)
        z = (series.count - centre) / deviation
        far = directed(z, self.direction)
        limit = self.threshold * (1 - self.away(1 / self.threshold)) if goes_on else self.threshold
        if far <= limit or max(series.count, centre) < least:
            return None
        score = scored(self.severity, max(0.0, far / self.threshold - 1))
        side = "above" if z > 0 else "below"
        because = f"{series.count:,} a minute is {abs(z):.2f} {self._unit} {side} the {self._centre} of {centre:,.2f}"
        if far <= self.threshold:
            because += f", and it is over at {limit:.2f}"
        weight = far / self.threshold
        return Finding(self.name, self.severity, score, because, 1, series.count, centre, weight=weight)

    @property
    def _unit(self) -> str:
        return "standard deviations"

    @property
    @abstractmethod
    def _centre(self) -> str:
        """What the centre is called."""

    @abstractmethod
    def _usual(self, taught: Sequence[int]) -> tuple[float, float]:
        """Centre and standard deviation of one or more counts; the deviation is above 0."""
