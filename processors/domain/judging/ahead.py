"""What the minutes of a scope that waits for late counts say already: whether its volume has fallen deeply.

An outage is told without waiting: in the last minutes hardly anything has come, also of what usually comes at once.
"""

from typing import Final

from processors.domain.incidents.incident import Incident
from processors.domain.incidents.memory import JudgedScope
from processors.domain.judging.arrivals import Arrivals
from processors.domain.judging.judge import MinuteCounts, judge
from processors.domain.judging.live_memory import LiveMemory
from processors.domain.judging.timeline_parts import Parts
from processors.domain.window import STATUS, VOLUME

_USUAL: Final = 10
"""Minutes of which the volume is held against the last ones ..."""
_LAST: Final = 2
"""... and how many these are."""
_FALLEN: Final = 0.35
"""The part of it below which it has fallen deeply."""


def outages(live: LiveMemory, arrivals: Arrivals, closed_to: int) -> list[Incident]:
    """Incidents of the volume that open in the last minute that is closed, as far as that can be said already.

    The minutes that wait are judged as they will be, if the rest of them comes as usual. What opens so in the last
    one has the id that it will have when they are whole; should that be another one, or nothing, it is withdrawn
    then. What opens before came slowly: by chance its first minute may be another one in the end, and it waits.
    """
    walk, (scope, after) = live.walk, live.ahead()
    opened = list[Incident]()
    for minute in walk.minutes(scope, after, closed_to):
        walk.lapse(scope.memory, minute)
        counts = as_whole(walk.parts, arrivals, minute, closed_to)
        judged = judge(scope, minute, counts, blind=walk.watch.is_blind(minute))
        opened = [each for step, each in judged.steps if step == "firing" and minute == closed_to]
    return [incident for incident in opened if incident.dimension == VOLUME]


def has_fallen(scope: JudgedScope, parts: Parts, arrivals: Arrivals, closed_to: int) -> bool:
    """Whether far less has come of the last minutes, up to `closed_to`, than usually has by then.

    What is usual is that of the minutes that were judged last; the memory is that after them.
    """
    usual = scope.memory.model.volume.totals[-_USUAL:]
    there = 1 - arrivals.missing(0, closed_to)
    minutes = range(closed_to - _LAST + 1, closed_to + 1)
    return sum(map(_volume, map(parts.total_at, minutes))) * len(usual) < _FALLEN * _LAST * there * sum(usual)


def as_whole(parts: Parts, arrivals: Arrivals, minute: int, closed_to: int) -> MinuteCounts:
    """A minute that waits, with what usually comes of it yet."""
    held = parts.total_at(minute)
    there = 1 - arrivals.missing(closed_to - minute, closed_to)
    counts = {
        dimension: {key: [round(number / there) for number in cell] for key, cell in keys.items()}
        for dimension, keys in held.counts.items()
    }
    return MinuteCounts(counts, held.offsets)


def _volume(held: MinuteCounts) -> int:
    return sum(cell[0] for cell in held.counts.get(STATUS, {}).values())
