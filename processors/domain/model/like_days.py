"""What days of one kind have in common at one time of the day, by what each of the last two weeks held then.

One day says nothing: a habit is what like days have in common. A fall is a habit when it came at the same time on two
of them, also when both were taken for outages; a rise only when most of them had it. So a shop that closes is quiet
after two closings, and the day after a sale is a day like all others.

Days are compared by what they held over what they had held in the hours before, so that a change of level, which all
quarter hours since then show, is a rise or a fall once, at its own time.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Final

import numpy as np

from processors.domain.model.forecast import OVERDISPERSION

BACK: Final = 14
"""How many days before today are asked."""
AT_ONCE: Final = 16
"""Quarter hours that are found out together: what is known of them does not change until they are over."""
BEFORE: Final = 12
"""Quarter hours before one that say at which level its day was."""
_WEAK: Final = 30.0
"""Transactions by which the level of a day is drawn to that of the others."""
_LEAST_LEVEL: Final = 0.25
_MAX_LEVEL: Final = 4.0
WEEK: Final = 7
_LATEST: Final = 6
"""Like days that are asked."""
_ALIKE: Final = 0.15
"""Relative difference of like days that is none ..."""
_CHANCE: Final = 2.5
"""... and standard deviations of the difference of two counts."""
_SILENT: Final = 0.1
"""Part of the usual up to which a fall is a silence."""
_CAME_BACK: Final = 1.3
"""How many times as much comes after the end of an outage as in it."""
FREE: Final = 1
_TAKEN: Final = 2
"""What a quarter hour is: known, and known of an incident. 0: nothing is known of it."""


def ended_outages(counts: np.ndarray, states: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """By day and quarter hour, whether it was taken for an outage that was over some quarter hours later.

    Then more came again, beside the days of the other kind. What closes, or is accepted as it is, stays low.
    """
    free = states == FREE
    other = np.where(free, counts, 0.0)[~kinds].sum(axis=0) / np.maximum(free[~kinds].sum(axis=0), 1)
    part = (counts + 1.0) / (other + 1.0)
    later = np.maximum.accumulate(np.where(free, part, 0.0)[:, ::-1], axis=1)[:, ::-1]
    ended: np.ndarray = (states == _TAKEN) & (later > _CAME_BACK * part)
    return ended


def level_by_day(
    counts: np.ndarray, known: np.ndarray, free: np.ndarray, before: np.ndarray, kinds: np.ndarray
) -> np.ndarray:
    """By day and quarter hour, what the hours before it held over what they did on the other days of their kind.

    Where nothing is known of the hours before, the day has the level of the others: a stretch does not say its own.

    `before` are the kinds of the days that the first quarter hours belong to, those that are asked for of none.
    """
    seen = np.where(free, counts, 0.0)
    mean = np.zeros(counts.shape)
    for part, groups in ((slice(0, BEFORE), before), (slice(BEFORE, None), kinds)):
        for group in (groups, ~groups):
            mine = free[group, part]
            mean[group, part] = mine * (seen[group, part].sum(axis=0) / np.maximum(mine.sum(axis=0), 1))
    sums = np.cumsum(np.stack((seen, mean)), axis=2)
    held = sums[:, :, BEFORE - 1 : -1].copy()
    held[:, :, 1:] -= sums[:, :, : AT_ONCE - 1]
    levels: np.ndarray = np.clip((held[0] + _WEAK) / (held[1] + _WEAK), _LEAST_LEVEL, _MAX_LEVEL)
    levels[~known[:, :BEFORE].any(axis=1)] = 1.0
    return levels


def usual_of(
    counts: Sequence[float], states: Sequence[int], kinds: Sequence[bool], ended: Sequence[bool], *, is_edge: bool
) -> float | None:
    """What is usual by these days, the latest first; None: nothing is known.

    Args:
        counts: Of each day; see `states`.
        states: What is known of each.
        kinds: Whether each is of today's kind, a weekday or of a weekend.
        ended: Whether each was an outage that ended.
        is_edge: Whether in some zone of the world it is another kind of day now: then the same weekday says enough for
            a fall, except for a silence that was taken for an outage.
    """
    like = [i for i in range(BACK) if kinds[i] and states[i]]
    usual = _common(like, counts, states, kinds, ended)
    if usual is None:
        return min(counts[like[0]], counts[like[1]]) if len(like) >= 2 else None
    same = [i for i in (WEEK - 1, 2 * WEEK - 1) if states[i]]
    if len(same) == 2:
        once, twice = sorted((counts[same[0]], counts[same[1]]))
        if _is_below(twice, usual) or (_is_below(usual, once) and states[same[0]] == states[same[1]] == FREE):
            return once
    if is_edge and same:
        said = [counts[i] for i in same if states[i] == FREE or counts[i] > _SILENT * usual]
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
    free = [counts[i] for i in like if states[i] == FREE]
    usual = _centre(free)
    if len(free) >= 2:
        return usual
    others = _centre([counts[i] for i in range(BACK) if not kinds[i] and states[i] == FREE])
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


def is_weekend(weekday: int) -> bool:
    """Whether this weekday is one of a weekend; 0 is Monday, and any number of weeks may be in it."""
    return weekday % WEEK >= 5
