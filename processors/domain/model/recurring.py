"""Rises of a share that come again at the same time of day: batches, and bursts at the hour, have a mix of their own.

Every half hour it is noted whether the share rose far beyond chance, since when and how far, also when that was an
incident. What two of the last days have had, beginning within minutes of the same time, is a habit: what is wrong by
chance begins at other times.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, combinations
from math import log2, sqrt
from operator import sub
from typing import Final, NamedTuple

from processors.domain.model.wander import EVERY

REACH: Final = 40
"""Minutes that are looked at: the windows that end in the last half hour."""

_HALF_HOURS: Final = 48
_DAYS: Final = 4
"""Days in the ring; of them the three before today say what is usual."""
_PLACES: Final = _HALF_HOURS * _DAYS
_WINDOWS: Final = ((2, 1), (4, 2), (10, 5))
"""Lengths of windows, and minutes from one to the next."""
_CHANCE: Final = 5.0
"""Standard deviations up to which a rise is chance."""
_LEAST_COUNT: Final = 6
_LEAST_RISE: Final = 1.2
"""Observed over expected up to which no rise is one."""
_PER_OCTAVE: Final = 16
_MAX_CODE: Final = 255
_GOES_ON: Final = EVERY - 3
"""A rise that is on in such a minute of a half hour goes on in the next one."""
_EARLIEST: Final = -128
_APART: Final = 5
"""Minutes within which what comes each day begins, and beyond which it is not what comes each day."""


class Rise(NamedTuple):
    """A rise in a half hour.

    Args:
        first: Its first minute, counted from the beginning of the half hour; below 0 if it began before that.
        last: The last minute in which it shows, counted in the same way.
        height: 16 times the logarithm, to base 2, of what came over what was expected; 255 at most.
    """

    first: int
    last: int
    height: int


class _Habit(NamedTuple):
    """From which minute of a half hour to which one the share is usually so many times what is expected.

    `is_burst`: whether it is over within half an hour, so that it is no matter of the time of day.
    """

    first: int
    last: int
    times: float
    is_burst: bool


@dataclass(slots=True)
class Recurring:
    """The rises of the last days.

    Args:
        rises: Day, in a ring, times 48 plus the half hour of the day, to the rise in it; those that had one.
    """

    rises: dict[int, Rise] = field(default_factory=dict)
    _usual: dict[int, list[_Habit]] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What is usual in a half hour since the epoch: of those that were asked for lately."""

    def copy(self) -> "Recurring":
        """Rises that change apart from these."""
        return Recurring(self.rises.copy())

    def note(self, minute: int, counts: Sequence[int], totals: Sequence[int], share: float, noise: float) -> None:
        """Remember what the half hour had that ends with this minute; what was in its place four days ago is forgotten.

        Args:
            minute: The last minute of a half hour, since the epoch.
            counts: Of the key, in REACH minutes at least; they end with this minute.
            totals: Of all, in the same minutes.
            share: What was expected.
            noise: How far the share lies from that by itself, relative to it.
        """
        half_hour = minute // EVERY
        place = half_hour % _PLACES
        rise = _rise(counts[-REACH:], totals[-REACH:], share, noise)
        if rise is None:
            if self.rises.pop(place, None) is not None:
                self._usual.clear()
            return
        before = self.rises.get((half_hour - 1) % _PLACES)
        if before is not None and before.last >= _GOES_ON and rise.first <= 1:
            rise = rise._replace(first=max(_EARLIEST, before.first - EVERY))
        self.rises[place] = rise
        self._usual.clear()

    def usual(self, minute: int) -> float:
        """How many times what is expected the share usually has in a minute since the epoch, by this time of day."""
        return max([habit.times for habit in self._on(minute)], default=1.0)

    def since(self, minute: int) -> int:
        """The last minute of what came by habit before this one, within the hour; -1: nothing did.

        Windows of rules begin after it, for what comes by habit may be most of what they hold.
        """
        at = minute % EVERY
        return max([minute - at + habit.last for habit in self._near(minute) if habit.last < at], default=-1)

    def is_burst(self, minute: int) -> bool:
        """Whether the minute lies in what comes each day for less than half an hour: no matter of the time of day."""
        return any(habit.is_burst for habit in self._on(minute))

    def _on(self, minute: int) -> list[_Habit]:
        at = minute % EVERY
        return [habit for habit in self._near(minute) if habit.first <= at <= habit.last]

    def _near(self, minute: int) -> list[_Habit]:
        half_hour = minute // EVERY
        found = self._usual.get(half_hour)
        if found is None:
            if len(self._usual) > 2:
                del self._usual[next(iter(self._usual))]
            found = self._usual[half_hour] = [*self._around(half_hour)]
        return found

    def _around(self, half_hour: int) -> Iterator[_Habit]:
        day, slot = divmod(half_hour, _HALF_HOURS)
        for beside in (-2, -1, 0, 1):
            places = [each % _DAYS * _HALF_HOURS + (slot + beside) % _HALF_HOURS for each in range(day - 3, day)]
            for one, other in combinations([self.rises[place] for place in places if place in self.rises], 2):
                if abs(one.first - other.first) <= _APART:
                    first, last = min(one.first, other.first), max(one.last, other.last)
                    shift, times = beside * EVERY, 2.0 ** (min(one.height, other.height) / _PER_OCTAVE)
                    yield _Habit(first + shift - _APART, last + shift + _APART, times, last - first < EVERY)


def _rise(counts: Sequence[int], totals: Sequence[int], share: float, noise: float) -> Rise | None:
    if share * _LEAST_RISE >= 1 or sum(counts) < _LEAST_COUNT:
        return None
    counted, of = [0, *accumulate(counts)], [0, *accumulate(totals)]
    most, length = _LEAST_RISE, 0
    for window, step in _WINDOWS:
        for count, total in _of_windows(counted, of, window, step):
            if count > most * share * total:
                mean = share * total
                if count - mean > _CHANCE * sqrt(mean + 1 + noise * noise * mean * mean):
                    most, length = count / max(mean, 1.0), window
    if not length:
        return None
    half = sqrt(most) * share
    high = [i for i, (count, total) in enumerate(_of_windows(counted, of, length)) if count >= half * total]
    return Rise(high[0], high[-1], min(_MAX_CODE, max(1, round(_PER_OCTAVE * log2(most)))))


def _of_windows(counted: Sequence[int], of: Sequence[int], window: int, step: int = 1) -> Iterator[tuple[int, int]]:
    """The count of the key and of all in windows of this length that end in the last half hour, one in `step`."""
    ends, before = slice(-EVERY, None, step), slice(-EVERY - window, -window, step)
    return zip(map(sub, counted[ends], counted[before]), map(sub, of[ends], of[before]), strict=True)


def packed(rises: Mapping[int, Rise]) -> bytes:
    """Four bytes for each rise: where it is, and its parts."""
    return bytes(each for place, rise in rises.items() for each in (place, rise.first - _EARLIEST, *rise[1:]))


def unpacked(raw: bytes) -> Recurring:
    """What `packed` was given.

    Raises:
        ValueError: It is nothing that `packed` makes.
    """
    if len(raw) % 4 or any(place >= _PLACES for place in raw[::4]) or any(last >= EVERY for last in raw[2::4]):
        raise ValueError("the rises of a share are not told of half hours")
    rises = zip(raw[::4], raw[1::4], raw[2::4], raw[3::4], strict=True)
    return Recurring({place: Rise(first + _EARLIEST, last, height) for place, first, last, height in rises})
