"""What a scope did in each quarter hour of the last two weeks, and what it may therefore be expected to do today.

A habit is what like days have in common: see `like_days`. Here is the table of the quarter hours, in which way clocks
may have moved it, and what was found in it lately.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log2
from typing import Final

import numpy as np

from processors.domain.clock import ClockChange, ClockChanges
from processors.domain.model import clock_change
from processors.domain.model.like_days import (
    AT_ONCE,
    BACK,
    BEFORE,
    FREE,
    WEEK,
    ended_outages,
    is_weekend,
    level_by_day,
    usual_of,
)

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
_PLACES: Final = np.arange(AT_ONCE + BEFORE) - BEFORE - np.arange(1, BACK + 1)[:, None] * DAY
"""Where those of each day before lie, with those that say their level, beside the first of today's."""
_OF_PROFILE: Final = 4.0
"""Minutes from which on a quarter hour of an older profile is known."""
_FIRST_WEEKDAY: Final = 3
"""Day 0 of the epoch was a Thursday."""

_UNSURE: Final = 3 * DAY
"""How long after clocks have changed somewhere both are expected, unless it shows by which clock people live."""


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
        stretch, at = divmod(number + (self.east or 0), AT_ONCE)
        found = self._found.get(stretch)
        return (self._look_at(stretch) if found is None else found)[at]

    def most(self, number: int) -> float:
        """Transactions a minute that a quarter hour held on the day on which it held most; 0: not known."""
        stretch, at = divmod(number + (self.east or 0), AT_ONCE)
        if stretch not in self._highest:
            self._look_at(stretch)
        return self._highest[stretch][at]

    def _look_at(self, stretch: int) -> list[float | None]:
        """What is usual in a stretch, which is kept at hand with the most it held."""
        for known in (self._found, self._highest):
            if len(known) > 2:
                del known[next(iter(known))]
        if not self.table:
            self._found[stretch], self._highest[stretch] = [None] * AT_ONCE, [0.0] * AT_ONCE
        else:
            self._found[stretch], self._highest[stretch] = self._look(stretch * AT_ONCE)
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
        like = [back for back in range(1, BACK + 1) if is_weekend(day - back) == is_weekend(day)]
        places = [(number - back * DAY) % KEPT * WIDTH for back in like]
        return any(any(self.table[at : at + WIDTH]) for at in places)

    def week_ago(self, number: int) -> float | None:
        """Transactions a minute that a quarter hour (since the epoch, by the clock) held a week before it, if known."""
        if not self.table:
            return None
        at = (number - WEEK * DAY) % KEPT * WIDTH
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
        near = changes.within(first // DAY - BACK, first // DAY)
        for change in reversed([each for each in near if each.at // QUARTER < first + AT_ONCE]):
            shown = self._shown(change, first)
            if shown == "moved":
                return (change,)
            if shown == "unclear" and first < change.at // QUARTER + _UNSURE:
                possible.append(change)
        return possible

    def _shown(self, change: ClockChange, first: int) -> clock_change.Seen:
        """Whether what was there until some hours before the stretch from `first` on has moved with the clocks."""
        at, week = change.at // QUARTER, WEEK * DAY
        quarters = np.arange(max(at, first - week), max(at, min(at + week, first - AT_ONCE)))
        before = quarters - week
        after, before, moved = map(self._counts_plus_1, (quarters, before, before + change.by // QUARTER))
        return clock_change.seen(after, before, moved, DAY)

    def _found_at(self, first: int, places: np.ndarray) -> tuple[list[float | None], list[float]]:
        """What is usual, and the most, by the quarter hours at these places of the days before: see `_PLACES`."""
        codes = np.frombuffer(self.table, "<u2")[places % KEPT]
        states = (codes > 0).astype(np.int8) + (codes >= _BARRED)
        counts = np.exp2(((codes & _MAX_CODE) - 1.0) / _PER_OCTAVE) - 1.0
        weekday = (first // DAY + _FIRST_WEEKDAY) % WEEK
        kinds = [is_weekend(weekday - back) == is_weekend(weekday) for back in range(1, BACK + 1)]
        day_before = weekday - (first % DAY == 0)
        before = [is_weekend(day_before - back) for back in range(1, BACK + 1)]
        levels = level_by_day(counts, codes > 0, states == FREE, np.array(before), np.array(kinds))
        values = (counts[:, BEFORE:] / levels).T.tolist()
        highest = counts[:, BEFORE:].max(axis=0).tolist()
        is_edge = self.east is None and (is_weekend(weekday) or weekday == (0 if first % DAY < DAY // 2 else 4))
        found = []
        own = states[:, BEFORE:]
        ended = ended_outages(counts[:, BEFORE:], own, np.array(kinds)).T.tolist()
        for each, most, state, past in zip(values, highest, own.T.tolist(), ended, strict=True):
            usual = usual_of(each, state, kinds, past, is_edge=is_edge)
            found.append(None if usual is None else min(usual, most) / QUARTER)
        return found, [most / QUARTER for most in highest]


def _moved(places: np.ndarray, change: ClockChange | None = None) -> np.ndarray:
    """The places of the same quarter hours by a clock that has changed."""
    if change is None:
        return places
    at, moved = change.at // QUARTER, places + change.by // QUARTER
    return np.where(moved < at, moved, places)


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
    for day in range(last - BACK + 1, last + 1):
        kind = is_weekend(day + _FIRST_WEEKDAY) * DAY
        for quarter in range(DAY):
            seen, minutes, upto = slots.get(kind + quarter, (0.0, 0.0, -1.0))
            if minutes >= _OF_PROFILE and (day == upto or (day < upto and minutes > QUARTER)):
                habits.learn(day * DAY + quarter, seen / minutes, barred=False)
    return habits
