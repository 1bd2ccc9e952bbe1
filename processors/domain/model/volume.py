"""The volume of a scope: a profile of the day, from what like days have in common, times the level of the last minutes.

Two levels are kept: that of the minutes just before a window, which follows the traffic, and a slow one, the median
of some hours, which a surge or an outage does not move. A fall counts only when it lies below both: what comes down
after a surge is no outage. How well the forecast does is learned as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from processors.domain.model import long_silence, profile, volume_forecast
from processors.domain.model.blocks import BLOCK, highest_level
from processors.domain.model.forecast import OVERDISPERSION, Forecast
from processors.domain.model.habits import QUARTER
from processors.domain.model.share import LEARN_AFTER
from processors.domain.model.special_days import with_minute
from processors.domain.model.unrest import EVERY, SPAN
from processors.domain.model.volume_learning import HORIZONS, learn_block, learn_error, learn_profile, learn_unrest
from processors.domain.model.volume_level import LEAST_SEEN, has_level
from processors.domain.model.volume_memory import PART, VolumeMemory, packed_part

__all__ = ["OVERDISPERSION", "SPAN", "Forecast", "VolumeModel"]

_DAY: Final = 1440
_BULKS: Final = 4
"""Minutes that there are to one that holds anything, where transactions come in bulk."""
_BEGUN: Final = 120
"""Minutes after which a day has a level of its own, in windows and in what lies before them."""
_HOUR: Final = 60
_ALL: Final = (1 << SPAN) - 1


@dataclass(slots=True)
class VolumeModel(VolumeMemory):
    """See the module. What is heard goes into the memory, and what is asked is answered from it."""

    def hear(self, minute: int, total: int, *, barred: bool, kind: int = 0) -> None:
        """Take in the next minute, and learn from those that are old enough. `kind`: see MinuteKinds."""
        if not self.totals:
            self.habits.skip_to(self.local(minute) // QUARTER)
        self.totals.append(total)
        self.shape += packed_part(self.at(minute) or 0.0)
        if len(self.totals) > SPAN:
            del self.totals[0], self.shape[:PART]
        if barred or self.bars:
            self.bars = (self.bars << 1 | barred) & _ALL
        if kind or self.minute_kinds is not None:
            self.minute_kinds = with_minute(self.minute_kinds, kind, len(self.totals))
        learn_profile(self, minute)
        if minute % BLOCK == BLOCK - 1:
            learn_block(self)
            if minute % EVERY == EVERY - 1:
                learn_unrest(self)
        for horizon in HORIZONS:
            if minute % horizon == horizon - 1:
                learn_error(self, horizon)

    def bar(self, minutes: int) -> None:
        """The last so many minutes must not teach."""
        self.bars |= (1 << min(minutes, len(self.totals))) - 1

    def accept(self) -> None:
        """The level of the last minutes is what is normal from now on."""
        self.bars, self.past = 0, b""
        self.minute_kinds = self.minute_kinds and replace(self.minute_kinds, blocks=[])

    def settle(self, minute: int) -> None:
        """Learn what has been heard up to and with `minute`: nothing follows for a long time."""
        for later in range(minute + 1, minute + 1 + LEARN_AFTER):
            learn_profile(self, later, minute)

    def lapse(self) -> None:
        """The minutes that come next do not follow on the last ones."""
        self.totals, self.shape, self.bars, self.past, self.minute_kinds = [], bytearray(), 0, b"", None

    def hopes(self) -> float:
        """The most that an hour may be expected to hold while nothing comes; infinite while the last minutes say it.

        Every ten silent minutes make the median of the last hours lower, if anything, once it is one of enough blocks.
        """
        if self.minute_kinds is not None or (sum(self.totals) >= LEAST_SEEN and has_level(self.totals)):
            return inf
        seen, base, minutes = zip(*self.blocks, strict=True) if self.past else ((), (), ())
        highest = self.habits.highest
        return _HOUR * max(
            highest_level(seen, minutes), max(highest_level(seen, base), self.usual) * max(highest, profile.FLOOR)
        )

    @property
    def is_in_bulk(self) -> bool:
        """Whether most minutes hold nothing, by habit: what comes in the others was made in many."""
        filled = len(self.totals) - self.totals.count(0)
        return filled * _BULKS <= len(self.totals) and self.steady_from > _BULKS

    def knows_its_kind(self, minute: int) -> bool:
        """Whether what is usual is known of a day of this kind; in the middle of a day its own level says enough."""
        local = self.local(minute)
        begun = (local + (self.habits.east or 0) * QUARTER) % _DAY
        return begun >= _BEGUN or self.habits.knows_its_kind(local // QUARTER)

    def due_since(self, last: int, minute: int) -> float:
        """Transactions that were due after the minute `last` up to and with `minute`; see `long_silence`."""
        ahead = self.local(last) - last
        return long_silence.due_since(self.habits, last + ahead, minute + ahead)

    def silent_until(self, last: int, strength: float, upto: int) -> int | None:
        """The minute in which a silence since `last` becomes as improbable as this; None where none is up to `upto`."""
        ahead = self.local(last) - last
        at = long_silence.silent_until(self.habits, last + ahead, strength, upto + ahead)
        return None if at is None else at - ahead

    def forecast(self, minute: int, window: int, fallen_to: float | None = None) -> Forecast | None:
        """What the last minutes should have held; see `volume_forecast`, also for what follows."""
        return volume_forecast.forecast(self, minute, window, fallen_to)

    def far_forecast(self, minute: int, window: int, fallen_to: float) -> Forecast | None:
        """What they should have held if nothing had changed for hours."""
        return volume_forecast.far_forecast(self, minute, window, fallen_to)

    def fallen(self, windows: Iterable[tuple[int, float]], least: float = 0.0) -> list[int]:
        """Those of these windows that `forecast` may know something of."""
        return volume_forecast.fallen(self, windows, least)

    def carried_over(self, expected: float, window: int, since: int) -> float:
        """What was expected of the last minutes, where the days have just changed."""
        return volume_forecast.carried_over(self, expected, window, since)

    def likely(self, window: int) -> float:
        """What the last minutes would have held at the level before them."""
        return volume_forecast.likely(self, window)
