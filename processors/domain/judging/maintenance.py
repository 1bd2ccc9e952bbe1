"""What the judge does while maintenance is on, and when it ends.

What the rules find in series that it covers is kept on the minute, as an information, and goes no further: it opens no
incident and joins none. What was in an incident before goes on as ever. No series of the scope teaches what is normal.
When it is over, the evidence for each series that it covered begins anew: what is still broken is found then.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from processors.domain.calendar import Calendar, Moment
from processors.domain.incidents.follow import parent_of
from processors.domain.incidents.memory import DimensionMemory, ScopeMemory
from processors.domain.model.special_days import CLOSED, SPECIAL
from processors.domain.rules import Finding
from processors.domain.rules.base import INFO_SCORE
from processors.domain.ruleset import RuleSet
from processors.domain.window import VOLUME_SERIES

Counts = Mapping[str, Mapping[str, int]]


def hushes(rules: RuleSet, memory: ScopeMemory, moment: Moment, series: str) -> bool:
    """Whether what is found in a series wakes nobody: that of a status is that of its facets (auth codes) too."""
    return bool(moment.maintenance) and series not in memory.members and _covers(rules, moment, series)


def kind_of(moment: Moment) -> int:
    """What the volume model is told of the minute; see domain.model.apart."""
    return SPECIAL * bool(moment.special) + CLOSED * (not moment.teaches)


def softened(findings: Sequence[Finding]) -> list[Finding]:
    """The findings as information."""
    return [replace(finding, severity="info", score=min(finding.score, INFO_SCORE)) for finding in findings]


def taught_by_nobody(memory: ScopeMemory, counts: Counts) -> Iterator[str]:
    """Every series of the scope."""
    yield VOLUME_SERIES
    for dimension in {*memory.model.shares, *counts}:
        for key in {*memory.model.shares.get(dimension, ()), *counts.get(dimension, ())}:
            yield f"{dimension}|{key}"


def begin_anew(
    rules: RuleSet, calendar: Calendar, memory: ScopeMemory, scope: str, minute: int, moment: Moment
) -> None:
    """Where maintenance has ended with the minute before, evidence begins with this one; changes `memory`."""
    before = calendar.at(minute - 1, scope)
    if not before.maintenance or before.maintenance == moment.maintenance:
        return
    covered = [VOLUME_SERIES, *(f"{name}|{key}" for name, d in memory.dimensions.items() for key in d.series)]
    over = [s for s in covered if hushes(rules, memory, before, s) and not _covers(rules, moment, s)]
    _forget(memory, over, minute)


def drop_anew(rules: RuleSet, memory: ScopeMemory) -> None:
    """Evidence that begins before anything a rule can see needs no beginning any more."""
    memory.anew = {s: at for s, at in memory.anew.items() if _minutes_since(memory, s, at) < rules.reach}


def see_again(memory: ScopeMemory, minute: int) -> None:
    """The minutes before this one could not be trusted: evidence begins with this one; changes `memory`."""
    every = [VOLUME_SERIES, *(f"{name}|{key}" for name, d in memory.dimensions.items() for key in d.series)]
    _forget(memory, every, minute)


def _forget(memory: ScopeMemory, series: Sequence[str], minute: int) -> None:
    known = {dimension: d.minutes for dimension, d in memory.dimensions.items()}
    memory.model.forget(series, minute - 1)
    memory.anew = memory.anew | {s: known[s.partition("|")[0]] for s in series if s != VOLUME_SERIES}


def evidence(
    memory: ScopeMemory, known: DimensionMemory, series: str, recent: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Those of the recent minutes that a rule may look at."""
    at = memory.anew.get(series)
    return recent if at is None else recent[max(0, len(recent) - (known.minutes - at)) :]


def _covers(rules: RuleSet, moment: Moment, series: str) -> bool:
    key, parent = (name.partition("|")[2] for name in (series, parent_of(rules, series)))
    return moment.hushes(key, parent)


def _minutes_since(memory: ScopeMemory, series: str, at: int) -> int:
    return memory.dimensions[series.partition("|")[0]].minutes - at
