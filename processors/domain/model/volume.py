"""The volume of a scope: a profile of the day, weekdays apart from weekends, times the level of the last minutes.

Two levels are kept: that of the minutes just before a window, which follows the traffic, and a slow one, the median
of some hours, which a surge or an outage does not move. A fall counts only when it lies below both: what comes down
after a surge is no outage. How well the forecast does is learned as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import exp, floor, sqrt
from typing import Final

from processors.domain.model.apart import Apart, heard, level_near
from processors.domain.model.forecast import OVERDISPERSION, Forecast
from processors.domain.model.share import LEARN_AFTER

SPAN: Final = 120
"""How many of the last minutes are kept: the longest window, and the level before it."""

__all__ = ["OVERDISPERSION", "SPAN", "Forecast", "VolumeModel", "is_weekend"]

_DAY: Final = 1440
_SLOT: Final = 15
_SLOTS: Final = _DAY // _SLOT
_FIRST_WEEKDAY: Final = 3
"""Day 0 of the epoch was a Thursday."""
_KEEP_DAY: Final = 0.6
_OTHER_KIND: Final = 0.3
"""What weekdays say of weekends, and the other way round, until they have said enough for themselves."""
_ENOUGH: Final = 4.0
"""Minutes that a slot must have taught."""
_FLOOR: Final = 0.02
_BLOCK: Final = 10
_BLOCKS: Final = 24
_BLOCK_AGE: Final = 30
_SHORT: Final = 8
"""Windows up to this length are compared with the 20 minutes before, longer ones with 45."""
_BEFORE: Final = {True: 20, False: 45}
_PLAIN: Final = 30
_HORIZONS: Final = (5, 15)
_FIRST_ERRORS: Final = {"plain|5": 0.15, "plain|15": 0.25, "day|5": 0.08, "day|15": 0.12}
_ERROR_STEP: Final = 0.1
_ERROR_QUANTILE: Final = 0.68
_ERROR_LIMITS: Final = (0.025, 0.4)
_ERROR_FROM: Final = 300.0
"""Forecasts of fewer transactions than this say more of chance than of the forecast."""
_SHIFT: Final = 20
"""Minutes by which a ramp may come early or late."""


@dataclass(slots=True)
class VolumeModel:
    """What is known of a scope's volume. Lists are replaced, never changed, so that copies may share them.

    Args:
        totals: Of the last minutes, oldest first.
        profile: What the profile said of each of them; None where it knew nothing yet.
        barred: For each of them, whether it must teach neither the profile nor the level.
        since: Windows begin after this minute.
        slots: (weekend * 96 + quarter hour) to [transactions, minutes, day of the last addition].
        blocks: (transactions, profile, minutes) of blocks of ten minutes, some time ago.
        errors: Typical relative error of the forecast, by kind and horizon.
        apart: Which of the last minutes belong to special days or to maintenance; None when none of them does.
    """

    totals: list[int] = field(default_factory=list)
    profile: list[float | None] = field(default_factory=list)
    barred: list[bool] = field(default_factory=list)
    since: int = -1
    slots: dict[int, tuple[float, float, int]] = field(default_factory=dict)
    blocks: list[tuple[float, float, int]] = field(default_factory=list)
    errors: dict[str, float] = field(default_factory=lambda: dict(_FIRST_ERRORS))
    apart: Apart | None = None

    def copy(self) -> "VolumeModel":
        """A model that changes apart from this one."""
        return replace(self, slots=dict(self.slots), errors=dict(self.errors))

    def is_special(self, window: int = 1) -> bool:
        """Whether any of the last `window` minutes belongs to a special day: it follows no habit."""
        return self.apart is not None and any(self.was_special(back) for back in range(1, window + 1))

    def was_special(self, back: int) -> bool:
        """Whether the minute `back` places from the end, 1 is the last, belongs to a special day."""
        return self.apart is not None and back <= len(self.totals) and self.apart.is_special(-back)

    def at(self, minute: int) -> float | None:
        """What the profile says of a minute, between the middles of its quarter hours; None when it knows nothing."""
        weekend = is_weekend(minute)
        place = minute % _DAY / _SLOT - 0.5
        first = floor(place)
        value = 0.0
        for slot, weight in ((first, first + 1 - place), (first + 1, place - first)):
            seen, minutes = self._slot(weekend, slot % _SLOTS)
            if minutes < _ENOUGH:
                return None
            value += weight * seen / minutes
        return max(value, _FLOOR)

    def _slot(self, weekend: bool, slot: int) -> tuple[float, float]:  # noqa: FBT001 - which of two profiles
        own = self.slots.get(weekend * _SLOTS + slot, (0.0, 0.0, 0))
        if own[1] >= 2.5 * _ENOUGH:
            return own[0], own[1]
        other = self.slots.get((not weekend) * _SLOTS + slot, (0.0, 0.0, 0))
        return own[0] + _OTHER_KIND * other[0], own[1] + _OTHER_KIND * other[1]

    def hear(self, minute: int, total: int, *, barred: bool, kind: int = 0) -> None:
        """Take in the next minute, and learn from those that are old enough. `kind`: see Apart."""
        self.totals = [*self.totals, total][-SPAN:]
        self.profile = [*self.profile, self.at(minute)][-SPAN:]
        self.barred = [*self.barred, barred][-SPAN:]
        if kind or self.apart is not None:
            self.apart = heard(self.apart, kind, len(self.totals))
        self._learn_profile(minute)
        if minute % _BLOCK == _BLOCK - 1:
            self._learn_block()
        for horizon in _HORIZONS:
            if minute % horizon == horizon - 1:
                self._learn_error(horizon)

    def bar(self, minutes: int) -> None:
        """The last so many minutes must not teach."""
        keep = max(0, len(self.barred) - minutes)
        self.barred = self.barred[:keep] + [True] * (len(self.barred) - keep)

    def accept(self) -> None:
        """The level of the last minutes is what is normal from now on."""
        self.barred, self.blocks = [False] * len(self.barred), []
        self.apart = self.apart and replace(self.apart, blocks=[])

    def lapse(self) -> None:
        """The minutes that come next do not follow on the last ones."""
        self.totals, self.profile, self.barred, self.blocks, self.apart = [], [], [], [], None

    def forecast(self, minute: int, window: int, fallen_to: float | None = None) -> Forecast | None:
        """What the last `window` minutes up to and with `minute` should have held; None while too little is known.

        With `fallen_to`, None also when they hold more than this part of it, as far as that can be said cheaply.
        """
        before = _BEFORE[window <= _SHORT]
        size = len(self.totals)
        first = size - window
        start = max(0, first - before)
        if first < 15:
            return None
        apart = self.apart
        if apart is not None and not apart.is_all_special(start):
            return self._forecast_apart(apart, minute, window, start)
        has_profile = apart is None and None not in self.profile[start:]
        parts: Sequence[float] = self.profile[first:] if has_profile else [1.0] * window  # type: ignore[assignment]
        kind = "day" if has_profile else "plain"
        if not has_profile:
            start = max(start, first - _PLAIN)
        level, seen = self._level(start, first, kind)
        whole = sum(parts)
        if level is not None and fallen_to is not None and sum(self.totals[first:]) >= level * whole * fallen_to:
            return None  # what comes below makes the forecast lower, never higher
        if level is None and apart is not None:
            return self._forecast_apart(apart, minute, window, start)
        slow = self._slow(kind) if apart is None else apart.slow()
        if level is None or (slow is not None and slow < level):
            level = slow
        if level is None:
            return None
        return self._forecast(minute, parts, whole, level, seen, kind)

    def _forecast(
        self, minute: int, parts: Sequence[float], whole: float, level: float, seen: float, kind: str
    ) -> Forecast:
        window = len(parts)
        mean = level * whole
        if kind == "day" and window > 4:
            mean *= self._ramp(minute - window // 2)
        error = 1.2 * self.errors[f"{kind}|{5 if window <= _SHORT else 15}"]
        variance = OVERDISPERSION * mean + error * error * mean * mean + mean * mean * OVERDISPERSION / max(seen, 1.0)
        return Forecast(mean, variance, [part / whole for part in parts])

    def _forecast_apart(self, apart: Apart, minute: int, window: int, start: int) -> Forecast | None:
        """The forecast where a special day or maintenance is near; none for a window that days of both kinds share."""
        size = len(self.totals)
        first = size - window
        if apart.switched_in(first):
            return None
        found = level_near(apart, self.totals, self.profile, self.barred, range(start, first), _PLAIN, self._slow)
        if found is None:
            return None
        kind, level, seen = found
        base = self.profile if kind == "day" else [1.0] * size
        parts = [part or 0.0 for part in base[first:]]
        return self._forecast(minute, parts, sum(parts), level, seen, kind)

    def carried_over(self, expected: float, window: int, since: int) -> float:
        """What was expected of the last `window` minutes, where the days have changed in the last `since` minutes."""
        if self.apart is None or not self.apart.switched_in(max(0, len(self.totals) - since)):
            return expected
        return self.apart.carried_over(expected, self.profile[len(self.profile) - window :], self._slow)

    def likely(self, window: int) -> float:
        """What the last `window` minutes would have held at the level before them: never less than they did hold."""
        size = len(self.totals)
        held = float(sum(self.totals[size - window :]))
        first = size - window
        start = max(0, first - 45)
        if self.apart is not None:
            start = self.apart.since_switch(start)
        if first - start < 15:
            return held
        if None not in self.profile[start:]:
            base = sum(self.profile[start:first])  # type: ignore[arg-type]
            mean = sum(self.totals[start:first]) / base * sum(self.profile[first:])  # type: ignore[arg-type]
        else:
            start = max(start, first - _PLAIN)
            mean = sum(self.totals[start:first]) / (first - start) * window
        return float(min(max(mean, held), 4 * held))

    def _level(self, start: int, stop: int, kind: str) -> tuple[float | None, float]:
        """Level of the minutes of the lists from `start` to `stop` that may teach, and how many transactions say so."""
        totals, profile, barred = self.totals[start:stop], self.profile[start:stop], self.barred[start:stop]
        if True in barred:
            totals = [total for total, bar in zip(totals, barred, strict=True) if not bar]
            profile = [part for part, bar in zip(profile, barred, strict=True) if not bar]
        used, seen = len(totals), float(sum(totals))
        base = sum(profile) if kind == "day" else float(used)  # type: ignore[arg-type]  # see has_profile in forecast
        if used < 8 or seen < 5:
            return None, 100.0
        return seen / base, seen

    def _slow(self, kind: str) -> float | None:
        """The median level of the last hours."""
        if kind == "day":
            ratios = sorted(seen / base for seen, base, _ in self.blocks if base > 0)
        else:
            ratios = sorted(seen / minutes for seen, _, minutes in self.blocks)
        return ratios[len(ratios) // 2] if len(ratios) >= 4 else None

    def _ramp(self, middle: int) -> float:
        """How much lower the profile lies where the ramp may have been instead; 0.6 at least."""
        here = self.at(middle) or 1.0
        early, late = self.at(middle - _SHIFT) or here, self.at(middle + _SHIFT) or here
        return max(0.6, min(early, here, late) / here)

    def _learn_profile(self, minute: int) -> None:
        back = LEARN_AFTER + 1
        if len(self.totals) < back or self.barred[-back]:
            return
        if self.was_special(back):
            return
        learned = minute - LEARN_AFTER
        slot = is_weekend(learned) * _SLOTS + learned % _DAY // _SLOT
        day = learned // _DAY
        held = self.slots.get(slot, (0.0, 0.0, day))
        keep = 1.0 if held[2] == day else _KEEP_DAY
        self.slots[slot] = (held[0] * keep + self.totals[-back], held[1] * keep + 1, day)

    def _learn_block(self) -> None:
        stop = len(self.totals) - _BLOCK_AGE
        start = stop - _BLOCK
        if start < 0:
            return
        seen = base = 0.0
        minutes = 0
        apart = self.apart
        if apart is not None:
            self.apart = apart.with_block(start, stop, self.totals, self.barred)
        for index in range(start, stop):
            if not self.barred[index] and (apart is None or not apart.is_special(index)):
                seen += self.totals[index]
                base += self.profile[index] or 0.0
                minutes += 1
        if minutes >= _BLOCK // 2:
            self.blocks = [*self.blocks, (seen, base, minutes)][-_BLOCKS:]

    def _learn_error(self, horizon: int) -> None:
        """Move the typical error towards the 68 % quantile of what is seen, less what is due to chance."""
        first = len(self.totals) - horizon
        start = first - _BEFORE[horizon <= _SHORT]
        if start < 0 or self.apart is not None or any(self.barred[start:]):
            return
        kind = "day" if None not in self.profile[start:] else "plain"
        if kind == "plain":
            start = max(start, first - _PLAIN)
        base = self.profile if kind == "day" else [1.0] * len(self.totals)
        before = sum(base[start:first])  # type: ignore[arg-type]
        mean = sum(self.totals[start:first]) / before * sum(base[first:])  # type: ignore[arg-type]
        if mean <= _ERROR_FROM:
            return
        chance = 1.2 / mean + 1.2 * horizon / mean / (first - start)
        error = sqrt(max(0.0, ((sum(self.totals[first:]) - mean) / mean) ** 2 - chance))
        name = f"{kind}|{horizon}"
        step = _ERROR_STEP * horizon / 15 * ((error > self.errors[name]) - (1 - _ERROR_QUANTILE))
        low, high = _ERROR_LIMITS
        self.errors[name] = min(high, max(low, self.errors[name] * exp(step)))


def is_weekend(minute: int) -> bool:
    """Whether the minute lies in a Saturday or a Sunday (UTC)."""
    return (minute // _DAY + _FIRST_WEEKDAY) % 7 >= 5
