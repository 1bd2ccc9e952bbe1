"""The incident of a scope whose counts cannot be trusted: it is told once, and ends as every incident does."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from processors.domain.incidents.carrying import named
from processors.domain.incidents.incident import Incident, Transition
from processors.domain.incidents.memory import JudgedScope
from processors.domain.incidents.stream_trust import blinded
from processors.domain.series_key import SeriesKey
from processors.domain.window import STREAM


class Doubt(NamedTuple):
    """Why the counts of a minute cannot be trusted, and since which minute; see domain.incidents.stream_trust."""

    kind: str
    since: int


def group_of(kind: str) -> str:
    """The name under which the memory of a scope has the incident of a kind."""
    return SeriesKey(STREAM, kind).name


def note(scope: JudgedScope, minute: int, doubts: Iterable[Doubt]) -> Iterator[tuple[Transition, Incident]]:
    """Move the incidents of these doubts on by one minute, in place; what is to be said of them."""
    memory = scope.memory
    for kind, since in doubts:
        group = group_of(kind)
        known = memory.incidents.get(group)
        if known is not None:
            memory.incidents[group] = replace(known, last_seen=minute, judged=minute, minutes=known.minutes + 1)
            continue
        begun = replace(blinded(scope.name, kind, since), opened=minute, last_seen=minute, judged=minute)
        memory.incidents[group] = incident = named(begun, scope.carried)
        yield "firing", incident
