"""Records that a topic did not keep until they were read: how many, and in which minutes they may have been.

Between the event time of the last record before them and that of the first one after them lie the minutes of which
nobody can say any more what they held. They count as they are, and are judged as unknown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from msgspec import structs

from processors.domain.incidents.incident import Incident
from processors.domain.window import minute_of

MAX_HOLES: Final = 500
"""How many of the last ones a judge remembers."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What is missing of a source partition; times are event times in epoch milliseconds.

    Args:
        records: How many records.
        since_ms: The highest time read before them; negative when nothing was.
        until_ms: The time of the first record after them; None before there is one.
    """

    records: int
    since_ms: int
    until_ms: int | None = None

    def and_more(self, records: int) -> "Missing":
        """The same when so many more were gone before anything was read."""
        return replace(self, records=self.records + records, until_ms=None)

    def upto(self, until_ms: int) -> "Missing":
        """The same when something was read again; only the first time counts."""
        return self if self.until_ms is not None else replace(self, until_ms=until_ms)


@dataclass(frozen=True, slots=True)
class Hole:
    """The same as a judge remembers it.

    Args:
        source: The source partition.
        records: How many records.
        since_ms: See Missing.
        since: The first minute that may not be whole.
        until: The first minute after those.
        is_told: Whether people have been told.
    """

    source: int
    records: int
    since_ms: int
    since: int
    until: int
    is_told: bool = False


def with_hole(holes: Iterable[Hole], source: int, missing: Missing) -> list[Hole]:
    """The holes with this one. What is told again of one, because it could not be stored, takes its place."""
    until_ms = missing.since_ms if missing.until_ms is None else missing.until_ms
    first_ms, last_ms = sorted((until_ms if missing.since_ms < 0 else missing.since_ms, until_ms))
    since, until = minute_of(first_ms), minute_of(last_ms) + 1
    hole = Hole(source, missing.records, missing.since_ms, since, until)
    kept: list[Hole] = []
    for known in holes:
        if (known.source, known.since_ms) == (source, missing.since_ms):
            is_told = known.is_told and hole.records <= known.records
            hole = replace(hole, since=min(since, known.since), until=max(until, known.until), is_told=is_told)
        else:
            kept.append(known)
    return [*kept, hole][-MAX_HOLES:]


def living(holes: Iterable[Hole], minute: int) -> Iterator[Hole]:
    """Those that people are to know of while minutes before this one are closed."""
    return (hole for hole in holes if not hole.is_told or hole.until > minute)


def counted_up(incident: Incident, holes: Iterable[Hole]) -> Incident:
    """The incident with how many records are missing of which source partition."""
    by_source: dict[int, int] = {}
    for hole in holes:
        by_source[hole.source] = by_source.get(hole.source, 0) + hole.records
    losses = ", ".join(f"{records:,} of source partition {source}" for source, records in sorted(by_source.items()))
    return structs.replace(incident, because=tuple(f"{text}: {losses}" for text in incident.because))
