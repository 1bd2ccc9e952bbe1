"""A feed that comes in twice: then every count is even, and there are about twice as many transactions.

Chance makes a count even every other time. So many even counts in a row, and no odd one, come by chance once in
millions of years of minutes; and only minutes that hold far more than they should are asked at all. Once it is known,
it goes on for as long as all counts are even: what should have come is known less and less while nothing can be
learned, and an odd count is there at once when it is over. Where counts are always even, nothing is said by that.

Where rows are counted before they are sent, and some of them come twice, counts jump to about twice what they were, and
each one that does is even. Where single transactions come twice, now and then, no count tells it from more of them.
"""

from collections.abc import Mapping
from typing import Final

from processors.domain.incidents.doubts import Doubt, group_of
from processors.domain.incidents.memory import ScopeMemory
from processors.domain.window import STATUS

_GROUP: Final = group_of("duplicated")
_MORE: Final = 1.6
"""Observed over expected volume from which on a minute may hold everything twice."""
_CELLS: Final = 30
"""Even counts in a row: by chance once in 2 ** 30."""
_MINUTES: Final = 3
_LARGE: Final = 60
"""Counts below are often twice those of the minute before by chance."""
_JUMPS: Final = (1.7, 2.4)
"""About twice: a count over that of the minute before."""
_ENOUGH: Final = 16
"""Jumps in a row that are even: by chance once in 2 ** 16, and counts of steady traffic hardly ever jump."""
_ODD: Final = 3
"""How many of them must begin with an odd count; else counts are always even."""
_NONE: Final = (0, 0, 0, 0)
_FADES: Final = 20
"""Minutes without a jump after which it is over."""


def doubled(memory: ScopeMemory, minute: int, counts: Mapping[str, Mapping[str, int]]) -> Doubt | None:
    """Since when everything has come twice, if it has for some minutes up to this one; notes in `memory` how long."""
    is_even = not any(count % 2 for keys in counts.values() for count in keys.values())
    total = sum(counts.get(STATUS, {}).values())
    if not is_even or not total or not (_GROUP in memory.incidents or _is_more(memory, minute, total)):
        memory.even = (0, 0)
        return None
    cells = [count for keys in counts.values() for count in keys.values() if count]
    minutes, seen = memory.even
    memory.even = minutes + 1, seen + len(cells)
    is_sure = minutes + 1 >= _MINUTES and seen + len(cells) >= _CELLS
    return Doubt("duplicated", minute - minutes) if is_sure else None


def doubled_rows(memory: ScopeMemory, minute: int, counts: Mapping[str, Mapping[str, int]]) -> Doubt | None:
    """Since when rows that are counted before come twice, if they do; the model has heard the minute.

    Notes in `memory` since when, until when, and how often counts have jumped, and how often from an odd one.
    """
    since, last, jumps, odd = memory.jumps
    if jumps and minute - last > _FADES:
        memory.jumps = since, last, jumps, odd = _NONE
    for dimension, keys in counts.items():
        shares = memory.model.shares[dimension]
        for key, count in keys.items():
            if count < _LARGE:
                continue
            before = shares[key].counts[-2:-1]
            if before and _JUMPS[0] * before[0] <= count <= _JUMPS[1] * before[0]:
                now = since or minute, minute, jumps + 1, odd + before[0] % 2
                memory.jumps = since, last, jumps, odd = _NONE if count % 2 else now
    return Doubt("part_duplicated", since) if jumps >= _ENOUGH and odd >= _ODD else None


def _is_more(memory: ScopeMemory, minute: int, total: int) -> bool:
    forecast = memory.model.volume.forecast(minute, 1)
    is_more = forecast is not None and total >= max(1.0, _MORE * forecast.mean)
    return is_more and any(each % 2 for each in memory.model.volume.totals)
