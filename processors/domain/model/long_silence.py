"""Silence for hours, of scopes of which so little comes that no hour says anything by itself.

What was due since the last transaction is what the same hours held on earlier days. It is taken low: no more than they
held as a mean, than on the same weekday of the last weeks, or than on the best of the last three days. So who is closed
today as a week ago, or has become quiet in these days, is not missed.
"""

from math import log10
from typing import Final

import numpy as np

from processors.domain.model.forecast import OVERDISPERSION
from processors.domain.model.habits import DAY, QUARTER, Habits

LEAST: Final = 60
"""Minutes from which on a silence is asked about here; shorter ones show in the minutes themselves."""
_MAX_QUARTERS: Final = 2 * DAY
"""Quarter hours: what was silent for longer has been found, or is none."""
_WEEK: Final = 7
"""Days that must be known."""
_LAST: Final = 3
_BUSY: Final = 1.0
"""Transactions a minute in the busiest quarter hour of two weeks."""
_ERROR: Final = 0.2
"""Relative error of what is due, beyond chance: days differ."""


def strength_of_none(due: float) -> float:
    """-log10 of the probability that nothing comes where so many are due: negative binomial, see `tails`."""
    spread = OVERDISPERSION - 1 + _ERROR * _ERROR * due
    return due / spread * log10(1 + spread)


def due_in(habits: Habits, first: int, quarters: int) -> np.ndarray:
    """Transactions that were due in the quarter hours from `first` on (since the epoch, by the clock), added up.

    At most so many quarter hours, and no more than two days; 0 in all of them while a week is not known, and for scopes
    that are busy at any time: minutes say enough of these, and a shop does not close at the same second each day.
    """
    size = min(quarters, _MAX_QUARTERS)
    begin = habits.begin
    days = [] if begin is None else [day for day in range(1, 15) if first - day * DAY >= begin and day * DAY >= size]
    if size <= 0 or len(days) < _WEEK or habits.highest > _BUSY:
        return np.zeros(max(size, 0))
    by_day = {day: np.cumsum(habits.counts(first - day * DAY, size)) for day in days}
    weeks = [by_day[day] for day in (_WEEK, 2 * _WEEK) if day in by_day]
    last = [by_day[day] for day in days[:_LAST]]
    found: np.ndarray = np.minimum(np.mean([*by_day.values()], axis=0), np.max(last, axis=0))
    np.minimum(found, np.mean(weeks, axis=0), out=found)
    return found


def due_since(habits: Habits, last: int, minute: int) -> float:
    """Transactions that were due after the minute `last` up to and with `minute`, both by the clock."""
    due = _due(habits, last, minute)
    return float(due[-1]) if len(due) else 0.0


def silent_until(habits: Habits, last: int, strength: float, upto: int) -> int | None:
    """The minute in which a silence since `last` becomes as improbable as this; None where none is up to `upto`.

    All are minutes by the clock.
    """
    if upto - last < LEAST:
        return None
    at = next((at for at, due in enumerate(_due(habits, last, upto)) if strength_of_none(float(due)) >= strength), None)
    return None if at is None else max((quarter_after(last) + at + 1) * QUARTER - 1, last + LEAST)


def _due(habits: Habits, last: int, minute: int) -> np.ndarray:
    first = quarter_after(last)
    return due_in(habits, first, (minute + 1) // QUARTER - first)


def quarter_after(minute: int) -> int:
    """The first quarter hour that begins after a minute (by the clock)."""
    return minute // QUARTER + 1
