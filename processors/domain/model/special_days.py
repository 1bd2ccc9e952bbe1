"""Minutes that follow no habit, as the volume model sees them: those of special days, and those with maintenance on.

On a special day the volume follows no habit: it is compared with what came just before on the same day, and with the
median of that day's last hours, and it teaches no profile. At either end of such a day what came before says little of
what comes: until there is enough of the new day, only a fall far below it counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

SPECIAL: Final = 1
"""A minute of a special day."""
CLOSED: Final = 2
"""A minute of maintenance; such minutes are barred as well."""
UNLIKE: Final = 0.4
"""To how much of its usual volume a day may change for being special, or for being so no longer."""
_LEAST_MINUTES: Final = 8
_LEAST_SEEN: Final = 5
_BLOCKS: Final = 24
_LEAST_BLOCKS: Final = 4

_Level = tuple[float | None, float]
Slow = Callable[[str], float | None]
"""The median level of the last ordinary hours: per unit of the profile (`day`), or per minute (`plain`)."""


@dataclass(frozen=True, slots=True)
class MinuteKinds:
    """What is kept while any of the last minutes is of a special day or of maintenance.

    Args:
        kinds: Of the last minutes, oldest first: SPECIAL and CLOSED, added.
        blocks: Transactions a minute in blocks of the special day that is on, some time ago.
    """

    kinds: list[int]
    blocks: list[float] = field(default_factory=list)

    def is_special(self, index: int = -1) -> bool:
        """Whether the minute at this place belongs to a special day; -1 is the newest."""
        return bool(self.kinds[index] & SPECIAL)

    def switched_in(self, start: int) -> bool:
        """Whether special and ordinary minutes meet in the places from `start` on."""
        return len({kind & SPECIAL for kind in set(self.kinds[start:])}) > 1

    def is_all_special(self, start: int) -> bool:
        """Whether the places from `start` on are nothing but special."""
        return set(self.kinds[start:]) == {SPECIAL}

    def since_switch(self, start: int) -> int:
        """The first place, `start` at least, from which on all minutes are of days like the newest one's."""
        now, at = self.is_special(), len(self.kinds) - 1
        while at > start and self.is_special(at - 1) is now:
            at -= 1
        return max(at, start)

    def slow(self) -> float | None:
        """The median level a minute of the special day's last hours."""
        levels = sorted(self.blocks)
        return levels[len(levels) // 2] if len(levels) >= _LEAST_BLOCKS else None

    def carried_over(self, expected: float, profile: Sequence[float | None], slow: Slow) -> float:
        """What is to be expected of the last minutes now, where `expected` was before the days have changed.

        Never more. `profile` is that of the minutes.
        """
        if self.is_special():
            level, whole = self.slow(), float(len(profile))
        elif None in profile:
            level, whole = slow("plain"), float(len(profile))
        else:
            level, whole = slow("day"), sum(part or 0.0 for part in profile)
        return min(expected, expected * UNLIKE if level is None else level * whole)

    def with_block(self, start: int, stop: int, totals: Sequence[int], barred: Sequence[bool]) -> "MinuteKinds":
        """The same, the block between these places learned if most of it is special and may teach."""
        seen = [totals[i] for i in range(start, stop) if self.is_special(i) and not barred[i]]
        if 2 * len(seen) < stop - start:
            return self
        return replace(self, blocks=[*self.blocks, sum(seen) / len(seen)][-_BLOCKS:])

    def level_near(
        self,
        totals: Sequence[int],
        profile: Sequence[float | None],
        barred: Sequence[bool],
        before: range,
        reach: int,
        slow: Slow,
    ) -> tuple[str, float, float] | None:
        """What the places `before` a window say: kind (`day`, `plain`), level, and how many transactions say so.

        Args:
            totals: Of the last minutes; so are `profile` and `barred`.
            profile: See VolumeModel.
            barred: See VolumeModel.
            before: The places before the window, which ends with the last place.
            reach: How many of them count where there is no profile.
            slow: The level of ordinary days, by kind.
        """
        now = self.is_special()
        base: Sequence[float | None] = profile
        kind, usable = "day", [i for i in before if not barred[i]]
        if now or any(profile[i] is None for i in (*usable, *range(before.stop, len(totals)))):
            kind, base = "plain", [1.0] * len(totals)
            usable = [i for i in usable if i >= before.stop - reach]
        level, seen = _level([i for i in usable if self.is_special(i) is now], totals, base)
        if level is None:
            level, seen = _level([i for i in usable if self.is_special(i) is not now], totals, base)
            level = level and level * UNLIKE
        level = self._capped(level, kind, slow)
        return None if level is None else (kind, level, seen)

    def _capped(self, level: float | None, kind: str, slow: Slow) -> float | None:
        """A level that is no higher than that of the last hours, which stands in where there is none."""
        steady = self.slow() if self.is_special() else slow(kind)
        if level is None or (steady is not None and steady < level):
            level = steady
        if level is None and (usual := slow("plain")) is not None:
            level = usual * UNLIKE
        return level


def with_minute(kinds: MinuteKinds | None, kind: int, size: int) -> MinuteKinds | None:
    """What is kept after one more minute, the last of `size` that are kept; None when none is special or closed."""
    kept = MinuteKinds([0] * (size - 1)) if kinds is None else kinds
    last = [*kept.kinds, kind][-size:]
    return replace(kept, kinds=last) if any(last) else None


def _level(places: Sequence[int], totals: Sequence[int], base: Sequence[float | None]) -> _Level:
    seen = float(sum(totals[i] for i in places))
    if len(places) < _LEAST_MINUTES or seen < _LEAST_SEEN:
        return None, 100.0
    return seen / sum(base[i] or 0.0 for i in places), seen
