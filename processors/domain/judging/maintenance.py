"""What the judge does while maintenance is on, and when it ends.

What the rules find in series that it covers is kept on the minute, as an information, and goes no further: it opens no
incident and joins none. What was in an incident before goes on as ever. No series of the scope teaches what is normal.
When it is over, the evidence for each series that it covered begins anew: what is still broken is found then.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from processors.domain.calendar import Moment
from processors.domain.incidents.memory import DimensionMemory, JudgedScope, ScopeMemory
from processors.domain.rules import Finding
from processors.domain.rules.base import INFO_SCORE
from processors.domain.ruleset import RuleSet
from processors.domain.series_key import VOLUME_SERIES, SeriesKey

Counts = Mapping[str, Mapping[str, int]]


def hushes(scope: JudgedScope, moment: Moment, series: SeriesKey) -> bool:
    """Whether what is found in a series wakes nobody: that of a status is that of its facets (auth codes) too."""
    return bool(moment.maintenance) and series not in scope.memory.members and _covers(scope.rules, moment, series)


def softened(findings: Sequence[Finding]) -> list[Finding]:
    """The findings as information."""
    return [replace(finding, severity="info", score=min(finding.score, INFO_SCORE)) for finding in findings]


def taught_by_nobody(memory: ScopeMemory, counts: Counts) -> Iterator[SeriesKey]:
    """Every series of the scope."""
    yield VOLUME_SERIES
    for dimension in {*memory.model.shares, *counts}:
        for key in {*memory.model.shares.get(dimension, ()), *counts.get(dimension, ())}:
            yield SeriesKey(dimension, key)


def begin_anew(scope: JudgedScope, minute: int, before: Moment, moment: Moment) -> None:
    """Where maintenance has ended with the minute before, evidence begins with this one; changes the memory."""
    if not before.maintenance or before.maintenance == moment.maintenance:
        return
    covered = (series for series in _every(scope.memory) if hushes(scope, before, series))
    _forget(scope.memory, [series for series in covered if not _covers(scope.rules, moment, series)], minute)


def drop_anew(scope: JudgedScope) -> None:
    """Evidence that begins before anything a rule can see needs no beginning any more."""
    memory, reach = scope.memory, scope.rules.reach
    memory.anew = {s: at for s, at in memory.anew.items() if memory.dimensions[s.dimension].minutes - at < reach}


def see_again(memory: ScopeMemory, minute: int) -> None:
    """The minutes before this one could not be trusted: evidence begins with this one; changes `memory`."""
    _forget(memory, [*_every(memory)], minute)


def evidence(
    memory: ScopeMemory, known: DimensionMemory, series: SeriesKey, recent: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Those of the recent minutes that a rule may look at."""
    at = memory.anew.get(series)
    return recent if at is None else recent[max(0, len(recent) - (known.minutes - at)) :]


def _every(memory: ScopeMemory) -> Iterator[SeriesKey]:
    """The series that the judge remembers, and the volume."""
    yield VOLUME_SERIES
    for dimension, known in memory.dimensions.items():
        for key in known.series:
            yield SeriesKey(dimension, key)


def _forget(memory: ScopeMemory, series: Sequence[SeriesKey], minute: int) -> None:
    memory.model.forget(series, minute - 1)
    memory.anew = memory.anew | {s: memory.dimensions[s.dimension].minutes for s in series if s != VOLUME_SERIES}


def _covers(rules: RuleSet, moment: Moment, series: SeriesKey) -> bool:
    return moment.hushes(series.key, rules.parent_of(series).key)
