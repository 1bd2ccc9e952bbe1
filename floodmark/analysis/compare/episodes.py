"""Which incidents of two rule sets are about the same: those of one scope and family of keys that overlap in time.

An auth code belongs to the family of the status that it is a facet of, and an incident of several series to the
families of all of them. What one rule set tells as one long incident another one may tell as three short ones; they
are one episode.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from processors.domain.incidents.incident import Incident
from processors.domain.rules import worst
from processors.domain.series_key import SeriesKey
from processors.domain.window import STATUS
from schemas.severity import Severity

Change = Literal["added", "lost", "earlier", "later", "same"]


@dataclass(frozen=True, slots=True)
class Episode:
    """What two rule sets say of one thing that happened.

    Args:
        base: The incidents by the rules in use, by opening; maybe none.
        other: Those by the other rules; none only when `base` holds some.
    """

    base: tuple[Incident, ...]
    other: tuple[Incident, ...]

    @property
    def since(self) -> int:
        """The first broken minute that either names."""
        return min(incident.since for incident in (*self.base, *self.other))

    @property
    def minutes(self) -> int:
        """Minutes by which the other rules find it later, below 0 when earlier; 0 where only one finds it."""
        return self.other[0].opened - self.base[0].opened if self.base and self.other else 0

    @property
    def change(self) -> Change:
        """What the other rules change."""
        if not self.base or not self.other:
            return "lost" if self.base else "added"
        if not self.minutes:
            return "same"
        return "earlier" if self.minutes < 0 else "later"

    @property
    def is_noticeable(self) -> bool:
        """Whether people would notice: another change than `same`, another severity, or another number of pages."""
        same = self.change == "same" and len(self.base) == len(self.other)
        return not same or severity(self.base) != severity(self.other)


def severity(incidents: Iterable[Incident]) -> Severity:
    """The highest severity of one or more incidents."""
    return worst(incident.severity for incident in incidents)


class _Stay(NamedTuple):
    """An incident while it is open, both ends inclusive."""

    since: int
    until: int
    side: int
    number: int


def episodes(base: Sequence[Incident], other: Sequence[Incident], facets: Mapping[str, str]) -> list[Episode]:
    """The episodes, by since. `facets` maps a dimension to the status that its keys are facets of."""
    incidents = [*((0, incident) for incident in base), *((1, incident) for incident in other)]
    places: dict[tuple[str, SeriesKey], list[_Stay]] = defaultdict(list)
    for number, (side, incident) in enumerate(incidents):
        for family in _families(incident, facets):
            places[incident.scope, family].append(_Stay(incident.since, incident.judged, side, number))
    root = list(range(len(incidents)))
    for stays in places.values():
        for one, two in _overlaps(sorted(stays)):
            root[_root(root, one)] = _root(root, two)
    groups: dict[int, tuple[list[Incident], list[Incident]]] = defaultdict(lambda: ([], []))
    for number, (side, incident) in enumerate(incidents):
        groups[_root(root, number)][side].append(incident)
    found = (Episode(_by_opening(mine), _by_opening(theirs)) for mine, theirs in groups.values())
    return sorted(found, key=lambda episode: (episode.since, *(i.id for i in (*episode.base, *episode.other))))


def _families(incident: Incident, facets: Mapping[str, str]) -> set[SeriesKey]:
    every = {SeriesKey(incident.dimension, incident.key), *map(SeriesKey.of, incident.members)}
    parents = {series: facets.get(series.dimension) for series in every}
    return {SeriesKey(STATUS, parent) if parent else series for series, parent in parents.items()}


def _overlaps(stays: Iterable[_Stay]) -> Iterator[tuple[int, int]]:
    """Pairs of incidents of different sides that are open at one time; `stays` are in order."""
    open_now: list[_Stay] = []
    for stay in stays:
        open_now = [before for before in open_now if before.until >= stay.since]
        yield from ((before.number, stay.number) for before in open_now if before.side != stay.side)
        open_now.append(stay)


def _root(root: list[int], number: int) -> int:
    while root[number] != number:
        root[number] = root[root[number]]
        number = root[number]
    return number


def _by_opening(incidents: list[Incident]) -> tuple[Incident, ...]:
    return tuple(sorted(incidents, key=lambda incident: (incident.opened, incident.id)))
