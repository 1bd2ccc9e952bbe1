"""Scores of any series of numbers, row by row: how far out of line each value is, by what came before it alone.

Three things are watched, each against its own past: how far the value lies from the best forecast, how far the last
values lie from the level of long, and how lively they are. A forecast is the last value, a local level, or a profile
of the day or the week with a local level, whichever has been nearest of late. Nothing is assumed about the values:
what is usual is ranked, and beyond that the mean excess is extrapolated (see domain.generic_tail).
"""

from dataclasses import dataclass, field
from math import inf, isfinite, log, log10
from typing import Final

from floodmark.analysis.series_score.tail import Tail

FULL: Final = 12.0
"""-log10 of the tail probability at which a score is 1."""
_LARGEST: Final = 1e100
"""Values beyond are taken for this, so that sums of them stay finite."""
_WATCHED: Final = 3
_DAY_S: Final = 86_400
_WEEK_S: Final = 7 * _DAY_S
_SLOT_S: Final = {_DAY_S: 1_800, _WEEK_S: 3_600}
_MEMORY: Final = 12
"""Values of a slot that its mean remembers."""
_TRIED: Final = 0.5
"""Weight of a mean that has learned for a half-life: 50 forecasts."""
_CLIP: Final = 5.0
"""Deviations of more than so many usual ones teach a scale or a level no more than this."""


def _keep(rows: float) -> float:
    """The factor by which what was learned halves in so many rows."""
    return float(0.5 ** (1 / rows))


_QUICK: Final = _keep(6)
_LOCAL: Final = _keep(12)
_RECENT: Final = _keep(50)
_LONG: Final = _keep(300)
_FAR: Final = 1 / (1 - _LONG)
"""Usual sizes in the largest one that a long mean has seen when it has seen one alone."""


@dataclass(slots=True)
class _Mean:
    """A moving mean that begins as a plain one."""

    keep: float
    value: float = 0.0
    weight: float = 0.0

    def learn(self, value: float) -> None:
        self.weight = self.weight * self.keep + 1 - self.keep
        self.value += (value - self.value) * (1 - self.keep) / self.weight


@dataclass(slots=True)
class _Season:
    """A profile of one period, and how far the last values lay above it.

    Args:
        period_s: Its length in seconds.
        slots: Slot to (mean, values that it remembers, number of the period that taught it first).
    """

    period_s: int
    slots: dict[int, tuple[float, int, int]] = field(default_factory=dict)
    above: _Mean = field(default_factory=lambda: _Mean(_LOCAL))

    def forecast(self, at_s: float) -> float | None:
        """The mean of this slot in earlier periods, moved by the local level; None before it has come round."""
        slot = self.slots.get(self._slot(at_s))
        return slot[0] + self.above.value if slot is not None and slot[2] < at_s // self.period_s else None

    def learn(self, at_s: float, value: float) -> None:
        slot = self._slot(at_s)
        mean, size, first = self.slots.get(slot, (value, 0, int(at_s // self.period_s)))
        if size:
            self.above.learn(value - mean)
        size = min(size + 1, _MEMORY)
        self.slots[slot] = (mean + (value - mean) / size, size, first)

    def _slot(self, at_s: float) -> int:
        return int(at_s % self.period_s // _SLOT_S[self.period_s])


@dataclass(slots=True)
class Scorer:
    """Scores the values of one series. The same rows so far, the same scores: nothing later is ever looked at."""

    last: float | None = None
    local: _Mean = field(default_factory=lambda: _Mean(_LOCAL))
    quick: _Mean = field(default_factory=lambda: _Mean(_QUICK))
    long: _Mean = field(default_factory=lambda: _Mean(_LONG))
    seasons: tuple[_Season, ...] = field(default_factory=lambda: (_Season(_DAY_S), _Season(_WEEK_S)))
    errors: dict[str, _Mean] = field(default_factory=dict)
    scale: _Mean = field(default_factory=lambda: _Mean(_LONG))
    width: _Mean = field(default_factory=lambda: _Mean(_LONG))
    pace: _Mean = field(default_factory=lambda: _Mean(_LOCAL))
    usual_pace: _Mean = field(default_factory=lambda: _Mean(_LONG))
    tails: tuple[Tail, ...] = field(default_factory=lambda: tuple(Tail() for _ in range(_WATCHED)))

    def score(self, value: float, at_s: float | None = None) -> float:
        """The score of the next value, from 0 to 1: -log10 of its tail probability over FULL. Then it is learned.

        Args:
            value: Any finite number.
            at_s: When, in seconds since the epoch; None where it is not known: then no season is.

        Raises:
            ValueError: The value is not finite.
        """
        if not isfinite(value):
            raise ValueError(f"{value} is no finite number")
        value = max(-_LARGEST, min(_LARGEST, value))
        if self.last is None:
            self.last = value
            self._learn_level(value, at_s)
            return 0.0
        forecasts = self._forecasts(at_s)
        best = min(forecasts, key=lambda name: (self._error(name), name))
        off = abs(value - forecasts[best])
        seen = (_over(off, self.scale), self._drift(value), self._liveliness(value))
        strengths = [tail.strength(each) for tail, each in zip(self.tails, seen, strict=True)]
        for tail, each in zip(self.tails, seen, strict=True):
            tail.learn(each)
        for name, forecast in forecasts.items():
            self.errors.setdefault(name, _Mean(_RECENT)).learn(abs(value - forecast))
        self.scale.learn(_clipped(off, self.scale))
        self._learn_level(value, at_s)
        self.last = value
        return max(0.0, min(1.0, (max(strengths) - log10(_WATCHED)) / FULL))

    def _error(self, name: str) -> float:
        """How far such forecasts were off; one that has not been tried for a while is trusted last."""
        error = self.errors.get(name)
        return error.value if error is not None and error.weight > _TRIED else inf

    def _forecasts(self, at_s: float | None) -> dict[str, float]:
        assert self.last is not None
        found = {"last": self.last, "local": self.local.value}
        for season in self.seasons if at_s is not None else ():
            forecast = season.forecast(at_s)  # type: ignore[arg-type]  # see the line above
            if forecast is not None:
                found[f"season {season.period_s}"] = forecast
        return found

    def _drift(self, value: float) -> float:
        """How far the last values lie from the level of long, in usual distances from it."""
        self.quick.learn(value)
        return _over(abs(self.quick.value - self.long.value), self.width)

    def _liveliness(self, value: float) -> float:
        """How much more or less the last values move than they do in the long run, as a logarithm."""
        assert self.last is not None
        step = abs(value - self.last)
        self.pace.learn(_clipped(step, self.usual_pace))
        usual, least = self.usual_pace.value, 1e-3 * self.usual_pace.value
        self.usual_pace.learn(_clipped(step, self.usual_pace))
        return abs(log((self.pace.value + least) / (usual + least))) if usual > 0 else 0.0

    def _learn_level(self, value: float, at_s: float | None) -> None:
        self.local.learn(value)
        apart = value - self.long.value if self.long.weight else 0.0
        bounded = _clipped(abs(apart), self.width)
        self.long.learn(self.long.value + (bounded if apart > 0 else -bounded) if self.long.weight else value)
        self.width.learn(bounded)
        if at_s is not None:
            for season in self.seasons:
                season.learn(at_s, value)


def _over(size: float, usual: _Mean) -> float:
    """A size in usual ones, 0 while none is known. Where all were 0 so far, any is as large as can be."""
    if not usual.weight or not size:
        return 0.0
    return min(size / usual.value, _FAR) if usual.value > 0 else _FAR


def _clipped(size: float, usual: _Mean) -> float:
    """The size that teaches: at most some usual ones, as soon as it is known what is usual."""
    return min(size, _CLIP * usual.value) if usual.value > 0 and usual.weight > 0.05 else size
