"""When what a rule has found is over: well inside its limit, so that a value that sits on the limit is one incident."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, Final

from processors.domain.rules.base import Problem, Rule

_LEAST_AWAY: Final = 0.2
_MAX_AWAY: Final = 0.4
_DEVIATIONS: Final = 3.0


def away(deviation: float) -> float:
    """How far from its limit, as a part of it, a value is when an incident is over.

    Three standard deviations, so that chance does not lead there and back, but a fifth of the limit at least and two
    fifths at most.

    Args:
        deviation: What chance makes of a value at the limit, as a part of the limit.
    """
    return min(_MAX_AWAY, max(_LEAST_AWAY, _DEVIATIONS * deviation))


def enough(least: int, *, goes_on: bool, away: Callable[[float], float] = away) -> float:
    """How many transactions it takes where `least` are wanted: an incident goes on with fewer, as chance has it."""
    return least * (1 - away(1 / sqrt(least))) if goes_on and least else float(least)


@dataclass(frozen=True, slots=True)
class LimitRule(Rule):
    """What rules share that hold a value against a limit.

    A finding needs a value beyond the limit. An incident that this rule has found goes on until the value is well
    inside of it: else one that sits on the limit would open and end incidents by chance.

    Args:
        recovery: The part of its limit at which a value ends an incident; for a fall, as far above the limit as that is
            below it. Above 0, 1 at most: 1 is the limit itself. None: see `away`.
    """

    later: ClassVar[tuple[str, ...]] = ("recovery",)
    # What opens an incident, and so its id, does not hang on when it ends.
    labels: ClassVar[tuple[str, ...]] = (*Rule.labels, "recovery")

    recovery: float | None = None

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        if self.recovery is not None and not 0 < self.recovery <= 1:
            return "recovery", f"must be above 0 and 1 at most; it is {self.recovery}"
        return Rule.problem(self, given)

    def away(self, deviation: float) -> float:
        """See the function; `recovery` says otherwise."""
        return away(deviation) if self.recovery is None else 1 - self.recovery

    def enough(self, least: int, *, goes_on: bool) -> float:
        """See the function; `recovery` says otherwise."""
        return enough(least, goes_on=goes_on, away=self.away)
