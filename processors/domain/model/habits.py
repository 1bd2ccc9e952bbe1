"""What a scope did in each quarter hour of the last two weeks, and what it may therefore be expected to do today.

One day says nothing: a habit is what like days have in common. A fall is a habit when it came at the same time on two
of them, also when both were taken for outages; a rise only when most of them had it. So a shop that closes is quiet
after two closings, and the day after a sale is a day like all others.

Days are compared by what they held over what they had held in the hours before, so that a change of level, which all
quarter hours since then show, is a rise or a fall once, at its own time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log2, sqrt
from typing import Final

import numpy as np

from processors.domain.clock import ClockChange, ClockChanges
from processors.domain.model import clock_change
from processors.domain.model.forecast import OVERDISPERSION

QUARTER: Final = 15
"""Minutes."""
DAY: Final = 96
"""Quarter hours."""
DAYS: Final = 15
"""How many days are kept: two weeks, and room for today."""
KEPT: Final = DAYS * DAY
WIDTH: Final = 2
"""Bytes of a quarter hour."""

_BARRED: Final = 1 << 15
_MAX_CODE: Final = _BARRED - 1
_PER_OCTAVE: Final = 512
_BACK: Final = 14
"""How many days before today are asked."""
_AT_ONCE: Final = 16
"""Quarter hours that are found out together: what is known of them does not change until they are over."""
_BEFORE: Final = 12
"""Quarter hours before one that say at which level its day was."""
_PLACES: Final = np.arange(_AT_ONCE + _BEFORE) - _BEFORE - np.arange(1, _BACK + 1)[:, None] * DAY
"""Where those of each day before lie, with those that say their level, beside the first of today's."""
_WEAK: Final = 30.0
"""Transactions by which the level of a day is drawn to that of the others."""
_LEAST_LEVEL: Final = 0.25
_MAX_LEVEL: Final = 4.0
_WEEK: Final = 7
_LATEST: Final = 6
"""Like days that are asked."""
_ALIKE: Final = 0.15
"""Relative difference of like days that is none ..."""
_CHANCE: Final = 2.5
"""... and standard deviations of the difference of two counts."""
_SILENT: Final = 0.1
"""Part of the usual up to which a fall is a silence."""
_CAME_BACK: Final = 1.3
"""So many times as much as in an outage comes after its end."""
_OF_PROFILE: Final = 4.0
"""Minutes from which on a quarter hour of an older profile is known."""
_FIRST_WEEKDAY: Final = 3
"""Day 0 of the epoch was a Thursday."""

_UNSURE: Final = 3 * DAY
"""So long after clocks have changed somewhere both is expected, unless it shows by which clock people live."""

_UNKNOWN: Final = 0
_FREE: Final = 1
_TAKEN: Final = 2
"""What a quarter hour is: not known, known, and known of an incident."""


@dataclass(slots=True)
class Habits:
    """The last two weeks of a scope.

    Args:
        table: The quarter hours in a ring, two bytes each, see `_code`; empty while none has been taught.
        upto: The last quarter hour (since the epoch, by the clock) of which it is known whether it is; -1: none.
    """

    table: bytearray = field(default_factory=bytearray)
    upto: int = -1
    east: int | None = field(default=None, compare=False, repr=False)
    """Quarter hours by which days begin earlier than by UTC; None: nobody knows whose days they are. Not stored."""
    changes: ClockChanges | None = field(default=None, compare=False, repr=False)
    """When clocks may have changed; None: they do not, or what is asked for is by them. Not stored."""
    _found: dict[int, list[float | None]] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was found out lately, by the number of the stretch."""
    _highest: dict[int, list[float]] = field(default_factory=dict, init=False, compare=False, repr=False)
    lines: dict[int, tuple[float, float, float] | None] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """What others have made of it: room for them, which is emptied when it is otherwise."""

    def copy(self) -> "Habits":
        """Habits that change apart from these."""
        return Habits(self.table.copy(), self.upto, self.east, self.changes)

    def follow(self, east: int | None) -> None:
        """Days begin so many quarter hours earlier than by UTC; None: nobody knows."""
        if east != self.east:
            self.east = east
            self._forget()

    def expect(self, changes: ClockChanges | None) -> None:
        """From now on these may be when clocks have changed."""
        self.changes = changes
        self._forget()

    def _forget(self) -> None:
        """What was found out is found out anew."""
        self._found.clear()
        self._highest.clear()
        self.lines.clear()

    @property
    def highest(self) -> float:
        """Transactions a minute in the busiest quarter hour that is known; 0 when none is."""
        if not self.table:
            return 0.0
        most = int((np.frombuffer(self.table, "<u2") & _MAX_CODE).max())
        return float((2.0 ** (max(most - 1, 0) / _PER_OCTAVE) - 1.0) / QUARTER)

    @property
    def known(self) -> int:
        """How many quarter hours are known."""
        return int(np.count_nonzero(np.frombuffer(self.table, "<u2")))

    def learn(self, number: int, rate: float, *, barred: bool) -> None:
        """Note how many transactions a minute a quarter hour held; of those between it and the last nothing is known.

        One that is not later than the last is not taken in: clocks have gone back.
        """
        if number <= self.upto:
            return
        self.skip_to(number)
        if not self.table:
            self.table = bytearray(KEPT * WIDTH)
        at = number % KEPT * WIDTH
        self.table[at : at + WIDTH] = _code(rate * QUARTER, barred=barred).to_bytes(WIDTH, "little")
        self.upto = number

    def skip_to(self, number: int) -> None:
        """Nothing is known of the quarter hours after the last one and before this one."""
        if not self.table or number <= self.upto + 1:
            return
        for each in range(max(self.upto + 1, number - KEPT), number):
            at = each % KEPT * WIDTH
            self.table[at : at + WIDTH] = bytes(WIDTH)
        self.upto = number - 1
        self._forget()

    def usual(self, number: int) -> float | None:
        """Transactions a minute that a quarter hour (since the epoch, by the clock) usually holds; None: not known."""
        stretch, at = divmod(number + (self.east or 0), _AT_ONCE)
        found = self._found.get(stretch)
        return (self._look_at(stretch) if found is None else found)[at]

    def most(self, number: int) -> float:
        """Transactions a minute that a quarter hour held on the day on which it held most; 0: not known."""
        stretch, at = divmod(number + (self.east or 0), _AT_ONCE)
        if stretch not in self._highest:
            self._look_at(stretch)
        return self._highest[stretch][at]

    def _look_at(self, stretch: int) -> list[float | None]:
        """What is usual in a stretch, which is kept at hand with the most it held."""
        for known in (self._found, self._highest):
            if len(known) > 2:
                del known[next(iter(known))]
        if not self.table:
            self._found[stretch], self._highest[stretch] = [None] * _AT_ONCE, [0.0] * _AT_ONCE
        else:
            self._found[stretch], self._highest[stretch] = self._look(stretch * _AT_ONCE)
        return self._found[stretch]

    @property
    def begin(self) -> int | None:
        """The first quarter hour of which anything is known; None: nothing is."""
        if not self.table:
            return None
        codes = np.roll(np.frombuffer(self.table, "<u2"), -((self.upto + 1) % KEPT))
        return self.upto + 1 - KEPT + int(np.argmax(codes > 0))

    def counts(self, first: int, size: int) -> np.ndarray:
        """What so many quarter hours from `first` on held; 0 where it is not known: nobody has heard a long silence."""
        counts: np.ndarray = np.maximum(self._counts_plus_1(np.arange(first, first + size)), 1.0) - 1.0
        return counts

    def _counts_plus_1(self, places: np.ndarray) -> np.ndarray:
        """What these quarter hours held, plus 1; 0 where it is not known."""
        codes = np.frombuffer(self.table, "<u2")[places % KEPT] & _MAX_CODE
        counts: np.ndarray = np.where(codes > 0, np.exp2((codes - 1.0) / _PER_OCTAVE), 0.0)
        return counts

    def knows_its_kind(self, number: int) -> bool:
        """Whether a day of the kind of this quarter hour's (since the epoch, by the clock) is known at its time."""
        if not self.table:
            return False
        day = (number + (self.east or 0)) // DAY + _FIRST_WEEKDAY
        like = [back for back in range(1, _BACK + 1) if _is_weekend(day - back) == _is_weekend(day)]
        places = [(number - back * DAY) % KEPT * WIDTH for back in like]
        return any(any(self.table[at : at + WIDTH]) for at in places)

    def week_ago(self, number: int) -> float | None:
        """Transactions a minute that a quarter hour (since the epoch, by the clock) held a week before it, if known."""
        if not self.table:
            return None
        at = (number - _WEEK * DAY) % KEPT * WIDTH
        code = int.from_bytes(self.table[at : at + WIDTH], "little") & _MAX_CODE
        return (2.0 ** ((code - 1) / _PER_OCTAVE) - 1.0) / QUARTER if code else None

    def _look(self, first: int) -> tuple[list[float | None], list[float]]:
        """What the quarter hours from `first` on, all of one day, usually hold, and the most that they held.

        `first` is that of the scope's own days: see `east`. Where it does not show yet whether people live by a clock
        that has just changed, the least of what is usual by both.
        """
        places = first - (self.east or 0) + _PLACES
        moves = () if self.changes is None else self._moves(first, self.changes)
        found, highest = self._found_at(first, _moved(places, *moves[:1]))
        for other in moves[1:]:
            pairs = zip(found, self._found_at(first, _moved(places, other))[0], strict=True)
            found = [None if a is None or b is None else min(a, b) for a, b in pairs]
        return found, highest

    def _moves(self, first: int, changes: ClockChanges) -> Sequence[ClockChange | None]:
        """The changes of clocks by any of which the days before may have to be moved; None: by none.

        By what was there until some hours before a stretch, so that it does not matter when it is asked for.
        """
        possible = list[ClockChange | None]((None,))
        near = changes.within(first // DAY - _BACK, first // DAY)
        for change in reversed([each for each in near if each.at // QUARTER < first + _AT_ONCE]):
            shown = self._shown(change, first)
            if shown == "moved":
                return (change,)
            if shown == "unclear" and first < change.at // QUARTER + _UNSURE:
                possible.append(change)
        return possible

    def _shown(self, change: ClockChange, first: int) -> clock_change.Seen:
        """Whether what was there until some hours before the stretch from `first` on has moved with the clocks."""
        at, week = change.at // QUARTER, _WEEK * DAY
        quarters = np.arange(max(at, first - week), max(at, min(at + week, first - _AT_ONCE)))
        before = quarters - week
        after, before, moved = map(self._counts_plus_1, (quarters, before, before + change.by // QUARTER))
        return clock_change.seen(after, before, moved, DAY)

    def _found_at(self, first: int, places: np.ndarray) -> tuple[list[float | None], list[float]]:
        """What is usual, and the most, by the quarter hours at these places of the days before: see `_PLACES`."""
        codes = np.frombuffer(self.table, "<u2")[places % KEPT]
        states = (codes > 0).astype(np.int8) + (codes >= _BARRED)
        counts = np.exp2(((codes & _MAX_CODE) - 1.0) / _PER_OCTAVE) - 1.0
        weekday = (first // DAY + _FIRST_WEEKDAY) % _WEEK
        kinds = [_is_weekend(weekday - back) == _is_weekend(weekday) for back in range(1, _BACK + 1)]
        day_before = weekday - (first % DAY == 0)
        before = [_is_weekend(day_before - back) for back in range(1, _BACK + 1)]
        levels = _levels(counts, codes > 0, states == _FREE, np.array(before), np.array(kinds))
        values = (counts[:, _BEFORE:] / levels).T.tolist()
        highest = counts[:, _BEFORE:].max(axis=0).tolist()
        is_edge = self.east is None and (_is_weekend(weekday) or weekday == (0 if first % DAY < DAY // 2 else 4))
        found = []
        own = states[:, _BEFORE:]
        ended = _ended(counts[:, _BEFORE:], own, np.array(kinds)).T.tolist()
        for each, most, state, past in zip(values, highest, own.T.tolist(), ended, strict=True):
            usual = _habit(each, state, kinds, past, is_edge=is_edge)
            found.append(None if usual is None else min(usual, most) / QUARTER)
        return found, [most / QUARTER for most in highest]


def _moved(places: np.ndarray, change: ClockChange | None = None) -> np.ndarray:
    """The places of the same quarter hours by a clock that has changed."""
    if change is None:
        return places
    at, moved = change.at // QUARTER, places + change.by // QUARTER
    return np.where(moved < at, moved, places)


def _ended(counts: np.ndarray, states: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """By day and quarter hour, whether it was taken for an outage that was over some quarter hours later.

    Then more came again, beside the days of the other kind. What closes, or is accepted as it is, stays low.
    """
    free = states == _FREE
    other = np.where(free, counts, 0.0)[~kinds].sum(axis=0) / np.maximum(free[~kinds].sum(axis=0), 1)
    part = (counts + 1.0) / (other + 1.0)
    later = np.maximum.accumulate(np.where(free, part, 0.0)[:, ::-1], axis=1)[:, ::-1]
    ended: np.ndarray = (states == _TAKEN) & (later > _CAME_BACK * part)
    return ended


def _levels(
    counts: np.ndarray, known: np.ndarray, free: np.ndarray, before: np.ndarray, kinds: np.ndarray
) -> np.ndarray:
    """By day and quarter hour, what the hours before it held over what they did on the other days of their kind.

    Where nothing is known of the hours before, the day has the level of the others: a stretch does not say its own.

    `before` are the kinds of the days that the first quarter hours belong to, those that are asked for of none.
    """
    seen = np.where(free, counts, 0.0)
    mean = np.zeros(counts.shape)
    for part, groups in ((slice(0, _BEFORE), before), (slice(_BEFORE, None), kinds)):
        for group in (groups, ~groups):
            mine = free[group, part]
            mean[group, part] = mine * (seen[group, part].sum(axis=0) / np.maximum(mine.sum(axis=0), 1))
    sums = np.cumsum(np.stack((seen, mean)), axis=2)
    held = sums[:, :, _BEFORE - 1 : -1].copy()
    held[:, :, 1:] -= sums[:, :, : _AT_ONCE - 1]
    levels: np.ndarray = np.clip((held[0] + _WEAK) / (held[1] + _WEAK), _LEAST_LEVEL, _MAX_LEVEL)
    levels[~known[:, :_BEFORE].any(axis=1)] = 1.0
    return levels


def _habit(
    counts: Sequence[float], states: Sequence[int], kinds: Sequence[bool], ended: Sequence[bool], *, is_edge: bool
) -> float | None:
    """What is usual by these days, the latest first; None: nothing is known.

    Args:
        counts: Of each day; see `states`.
        states: What is known of each.
        kinds: Whether each is of today's kind, a weekday or of a weekend.
        ended: Whether each was an outage that ended.
        is_edge: Whether in some zone of the world it is another kind of day now: then the same weekday says enough for
            a fall, but for a silence that was taken for an outage.
    """
    like = [i for i in range(_BACK) if kinds[i] and states[i]]
    usual = _common(like, counts, states, kinds, ended)
    if usual is None:
        return min(counts[like[0]], counts[like[1]]) if len(like) >= 2 else None
    same = [i for i in (_WEEK - 1, 2 * _WEEK - 1) if states[i]]
    if len(same) == 2:
        once, twice = sorted((counts[same[0]], counts[same[1]]))
        if _is_below(twice, usual) or (_is_below(usual, once) and states[same[0]] == states[same[1]] == _FREE):
            return once
    if is_edge and same:
        said = [counts[i] for i in same if states[i] == _FREE or counts[i] > _SILENT * usual]
        usual = min(usual, sum(said) / len(said)) if said else usual
    if len(like) >= 2 and _is_below(max(counts[like[0]], counts[like[1]]), usual):
        return min(counts[like[0]], counts[like[1]])
    return usual


def _common(
    like: Sequence[int],
    counts: Sequence[float],
    states: Sequence[int],
    kinds: Sequence[bool],
    ended: Sequence[bool],
) -> float | None:
    """What days of today's kind have in common, those of incidents left out; where there are few, all days."""
    free = [counts[i] for i in like if states[i] == _FREE]
    usual = _centre(free)
    if len(free) >= 2:
        return usual
    others = _centre([counts[i] for i in range(_BACK) if not kinds[i] and states[i] == _FREE])
    few = [each for each in (usual, others) if each is not None]
    if few and like and not free and not ended[like[0]]:
        few.append(counts[like[0]])
    return min(few, default=None)


def _centre(counts: Sequence[float]) -> float | None:
    """The mean of those of the latest that lie near the one in the middle; what lies below it twice is the habit."""
    latest = sorted(counts[:_LATEST])
    if not latest:
        return None
    if latest[0] >= (1 - _ALIKE) * latest[-1]:
        return sum(latest) / len(latest)
    middle = latest[(len(latest) - 1) // 2]
    if len(latest) > 2 and _is_below(latest[1], middle):
        return latest[1]
    near = [count for count in latest if not _is_below(count, middle) and not _is_below(middle, count)]
    return sum(near) / len(near)


def _is_below(count: float, than: float) -> bool:
    return than - count > _ALIKE * than + _CHANCE * sqrt(OVERDISPERSION * (count + than))


def _is_weekend(weekday: int) -> bool:
    return weekday % _WEEK >= 5


def _code(count: float, *, barred: bool) -> int:
    """A count of a quarter hour as 15 bits, on a scale that is exact to a thousandth and begins with 1 for none.

    The 16th says that most of it belongs to an incident; 0 is one of which nothing is known.
    """
    code = min(_MAX_CODE, 1 + round(_PER_OCTAVE * log2(1.0 + count)))
    return code | _BARRED if barred else code


def of_profile(slots: Mapping[int, tuple[float, float, float]]) -> Habits:
    """The habits that a profile of older releases speaks of: two weeks of days that were all as it says.

    Where only one day has taught it, it is the habit of none but that.

    `slots`: (weekend * 96 + quarter hour of the day) to [transactions, minutes, day of the last addition].
    """
    habits = Habits()
    last = max((int(day) for _, minutes, day in slots.values() if minutes >= _OF_PROFILE), default=-1)
    for day in range(last - _BACK + 1, last + 1):
        kind = _is_weekend(day + _FIRST_WEEKDAY) * DAY
        for quarter in range(DAY):
            seen, minutes, upto = slots.get(kind + quarter, (0.0, 0.0, -1.0))
            if minutes >= _OF_PROFILE and (day == upto or (day < upto and minutes > QUARTER)):
                habits.learn(day * DAY + quarter, seen / minutes, barred=False)
    return habits
