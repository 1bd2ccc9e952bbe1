"""The share of one key: a long-run mean, a factor for the time of day, and a factor for the last hours.

Each factor is a ratio of seen to expected counts, drawn towards 1 by a number of pseudo-counts, so that what has been
seen little of changes little. Minutes are learned late, and those of an incident not at all: what is going wrong now
must not become what is normal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import log, sqrt
from struct import Struct
from typing import Final

from processors.domain.clock import SummerClock
from processors.domain.model.flags import flags_of
from processors.domain.model.recurring import REACH, Recurring
from processors.domain.model.slots import NEVER, RECORD, Slot, blank, taught
from processors.domain.model.wander import EVERY, LEAST, wandered

SPAN: Final = 61
"""How many of the last minutes are kept; the longest window of a rule is one less."""
LEARN_AFTER: Final = 50
"""Minutes after which a minute teaches; long enough for a slow incident to be seen first."""

_DAY: Final = 1440
_SLOT: Final = 30
_SLOTS: Final = _DAY // _SLOT
_KEEP_LONG: Final = 0.5 ** (1 / (3 * _DAY))
"""The long-run mean halves in three days."""
_KEEP_WAS: Final = 0.5 ** (1 / (14 * _DAY))
_KEEP_NEAR: Final = 0.5 ** (1 / 120)
_KEEP_DAY: Final = 0.75
"""What is left of a slot's counts when the next day begins to add to it."""
_PRIOR_SLOT: Final = 30.0
_PRIOR_NEAR: Final = 150.0
_PRIOR_TOTAL: Final = 500.0
_MAX_SHARE: Final = 0.95
_FIRST_ENOUGH: Final = 60.0
_FIRST_LOW: Final = 0.5
"""Seen over expected in a half hour with so many expected, below which the hours before it were no normal ones ..."""
_FIRST: Final = 12
"""... where they were the first ones: so many half hours."""
RISEN: Final = 0.7
"""What was normal, over what is since a rise was accepted: below this it may be asked whether the rise is over ..."""
_SURE_BACK: Final = 20.0
"""... of keys of which so many are expected in half an hour."""
_NO_CHANCE: Final = 9.0
"""Once in 8 000 looks that have nothing to do with each other chance says as much: a look each half hour for months."""
_BACK: Final = LEARN_AFTER + 1
_ALL: Final = (1 << SPAN) - 1
_THREE: Final = Struct("<ddfddfddf")
"""A slot and those beside it."""


@dataclass(slots=True)
class ShareModel:
    """What is known of one key.

    Args:
        counts: Of the last minutes, oldest first.
        bars: A bit for each of them, the lowest for the newest: set where it must not teach.
        since: Windows of rules begin after this minute: what lay before it was an incident, and is forgotten.
        seen: Discounted count that has taught the long-run mean.
        of: Discounted total behind it.
        table: Half hours of the day, see `slots`, packed; empty while none has been taught.
        near: [seen, expected] of the last hours.
        was: What was normal before the last change that was accepted, over what is now; goes to 1 in weeks.
        noise: How far the share usually lies from what is expected, relative to it and beyond chance; see `wander`.
        recurring: How far it rises by itself at times of the day.
        clock: What the half hours follow; None: UTC. Not stored: each minute brings it.
    """

    counts: list[int] = field(default_factory=list)
    bars: int = 0
    since: int = -1
    seen: float = 0.0
    of: float = 0.0
    table: bytearray = field(default_factory=bytearray)
    near: tuple[float, float] = (0.0, 0.0)
    was: float = 1.0
    noise: float = LEAST
    recurring: Recurring = field(default_factory=Recurring)
    clock: SummerClock | None = field(default=None, compare=False, repr=False)

    def copy(self) -> "ShareModel":
        """A model that changes apart from this one."""
        return replace(self, counts=self.counts.copy(), table=self.table.copy(), recurring=self.recurring.copy())

    @property
    def barred(self) -> list[bool]:
        """For each of the last minutes, oldest first, whether it must not teach."""
        return flags_of(self.bars, len(self.counts))

    @property
    def slots(self) -> dict[int, Slot]:
        """Half hour of the day to [seen, expected, day of the last addition], of those that have taught."""
        return taught(self.table)

    @property
    def mean(self) -> float:
        """The long-run share, above 0."""
        return (self.seen + 0.5) / (self.of + _PRIOR_TOTAL)

    def expected(self, minute: int) -> float:
        """The share that the key should have in a minute, above 0 and at most 0.95."""
        near = self.near
        # Asked for more often than all else: the ratios are written out.
        share = (self.seen + 0.5) / (self.of + _PRIOR_TOTAL)
        if self.table:
            if self.clock is not None:
                minute += self.clock.ahead(minute)
            a, b, _, c, d, _, e, f, _ = self._beside(minute % _DAY // _SLOT)
            share *= (0.5 * a + c + 0.5 * e + _PRIOR_SLOT) / (0.5 * b + d + 0.5 * f + _PRIOR_SLOT)
        share *= (near[0] + _PRIOR_NEAR) / (near[1] + _PRIOR_NEAR)
        return share if share < _MAX_SHARE else _MAX_SHARE

    def _beside(self, slot: int) -> tuple[float, ...]:
        """A half hour between its neighbours, which speak for it with half their weight: three slots in a row."""
        if 0 < slot < _SLOTS - 1:
            return _THREE.unpack_from(self.table, (slot - 1) * RECORD.size)
        before, own, after = (self._slot(each % _SLOTS) for each in (slot - 1, slot, slot + 1))
        return (*before, *own, *after)

    def _slot(self, slot: int) -> Slot:
        return RECORD.unpack_from(self.table, slot * RECORD.size)

    def highest(self, minute: int, usual: float | None = None) -> float:
        """The highest share that is normal: `expected` (`usual`, if that is known), or what it was before it fell.

        Where it rises at this time of day by itself, what it rises to.
        """
        share = self.expected(minute) if usual is None else usual
        if self.recurring.rises:
            share *= self.recurring.usual(self._local(minute))
        if self.was > 1.0:
            share *= self.was
        return share if share < _MAX_SHARE else _MAX_SHARE

    def begins(self, minute: int) -> int:
        """The minute after which windows of rules that end with this one begin."""
        if not self.recurring.rises:
            return self.since
        local = self._local(minute)
        return max(self.since, self.recurring.since(local) - local + minute)

    def lowest(self, minute: int, usual: float | None = None) -> float:
        """The lowest share that is normal: `expected` (see `highest`), or what it was before it rose for good."""
        share = self.expected(minute) if usual is None else usual
        return share * self.was if self.was < 1.0 else share

    def knows_the_hour(self, minute: int) -> bool:
        """Whether this time of day has taught on an earlier day."""
        if self.clock is not None:
            minute += self.clock.ahead(minute)
        return bool(self.table) and self._slot(minute % _DAY // _SLOT)[2] < minute // _DAY

    def hear(self, count: int, *, barred: bool) -> None:
        """Take in the next minute."""
        counts = self.counts
        counts.append(count)
        if len(counts) > SPAN:
            del counts[0]
        if barred or self.bars:
            self.bars = (self.bars << 1 | barred) & _ALL

    def bar(self, minutes: int) -> None:
        """The last so many minutes must not teach."""
        self.bars |= (1 << min(minutes, len(self.counts))) - 1

    def accept(self, minute: int, totals: Sequence[int]) -> None:
        """The share of the last minutes is normal from now on; what was normal before is so for some days more.

        `totals` end with the newest minute.
        """
        seen, expected = sum(self.counts[-_SLOT:]), sum(totals[-_SLOT:]) * self.expected(minute)
        # Where next to nothing was expected, half a count more would halve what is accepted.
        self.shift(seen / expected if seen > expected else (seen + 0.5) / (expected + 0.5))
        self.bars = 0

    def shift(self, factor: float) -> None:
        """The share is so many times what it was; what was normal before is so for some days more."""
        self.seen = max(0.0, (self.seen + 0.5) * factor - 0.5)
        self.was /= factor

    def goes_back(self, minute: int, totals: Sequence[int]) -> bool:
        """Take back a rise that was accepted and is over; whether it is.

        It is once half an hour lies nearer to what was normal before, and the logarithm of a likelihood ratio says so:
        of two Poisson means. That is normal again then, and what the rise holds teaches no more. `totals` end with the
        newest minute.
        """
        expected, seen = sum(totals[-_SLOT:]) * self.expected(minute), sum(self.counts[-_SLOT:])
        if expected < _SURE_BACK or seen > expected * sqrt(self.was):
            return False
        # Few come low by chance now and then, and this is asked every ten minutes for as long as the change lasts.
        if (1 - self.was) * expected + seen * log(self.was) < _NO_CHANCE:
            return False
        self.shift(self.was)
        self.near, self.since = (0.0, 0.0), max(self.since, minute - _SLOT)
        self.bars |= (1 << len(self.counts)) - 1 & -1 << _SLOT
        return True

    def learn(self, minute: int, total: float) -> None:
        """Learn the minute that is LEARN_AFTER old now; `minute` is its number, `total`: see ScopeModel."""
        counts = self.counts
        if len(counts) < _BACK or self.bars >> LEARN_AFTER & 1 or not total:
            return
        count = counts[-_BACK]
        if not self.table:
            self.table = bytearray(blank(_SLOTS))
        if self.clock is not None:
            minute += self.clock.ahead(minute)
        if self.recurring.rises and self.recurring.is_burst(minute):
            return
        slot, day = minute % _DAY // _SLOT, minute // _DAY
        a, b, _, seen, of, taught_on, e, f, _ = self._beside(slot)
        mean = (self.seen + 0.5) / (self.of + _PRIOR_TOTAL)
        near_seen, near_of = self.near
        near = (near_seen + _PRIOR_NEAR) / (near_of + _PRIOR_NEAR)
        if of >= _FIRST_ENOUGH and seen < _FIRST_LOW * of and self._begins(slot):
            self._begin_anew(seen / of)
            return
        # As in `expected`, of which all parts are at hand.
        share = mean * ((0.5 * a + seen + 0.5 * e + _PRIOR_SLOT) / (0.5 * b + of + 0.5 * f + _PRIOR_SLOT)) * near
        apart = (share if share < _MAX_SHARE else _MAX_SHARE) / near
        keep = 1.0 if taught_on == day else _KEEP_DAY
        RECORD.pack_into(self.table, slot * RECORD.size, seen * keep + count, of * keep + total * mean, day)
        self.near = (near_seen * _KEEP_NEAR + count, near_of * _KEEP_NEAR + total * apart)
        self.seen = self.seen * _KEEP_LONG + count
        self.of = self.of * _KEEP_LONG + total
        if self.was != 1.0:
            self.was **= _KEEP_WAS

    def note(self, minute: int, totals: Sequence[int]) -> None:
        """Note what the share did by itself in the half hour that ends with this minute, the newest of `totals`."""
        if len(self.counts) < REACH or len(totals) < REACH or self.of <= 0:
            return
        share = self.expected(minute - EVERY // 2)
        is_taken = self.was < RISEN or self.bars & ((1 << EVERY) - 1) > 0
        self.noise = wandered(self.noise, self.counts, totals, share, is_taken=is_taken)
        self.recurring.note(self._local(minute), self.counts, totals, share, self.noise)

    def _local(self, minute: int) -> int:
        return minute if self.clock is None else minute + self.clock.ahead(minute)

    def _begins(self, slot: int) -> bool:
        """Whether these are the first hours that teach."""
        return self._slot((slot - _FIRST) % _SLOTS) == NEVER == self._slot((slot + 1) % _SLOTS)

    def _begin_anew(self, factor: float) -> None:
        """What the first hours taught is not what comes after them, so that no hour of the day can be told by it.

        Data may begin in an incident. What is known from now on is the mean of this half hour.
        """
        self.seen = max(0.0, (self.seen + 0.5) * factor - 0.5)
        self.table, self.near = bytearray(), (0.0, 0.0)
