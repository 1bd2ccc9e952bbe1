"""What every rule shares: what it is shown, and what it may say."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from itertools import pairwise
from typing import ClassVar, Final, Literal

import msgspec

from processors.domain.baseline import Baseline
from processors.domain.model import ScopeModel
from processors.domain.window import AUTH_CODE, STATUS, TOTAL, VOLUME
from schemas.severity import RANK, Severity

Side = Literal["up", "down"]
Direction = Literal["up", "down", "both"]
Problem = tuple[str, str]
"""A setting and what is wrong with it."""
WORDS: Final = ("recommendation", "runbook")
"""Settings that decide nothing: a rule set's version is not made of them."""

INFO_SCORE: Final = 25.0
WARNING_SCORE: Final = 50.0
CRITICAL_SCORE: Final = 75.0
_FLOOR: Final[dict[Severity, float]] = {"info": INFO_SCORE, "warning": WARNING_SCORE, "critical": CRITICAL_SCORE}
MAX_WINDOW: Final = 60
"""Minutes of the longest window that a finding may be about."""


class Member(msgspec.Struct, frozen=True, gc=False):
    """A series with its part in an incident that is open.

    Args:
        since: First broken minute.
        opened: Minute in which it was found.
        seen: Last minute with a finding.
        excess: Observed over expected when it was found; below 1 for a fall.
        level: Expected volume per unit of the profile when it was found (volume only) ...
        plain: ... or per minute, where there was no profile.
        rules: Names of the rules that found it.
        group: Which of several incidents of its scope it is part of, when it began while another was open; empty: the
            one that all belong to. Rule sets that make an incident of each series do not use it.
        patience: Minutes without a finding after which it is over, where that is more than for others: of what comes
            a few times an hour, minutes without it say nothing.
    """

    since: int
    opened: int
    seen: int
    excess: float
    level: float
    plain: bool
    rules: tuple[str, ...]
    group: str = ""
    patience: int = 0


@dataclass(slots=True)  # not frozen: that would cost more than any rule that is asked
class Series:
    """One series in the minute to be judged.

    Args:
        dimension: `status` or `auth_code`.
        key: The status or the code.
        count: Count in the judged minute.
        total: Sum over all keys of the dimension in the judged minute.
        baseline: Of the minutes before (or with it: see BaselineSettings); None while warming up.
        recent: (count, total) of recent minutes with data, oldest first, the judged one last.
        minute: Number of the judged minute.
        model: What is known of the scope, the judged minute heard; None where no rule asks for it.
        open: Its part in an incident that is open.
        taught: The counts that the baseline may use, oldest first; never with the judged one.
        since: Minute in which its last incident ended: what a finding is about begins after it.
        usual: The share that the model expects in the judged minute; None where it was not asked yet.
        sums: Of the totals that the model has of the dimension: of the last minute, of the last two, and so on; empty
            where nobody has added them up yet.
        last_data: The last minute in which the scope held anything; -1: not said, as of all series but the volume.
    """

    dimension: str
    key: str
    count: int
    total: int
    baseline: Baseline | None
    recent: Sequence[tuple[int, int]] = ()
    minute: int = 0
    model: ScopeModel | None = None
    open: Member | None = None
    taught: Sequence[int] = ()
    since: int = -1
    usual: float | None = None
    sums: Sequence[int] = ()
    last_data: int = -1


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What a rule says of one series in one minute.

    The score lies in 0 to 100: an information begins at 25, a warning at 50, a critical finding at 75.

    Args:
        window: How many minutes it is about, the judged one the last.
        observed: Count in them.
        expected: Expected count in them; 0 when the rule expects none.
        level: See Member.
        plain: See Member.
        weight: How far it lies beyond the rule's limit, 1 at the limit; decides which series leads an incident.
        terms: (name, value) of what the score is made of, where it is made of several.
    """

    rule: str
    severity: Severity
    score: float
    because: str
    window: int = 1
    observed: int = 0
    expected: float = 0.0
    level: float = 0.0
    plain: bool = False
    weight: float = 1.0
    terms: tuple[tuple[str, float], ...] = ()


def instead_of(expected: float) -> str:
    """The half of a sentence that says what a count should have been."""
    if expected < 0.05:
        return "where hardly any were to be expected"
    return (
        f"where {expected:,.0f} were to be expected" if expected >= 10 else f"where {expected:.1f} were to be expected"
    )


@dataclass(frozen=True, slots=True)
class Rule(ABC):
    """A rule. It holds settings only; all it may know of the past is in the series it is shown.

    Args:
        name: Unique in its rule set; labels findings.
        keys: The keys it watches; empty: all keys of the dimension.
        dimension: The dimension it watches.
        recommendation: What to do, in plain words.
        runbook: A link, or the name of a page in `docs/runbooks`.
    """

    method: ClassVar[str] = ""
    learns: ClassVar[bool] = False
    """Whether it asks for the model of the scope."""
    compares: ClassVar[bool] = False
    """Whether it asks the model for the history of the series that it watches; only a rule that learns does."""
    dimensions: ClassVar[tuple[str, ...]] = (STATUS, AUTH_CODE)
    """Those that it can watch."""
    later: ClassVar[tuple[str, ...]] = ()
    """Settings that the method did not have at first: while they have their defaults, rule sets keep their version."""
    labels: ClassVar[tuple[str, ...]] = (*WORDS, "name", "keys", "severity")
    """Settings that do not decide whether something is found in a series that it watches; see `identity`."""

    name: str
    keys: tuple[str, ...] = ()
    dimension: str = "status"
    recommendation: str = ""
    runbook: str = ""

    def watches(self, dimension: str, key: str) -> bool:
        """Whether this rule looks at the series."""
        return dimension == self.dimension and (not self.keys or key in self.keys)

    @property
    def identity(self) -> str:
        """A hash of what it decides by: its words, its name, and which series it watches beside are no part of it."""
        decides = {name: value for name, value in settings_of(self).items() if name not in self.labels}
        return sha256(msgspec.json.encode([self.method, decides], enc_hook=str)).hexdigest()[:12]

    @property
    def reach(self) -> int:
        """How many recent minutes it needs to be shown, the judged one included."""
        return 1

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """The first setting that it cannot work with; None when there is none. `given` are those that were written."""
        del given
        if self.dimension in self.dimensions:
            return None
        return "dimension", f"must be {' or '.join(self.dimensions)}; it is {self.dimension!r}"

    def is_open(self, series: Series) -> bool:
        """Whether this rule has found the series to be in an incident, which is open."""
        return series.open is not None and self.name in series.open.rules

    @property
    def is_early(self) -> bool:
        """Whether what it finds in a part of a minute it finds in the whole minute too, and may say at once."""
        return False

    def hears_silence(self, model: ScopeModel) -> bool:
        """Whether it may find something yet while nothing comes at all, minute after minute; asked of rules that learn.

        `model` has heard the silence so far. Of a dimension that is silent no rule is asked, the volume is one.
        """
        del model
        return self.watches(VOLUME, TOTAL)

    def wakes_at(self, model: ScopeModel, last: int, upto: int) -> int | None:
        """The first minute in which silence since the minute `last` would be found, up to `upto`; None: in none.

        Asked of a silence that is not followed minute by minute.
        """
        del model, last, upto
        return None

    @abstractmethod
    def judge(self, series: Series) -> Finding | None:
        """What it finds, or None. Same series, same answer."""


def worst(severities: Iterable[Severity]) -> Severity:
    """The highest of one or more severities."""
    return max(severities, key=RANK.__getitem__)


def scored(severity: Severity, excess: float) -> float:
    """Score of a finding whose severity is set: where that begins, and 25 more for each 1 of `excess`; 100 at most."""
    return min(100.0, _FLOOR[severity] + 25.0 * excess)


def graded(value: float, warning: float, critical: float) -> tuple[Severity, float]:
    """Severity and score of a value at or above `warning`: 50 there, 75 at `critical`, 100 at twice that, linear."""
    if value < critical:
        return "warning", WARNING_SCORE + (CRITICAL_SCORE - WARNING_SCORE) * (value - warning) / (critical - warning)
    return "critical", min(100.0, CRITICAL_SCORE + (100.0 - CRITICAL_SCORE) * (value - critical) / critical)


def graded_below(value: float, warning: float, critical: float) -> tuple[Severity, float]:
    """Severity and score of a value at or below `warning`: 50 there, 75 at `critical`, 100 at nothing, linear."""
    if value > critical:
        return "warning", WARNING_SCORE + (CRITICAL_SCORE - WARNING_SCORE) * (warning - value) / (warning - critical)
    if critical <= 0:
        return "critical", 100.0
    return "critical", CRITICAL_SCORE + (100.0 - CRITICAL_SCORE) * (critical - value) / critical


def directed(deviation: float, direction: Direction) -> float:
    """How far a deviation goes in the direction that is watched; below 0 when it goes the other way."""
    if direction == "both":
        return abs(deviation)
    return deviation if direction == "up" else -deviation


def settings_of(rule: Rule) -> dict[str, object]:
    """Every setting of the rule, without the later ones at their default.

    Its identity and a rule set's version are made of them.
    """
    every = ((f, getattr(rule, f.name)) for f in fields(rule))
    return {f.name: value for f, value in every if f.name not in rule.later or value != f.default}


def tail_problem(strength: float, critical: float, windows: Sequence[int]) -> Problem | None:
    """What is wrong with the levels and the windows of a rule on tails."""
    if strength >= critical:
        return "strength", f"must be below critical; they are {strength} and {critical}"
    if not windows or any(a >= b for a, b in pairwise([1, *windows, MAX_WINDOW + 1])):
        return "windows", f"must be minutes from 2 to {MAX_WINDOW}, ascending; they are {list(windows)}"
    return None
