"""What is known of a scope's volume: its last minutes, and what was learned of those before them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from struct import Struct
from typing import Final, Self

from processors.domain.clock import SummerClock
from processors.domain.model import forecast_errors, profile
from processors.domain.model.blocks import BLOCK, median_level, unpacked
from processors.domain.model.flags import flags_of
from processors.domain.model.habits import QUARTER, Habits
from processors.domain.model.special_days import MinuteKinds
from processors.domain.model.unrest import SPAN, part_of, steady_from, usual_lows

_PARTS: Final = tuple(Struct(f"<{size}d") for size in range(SPAN + 1))
packed_part: Final = _PARTS[1].pack
"""What the profile says of a minute, as bytes."""
PART: Final = 8
"""How many bytes that are."""
NOTHING: Final = packed_part(profile.FLOOR)
"""Where the profile expects nothing at all."""
UNKNOWN: Final = bytes(PART)
"""0: no profile is below its floor. Nor has any other number eight bytes of 0 across its border with the next one."""


@dataclass(slots=True)
class VolumeMemory:
    """See the module.

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
        minute_kinds: Which of the last minutes belong to special days or to maintenance; None when none of them does.
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
    minute_kinds: MinuteKinds | None = None
    clock: SummerClock | None = field(default=None, compare=False, repr=False)
    _usual_lows: tuple[float, ...] | None = field(default=None, init=False, compare=False, repr=False)

    def copy(self) -> Self:
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
        return [part or None for part in self.parts(0, len(self.totals))]

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
        return self.minute_kinds is not None and any(self.was_special(back) for back in range(1, window + 1))

    def has_unusual_kind(self, window: int) -> bool:
        """Whether any of the last `window` minutes belongs to a special day, or was one of maintenance."""
        return self.minute_kinds is not None and any(self.minute_kinds.kinds[-window:])

    def was_special(self, back: int) -> bool:
        """Whether the minute `back` places from the end, 1 is the last, belongs to a special day."""
        return self.minute_kinds is not None and back <= len(self.totals) and self.minute_kinds.is_special(-back)

    def at(self, minute: int) -> float | None:
        """What the profile says of a minute, between the middles of its quarter hours; None when it knows nothing."""
        return profile.at(self.habits, self.local(minute))

    def parts(self, start: int, stop: int) -> Sequence[float]:
        """What the profile said of the minutes of the list from `start` to before `stop`; 0: it knew nothing yet."""
        return _PARTS[stop - start].unpack_from(self.shape, PART * start)

    def knows_from(self, start: int) -> bool:
        """Whether the profile knew of all minutes of the list from `start` on."""
        return self.shape.find(UNKNOWN, PART * start) < 0

    def local(self, minute: int) -> int:
        """The minute by the clock that habits follow."""
        return minute if self.clock is None else minute + self.clock.ahead(minute)

    def follow(self, clock: SummerClock | None) -> None:
        """Habits follow this clock, and days begin by it, until another one is named; None: UTC."""
        self.clock = clock
        self.habits.follow(None if clock is None else clock.east // QUARTER)

    def slow_level(self, kind: str) -> float | None:
        """The median level of the last hours; see `blocks`."""
        return median_level(self.past, kind, in_bulk=self.steady_from > BLOCK)

    def steady_level(self, kind: str) -> float | None:
        """The median level of the last hours; else, where the day is known, that of the last hours that were open."""
        slow = self.slow_level(kind)
        return self.usual or None if slow is None and kind == "day" else slow

    @property
    def is_calm(self) -> bool:
        """Whether no window falls by itself further than by chance: then `unlike_below` is 1 for all."""
        return min(self.usual_lows()) >= 1.0

    def unlike_below(self, window: int) -> float:
        """The part of what is expected below which a window of so many minutes is unlike what is usual here."""
        return part_of(self.usual_lows(), window)

    @property
    def steady_from(self) -> int:
        """Minutes of the shortest windows that hold most of what is expected: more than 2 where it comes in bulk."""
        return steady_from(self.usual_lows())

    def usual_lows(self) -> tuple[float, ...]:
        """How low windows go here by themselves; see `unrest`."""
        if self._usual_lows is None:
            self._usual_lows = usual_lows(self.lows)
        return self._usual_lows

    def note_lows(self, lows: bytes) -> None:
        """This is how low windows went by themselves in the last half hours."""
        self.lows, self._usual_lows = lows, None
