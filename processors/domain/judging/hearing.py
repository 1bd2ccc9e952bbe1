"""What the judge hears of a minute before any rule is asked: its cells, its moment, what the model takes from it."""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from processors.domain.calendar import ORDINARY, Moment
from processors.domain.incidents.dead_dimension import dead_dimension
from processors.domain.incidents.doubts import Doubt
from processors.domain.incidents.duplicates import doubled, doubled_rows
from processors.domain.incidents.memory import DimensionMemory, JudgedScope, ScopeMemory
from processors.domain.judging.maintenance import begin_anew, drop_anew, see_again, taught_by_nobody
from processors.domain.model.special_days import CLOSED, SPECIAL
from processors.domain.series_key import SeriesKey
from processors.domain.window import OTHER, STATUS

Cells = Mapping[str, list[int]]
"""key -> [count, amount]"""


class MinuteData(msgspec.Struct, frozen=True, gc=False):
    """A minute as it is judged.

    Args:
        cells: By dimension, with no more keys than there is room for; without keys where the dimension is silent.
        offsets: Of the source partitions, up to which it is counted.
        moment: What is known of the minute from outside; blind also when all of it has come twice, or no statuses have.
        doubts: Why what it holds cannot be trusted, as far as people are to be told.
    """

    minute: int
    cells: Mapping[str, Cells]
    offsets: dict[str, int]
    moment: Moment
    doubts: tuple[Doubt, ...] = ()


def hear(
    scope: JudgedScope, minute: int, counts: Mapping[str, Cells], offsets: dict[str, int], *, blind: bool
) -> MinuteData:
    """Take in a minute: changes the memory by all that does not depend on what the rules find in it."""
    memory = scope.memory
    cells = {
        dimension: _narrowed(scope, dimension, counts.get(dimension, {}))
        for dimension in sorted({*memory.dimensions, *counts})
    }
    moment = _moment(scope, minute, blind=blind)
    is_blind, doubts = _learn(scope, minute, cells, moment) if scope.rules.learns else (False, ())
    if is_blind:
        moment = replace(moment, blind=True)
    if moment.teaches:
        _learn_amount(memory, cells.get(STATUS, {}))
    memory.blind = moment.blind
    return MinuteData(minute, cells, offsets, moment, doubts)


def _moment(scope: JudgedScope, minute: int, *, blind: bool) -> Moment:
    """What is known of the minute from outside; where evidence begins anew with it, the memory notes so."""
    moment, memory, calendar = ORDINARY, scope.memory, scope.rules.calendar
    if memory.anew:
        drop_anew(scope)
    if calendar is not None:
        moment = calendar.at(minute, scope.name)
        begin_anew(scope, minute, calendar.at(minute - 1, scope.name), moment)
    if blind:
        return replace(moment, blind=True)
    if memory.blind:
        see_again(memory, minute)
    return moment


def _learn(
    scope: JudgedScope, minute: int, cells: Mapping[str, Cells], moment: Moment
) -> tuple[bool, tuple[Doubt, ...]]:
    """Let the model hear the minute; whether its counts say that it cannot be judged, and what people are to be told.

    A minute that cannot be judged teaches nobody.
    """
    rules, memory = scope.rules, scope.memory
    counts = {dimension: {key: cell[0] for key, cell in keys.items()} for dimension, keys in cells.items()}
    closed = scope.barred(minute) if moment.teaches else taught_by_nobody(memory, counts)
    kind = SPECIAL * bool(moment.special) + CLOSED * (not moment.teaches)
    memory.model.hear(minute, counts, closed, kind, rules.clock, rules.changes)
    is_blind, doubts = (False, ()) if moment.blind else _doubts(memory, minute, counts)
    if is_blind:
        memory.model.bar(taught_by_nobody(memory, counts), 1)
    if compared := rules.compared:
        memory.model.remember(minute, compared)
    return is_blind, doubts


def _doubts(
    memory: ScopeMemory, minute: int, counts: Mapping[str, Mapping[str, int]]
) -> tuple[bool, tuple[Doubt, ...]]:
    if (twice := doubled(memory, minute, counts)) is not None:
        return True, (twice,)
    rows, dead = doubled_rows(memory, minute, counts), dead_dimension(memory, minute, counts)
    if rows is None and dead is None:
        return False, ()
    doubts = (rows, dead.doubt if dead is not None and dead.is_sure else None)
    return dead is not None and dead.dimension == STATUS, tuple(doubt for doubt in doubts if doubt is not None)


def _learn_amount(memory: ScopeMemory, cells: Cells) -> None:
    amount = sum([cell[1] for cell in cells.values()])
    count = sum([cell[0] for cell in cells.values()])
    if amount and count and not memory.members:
        mean = amount / count
        memory.usual_amount += (mean - memory.usual_amount) * (0.01 if memory.usual_amount else 1.0)


def _narrowed(scope: JudgedScope, dimension: str, cells: Cells) -> Cells:
    """The minute's cells with as many new keys as there is room for, the largest first; the others are joined in OTHER.

    Series of which nothing but zeros is remembered make room: if they come again, they are judged as newcomers, which
    have been 0 as well. All of this follows from the memory and the minute, so judging again gives the same.
    """
    most, memory = scope.rules.keys, scope.memory
    series = memory.dimensions.setdefault(dimension, DimensionMemory()).series
    if len(series) + len(cells) <= most or len({*series, *cells}) <= most:
        return cells
    for key in [k for k, s in series.items() if k not in cells and not any(s.taught) and not any(s.recent)]:
        if SeriesKey(dimension, key) not in memory.members:
            del series[key]
            memory.model.drop(dimension, key)
    room = max(0, most - len(series.keys() - {OTHER}))
    newcomers = sorted(cells.keys() - series.keys() - {OTHER}, key=lambda key: (-cells[key][0], key))
    joined = {OTHER, *newcomers[room:]} & cells.keys()
    narrowed = {key: cell for key, cell in cells.items() if key not in joined}
    if joined:
        narrowed[OTHER] = [sum(cells[key][i] for key in joined) for i in range(2)]
    return narrowed
