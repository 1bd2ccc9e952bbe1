"""A feed that comes in twice: then every count is even, and there are about twice as many transactions.

Chance makes a count even every other time. So many even counts in a row, and no odd one, come by chance once in
millions of years of minutes; and only minutes that hold far more than they should are asked at all. Once it is known,
it goes on for as long as all counts are even: what should have come is known less and less while nothing can be
learned, and an odd count is there at once when it is over.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from processors.domain.incidents.carrying import named
from processors.domain.incidents.incident import Incident, Transition
from processors.domain.incidents.memory import JudgedScope, ScopeMemory
from processors.domain.incidents.stream_trust import blinded
from processors.domain.series_key import SeriesKey
from processors.domain.window import STATUS, STREAM

_GROUP: Final = SeriesKey(STREAM, "duplicated").name
_MORE: Final = 1.6
"""Observed over expected volume from which on a minute may hold everything twice."""
_CELLS: Final = 30
"""Even counts in a row: by chance once in 2 ** 30."""
_MINUTES: Final = 3


def is_doubled(memory: ScopeMemory, minute: int, counts: Mapping[str, Mapping[str, int]]) -> bool:
    """Whether everything has come twice for some minutes, this one the last; notes in `memory` how long."""
    is_even = not any(count % 2 for keys in counts.values() for count in keys.values())
    total = sum(counts.get(STATUS, {}).values())
    if not is_even or not total or not (_GROUP in memory.incidents or _is_more(memory, minute, total)):
        memory.even = (0, 0)
        return False
    cells = [count for keys in counts.values() for count in keys.values() if count]
    minutes, seen = memory.even
    memory.even = minutes + 1, seen + len(cells)
    return minutes + 1 >= _MINUTES and seen + len(cells) >= _CELLS


def note_doubled(scope: JudgedScope, minute: int) -> list[tuple[Transition, Incident]]:
    """The incident of a scope whose feed comes in twice: what is to be said of it; it ends as every incident does."""
    memory = scope.memory
    open_incident = memory.incidents.get(_GROUP)
    if open_incident is not None:
        minutes = open_incident.minutes + 1
        memory.incidents[_GROUP] = replace(open_incident, last_seen=minute, judged=minute, minutes=minutes)
        return []
    incident = replace(
        blinded(scope.name, "duplicated", minute - memory.even[0] + 1),
        opened=minute,
        last_seen=minute,
        judged=minute,
    )
    memory.incidents[_GROUP] = incident = named(incident, scope.carried)
    return [("firing", incident)]


def _is_more(memory: ScopeMemory, minute: int, total: int) -> bool:
    forecast = memory.model.volume.forecast(minute, 1)
    return forecast is not None and total >= max(1.0, _MORE * forecast.mean)
