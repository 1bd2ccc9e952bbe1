"""An isolation forest, trained on history, over all main statuses and the volume of a scope at once."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import ClassVar, Final

from processors.domain.model import ScopeModel
from processors.domain.model.features import SPAN
from processors.domain.model.forest import Forest
from processors.domain.rules.base import Finding, Problem, Rule, Series, graded, instead_of, tail_problem
from processors.domain.rules.evidence import Question, SeriesEvidence, evidence
from processors.domain.window import STATUS, TOTAL, VOLUME

LOADED: Final = {"loaded": True}
"""Metadata of a setting that stands in no rule file: what the loader found at the place that the file names."""


@dataclass(frozen=True, slots=True)
class ForestRule(Rule):
    """What the rules with a trained model share: they watch the statuses of a scope, and its volume.

    Args:
        model: File that `floodmark train` has written, relative to the rule file.
        forest: What is in it; None: there is none, and nothing is said.
        strength: -log10 of the probability at which a warning begins.
        critical: The same for critical.
        recovery: An incident goes on while the last minutes have this part of `strength`.
        effect: Observed over expected, or the other way round, that is the least of interest.
        windows: Lengths looked at, in minutes, ascending, at most 15. None below 2: one odd minute is no evidence.
        excluded: Statuses that are not looked at.

    With `keys`, these alone are watched; `total` is that of the volume.
    """

    learns: ClassVar[bool] = True
    dimensions: ClassVar[tuple[str, ...]] = (STATUS,)

    model: str = "model.json"
    forest: Forest | None = field(default=None, metadata=LOADED)
    strength: float = 6.5
    critical: float = 9.0
    recovery: float = 0.4
    effect: float = 1.25
    windows: tuple[int, ...] = (2, 3, 4, 6, 8, 11, 15)
    excluded: tuple[str, ...] = ()

    def watches(self, dimension: str, key: str) -> bool:
        """See Rule; where it watches statuses, it watches the volume as well, under the key `total`."""
        is_volume = self.dimension == STATUS and (dimension, key) == (VOLUME, TOTAL)
        is_named = not self.keys or key in self.keys
        return (is_volume or dimension == self.dimension) and is_named and key not in self.excluded

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        if not 0 < self.recovery <= 1:
            return "recovery", f"must be above 0 and 1 at most; it is {self.recovery}"
        if self.effect < 1:
            return "effect", f"must be 1 or more; it is {self.effect}"
        return Rule.problem(self, given) or tail_problem(self.strength, self.critical, self.windows) or self._too_long()

    def _too_long(self) -> Problem | None:
        if self.windows[-1] <= SPAN:
            return None
        return "windows", f"must be minutes from 2 to {SPAN}, ascending; they are {list(self.windows)}"

    def hears_silence(self, model: ScopeModel) -> bool:
        """See Rule: where no volume is to be expected, none falls short."""
        return Rule.hears_silence(self, model) and model.volume.hopes() > 0

    def evidence(self, series: Series) -> SeriesEvidence | None:
        """What the model has against the series; None while too little is known."""
        if self.forest is None:
            return None
        asked = Question(self.windows, self.effect, self.excluded, self.is_open(series))
        return evidence(self.forest, series, asked)


@dataclass(frozen=True, slots=True)
class IsolationForest(ForestRule):
    """Fires when a scope's last minutes are rarer than chance allows, by a forest that knows ordinary ones.

    The finding is about the series that is furthest off. A minute is never rarer than one in all of the training, so
    a single odd one says too little; see domain.rules.evidence.
    """

    method: ClassVar[str] = "isolation_forest"

    def judge(self, series: Series) -> Finding | None:
        """See the class. A series in an incident is asked only whether it goes on."""
        found, goes_on = self.evidence(series), self.is_open(series)
        if found is None or found.strength < self.strength * (self.recovery if goes_on else 1.0):
            return None
        severity, score = graded(max(found.strength, self.strength), self.strength, self.critical)
        return Finding(
            self.name,
            severity,
            score,
            in_words(found),
            1 if goes_on else found.window,
            found.last if goes_on else found.observed,
            found.due if goes_on else found.expected,
            found.level,
            found.plain,
            max(found.strength / self.strength, 1.0),
        )


def in_words(found: SeriesEvidence) -> str:
    """The evidence in words."""
    seen = f"{found.observed:,} transactions in {found.window} minutes, {instead_of(found.expected)}"
    return f"{seen}; all statuses together are as odd as one in 10^{found.strength:.1f} of the minutes trained on"
