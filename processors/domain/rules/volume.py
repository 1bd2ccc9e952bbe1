"""The volume: fewer transactions than the profile of the day and the level of the last minutes let expect."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import ClassVar, Final

from processors.domain.model import Forecast, ScopeModel, VolumeModel
from processors.domain.model.long_silence import LEAST, strength_of_none
from processors.domain.model.tails import counts_at_most
from processors.domain.rules.base import Finding, Problem, Rule, Series, graded, instead_of, tail_problem
from processors.domain.window import VOLUME
from schemas.durations import minutes_long

_RECOVERS: Final = 5
"""Minutes that recovery looks back."""
_SLOW: Final = (8, 12, 22, 45)
"""Windows in which a fall is looked for that comes slowly."""
_LEAST_EFFECT: Final = 0.88
"""Observed over expected that is the most of interest, however many transactions are missing."""


@dataclass(frozen=True, slots=True)
class VolumeDrop(Rule):
    """Fires when a scope's volume falls, in part or to nothing. A rise of everything at once is not its business.

    Args:
        strength: -log10 of the probability at which a warning begins.
        critical: The same for critical.
        rest: Strength that must remain without the minute that says most: one missing minute is no outage.
        effect: Observed over expected that is the most of interest.
        effects_short: The same for windows of 2 and of 3 minutes, where chance is larger than it knows itself.
        windows: Lengths looked at, in minutes, ascending, at most 60.
        slow_effect: As `effect`, of a fall that comes so slowly that only hours show it, and of one in the first hours
            of a weekend, or of weekdays, when none has been seen yet.
        large: Transactions a minute that are of interest when they are missing, though `effect` is not reached.
    """

    method: ClassVar[str] = "volume_drop"
    learns: ClassVar[bool] = True
    later: ClassVar[tuple[str, ...]] = ("large", "slow_effect")
    dimensions: ClassVar[tuple[str, ...]] = (VOLUME,)

    dimension: str = VOLUME
    strength: float = 6.0
    critical: float = 15.0
    rest: float = 1.5
    effect: float = 0.8
    effects_short: tuple[float, float] = (0.45, 0.65)
    windows: tuple[int, ...] = (2, 3, 4, 6, 8, 12, 16, 22, 30, 45, 60)
    large: float = 250.0
    slow_effect: float = 0.72

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        return Rule.problem(self, given) or tail_problem(self.strength, self.critical, self.windows)

    def hears_silence(self, model: ScopeModel) -> bool:
        """See Rule."""
        return model.volume.hopes() >= self._least

    def wakes_at(self, model: ScopeModel, last: int, upto: int) -> int | None:
        """See Rule."""
        volume = model.volume
        return None if volume.minute_kinds else volume.silent_until(max(last, volume.since), self.strength, upto)

    @property
    def _least(self) -> float:
        """What must be expected for nothing to be improbable enough: by a Poisson distribution, which errs this way."""
        return self.strength * log(10)

    def judge(self, series: Series) -> Finding | None:
        """See the class. A series in an incident is asked only whether it goes on."""
        if series.model is None:
            return None
        volume = series.model.volume
        if series.open is not None:
            return self._goes_on(series, volume)
        best: Finding | None = None
        reach = min(len(volume.totals) - 1, series.minute - volume.since)
        lately = sum(volume.totals) / len(volume.totals)
        effects = self._effects(volume, lately, reach)
        for window in volume.fallen(effects.items(), self._least):
            forecast = volume.forecast(series.minute, window, effects[window])
            if forecast is None:
                continue
            counts = volume.totals[-window:]
            count = sum(counts)
            if count >= forecast.mean * min(effects[window], self._effect(window, forecast.mean / window)):
                continue
            if count >= forecast.mean * self.slow_effect and not volume.knows_its_kind(series.minute):
                continue
            strength = counts_at_most(count, forecast.mean, forecast.variance)
            if strength < self.strength or (best is not None and strength <= best.weight * 2 * self.strength):
                continue
            if self._is_sound(counts, forecast):
                best = self._says(strength, window, count, forecast, volume)
        return best or self._slowly(series, volume, reach) or self._for_hours(series, volume)

    def _for_hours(self, series: Series, volume: VolumeModel) -> Finding | None:
        """What is silent for so long that even of a scope like this one something was due."""
        last = max(series.last_data, volume.since)
        minutes = series.minute - last
        if series.last_data < 0 or minutes < LEAST or volume.minute_kinds is not None:
            return None
        due = volume.due_since(last, series.minute)
        strength = strength_of_none(due)
        if strength < self.strength:
            return None
        severity, score = graded(strength, self.strength, self.critical)
        text = f"nothing for {minutes_long(minutes // 60 * 60)}, {instead_of(due)}"
        weight = strength / self.strength / 2
        return Finding(self.name, severity, score, text, minutes, 0, due, due / minutes, plain=True, weight=weight)

    def _slowly(self, series: Series, volume: VolumeModel, reach: int) -> Finding | None:
        """What has come so slowly that the last minutes have followed it."""
        steady_from = volume.steady_from
        for window in _SLOW:
            if window < steady_from:
                continue
            if window > reach:
                break
            effect = min(self.slow_effect, volume.unlike_below(window))
            forecast = volume.far_forecast(series.minute, window, effect)
            if forecast is None:
                continue
            counts = volume.totals[-window:]
            count = sum(counts)
            if count >= forecast.mean * effect:
                continue
            strength = counts_at_most(count, forecast.mean, forecast.variance)
            if strength >= self.strength and self._is_sound(counts, forecast):
                return self._says(strength, window, count, forecast, volume)
        return None

    def _effects(self, volume: VolumeModel, usual: float, reach: int) -> Mapping[int, float]:
        """The windows up to `reach`, each with the part below which it may be of interest."""
        if volume.is_calm and not self._is_large(usual):
            return _least_effects(self, reach)
        return {w: min(self._effect(w, usual), volume.unlike_below(w)) for w in self.windows if w <= reach}

    def _is_large(self, usual: float) -> bool:
        """Whether so many transactions a minute are usual that less than `effect` is of interest."""
        return usual * (1 - self.effect) > self.large

    def _effect(self, window: int, usual: float) -> float:
        """The effect that is of interest where so many transactions a minute are usual."""
        if window < 4:
            return self.effects_short[window - 2]
        if not self._is_large(usual):
            return self.effect
        return max(self.effect, min(_LEAST_EFFECT, 1 - self.large / usual))

    def _is_sound(self, counts: list[int], forecast: Forecast) -> bool:
        worst = min(range(len(counts)), key=lambda i: counts[i] - forecast.mean * forecast.parts[i])
        rest = forecast.without(worst)
        left = sum(counts) - counts[worst]
        if left > 0.9 * rest.mean or counts_at_most(left, rest.mean, rest.variance) < self.rest:
            return False
        return counts[-1] <= 0.9 * forecast.mean * forecast.parts[-1]

    def _says(self, strength: float, window: int, count: int, forecast: Forecast, volume: VolumeModel) -> Finding:
        severity, score = graded(strength, self.strength, self.critical)
        text = f"{count:,} transactions in {window} minutes, {instead_of(forecast.mean)}"
        plain = volume.is_special() or None in volume.profile[-window:]
        level = forecast.mean / _base(volume, window, plain=plain)
        weight = strength / self.strength / 2
        return Finding(self.name, severity, score, text, window, count, forecast.mean, level, plain, weight)

    def _goes_on(self, series: Series, volume: VolumeModel) -> Finding | None:
        assert series.open is not None
        window = min(max(_RECOVERS, volume.steady_from), series.minute - series.open.since + 1, len(volume.totals))
        count = sum(volume.totals[-window:])
        plain = series.open.plain
        expected = series.open.level * _base(volume, window, plain=plain)
        expected = volume.carried_over(expected, window, series.minute - series.open.opened + 1)
        if count >= expected * min(0.9, (1 + series.open.excess) / 2):
            return None
        text = f"{count:,} transactions in the last {window} minutes, {instead_of(expected)}"
        one = series.open.level * _base(volume, 1, plain=plain)
        severity, score = graded(self.strength, self.strength, self.critical)
        return Finding(self.name, severity, score, text, 1, volume.totals[-1], one, series.open.level, plain, 0.5)


def _base(volume: VolumeModel, window: int, *, plain: bool) -> float:
    """The sum of the profile over the last minutes, or their number."""
    return float(window) if plain else sum(part or 0.0 for part in volume.profile[-window:])


@lru_cache
def _least_effects(rule: VolumeDrop, reach: int) -> Mapping[int, float]:
    """What `_effects` are where nothing is large, and nothing falls by itself: as in nearly every minute."""
    return {window: rule._effect(window, 0.0) for window in rule.windows if window <= reach}
