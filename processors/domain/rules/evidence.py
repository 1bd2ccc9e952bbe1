"""What a forest knows against the last minutes of a scope, and which of its series explains it.

The training minutes say how rare each score is. Over several minutes these parts are put together by Fisher's method:
under chance, minus the sum of their logarithms has a gamma tail. A minute can be no rarer than one in all of the
training, so a single odd one is never strong evidence.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import exp, inf, lgamma, log, sqrt
from typing import Final

from processors.domain.model import ScopeModel
from processors.domain.model.features import SPAN, deviations, features, shortfalls
from processors.domain.model.forest import Forest
from processors.domain.model.tails import counts_at_most
from processors.domain.rules.base import Series
from processors.domain.window import STATUS, VOLUME

RECENT: Final = 5
"""Minutes that decide which series explains what is odd, and whether an incident goes on."""
_DEVIATES: Final = 1.5
"""Standard errors by which a series must be off, that it may explain anything."""
_LN10: Final = log(10.0)


@dataclass(frozen=True, slots=True)
class SeriesEvidence:
    """What speaks against a series.

    Args:
        strength: -log10 of the probability that chance makes the last `window` minutes so odd; 0: nothing speaks.
        window: See `strength`.
        observed: Count of the series in these minutes.
        expected: Expected count in them.
        level: Expected volume a unit of the profile; see Member (volume only).
        plain: See Member.
        last: Count of the series in the judged minute ...
        due: ... and what was expected in it.
    """

    strength: float = 0.0
    window: int = 1
    observed: int = 0
    expected: float = 0.0
    level: float = 0.0
    plain: bool = False
    last: int = 0
    due: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a forest; see ForestRule for its settings.

    Args:
        goes_on: Whether the series is in an incident already: what counts then is that it is still off.
    """

    windows: Sequence[int]
    effect: float
    excluded: Collection[str]
    goes_on: bool


def evidence(forest: Forest, series: Series, asked: Question) -> SeriesEvidence | None:
    """The strongest evidence against the series; None while too little is known to tell.

    A scope's evidence is held against the series that is furthest off, lately and over the whole window, and only while
    the judged minute is odd itself.
    """
    model, place = series.model, _place(forest, series)
    if model is None:
        return None
    # Most series of most minutes are told here: a few deviations cost little, the forecast of the volume more.
    if place is None or (
        series.dimension == STATUS and _off(deviations(model, series.key, series.minute, RECENT)) < _DEVIATES
    ):
        return SeriesEvidence()
    volume = shortfalls(model, series.minute)
    if volume is None:
        return None
    if series.dimension == VOLUME and _off(volume) < _DEVIATES:
        return SeriesEvidence()
    shown = [
        [0.0] * SPAN if key in asked.excluded else deviations(model, key, series.minute) for key in forest.keys
    ] + [volume]
    if asked.goes_on:
        return _strongest(forest, series, model, shown, [w for w in asked.windows if w <= RECENT])
    if not _leads(shown, place, RECENT) or forest.scores(features(shown)[-1:])[0] < forest.trained.offset:
        return SeriesEvidence()
    reach = min(series.minute - _since(model, forest), SPAN)
    found = _strongest(forest, series, model, shown, [w for w in asked.windows if w <= reach])
    ratio = found.observed / found.expected if found.expected else inf
    has_effect = ratio >= asked.effect or ratio * asked.effect <= 1
    return found if has_effect and _leads(shown, place, found.window) else SeriesEvidence()


def fisher(strengths: Sequence[float]) -> float:
    """-log10 of the probability that chance makes independent minutes as rare; each is given as its own -log10."""
    total = sum(strengths) * _LN10
    if total <= 0:
        return 0.0
    tail = sum(exp(i * log(total) - lgamma(i + 1) - total) for i in range(len(strengths)))
    return max(0.0, -log(tail) / _LN10)


def _strongest(
    forest: Forest, series: Series, model: ScopeModel, shown: Sequence[Sequence[float]], windows: Sequence[int]
) -> SeriesEvidence:
    each = [forest.strength(score) for score in forest.scores(features(shown)).tolist()]
    strength, window = max(((fisher(each[-window:]), window) for window in windows), default=(0.0, 1))
    return _evidence_of(model, series, strength, window)


def _place(forest: Forest, series: Series) -> int | None:
    """Which of the columns is that of the series."""
    if series.dimension == VOLUME:
        return len(forest.keys)
    return forest.keys.index(series.key) if series.key in forest.keys else None


def _off(column: Sequence[float], window: int = RECENT) -> float:
    """Size of the sum of the last deviations, in standard errors."""
    recent = column[-window:]
    return abs(sum(recent)) / sqrt(len(recent))


def _leads(shown: Sequence[Sequence[float]], place: int, window: int) -> bool:
    return _off(shown[place], window) >= max(_off(column, window) for column in shown)


def _since(model: ScopeModel, forest: Forest) -> int:
    """The last minute that must not be looked at: up to there, some series was in an incident."""
    shares = model.shares.get(STATUS, {})
    return max([model.volume.since, *(shares[key].since for key in forest.keys if key in shares)])


def _evidence_of(model: ScopeModel, series: Series, strength: float, window: int) -> SeriesEvidence:
    if series.dimension == VOLUME:
        forecast = model.volume.forecast(series.minute, SPAN)
        assert forecast is not None
        profile = model.volume.profile[-SPAN:]
        plain = None in profile
        expected = forecast.mean * sum(forecast.parts[-window:])
        level = forecast.mean / (SPAN if plain else sum(part or 0.0 for part in profile))
        observed = sum(model.volume.totals[-window:])
        # The minutes share the error of their forecast, so they are no stronger together than their sum is.
        most = counts_at_most(observed, expected, forecast.variance_of(expected))
        due = forecast.mean * forecast.parts[-1]
        return SeriesEvidence(
            min(strength, most), window, observed, expected, level, plain, model.volume.totals[-1], due
        )
    own = model.shares[STATUS][series.key]
    totals = model.totals[STATUS][-window:]
    first = series.minute - len(totals) + 1
    each = [total * own.expected(at) for at, total in enumerate(totals, start=first)]
    return SeriesEvidence(strength, window, sum(own.counts[-window:]), sum(each), last=own.counts[-1], due=each[-1])
