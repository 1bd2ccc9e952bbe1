"""A scope of which nothing comes any more: how long that is followed, what is skipped of it, and how it ends.

A silent minute is judged while something may be said of it: an incident is open, or so much is expected that its
absence may yet be found. Where neither is so, only a short while of the silence has rows; the rest of it is skipped,
and costs nothing. When something comes again the memory hears as much of what was skipped as it looks back on.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from processors.domain.incidents.incident import Incident, Transition, over
from processors.domain.incidents.memory import JudgedScope
from processors.domain.model.share import LEARN_AFTER
from processors.domain.model.volume import SPAN
from schemas.durations import minutes_long

PATIENCE: Final = 10
"""Silent minutes that have rows in any case, and from one look at what is expected to the next."""
_GONE: Final = "it counts as gone, and is watched again once something comes"


def is_followed(scope: JudgedScope, minute: int) -> bool:
    """Whether a silent minute is to be judged; the memory is that after the minute before, and has held data."""
    rules, memory = scope.rules, scope.memory
    assert memory.last_data is not None
    silent = minute - memory.last_data
    if silent <= PATIENCE or silent % PATIENCE != 1 or memory.incidents or memory.rebound is not None:
        return True
    return rules.learns and any(rule.hears_silence(memory.model) for rule in rules.rules)


def wakes_at(scope: JudgedScope, upto: int) -> int | None:
    """The next minute of a silence that is not followed in which something is to be said of it, up to `upto`, if any.

    The memory is that after the last minute that was judged.
    """
    memory = scope.memory
    if memory.last_data is None or not scope.rules.learns:
        return None
    found = [rule.wakes_at(memory.model, memory.last_data, upto) for rule in scope.rules.rules]
    return min((each for each in found if each is not None), default=None)


def is_stop(silent: int) -> bool:
    """Whether a silence may be skipped from so many minutes on: those that lie within it and have no rows."""
    return silent >= PATIENCE and silent % PATIENCE == 0


def missed(first: int, until: int) -> Iterator[int]:
    """Of the skipped minutes from `first` to before `until`, those that a memory has to hear to go on.

    The first ones let the last minutes with data teach at their own time of day; the last ones are what is recent.
    """
    if until - first <= SPAN + 2 * LEARN_AFTER:
        yield from range(first, until)
    else:
        yield from range(first, first + LEARN_AFTER)
        yield from range(until - SPAN - LEARN_AFTER, until)


def given_up(scope: JudgedScope, minute: int) -> list[tuple[Transition, Incident]]:
    """End the incidents of a scope that has been silent for so long that it counts as gone; changes its memory."""
    memory = scope.memory
    assert memory.last_data is not None
    because = (f"nothing has come for {minutes_long(minute - memory.last_data)}: {_GONE}",)
    ended = [over(replace(each, because=because), minute) for each in memory.incidents.values()]
    for series in memory.members:
        memory.model.forget(scope.family(series), minute)
    memory.model.volume.settle(minute)
    memory.incidents, memory.members, memory.rebound = {}, {}, None
    return [("resolved", incident) for incident in sorted(ended, key=lambda each: each.id)]


def is_given_up(incident: Incident) -> bool:
    """Whether the incident has ended because its scope counts as gone. Whether it is really over is not known."""
    return incident.resolved and any(text.endswith(_GONE) for text in incident.because)
