"""The hybrid score: what a model, the z-score and the share say of a series, blended into one number."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from processors.domain.model.features import shortfalls
from processors.domain.rules.base import CRITICAL_SCORE, WARNING_SCORE, Finding, Problem, Series, graded
from processors.domain.rules.evidence import SeriesEvidence
from processors.domain.rules.forest import ForestRule, in_words
from processors.domain.window import VOLUME
from schemas.severity import Severity


@dataclass(frozen=True, slots=True)
class Hybrid(ForestRule):
    """Fires when the blend of its terms is high: from 75 on critical, from 50 on a warning, below an information.

    Each term runs from 0 to 100, with 50 where its own warning begins and 75 where critical does. A term that a series
    does not have leaves its weight to the others: the volume has no share, and its z is that of its forecast.

    Args:
        strength: As in ForestRule, but less: the other terms have their say.
        weights: Parts of the blend, of the terms `model`, `z` and `share`; together above 0.
        z: Standard deviations from the baseline's mean at which the z-term stands at 50; 75 at twice that.
        minutes: How many minutes the z-term wants to see: it takes the one that is least off.
        share: Observed over expected share at which the share term stands at 50; 75 at twice that.
        window: Minutes over which the share is taken.
        info_from: Score from which something is said; 50 and more: no information is a finding, as each opens an
            incident.
    """

    method: ClassVar[str] = "hybrid"

    strength: float = 4.0
    critical: float = 8.0
    weights: tuple[float, float, float] = (0.6, 0.4, 0.0)
    z: float = 3.0
    minutes: int = 2
    share: float = 2.0
    window: int = 15
    info_from: float = WARNING_SCORE

    @property
    def reach(self) -> int:
        """The minutes of z and share."""
        return max(self.minutes, self.window)

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        if not sum(self.weights):
            return "weights", "must not all be 0"
        for name in ("z", "share", "info_from", "minutes"):
            if getattr(self, name) <= 0:
                return name, f"must be above 0; it is {getattr(self, name)}"
        return ForestRule.problem(self, given)

    def judge(self, series: Series) -> Finding | None:
        """See the class. A series in an incident goes on down to `recovery` of the score at which it would be said."""
        found, goes_on = self.evidence(series), self.is_open(series)
        if found is None:
            return None
        terms = self._terms(series, found)
        score = self._blend(terms)
        limit = min(self.info_from, WARNING_SCORE)
        if score < limit * (self.recovery if goes_on else 1.0):
            return None
        return Finding(
            self.name,
            _band(score),
            score,
            self._because(score, terms, found),
            1 if goes_on else max(found.window, self.minutes),
            found.last if goes_on else found.observed,
            found.due if goes_on else found.expected,
            found.level,
            found.plain,
            max(score / WARNING_SCORE, 1.0),
            tuple(terms.items()),
        )

    def _terms(self, series: Series, found: SeriesEvidence) -> dict[str, float]:
        terms = {
            "model": _term(found.strength, self.strength, self.critical),
            "z": _term(self._z(series), self.z, 2 * self.z),
        }
        if series.dimension != VOLUME:
            terms["share"] = _term(self._times_expected(series), self.share, 2 * self.share)
        return terms

    def _blend(self, terms: dict[str, float]) -> float:
        weights = dict(zip(("model", "z", "share"), self.weights, strict=True))
        whole = sum(weights[name] for name in terms)
        return sum(weights[name] * value for name, value in terms.items()) / whole if whole else 0.0

    def _because(self, score: float, terms: dict[str, float], found: SeriesEvidence) -> str:
        weights = dict(zip(("model", "z", "share"), self.weights, strict=True))
        parts = [f"{weights[name]:g} of {name} {value:.0f}" for name, value in terms.items() if weights[name]]
        return f"score {score:.0f}: {', '.join(parts)}" + (f"; {in_words(found)}" if found.strength else "")

    def _z(self, series: Series) -> float:
        """How far the least of the last minutes lies from the mean, all on one side of it; 0 when they are not."""
        off: list[float] = []
        if series.dimension == VOLUME and series.model is not None:
            off = (shortfalls(series.model, series.minute) or [])[-self.minutes :]
        elif series.baseline is not None:
            base = series.baseline
            off = [(count - base.mean) / (base.std or 1.0) for count, _ in series.recent[-self.minutes :]]
        return max(0.0, min(off), min(-each for each in off)) if len(off) == self.minutes else 0.0

    def _times_expected(self, series: Series) -> float:
        """The share of the last minutes over what it should be."""
        own = series.model.shares[series.dimension].get(series.key) if series.model else None
        recent = series.recent[-self.window :]
        total = sum(t for _, t in recent)
        if own is None or not total:
            return 0.0
        return sum(c for c, _ in recent) / (total * own.expected(series.minute))


def _term(value: float, warning: float, critical: float) -> float:
    """0 at 0, 50 at `warning`, 75 at `critical`, 100 at twice that, straight in between."""
    if value >= warning:
        return graded(value, warning, critical)[1]
    return WARNING_SCORE * value / warning


def _band(score: float) -> Severity:
    if score >= CRITICAL_SCORE:
        return "critical"
    return "warning" if score >= WARNING_SCORE else "info"
