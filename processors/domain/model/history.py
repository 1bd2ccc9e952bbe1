"""What one series held in the last weeks, in stretches of five minutes, so that days can be laid beside each other.

A day is kept as bytes: the number of bytes to a stretch, then the stretches, each its count plus 1, and 0 where nothing
is known. A month of a series is then 9 KB for counts below 255 and 18 above; as text, as it is stored, 12 and 24.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from processors.domain.clock import DAY as DAY
from processors.domain.clock import SummerClock, days_before

STRETCH: Final = 5
"""Minutes that are counted together."""
DAYS: Final = 31
"""How many days are kept, today included."""

_STRETCHES: Final = DAY // STRETCH
_ENOUGH: Final = 3
"""Minutes that a stretch must have taught to be known; it is scaled up to five."""
_ORDER: Final[Literal["little"]] = "little"


@dataclass(slots=True)
class History:
    """The days of one series. `days` is replaced, never changed, so that copies may share it.

    Args:
        days: Number of the day (UTC, since the epoch) to its stretches, packed.
        stretch: Number of the stretch that is being filled (since the epoch); -1 before the first.
        count: Count in it so far.
        minutes: Minutes of it that have taught.
        accepted: The minute from which on the level is another one; -1 while it has not changed.
        level: That level, over the one before.
    """

    days: dict[int, bytes] = field(default_factory=dict)
    stretch: int = -1
    count: int = 0
    minutes: int = 0
    accepted: int = -1
    level: float = 1.0

    def copy(self) -> "History":
        """A history that changes apart from this one."""
        return replace(self)

    @property
    def size(self) -> int:
        """How many stretches it has room for: the longer it goes back, the more."""
        return sum((len(day) - 1) // day[0] for day in self.days.values())

    def learn(self, minute: int, count: int) -> None:
        """Take in a minute that teaches; they come in order."""
        stretch = minute // STRETCH
        if stretch != self.stretch:
            self._close()
            self.stretch, self.count, self.minutes = stretch, 0, 0
        self.count += count
        self.minutes += 1

    def total(self, first: int, minutes: int) -> float | None:
        """What so many minutes from `first` on held, parts of stretches in proportion; None where any is not known."""
        total = 0.0
        end = first + minutes
        for stretch in range(first // STRETCH, (end - 1) // STRETCH + 1):
            known = self._at(stretch)
            if known is None:
                return None
            inside = min((stretch + 1) * STRETCH, end) - max(stretch * STRETCH, first)
            total += known * inside / STRETCH
        return total

    def lifted(self, first: int, count: float) -> float:
        """What was held from `first` on, at the level that is normal by now."""
        return count * self.level if first < self.accepted else count

    def accept(self, minute: int, counts: Sequence[int], clock: SummerClock | None = None) -> None:
        """The level of `counts`, which end with `minute`, is normal from now on, beside that of the days before.

        Days are laid beside each other by `clock`.
        """
        first = minute - len(counts) + 1
        days = (self.total(days_before(first, back, clock), len(counts)) for back in range(1, DAYS))
        known = [total for total in days if total is not None]
        if known:
            self.level = (sum(counts) + 0.5) / (sum(known) / len(known) + 0.5)
            self.accepted = minute + 1

    def silent(self) -> "History":
        """The history of a series that has been 0 wherever this one is known."""
        days = {number: packed([min(value, 1) for value in _unpacked(day)]) for number, day in self.days.items()}
        return History(days, self.stretch, 0, self.minutes)

    def _at(self, stretch: int) -> int | None:
        day = self.days.get(stretch // _STRETCHES)
        if day is None:
            return None
        width = day[0]
        at = 1 + stretch % _STRETCHES * width
        value = int.from_bytes(day[at : at + width], _ORDER)
        return value - 1 if value else None

    def _close(self) -> None:
        if self.minutes < _ENOUGH:
            return
        day, place = divmod(self.stretch, _STRETCHES)
        days = {number: counts for number, counts in self.days.items() if number > day - DAYS}
        count = round(self.count * STRETCH / self.minutes)
        days[day] = _appended(days.get(day, b"\1"), place, count + 1)
        self.days = days


def packed(values: list[int]) -> bytes:
    """A day of these values, each a count plus 1, or 0 where nothing is known."""
    width = max(1, (max(values, default=0).bit_length() + 7) // 8)
    return bytes([width]) + b"".join(value.to_bytes(width, _ORDER) for value in values)


def _appended(day: bytes, place: int, value: int) -> bytes:
    """The day with a value more at its place, which as a rule lies behind all others; those left out are not known."""
    width = day[0]
    gap = place * width + 1 - len(day)
    if gap < 0 or value >> 8 * width:
        values = _unpacked(day)
        values += [0] * (place + 1 - len(values))
        values[place] = value
        return packed(values)
    return day + bytes(gap) + value.to_bytes(width, _ORDER)


def _unpacked(day: bytes) -> list[int]:
    width = day[0]
    return [int.from_bytes(day[at : at + width], _ORDER) for at in range(1, len(day), width)]
