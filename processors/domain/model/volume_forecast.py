"""What the volume of a window should have held, by the levels of the minutes before it and of the last hours."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import mul
from typing import Final

from processors.domain.model import forecast_errors, profile
from processors.domain.model.forecast import OVERDISPERSION, Forecast
from processors.domain.model.habits import QUARTER
from processors.domain.model.special_days import MinuteKinds
from processors.domain.model.volume_level import (
    LEAST_BEFORE,
    LEAST_MINUTES,
    LEAST_SEEN,
    PLAIN,
    SHORT,
    level_of,
    minutes_before,
    says_level,
)
from processors.domain.model.volume_memory import NOTHING, PART, UNKNOWN, VolumeMemory

_CARRIED: Final = 0.6
"""Part of the level of the last hours that were open that is expected of the next ones."""
_NEARLY: Final = 1 - 1e-9
"""Sums that are taken by differences are off by less: what is a fall is not missed by it."""
_MAX_FAR: Final = 1.1
"""The highest level that is expected to stay: one that goes back to the habit of the day is no fall."""
_AGREES: Final = 0.8
"""The part of it that the same minutes must have held a week before, where that is known."""
_SURE_LEVEL: Final = 1_000.0
"""Transactions a minute that say the level of some minutes so well that a ramp which came late shows in it."""


def forecast(volume: VolumeMemory, minute: int, window: int, fallen_to: float | None = None) -> Forecast | None:
    """What the last `window` minutes up to and with `minute` should have held; None while too little is known.

    With `fallen_to`, None also when they hold more than this part of it, as far as that can be said cheaply.
    """
    before = minutes_before(window)
    size = len(volume.totals)
    first = size - window
    start = max(0, first - before)
    if first < LEAST_BEFORE:
        return None
    kinds = volume.minute_kinds
    if kinds is not None and not kinds.is_all_special(start):
        return _forecast_special(volume, kinds, minute, window, start)
    has_profile = kinds is None and volume.knows_from(start)
    if not has_profile:
        start = max(start, first - PLAIN)
    kind = "day" if has_profile else "plain"
    shape = volume.parts(start, size) if has_profile else [1.0] * (size - start)
    parts = shape[first - start :]
    level, seen, most = level_of(volume, start, first, shape)
    whole = sum(parts)
    if level is not None and fallen_to is not None and sum(volume.totals[first:]) >= level * whole * fallen_to:
        return None  # what comes below makes the forecast lower, never higher
    if level is None and kinds is not None:
        return _forecast_special(volume, kinds, minute, window, start)
    slow = volume.steady_level(kind) if kinds is None else kinds.slow()
    if level is None and slow is not None and kind == "day" and volume.slow_level(kind) is None:
        level = slow * _CARRIED
    if level is None or (slow is not None and slow < level):
        level = slow
    if level is not None and level > most:
        level = most
    if level is None:
        return None
    return _of_level(volume, minute, parts, level, seen, kind)


def _most(volume: VolumeMemory, minute: int, window: int) -> float:
    """The most that the last `window` minutes may be expected to hold: as on the day that held most, or as before.

    Level and profile may both know of the same rise: where another kind of day has begun in the scope's own zone
    before it does by the profile's days.
    """
    minute = volume.local(minute)
    first, last = (minute - window + 1) // QUARTER - 1, minute // QUARTER + 1
    highest = max([volume.habits.most(number) for number in range(first, last + 1)])
    before = volume.totals[-window - minutes_before(window) : -window]
    return window * max(highest, sum(before) / len(before))


def far_forecast(volume: VolumeMemory, minute: int, window: int, fallen_to: float) -> Forecast | None:
    """What the last `window` minutes should have held if nothing had changed for hours; None: that is not known.

    It holds on to the level of the last hours where `forecast` follows the last minutes: so what comes slowly is
    seen as well. What is above the habit of the day is not expected to stay. None also when the minutes hold more
    than the part `fallen_to` of it.
    """
    size = len(volume.totals)
    if volume.bars or volume.minute_kinds is not None or size < window + PLAIN:
        return None
    shape = volume.parts(size - window, size)
    whole, count = sum(shape), sum(volume.totals[-window:])
    if count >= fallen_to * _MAX_FAR * whole or min(shape) <= profile.FLOOR:
        return None
    slow = volume.slow_level("day")
    if slow is None:
        return None
    mean = min(slow, _MAX_FAR) * whole * profile.ramp(volume.habits, volume.local(minute - window // 2))
    if profile.week_ago(volume.habits, volume.local(minute), window) < _AGREES * mean:
        return None
    error = 1.2 * max(forecast_errors.of(volume.errors, forecast_errors.FAR), volume.errors["day|15"])
    variance = OVERDISPERSION * mean + error * error * mean * mean
    return Forecast(mean, variance, [part / whole for part in shape])


def fallen(volume: VolumeMemory, windows: Iterable[tuple[int, float]], least: float = 0.0) -> list[int]:
    """Of these windows, each with a part, those of which `forecast` with `fallen_to` that part may know something.

    The same is asked, of all windows at once and a little less exactly, with an error to the safe side: nearly
    always the answer is none. Those of which fewer than `least` transactions are to be expected are left out, too.
    """
    if volume.bars or volume.minute_kinds is not None:
        return [window for window, _ in windows]
    size = len(volume.totals)
    totals, shape = volume.totals[::-1], volume.parts(0, size)[::-1]
    counted, base = [0, *accumulate(totals)], [0.0, *accumulate(shape)]
    levels, bases = counted, base
    opened: list[int] = []
    if NOTHING in volume.shape:
        is_open = [part > profile.FLOOR for part in shape]
        totals = [*map(mul, totals, is_open)]
        opened = [0, *accumulate(is_open)]
        levels, bases = [0, *accumulate(totals)], [0.0, *accumulate(map(mul, shape, is_open))]
    is_sparse = totals.count(0) > LEAST_BEFORE - LEAST_MINUTES
    filled = [0, *accumulate(map(bool, totals))] if is_sparse else []
    unknown = volume.shape.rfind(UNKNOWN) // PART
    found = []
    slow: dict[str, float] = {}
    for window, part in windows:
        first = size - window
        if first < LEAST_BEFORE:
            break
        start = max(0, first - minutes_before(window))
        kind = "day" if start > unknown else "plain"
        if kind == "day":
            back, whole = size - start, base[window]
            before = bases[back] * _NEARLY - bases[window]
            seen = levels[back] - levels[window]
        else:
            start = max(start, first - PLAIN)
            back, whole = size - start, float(window)
            before = first - start
            seen = counted[back] - counted[window]
        if not says_level(opened, filled, window, back):
            seen = 0
        count = counted[window]
        if seen < LEAST_SEEN or count * before * _NEARLY < seen * whole * part:
            if kind not in slow:
                slow[kind] = volume.steady_level(kind) or 0.0
            near = seen / before if seen >= LEAST_SEEN and before > 0 else 0.0
            if max(near, slow[kind]) * whole >= least * _NEARLY:
                found.append(window)
    return found


def _of_level(
    volume: VolumeMemory, minute: int, parts: Sequence[float], level: float, seen: float, kind: str
) -> Forecast:
    window, whole = len(parts), sum(parts)
    mean = level * whole
    if kind == "day" and level > 1:
        mean = min(mean, _most(volume, minute, window))
    if kind == "day" and window > 4:
        is_sure = mean >= _SURE_LEVEL * window
        middle = volume.local(minute - window // 2)
        mean *= (
            profile.ramp_since(volume.habits, middle, middle - window // 2 - minutes_before(window) // 2)
            if is_sure
            else profile.ramp(volume.habits, middle)
        )
    error = 1.4 * volume.errors[f"{kind}|5"] if window <= SHORT else 1.2 * volume.errors[f"{kind}|15"]
    variance = OVERDISPERSION * mean + error * error * mean * mean + mean * mean * OVERDISPERSION / max(seen, 1.0)
    return Forecast(mean, variance, [part / whole for part in parts])


def _forecast_special(
    volume: VolumeMemory, kinds: MinuteKinds, minute: int, window: int, start: int
) -> Forecast | None:
    """The forecast where a special day or maintenance is near; none for a window that days of both kinds share."""
    size = len(volume.totals)
    first = size - window
    if kinds.switched_in(first):
        return None
    before = range(start, first)
    found = kinds.level_near(volume.totals, volume.profile, volume.barred, before, PLAIN, volume.slow_level)
    if found is None:
        return None
    kind, level, seen = found
    base = volume.profile if kind == "day" else [1.0] * size
    parts = [part or 0.0 for part in base[first:]]
    return _of_level(volume, minute, parts, level, seen, kind)


def carried_over(volume: VolumeMemory, expected: float, window: int, since: int) -> float:
    """What was expected of the last `window` minutes, where the days have changed in the last `since` minutes."""
    if volume.minute_kinds is None or not volume.minute_kinds.switched_in(max(0, len(volume.totals) - since)):
        return expected
    return volume.minute_kinds.carried_over(expected, volume.profile[len(volume.profile) - window :], volume.slow_level)


def likely(volume: VolumeMemory, window: int) -> float:
    """What the last `window` minutes would have held at the level before them: never less than they did hold."""
    size = len(volume.totals)
    count = float(sum(volume.totals[size - window :]))
    first = size - window
    start = max(0, first - 45)
    if volume.minute_kinds is not None:
        start = volume.minute_kinds.since_switch(start)
    if first - start < 15:
        return count
    if volume.knows_from(start):
        shape = volume.parts(start, size)
        base, whole = sum(shape[: first - start]), sum(shape[first - start :])
        mean = sum(volume.totals[start:first]) / base * whole
    else:
        start = max(start, first - PLAIN)
        mean = sum(volume.totals[start:first]) / (first - start) * window
    return float(min(max(mean, count), 4 * count))
