"""What would come of a minute that is not judged yet, if all up to it closed now."""

from processors.domain.incidents.follow import Look
from processors.domain.incidents.memory import JudgedScope
from processors.domain.judging.judge import Judged, glance
from processors.domain.judging.live_memory import LiveMemory
from processors.domain.window import Dimensions


def as_if_closed(live: LiveMemory, minute: int, more: Dimensions, most: int) -> Judged | None:
    """The minute with these counts more, judged; see `Timeline.as_if_closed`."""
    with live.walk.parts.with_more(minute, more):
        scope = _judged_until(live, minute, most)
        return None if scope is None else live.walk.judged(scope, minute)


def glance_if_closed(live: LiveMemory, minute: int, more: Dimensions, most: int) -> list[Look] | None:
    """The series of `more` alone, where nothing is found in them; see `Timeline.glance_if_closed`."""
    walk = live.walk
    with walk.parts.with_more(minute, more):
        scope = _judged_until(live, minute, most)
        if scope is None:
            return None
        walk.lapse(scope.memory, minute)
        counts = walk.parts.total_at(minute)
        return glance(scope, minute, counts, more, blind=walk.watch.is_blind(minute))


def _judged_until(live: LiveMemory, minute: int, most: int) -> JudgedScope | None:
    """The scope with a memory of its own, as it would be before this minute, which holds data; None: too far ahead."""
    scope, after = live.ahead()
    walk = live.walk.minutes(scope, after, minute)
    while (each := next(walk)) != minute:
        most -= 1
        if most <= 0:
            return None
        live.walk.judged(scope, each)
    return scope
