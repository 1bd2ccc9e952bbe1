"""The judge of one scope: takes minutes in order, knows what each should have looked like, opens and ends incidents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from processors.domain.baseline import baseline
from processors.domain.calendar import ORDINARY, Moment
from processors.domain.duplicates import is_doubled, note_doubled
from processors.domain.following import Look, barred, follow
from processors.domain.incident import Incident, Step
from processors.domain.maintenance import (
    begin_anew,
    drop_anew,
    evidence,
    hushes,
    kind_of,
    see_again,
    softened,
    taught_by_nobody,
)
from processors.domain.memory import DimensionMemory, ScopeMemory, SeriesMemory
from processors.domain.rules import Finding, Member, Series
from processors.domain.ruleset import RuleSet
from processors.domain.verdict import MinuteVerdict, no_data, verdict_of
from processors.domain.window import OTHER, STATUS, TOTAL, VOLUME, VOLUME_SERIES, Dimensions, add

Cells = Mapping[str, list[int]]
"""key -> [count, amount]"""


@dataclass(frozen=True, slots=True)
class MinuteCounts:
    """What one minute of a scope holds, over all source partitions, and the offsets that are in it."""

    counts: Dimensions = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one minute.

    Args:
        looks: Each series, the volume too, as the rules saw it.
    """

    verdicts: list[MinuteVerdict]
    steps: list[tuple[Step, Incident]]
    looks: list[Look] = field(default_factory=list)


def judge(
    rules: RuleSet,
    memory: ScopeMemory,
    scope: str,
    minute: int,
    held: MinuteCounts,
    looks: list[Look] | None = None,
    *,
    blind: bool = False,
) -> Judged:
    """Judge one minute and learn from it: first score, then learn. Changes `memory` in place.

    A minute that was judged before, with a memory that was equal, need not be looked at again: give its looks.

    Minutes are given in order, each once, those without data too. A key that was never seen before
    has been 0 since its dimension began, so dense and sparse input are judged alike. Keys for which there is no room
    are judged together as OTHER. Of a minute that is `blind` nothing is said but that it is unknown.
    """
    cells = {
        dimension: _narrowed(rules, memory, dimension, held.counts.get(dimension, {}))
        for dimension in sorted({*memory.dimensions, *held.counts})
    }
    moment = ORDINARY
    if memory.anew:
        drop_anew(rules, memory)
    if rules.calendar is not None:
        moment = rules.calendar.at(minute, scope)
        begin_anew(rules, rules.calendar, memory, scope, minute, moment)
    if blind:
        moment = replace(moment, blind=True)
    elif memory.blind:
        see_again(memory, minute)
    doubled = False
    if rules.learns:
        counts = {dimension: {key: cell[0] for key, cell in keys.items()} for dimension, keys in cells.items()}
        closed = barred(rules, memory, minute) if moment.teaches else taught_by_nobody(memory, counts)
        memory.model.hear(minute, counts, closed, kind_of(moment))
        if not blind and is_doubled(memory, minute, counts):
            doubled, moment = True, replace(moment, blind=True)
            memory.model.bar(taught_by_nobody(memory, counts), 1)
        if compared := rules.compared:
            memory.model.remember(minute, compared)
    if looks is None:
        looks = [
            look for dimension in cells for look in _looks(rules, memory, scope, minute, dimension, cells, held, moment)
        ]
        if rules.learns:
            looks.append(_look_at_volume(rules, memory, scope, minute, cells.get(STATUS, {}), held, moment))
    if rules.learns and moment.teaches:
        _learn_amount(memory, cells.get(STATUS, {}))
    memory.blind = moment.blind
    if doubled:
        steps = note_doubled(memory, rules.version, scope, minute)
    else:
        steps = [] if blind else follow(rules, memory, scope, minute, looks, moment.notes)
    reach = max(rules.reach - 1, 1)
    for look in looks:
        if look.verdict.dimension != VOLUME and cells[look.verdict.dimension]:
            _learn(rules, memory, look, minute, reach, moment)
    for dimension, keys in cells.items():
        if keys:
            known = memory.dimensions[dimension]
            known.minutes += 1
            total = sum(count for count, _ in keys.values())
            known.totals = [*known.totals, total][-reach:]
    return Judged([look.verdict for look in looks if look.verdict.dimension != VOLUME], steps, looks)


def _narrowed(rules: RuleSet, memory: ScopeMemory, dimension: str, cells: Cells) -> Cells:
    """The minute's cells with as many new keys as there is room for, the largest first; the others are joined in OTHER.

    Series of which nothing but zeros is remembered make room: if they come again, they are judged as newcomers, which
    have been 0 as well. All of this follows from the memory and the minute, so judging again gives the same.
    """
    series = memory.dimensions.setdefault(dimension, DimensionMemory()).series
    if len({*series, *cells}) <= rules.keys:
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


def _looks(
    rules: RuleSet,
    memory: ScopeMemory,
    scope: str,
    minute: int,
    dimension: str,
    cells: Mapping[str, Cells],
    held: MinuteCounts,
    moment: Moment,
) -> Iterator[Look]:
    """Each series of the dimension as the rules see it; where the whole dimension is silent, nothing is known."""
    known, mine = memory.dimensions[dimension], cells[dimension]
    if not mine:
        for key in sorted(known.series):
            yield Look(f"{dimension}|{key}", no_data(minute, scope, dimension, key), ())
        return
    total = sum(count for count, _ in mine.values())
    model = memory.model if rules.learns else None
    for key in sorted({*known.series, *mine}):
        count, amount = mine.get(key, (0, 0))
        remembered = known.series.get(key) or _newcomer(rules, known)
        name = f"{dimension}|{key}"
        recent = [*zip(remembered.recent, known.totals, strict=True)]
        if memory.anew:
            recent = evidence(memory, known, name, recent)
        recent.append((count, total))
        series = Series(
            dimension,
            key,
            count,
            total,
            baseline(remembered.taught, count, rules.baseline),
            recent,
            minute,
            model,
            memory.members.get(name),
            remembered.taught,
            memory.ended.get(name, -1),
        )
        yield _look(rules, memory, scope, series, amount, held, moment)


def _look_at_volume(
    rules: RuleSet, memory: ScopeMemory, scope: str, minute: int, cells: Cells, held: MinuteCounts, moment: Moment
) -> Look:
    total, amount = (sum(cell[i] for cell in cells.values()) for i in range(2))
    member: Member | None = memory.members.get(VOLUME_SERIES)
    series = Series(VOLUME, TOTAL, total, total, None, (), minute, memory.model, member)
    return _look(rules, memory, scope, series, amount, held, moment)


def _look(
    rules: RuleSet, memory: ScopeMemory, scope: str, series: Series, amount: int, held: MinuteCounts, moment: Moment
) -> Look:
    """What the rules find; what maintenance covers stays on the minute, as an information."""
    name = f"{series.dimension}|{series.key}"
    findings = [] if moment.blind else _findings(rules, series)
    is_hushed = hushes(rules, memory, moment, name)
    verdict = verdict_of(
        series,
        softened(findings) if is_hushed else findings,
        rules.baseline,
        minute=series.minute,
        scope=scope,
        amount=amount,
        offsets=held.offsets,
    )
    if moment.blind:
        verdict = replace(verdict, verdict="unknown")
    return Look(name, verdict, () if is_hushed else findings)


def _findings(rules: RuleSet, series: Series) -> list[Finding]:
    found = (rule.judge(series) for rule in rules.rules if rule.watches(series.dimension, series.key))
    return [finding for finding in found if finding is not None]


def _learn_amount(memory: ScopeMemory, cells: Cells) -> None:
    count, amount = (sum(cell[i] for cell in cells.values()) for i in range(2))
    if amount and count and not memory.members:
        mean = amount / count
        memory.usual_amount += (mean - memory.usual_amount) * (0.01 if memory.usual_amount else 1.0)


def _newcomer(rules: RuleSet, known: DimensionMemory) -> SeriesMemory:
    return SeriesMemory([0] * min(known.minutes, rules.baseline.window), [0] * len(known.totals))


def _learn(rules: RuleSet, memory: ScopeMemory, look: Look, minute: int, reach: int, moment: Moment) -> None:
    """Remember the count; a minute that adds evidence to an incident does not teach the baseline at first.

    A minute of maintenance, or one that cannot be trusted, teaches nothing at all.
    """
    settings, verdict = rules.baseline, look.verdict
    known = memory.dimensions[verdict.dimension]
    if verdict.key not in known.series:
        known.series[verdict.key] = _newcomer(rules, known)
    remembered = known.series[verdict.key]
    remembered.recent = [*remembered.recent, verdict.count][-reach:]
    if not moment.teaches:
        return
    member = memory.members.get(look.series) if look.findings else None
    if member is None or settings.learn_incidents or minute - member.since >= settings.relearn_after:
        remembered.taught = [*remembered.taught, verdict.count][-settings.window :]


def total_of(parts: Mapping[int, MinuteCounts]) -> MinuteCounts:
    """One minute joined from what each source partition holds of it."""
    counts: Dimensions = {}
    offsets: dict[str, int] = {}
    for partition in sorted(parts):
        part = parts[partition]
        offsets.update(part.offsets)
        add(counts, part.counts)
    return MinuteCounts(counts, offsets)
