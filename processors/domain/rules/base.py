"""What every rule shares: what it is shown, and what it may say."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from processors.domain.baseline import Baseline

Severity = Literal["info", "warning", "critical"]
_ORDER: Final[dict[Severity, int]] = {"info": 0, "warning": 1, "critical": 2}

INFO_SCORE: Final = 25.0
WARNING_SCORE: Final = 50.0
CRITICAL_SCORE: Final = 75.0
_FLOOR: Final[dict[Severity, float]] = {"info": INFO_SCORE, "warning": WARNING_SCORE, "critical": CRITICAL_SCORE}


@dataclass(frozen=True, slots=True)
class Series:
    """One series in the minute to be judged.

    Args:
        dimension: `status` or `auth_code`.
        key: The status or the code.
        count: Count in the judged minute.
        total: Sum over all keys of the dimension in the judged minute.
        baseline: Of the minutes before (or with it: see BaselineSettings); None while warming up.
        recent: (count, total) of recent minutes with data, oldest first, the judged one last.
    """

    dimension: str
    key: str
    count: int
    total: int
    baseline: Baseline | None
    recent: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of one series in one minute.

    The score lies in 0 to 100: an information begins at 25, a warning at 50, a critical finding at 75.
    """

    rule: str
    severity: Severity
    score: float
    because: str


@dataclass(frozen=True, slots=True)
class Rule(ABC):
    """A rule. It holds settings only; all it may know of the past is in the series it is shown.

    Args:
        name: Unique in its rule set; labels findings.
        keys: The keys it watches; empty: all keys of the dimension.
        dimension: The dimension it watches.
        recommendation: What to do, in plain words.
        runbook: A link.
    """

    method: ClassVar[str] = ""

    name: str
    keys: tuple[str, ...] = ()
    dimension: str = "status"
    recommendation: str = ""
    runbook: str = ""

    def watches(self, dimension: str, key: str) -> bool:
        """Whether this rule looks at the series."""
        return dimension == self.dimension and (not self.keys or key in self.keys)

    @property
    def reach(self) -> int:
        """How many recent minutes it needs to be shown, the judged one included."""
        return 1

    @abstractmethod
    def judge(self, series: Series) -> Finding | None:
        """What it finds, or None. Same series, same answer."""


def worst(severities: Iterable[Severity]) -> Severity:
    """The highest of one or more severities."""
    return max(severities, key=_ORDER.__getitem__)


def scored(severity: Severity, excess: float) -> float:
    """Score of a finding whose severity is set: where that begins, and 25 more for each 1 of `excess`; 100 at most."""
    return min(100.0, _FLOOR[severity] + 25.0 * excess)


def graded(value: float, warning: float, critical: float) -> tuple[Severity, float]:
    """Severity and score of a value at or above `warning`: 50 there, 75 at `critical`, 100 at twice that, linear."""
    if value < critical:
        return "warning", WARNING_SCORE + (CRITICAL_SCORE - WARNING_SCORE) * (value - warning) / (critical - warning)
    return "critical", min(100.0, CRITICAL_SCORE + (100.0 - CRITICAL_SCORE) * (value - critical) / critical)
