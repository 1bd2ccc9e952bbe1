"""The volume of a scope: a profile of the day, from what like days have in common, times the level of the last minutes.

Two levels are kept: that of the minutes just before a window, which follows the traffic, and a slow one, the median
of some hours, which a surge or an outage does not move. A fall counts only when it lies below both: what comes down
after a surge is no outage. How well the forecast does is learned as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, compress
from math import inf
from operator import mul
from struct import Struct
from typing import Final

from processors.domain.clock import SummerClock
from processors.domain.model import forecast_errors, long_silence, profile
from processors.domain.model.blocks import BLOCK, added, highest_level, is_closed, median_level, unpacked
from processors.domain.model.flags import flags_of
from processors.domain.model.forecast import OVERDISPERSION, Forecast
from processors.domain.model.habits import QUARTER, Habits
from processors.domain.model.share import LEARN_AFTER
from processors.domain.model.special_days import Apart, with_minute
from processors.domain.model.unrest import EVERY, SPAN, noted, part_of, steady_from, usual_lows

__all__ = ["OVERDISPERSION", "SPAN", "Forecast", "VolumeModel"]

_DAY: Final = 1440
_CARRIED: Final = 0.6
"""Part of the level of the last hours that were open that is expected of the next ones."""
_EDGE: Final = 0.25
"""A forecast from one side of a step to the other, if that is so high, says nothing of how well others do."""
_ENOUGH: Final = 4
"""Minutes of a quarter hour that must be known."""
_BLOCK_AGE: Final = 30
_SHORT: Final = 8
"""Windows up to this length are compared with the 20 minutes before, longer ones with 45."""
_BEFORE: Final = {True: 20, False: 45}
_PLAIN: Final = 30
_LEAST_BEFORE: Final = 15
"""Minutes that there must be before a window."""
_NEARLY: Final = 1 - 1e-9
"""Sums that are taken by differences are off by less: what is a fall is not missed by it."""
_LEAST_OPEN: Final = 8
"""Of these, those in which something is to be expected and that may teach."""
_LEAST_SEEN: Final = 5
"""Transactions that say a level."""
_LEAST_MINUTES: Final = 3
"""Minutes in which they must have come."""
_HOUR: Final = 60
_HORIZONS: Final = (5, 15)
_OF_CHANCE: Final = 1.6
"""Variance over mean up to which counts differ from a forecast by chance: measured on public traffic 1.0 to 1.9."""
_MAX_FAR: Final = 1.1
"""The highest level that is expected to stay: one that goes back to the habit of the day is no fall."""
_AGREES: Final = 0.8
"""The part of it that the same minutes must have held a week before, where that is known."""
_ERROR_FROM: Final = 300.0
"""Forecasts of fewer transactions than this say more of chance than of the forecast."""
_BULKS: Final = 4
"""Minutes that there are to one that holds anything, where transactions come in bulk."""
_SURE_LEVEL: Final = 1_000.0
"""Transactions a minute that say the level of some minutes so well that a ramp which came late shows in it."""
_BEGUN: Final = 120
"""Minutes after which a day has a level of its own, in windows and in what lies before them."""


_ALL: Final = (1 << SPAN) - 1
_PARTS: Final = tuple(Struct(f"<{size}d") for size in range(SPAN + 1))
_PART: Final = 8
"""Bytes of what the profile says of a minute."""
_NOTHING: Final = _PARTS[1].pack(profile.FLOOR)
"""Where the profile expects nothing at all."""
_UNKNOWN: Final = bytes(_PART)
"""0: no profile is below its floor. Nor has any other number eight bytes of 0 across its border with the next one."""


@dataclass(slots=True)
class VolumeModel:
    """What is known of a scope's volume.

    Args:
        totals: Of the last minutes, oldest first.
        shape: What the profile said of each of them, packed; see `profile`.
        bars: A bit for each of them, the lowest for the newest: set where it must teach neither the profile nor the
            level.
        since: Windows begin after this minute.
        habits: Quarter hours of the last two weeks: what the profile is made of.
        past: Blocks of ten minutes, some time ago, packed; see `blocks`.
        usual: The level of the last hours in which anything was to be expected; 0 before there were any.
        lows: How low windows went by themselves in the last half hours, see `unrest`.
        errors: Typical relative error of the forecast, by kind and horizon.
        apart: Which of the last minutes belong to special days or to maintenance; None when none of them does.
        clock: What the profile follows; None: UTC. Not stored: each minute brings it.
    """

    totals: list[int] = field(default_factory=list)
    shape: bytearray = field(default_factory=bytearray)
    bars: int = 0
    since: int = -1
    habits: Habits = field(default_factory=Habits)
    past: bytes = b""
    usual: float = 0.0
    lows: bytes = b""
    errors: dict[str, float] = field(default_factory=lambda: dict(forecast_errors.FIRST))
    apart: Apart | None = None
    clock: SummerClock | None = field(default=None, compare=False, repr=False)
    _usual_lows: tuple[float, ...] | None = field(default=None, init=False, compare=False, repr=False)

    def copy(self) -> "VolumeModel":
        """A model that changes apart from this one."""
        return replace(
            self,
            totals=self.totals.copy(),
            shape=self.shape.copy(),
            habits=self.habits.copy(),
            errors=dict(self.errors),
        )

    @property
    def profile(self) -> list[float | None]:
        """What the profile said of each of the last minutes; None where it knew nothing yet."""
        return [part or None for part in self._shape(0, len(self.totals))]

    @property
    def barred(self) -> list[bool]:
        """For each of the last minutes, oldest first, whether it must not teach."""
        return flags_of(self.bars, len(self.totals))

    @property
    def blocks(self) -> list[tuple[float, float, int]]:
        """(transactions, profile, minutes) of each block, oldest first."""
        return unpacked(self.past)

    def is_barred(self, back: int) -> bool:
        """Whether the minute `back` places from the end, 1 is the last, must not teach."""
        return self.bars >> (back - 1) & 1 == 1

    def is_special(self, window: int = 1) -> bool:
        """Whether any of the last `window` minutes belongs to a special day: it follows no habit."""
        return self.apart is not None and any(self.was_special(back) for back in range(1, window + 1))

    def is_apart(self, window: int) -> bool:
        """Whether any of the last `window` minutes belongs to a special day, or was one of maintenance."""
        return self.apart is not None and any(self.apart.kinds[-window:])

    def was_special(self, back: int) -> bool:
        """Whether the minute `back` places from the end, 1 is the last, belongs to a special day."""
        return self.apart is not None and back <= len(self.totals) and self.apart.is_special(-back)

    def at(self, minute: int) -> float | None:
        """What the profile says of a minute, between the middles of its quarter hours; None when it knows nothing."""
        return profile.at(self.habits, self._local(minute))

    def _shape(self, start: int, stop: int) -> Sequence[float]:
        """What the profile said of the minutes of the list from `start` to `stop`; 0 where it knew nothing yet."""
        return _PARTS[stop - start].unpack_from(self.shape, _PART * start)

    def _knows(self, start: int) -> bool:
        """Whether the profile knew of all minutes of the list from `start` on."""
        return self.shape.find(_UNKNOWN, _PART * start) < 0

    def follow(self, clock: SummerClock | None) -> None:
        """Habits follow this clock, and days begin by it, until another one is named; None: UTC."""
        self.clock = clock
        self.habits.follow(None if clock is None else clock.east // QUARTER)

    def hear(self, minute: int, total: int, *, barred: bool, kind: int = 0) -> None:
        """Take in the next minute, and learn from those that are old enough. `kind`: see Apart."""
        if not self.totals:
            self.habits.skip_to(self._local(minute) // QUARTER)
        self.totals.append(total)
        self.shape += _PARTS[1].pack(self.at(minute) or 0.0)
        if len(self.totals) > SPAN:
            del self.totals[0], self.shape[:_PART]
        if barred or self.bars:
            self.bars = (self.bars << 1 | barred) & _ALL
        if kind or self.apart is not None:
            self.apart = with_minute(self.apart, kind, len(self.totals))
        self._learn_profile(minute)
        if minute % BLOCK == BLOCK - 1:
            self._learn_block()
            if minute % EVERY == EVERY - 1:
                self._learn_unrest()
        for horizon in _HORIZONS:
            if minute % horizon == horizon - 1:
                self._learn_error(horizon)

    def bar(self, minutes: int) -> None:
        """The last so many minutes must not teach."""
        self.bars |= (1 << min(minutes, len(self.totals))) - 1

    def accept(self) -> None:
        """The level of the last minutes is what is normal from now on."""
        self.bars, self.past = 0, b""
        self.apart = self.apart and replace(self.apart, blocks=[])

    def settle(self, minute: int) -> None:
        """Learn what has been heard up to and with `minute`: nothing follows for a long time."""
        for later in range(minute + 1, minute + 1 + LEARN_AFTER):
            self._learn_profile(later, minute)

    def lapse(self) -> None:
        """The minutes that come next do not follow on the last ones."""
        self.totals, self.shape, self.bars, self.past, self.apart = [], bytearray(), 0, b"", None

    def hopes(self) -> float:
        """The most that an hour may be expected to hold while nothing comes; infinite while the last minutes say it.

        Every ten silent minutes make the median of the last hours lower, if anything, once it is one of enough blocks.
        """
        if self.apart is not None or (sum(self.totals) >= _LEAST_SEEN and _has_level(self.totals)):
            return inf
        seen, base, minutes = zip(*self.blocks, strict=True) if self.past else ((), (), ())
        highest = self.habits.highest
        return _HOUR * max(
            highest_level(seen, minutes), max(highest_level(seen, base), self.usual) * max(highest, profile.FLOOR)
        )

    @property
    def is_calm(self) -> bool:
        """Whether no window falls by itself further than by chance: then `unlike_below` is 1 for all."""
        return min(self._lows()) >= 1.0

    def unlike_below(self, window: int) -> float:
        """The part of what is expected below which a window of so many minutes is unlike what is usual here."""
        return part_of(self._lows(), window)

    @property
    def steady_from(self) -> int:
        """Minutes of the shortest windows that hold most of what is expected: more than 2 where it comes in bulk."""
        return steady_from(self._lows())

    @property
    def is_in_bulk(self) -> bool:
        """Whether most minutes hold nothing, by habit: what comes in the others was made in many."""
        filled = len(self.totals) - self.totals.count(0)
        return filled * _BULKS <= len(self.totals) and self.steady_from > _BULKS

    def _lows(self) -> tuple[float, ...]:
        if self._usual_lows is None:
            self._usual_lows = usual_lows(self.lows)
        return self._usual_lows

    def forecast(self, minute: int, window: int, fallen_to: float | None = None) -> Forecast | None:
        """What the last `window` minutes up to and with `minute` should have held; None while too little is known.

        With `fallen_to`, None also when they hold more than this part of it, as far as that can be said cheaply.
        """
        before = _BEFORE[window <= _SHORT]
        size = len(self.totals)
        first = size - window
        start = max(0, first - before)
        if first < _LEAST_BEFORE:
            return None
        apart = self.apart
        if apart is not None and not apart.is_all_special(start):
            return self._forecast_apart(apart, minute, window, start)
        has_profile = apart is None and self._knows(start)
        if not has_profile:
            start = max(start, first - _PLAIN)
        kind = "day" if has_profile else "plain"
        shape = self._shape(start, size) if has_profile else [1.0] * (size - start)
        parts = shape[first - start :]
        level, seen, most = self._level(start, first, shape)
        whole = sum(parts)
        if level is not None and fallen_to is not None and sum(self.totals[first:]) >= level * whole * fallen_to:
            return None  # what comes below makes the forecast lower, never higher
        if level is None and apart is not None:
            return self._forecast_apart(apart, minute, window, start)
        slow = self._steady_level(kind) if apart is None else apart.slow()
        if level is None and slow is not None and kind == "day" and self._slow(kind) is None:
            level = slow * _CARRIED
        if level is None or (slow is not None and slow < level):
            level = slow
        if level is not None and level > most:
            level = most
        if level is None:
            return None
        return self._forecast(minute, parts, whole, level, seen, kind)

    def _most(self, minute: int, window: int) -> float:
        """The most that the last `window` minutes may be expected to hold: as on the day that held most, or as before.

        Level and profile may both know of the same rise: where another kind of day has begun in the scope's own zone
        before it does by the profile's days.
        """
        minute = self._local(minute)
        first, last = (minute - window + 1) // QUARTER - 1, minute // QUARTER + 1
        highest = max([self.habits.most(number) for number in range(first, last + 1)])
        before = self.totals[-window - _BEFORE[window <= _SHORT] : -window]
        return window * max(highest, sum(before) / len(before))

    def far_forecast(self, minute: int, window: int, fallen_to: float) -> Forecast | None:
        """What the last `window` minutes should have held if nothing had changed for hours; None: that is not known.

        It holds on to the level of the last hours where `forecast` follows the last minutes: so what comes slowly is
        seen as well. What is above the habit of the day is not expected to stay. None also when the minutes hold more
        than the part `fallen_to` of it.
        """
        size = len(self.totals)
        if self.bars or self.apart is not None or size < window + _PLAIN:
            return None
        shape = self._shape(size - window, size)
        whole, count = sum(shape), sum(self.totals[-window:])
        if count >= fallen_to * _MAX_FAR * whole or min(shape) <= profile.FLOOR:
            return None
        slow = self._slow("day")
        if slow is None:
            return None
        mean = min(slow, _MAX_FAR) * whole * profile.ramp(self.habits, self._local(minute - window // 2))
        if profile.week_ago(self.habits, self._local(minute), window) < _AGREES * mean:
            return None
        error = 1.2 * max(forecast_errors.of(self.errors, forecast_errors.FAR), self.errors["day|15"])
        variance = OVERDISPERSION * mean + error * error * mean * mean
        return Forecast(mean, variance, [part / whole for part in shape])

    def knows_its_kind(self, minute: int) -> bool:
        """Whether what is usual is known of a day of this kind; in the middle of a day its own level says enough."""
        local = self._local(minute)
        begun = (local + (self.habits.east or 0) * QUARTER) % _DAY
        return begun >= _BEGUN or self.habits.knows_its_kind(local // QUARTER)

    def due_since(self, last: int, minute: int) -> float:
        """Transactions that were due after the minute `last` up to and with `minute`; see `long_silence`."""
        ahead = self._local(last) - last
        return long_silence.due_since(self.habits, last + ahead, minute + ahead)

    def silent_until(self, last: int, strength: float, upto: int) -> int | None:
        """The minute in which a silence since `last` becomes as improbable as this; None where none is up to `upto`."""
        ahead = self._local(last) - last
        at = long_silence.silent_until(self.habits, last + ahead, strength, upto + ahead)
        return None if at is None else at - ahead

    def _local(self, minute: int) -> int:
        """The minute by the clock that habits follow."""
        return minute if self.clock is None else minute + self.clock.ahead(minute)

    def fallen(self, windows: Iterable[tuple[int, float]], least: float = 0.0) -> list[int]:
        """Of these windows, each with a part, those of which `forecast` with `fallen_to` that part may know something.

        The same is asked, of all windows at once and a little less exactly, with an error to the safe side: nearly
        always the answer is none. Those of which fewer than `least` transactions are to be expected are left out, too.
        """
        if self.bars or self.apart is not None:
            return [window for window, _ in windows]
        size = len(self.totals)
        totals, shape = self.totals[::-1], self._shape(0, size)[::-1]
        counted, base = [0, *accumulate(totals)], [0.0, *accumulate(shape)]
        levels, bases = counted, base
        opened: list[int] = []
        if _NOTHING in self.shape:
            is_open = [part > profile.FLOOR for part in shape]
            totals = [*map(mul, totals, is_open)]
            opened = [0, *accumulate(is_open)]
            levels, bases = [0, *accumulate(totals)], [0.0, *accumulate(map(mul, shape, is_open))]
        is_sparse = totals.count(0) > _LEAST_BEFORE - _LEAST_MINUTES
        filled = [0, *accumulate(map(bool, totals))] if is_sparse else []
        unknown = self.shape.rfind(_UNKNOWN) // _PART
        found = []
        slow: dict[str, float] = {}
        for window, part in windows:
            first = size - window
            if first < _LEAST_BEFORE:
                break
            start = max(0, first - _BEFORE[window <= _SHORT])
            kind = "day" if start > unknown else "plain"
            if kind == "day":
                back, whole = size - start, base[window]
                before = bases[back] * _NEARLY - bases[window]
                seen = levels[back] - levels[window]
            else:
                start = max(start, first - _PLAIN)
                back, whole = size - start, float(window)
                before = first - start
                seen = counted[back] - counted[window]
            if not _says_level(opened, filled, window, back):
                seen = 0
            count = counted[window]
            if seen < _LEAST_SEEN or count * before * _NEARLY < seen * whole * part:
                if kind not in slow:
                    slow[kind] = self._steady_level(kind) or 0.0
                near = seen / before if seen >= _LEAST_SEEN and before > 0 else 0.0
                if max(near, slow[kind]) * whole >= least * _NEARLY:
                    found.append(window)
        return found

    def _forecast(
        self, minute: int, parts: Sequence[float], whole: float, level: float, seen: float, kind: str
    ) -> Forecast:
        window = len(parts)
        mean = level * whole
        if kind == "day" and level > 1:
            mean = min(mean, self._most(minute, window))
        if kind == "day" and window > 4:
            is_sure = mean >= _SURE_LEVEL * window
            middle = self._local(minute - window // 2)
            mean *= (
                profile.ramp_since(self.habits, middle, middle - window // 2 - _BEFORE[window <= _SHORT] // 2)
                if is_sure
                else profile.ramp(self.habits, middle)
            )
        error = 1.4 * self.errors[f"{kind}|5"] if window <= _SHORT else 1.2 * self.errors[f"{kind}|15"]
        variance = OVERDISPERSION * mean + error * error * mean * mean + mean * mean * OVERDISPERSION / max(seen, 1.0)
        return Forecast(mean, variance, [part / whole for part in parts])

    def _forecast_apart(self, apart: Apart, minute: int, window: int, start: int) -> Forecast | None:
        """The forecast where a special day or maintenance is near; none for a window that days of both kinds share."""
        size = len(self.totals)
        first = size - window
        if apart.switched_in(first):
            return None
        before = range(start, first)
        found = apart.level_near(self.totals, self.profile, self.barred, before, _PLAIN, self._slow)
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
        count = float(sum(self.totals[size - window :]))
        first = size - window
        start = max(0, first - 45)
        if self.apart is not None:
            start = self.apart.since_switch(start)
        if first - start < 15:
            return count
        if self._knows(start):
            shape = self._shape(start, size)
            base, whole = sum(shape[: first - start]), sum(shape[first - start :])
            mean = sum(self.totals[start:first]) / base * whole
        else:
            start = max(start, first - _PLAIN)
            mean = sum(self.totals[start:first]) / (first - start) * window
        return float(min(max(mean, count), 4 * count))

    def _level(self, start: int, stop: int, shape: Sequence[float]) -> tuple[float | None, float, float]:
        """Level of the minutes of the lists from `start` to `stop` that may teach, and how many transactions say so.

        Third, the most that it can be: where as good as nothing has come, that is known. `shape` begins with `start`:
        what each minute counts for.
        """
        totals, parts = self.totals[start:stop], shape[: stop - start]
        if bars := self.bars >> (len(self.totals) - stop) & ((1 << stop - start) - 1):
            free = [not bar for bar in flags_of(bars, stop - start)]
            totals, parts = [*compress(totals, free)], [*compress(parts, free)]
        if parts and min(parts) <= profile.FLOOR:
            free = [part > profile.FLOOR for part in parts]
            totals, parts = [*compress(totals, free)], [*compress(parts, free)]
        seen = float(sum(totals))
        if len(totals) < _LEAST_OPEN:
            return None, 100.0, inf
        if seen < _LEAST_SEEN:
            return None, 100.0, _LEAST_SEEN / sum(parts)
        if not _has_level(totals):
            return None, 100.0, inf
        level = seen / sum(parts)
        if min(parts) < (least := profile.STEP * max(parts)):
            sure = [part >= least for part in parts]
            if sum(sure) >= _LEAST_OPEN:
                level = min(level, sum(compress(totals, sure)) / sum(compress(parts, sure)))
        return level, seen, inf

    def _slow(self, kind: str) -> float | None:
        """The median level of the last hours; see `blocks`."""
        return median_level(self.past, kind, in_bulk=self.steady_from > BLOCK)

    def _steady_level(self, kind: str) -> float | None:
        """The median level of the last hours; else, where the day is known, that of the last hours that were open."""
        slow = self._slow(kind)
        return self.usual or None if slow is None and kind == "day" else slow

    def _learn_profile(self, minute: int, last: int | None = None) -> None:
        """Every quarter of an hour, the one that is old enough; `last` is the last minute heard, if not `minute`."""
        learned = minute - LEARN_AFTER
        if learned % QUARTER != QUARTER - 1:
            return
        stop = len(self.totals) - (minute if last is None else last) + learned
        start = max(0, stop - QUARTER)
        known = [i for i in range(start, stop) if self.apart is None or not self.apart.kinds[i]]
        if len(known) < _ENOUGH:
            return
        barred = 2 * sum([self.is_barred(len(self.totals) - i) for i in known]) > len(known) if self.bars else False
        self.habits.learn(
            self._local(learned) // QUARTER, sum([self.totals[i] for i in known]) / len(known), barred=barred
        )

    def _learn_block(self) -> None:
        stop = len(self.totals) - _BLOCK_AGE
        start = stop - BLOCK
        if start < 0:
            return
        seen = base = 0.0
        minutes = 0
        apart = self.apart
        if apart is not None:
            self.apart = apart.with_block(start, stop, self.totals, self.barred)
        shape = self._shape(start, stop)
        for index in range(start, stop):
            if not self.is_barred(len(self.totals) - index) and (apart is None or not apart.is_special(index)):
                seen += self.totals[index]
                base += shape[index - start]
                minutes += 1
        if minutes < BLOCK // 2:
            return
        if is_closed(self.past, base, minutes) or min(shape) < profile.STEP * max(shape):
            base = 0.0
        self.past = added(self.past, seen, base, minutes)
        if (slow := self._slow("day")) is not None:
            self.usual = slow

    def _learn_unrest(self) -> None:
        if len(self.totals) == SPAN and self.apart is None:
            steady = self._steady_level("day" if self._knows(0) else "plain")
            is_barred = self.bars & ((1 << EVERY) - 1) > 0
            self.lows = noted(self.lows, self.totals, self._shape(0, SPAN), steady, is_barred=is_barred)
            self._usual_lows = None

    def _learn_error(self, horizon: int) -> None:
        """Move the typical error towards the 68 % quantile of what is seen, less what is due to chance."""
        size = len(self.totals)
        first = size - horizon
        start = first - _BEFORE[horizon <= _SHORT]
        if start < 0 or self.apart is not None or self.bars & ((1 << size - start) - 1):
            return
        kind = "day" if self._knows(start) else "plain"
        if kind == "plain":
            start = max(start, first - _PLAIN)
        base = self._shape(start, size) if kind == "day" else [1.0] * (size - start)
        if min(base) < _EDGE * max(base):
            return
        before = sum(base[: first - start])
        mean = sum(self.totals[start:first]) / before * sum(base[first - start :])
        if mean <= _ERROR_FROM:
            return
        seen = sum(self.totals[-horizon:])
        chance = _OF_CHANCE / mean + _OF_CHANCE * horizon / mean / (first - start)
        forecast_errors.move(self.errors, f"{kind}|{horizon}", horizon, (seen - mean) / mean, chance)
        if kind == "day" and horizon == _HORIZONS[-1]:
            mean = (self._slow("day") or 0.0) * sum(base[first - start :])
            if mean > _ERROR_FROM:
                forecast_errors.move(self.errors, forecast_errors.FAR, horizon, (seen - mean) / mean, _OF_CHANCE / mean)


def _says_level(opened: Sequence[int], filled: Sequence[int], window: int, back: int) -> bool:
    """Whether the minutes before a window are enough to say a level.

    Args:
        opened: How many of the last minutes something is to be expected of; empty: of all.
        filled: In how many of them transactions have come; empty: in most.
        window: Minutes of the window.
        back: How many of the last minutes it takes with those before it.
    """
    if opened and opened[back] - opened[window] < _LEAST_OPEN:
        return False
    return not filled or filled[back] - filled[window] >= _LEAST_MINUTES


def _has_level(totals: Sequence[int]) -> bool:
    """Whether transactions have come in so many minutes that they say a level: a burst, or two, is none."""
    return len(totals) - totals.count(0) >= _LEAST_MINUTES
