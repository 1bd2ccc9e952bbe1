"""A count threshold: more than so many in one minute, or fewer."""

from collections.abc import Collection
from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import ClassVar

from processors.domain.rules.base import Finding, Problem, Series, Side, graded, graded_below, scored
from processors.domain.rules.limit import LimitRule
from schemas.severity import Severity


@dataclass(frozen=True, slots=True)
class CountThreshold(LimitRule):
    """Fires when the count of the minute is above its limit, or, for a fall, below it (both strictly).

    It needs no history. With one limit, the score is that of its severity at the limit and 25 more at five times the
    limit (at nothing, for a fall: 6 more); with two it goes from 50 at the first to 75 at the second. An incident
    goes on until the count is well inside the limit: see LimitRule. A limit of 5 is passed by 6, and at 3 it is over.

    Args:
        above: The limit, where neither `warning` nor `critical` is given ...
        severity: ... and what it is to be above it.
        warning: The limit of a warning.
        critical: The limit of a critical finding.
        direction: `up` fires above the limits, `down` below them.
        minimum_total: Transactions of all keys that the minute must hold.
        early: Whether it fires as soon as the count is above the limit, before the minute ends; for a rise only.
    """

    method: ClassVar[str] = "count"
    later: ClassVar[tuple[str, ...]] = (*LimitRule.later, "warning", "critical", "direction", "minimum_total", "early")
    labels: ClassVar[tuple[str, ...]] = (*LimitRule.labels, "early")

    above: int = 5
    severity: Severity = "critical"
    warning: int | None = None
    critical: int | None = None
    direction: Side = "up"
    minimum_total: int = 0
    early: bool = False

    @property
    def is_early(self) -> bool:
        """See Rule: a count that is too high only gets higher."""
        return self.early

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        limits = [limit for limit in (self.warning, self.critical) if limit is not None]
        for name in ("above", "severity"):
            if limits and name in given:
                return name, "means nothing beside `warning` and `critical`"
        if self.direction == "down" and not limits:
            return "direction", "for a fall, say in `warning` or `critical` below which count it fires"
        if self.direction == "down" and self.early:
            return "early", "is for a rise: a count that is too low may still grow while the minute lasts"
        if self.direction == "down" and min(limits) < 1:
            return "warning" if self.warning == 0 else "critical", "must be above 0: no count is below it"
        if self.warning is not None and self.critical is not None:
            rising = [self.critical, self.warning] if self.direction == "down" else [self.warning, self.critical]
            if rising[0] >= rising[1]:
                order = "critical < warning" if self.direction == "down" else "warning < critical"
                return "warning", f"counts must be {order}; they are {self.warning} and {self.critical}"
        return LimitRule.problem(self, given)

    def judge(self, series: Series) -> Finding | None:
        """See the class."""
        count, falls, goes_on = series.count, self.direction == "down", self.is_open(series)
        if series.total < self.enough(self.minimum_total, goes_on=goes_on):
            return None
        for severity, limit in self._limits():
            if count < limit if falls else count > limit:
                because = f"{count:,} in one minute; the limit is {limit:,}"
                expected = 0.0 if falls else float(limit)
                score = self._score(severity, limit, count)
                return Finding(self.name, severity, score, because, observed=count, expected=expected)
        return self._goes_on(count, *self._limits()[-1], falls=falls) if goes_on else None

    def _goes_on(self, count: int, severity: Severity, limit: int, *, falls: bool) -> Finding | None:
        """What is found of a count that is within the limit again, but not well so."""
        part = self.away(1 / sqrt(limit)) if limit else 0.0
        over = ceil(limit * (1 + part)) if falls else floor(limit * (1 - part))
        if count >= over if falls else count <= over:
            return None
        because = f"{count:,} in one minute; the limit is {limit:,}, and it is over at {over:,}"
        expected = 0.0 if falls else float(limit)
        return Finding(self.name, severity, scored(severity, 0.0), because, observed=count, expected=expected)

    def _limits(self) -> list[tuple[Severity, int]]:
        """Severities with their limits, the worst first."""
        if self.warning is None and self.critical is None:
            return [(self.severity, self.above)]
        named: list[tuple[Severity, int | None]] = [("critical", self.critical), ("warning", self.warning)]
        return [(severity, limit) for severity, limit in named if limit is not None]

    def _score(self, severity: Severity, limit: int, count: int) -> float:
        if self.warning is None or self.critical is None:
            return scored(severity, abs(count - limit) / max(limit, 1) / 4)
        if self.direction == "down":
            return graded_below(count, self.warning - 1, self.critical - 1)[1]
        return graded(count, self.warning + 1, self.critical + 1)[1]
