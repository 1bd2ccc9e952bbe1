"""What the judge hears of a minute before any rule is asked: its cells, its moment, what the model takes from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from processors.domain.calendar import ORDINARY, Moment
from processors.domain.incidents.duplicates import is_doubled
from processors.domain.incidents.follow import barred
from processors.domain.incidents.memory import DimensionMemory, ScopeMemory
from processors.domain.judging.maintenance import (
    begin_anew,
    drop_anew,
    kind_of,
    see_again,
    taught_by_nobody,
)
from processors.domain.ruleset import RuleSet
from processors.domain.window import OTHER, STATUS

Cells = Mapping[str, list[int]]
"""key -> [count, amount]"""


@dataclass(frozen=True, slots=True)
class Heard:
    """A minute as it is judged.

    Args:
        cells: By dimension, with no more keys than there is room for; without keys where the dimension is silent.
        moment: What is known of the minute from outside; blind also when it is `doubled`.
        doubled: Whether everything seems to have come twice.
    """

    minute: int
    cells: Mapping[str, Cells]
    moment: Moment
    doubled: bool = False


def hear(
    rules: RuleSet, memory: ScopeMemory, scope: str, minute: int, counts: Mapping[str, Cells], *, blind: bool
) -> Heard:
    """Take in a minute: changes `memory` by all that does not depend on what the rules find in it."""
    cells = {
        dimension: _narrowed(rules, memory, dimension, counts.get(dimension, {}))
        for dimension in sorted({*memory.dimensions, *counts})
    }
    moment = _moment(rules, memory, scope, minute, blind=blind)
    doubled = rules.learns and _learn(rules, memory, minute, cells, moment)
    if doubled:
        moment = replace(moment, blind=True)
    if moment.teaches:
        _learn_amount(memory, cells.get(STATUS, {}))
    memory.blind = moment.blind
    return Heard(minute, cells, moment, doubled)


def _moment(rules: RuleSet, memory: ScopeMemory, scope: str, minute: int, *, blind: bool) -> Moment:
    """What is known of the minute from outside; where evidence begins anew with it, `memory` notes so."""
    moment = ORDINARY
    if memory.anew:
        drop_anew(rules, memory)
    if rules.calendar is not None:
        moment = rules.calendar.at(minute, scope)
        begin_anew(rules, rules.calendar, memory, scope, minute, moment)
    if blind:
        return replace(moment, blind=True)
    if memory.blind:
        see_again(memory, minute)
    return moment


def _learn(rules: RuleSet, memory: ScopeMemory, minute: int, cells: Mapping[str, Cells], moment: Moment) -> bool:
    """Let the model hear the minute; whether everything seems to have come twice: then it teaches nobody."""
    counts = {dimension: {key: cell[0] for key, cell in keys.items()} for dimension, keys in cells.items()}
    closed = barred(rules, memory, minute) if moment.teaches else taught_by_nobody(memory, counts)
    memory.model.hear(minute, counts, closed, kind_of(moment), rules.clock)
    doubled = not moment.blind and is_doubled(memory, minute, counts)
    if doubled:
        memory.model.bar(taught_by_nobody(memory, counts), 1)
    if compared := rules.compared:
        memory.model.remember(minute, compared)
    return doubled


def _learn_amount(memory: ScopeMemory, cells: Cells) -> None:
    amount = sum([cell[1] for cell in cells.values()])
    count = sum([cell[0] for cell in cells.values()])
    if amount and count and not memory.members:
        mean = amount / count
        memory.usual_amount += (mean - memory.usual_amount) * (0.01 if memory.usual_amount else 1.0)


def _narrowed(rules: RuleSet, memory: ScopeMemory, dimension: str, cells: Cells) -> Cells:
    """The minute's cells with as many new keys as there is room for, the largest first; the others are joined in OTHER.

    Series of which nothing but zeros is remembered make room: if they come again, they are judged as newcomers, which
    have been 0 as well. All of this follows from the memory and the minute, so judging again gives the same.
    """
    series = memory.dimensions.setdefault(dimension, DimensionMemory()).series
    if len(series) + len(cells) <= rules.keys or len({*series, *cells}) <= rules.keys:
        return cells
    for key in [k for k, s in series.items() if k not in cells and not any(s.taught) and not any(s.recent)]:
        if f"{dimension}|{key}" not in memory.members:
            del series[key]
            memory.model.drop(dimension, key)
    room = max(0, rules.keys - len(series.keys() - {OTHER}))
    newcomers = sorted(cells.keys() - series.keys() - {OTHER}, key=lambda key: (-cells[key][0], key))
    joined = {OTHER, *newcomers[room:]} & cells.keys()
    narrowed = {key: cell for key, cell in cells.items() if key not in joined}
    if joined:
        narrowed[OTHER] = [sum(cells[key][i] for key in joined) for i in range(2)]
    return narrowed
