"""What was measured against what must be and what is aimed at."""

from dataclasses import asdict, dataclass, field
from statistics import median, quantiles
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """One figure with its limits.

    Args:
        name: What was measured.
        unit: Of all three figures.
        measured: None when this run could not measure it; that is no failure by itself.
        must: The limit, inclusive.
        aim: Where we want to be.
        at_least: Whether the limits are lower ones.
    """

    name: str
    unit: str
    measured: float | None
    must: float
    aim: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the must is met; None when it was not measured."""
        if self.measured is None:
            return None
        return self.measured >= self.must if self.at_least else self.measured <= self.must


@dataclass(slots=True)
class Part:
    """What one part of the bench came to.

    Args:
        name: As in `--only`.
        checks: With limits.
        figures: Everything else that explains them, for the JSON file.
        failure: Why the part could not be carried through; empty when it was.
    """

    name: str
    checks: list[Check] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    failure: str = ""

    @property
    def met(self) -> bool:
        """Whether it went through and everything that was measured is as it must be."""
        return not self.failure and all(check.met is not False for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """For the result file."""
        return {
            "met": self.met,
            "failure": self.failure,
            "checks": [asdict(check) | {"met": check.met} for check in self.checks],
            "figures": self.figures,
        }


def thirds(samples: list[float]) -> tuple[float, float, float] | None:
    """The median of each third of a series in time, or None when there are fewer than six samples."""
    third = len(samples) // 3
    if third < 2:
        return None
    return median(samples[:third]), median(samples[third : 2 * third]), median(samples[2 * third :])


def p50_p99(waits: list[float]) -> dict[str, float | int]:
    """Median, 99th percentile and maximum, rounded to milliseconds of seconds; only the number for fewer than two."""
    if len(waits) < 2:
        return {"number": len(waits)}
    return {
        "p50": round(median(waits), 3),
        "p99": round(quantiles(waits, n=100, method="inclusive")[-1], 3),
        "max": round(max(waits), 3),
        "number": len(waits),
    }
