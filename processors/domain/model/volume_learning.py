"""What the volume of a scope learns of each minute: habits, blocks, how restless it is, how well forecasts do."""

from typing import Final

from processors.domain.model import forecast_errors, profile
from processors.domain.model.blocks import BLOCK, added, is_closed
from processors.domain.model.habits import QUARTER
from processors.domain.model.share import LEARN_AFTER
from processors.domain.model.unrest import EVERY, SPAN, noted
from processors.domain.model.volume_level import PLAIN, minutes_before
from processors.domain.model.volume_memory import VolumeMemory

_EDGE: Final = 0.25
"""A forecast from one side of a step to the other, if that is so high, says nothing of how well others do."""
_ENOUGH: Final = 4
"""Minutes of a quarter hour that must be known."""
_BLOCK_AGE: Final = 30
HORIZONS: Final = (5, 15)
_OF_CHANCE: Final = 1.6
"""Variance over mean up to which counts differ from a forecast by chance: measured on public traffic 1.0 to 1.9."""
_ERROR_FROM: Final = 300.0
"""Forecasts of fewer transactions than this say more of chance than of the forecast."""


def learn_profile(volume: VolumeMemory, minute: int, last: int | None = None) -> None:
    """Every quarter of an hour, the one that is old enough; `last` is the last minute heard, if not `minute`."""
    learned = minute - LEARN_AFTER
    if learned % QUARTER != QUARTER - 1:
        return
    stop = len(volume.totals) - (minute if last is None else last) + learned
    start = max(0, stop - QUARTER)
    known = [i for i in range(start, stop) if volume.minute_kinds is None or not volume.minute_kinds.kinds[i]]
    if len(known) < _ENOUGH:
        return
    barred = 2 * sum([volume.is_barred(len(volume.totals) - i) for i in known]) > len(known) if volume.bars else False
    volume.habits.learn(
        volume.local(learned) // QUARTER, sum([volume.totals[i] for i in known]) / len(known), barred=barred
    )


def learn_block(volume: VolumeMemory) -> None:
    """Every ten minutes, the block that is old enough: what it held, and what the profile had said of it."""
    stop = len(volume.totals) - _BLOCK_AGE
    start = stop - BLOCK
    if start < 0:
        return
    seen = base = 0.0
    minutes = 0
    kinds = volume.minute_kinds
    if kinds is not None:
        volume.minute_kinds = kinds.with_block(start, stop, volume.totals, volume.barred)
    shape = volume.parts(start, stop)
    for index in range(start, stop):
        if not volume.is_barred(len(volume.totals) - index) and (kinds is None or not kinds.is_special(index)):
            seen += volume.totals[index]
            base += shape[index - start]
            minutes += 1
    if minutes < BLOCK // 2:
        return
    if is_closed(volume.past, base, minutes) or min(shape) < profile.STEP * max(shape):
        base = 0.0
    volume.past = added(volume.past, seen, base, minutes)
    if (slow := volume.slow_level("day")) is not None:
        volume.usual = slow


def learn_unrest(volume: VolumeMemory) -> None:
    """Every half hour, how low windows went in it by themselves."""
    if len(volume.totals) == SPAN and volume.minute_kinds is None:
        steady = volume.steady_level("day" if volume.knows_from(0) else "plain")
        is_barred = volume.bars & ((1 << EVERY) - 1) > 0
        volume.note_lows(noted(volume.lows, volume.totals, volume.parts(0, SPAN), steady, is_barred=is_barred))


def learn_error(volume: VolumeMemory, horizon: int) -> None:
    """Move the typical error towards the 68 % quantile of what is seen, less what is due to chance."""
    size = len(volume.totals)
    first = size - horizon
    start = first - minutes_before(horizon)
    if start < 0 or volume.minute_kinds is not None or volume.bars & ((1 << size - start) - 1):
        return
    kind = "day" if volume.knows_from(start) else "plain"
    if kind == "plain":
        start = max(start, first - PLAIN)
    base = volume.parts(start, size) if kind == "day" else [1.0] * (size - start)
    if min(base) < _EDGE * max(base):
        return
    before = sum(base[: first - start])
    mean = sum(volume.totals[start:first]) / before * sum(base[first - start :])
    if mean <= _ERROR_FROM:
        return
    seen = sum(volume.totals[-horizon:])
    chance = _OF_CHANCE / mean + _OF_CHANCE * horizon / mean / (first - start)
    forecast_errors.move(volume.errors, f"{kind}|{horizon}", horizon, (seen - mean) / mean, chance)
    if kind == "day" and horizon == HORIZONS[-1]:
        mean = (volume.slow_level("day") or 0.0) * sum(base[first - start :])
        if mean > _ERROR_FROM:
            forecast_errors.move(volume.errors, forecast_errors.FAR, horizon, (seen - mean) / mean, _OF_CHANCE / mean)
