"""The judge of one scope: takes minutes in order, knows what each should have looked like, opens and ends incidents."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Final

from processors.domain.baseline import baseline
from processors.domain.calendar import Moment
from processors.domain.incidents.carrying import NONE_CARRIED, Carried
from processors.domain.incidents.duplicates import note_doubled
from processors.domain.incidents.follow import Look, follow
from processors.domain.incidents.incident import Incident, Step
from processors.domain.incidents.memory import DimensionMemory, ScopeMemory, SeriesMemory
from processors.domain.judging.hearing import Heard, hear
from processors.domain.judging.maintenance import evidence, hushes, softened
from processors.domain.rules import Finding, Member, Series, worst
from processors.domain.ruleset import RuleSet
from processors.domain.verdict import MinuteVerdict, no_data, verdict_of
from processors.domain.window import STATUS, TOTAL, VOLUME, VOLUME_SERIES, Dimensions, add

_NOTHING: Final = [0, 0]
"""The cell of a key that does not come."""


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

    @property
    def is_quiet(self) -> bool:
        """Whether no rule has found anything that goes further than its minute: `relive` leads to the same memory."""
        return not any(look.findings for look in self.looks)


def judge(
    rules: RuleSet,
    memory: ScopeMemory,
    scope: str,
    minute: int,
    held: MinuteCounts,
    *,
    blind: bool = False,
    told: Carried = NONE_CARRIED,
) -> Judged:
    """Judge one minute and learn from it: first score, then learn. Changes `memory` in place.

    Minutes are given in order, each once, those without data too. A key that was never seen before
    has been 0 since its dimension began, so dense and sparse input are judged alike. Keys for which there is no room
    are judged together as OTHER. Of a minute that is `blind` nothing is said but that it is unknown. `told`: see
    domain.carrying.
    """
    heard = hear(rules, memory, scope, minute, held.counts, blind=blind)
    looks = [look for dimension in heard.cells for look in _looks(rules, memory, scope, dimension, heard, held)]
    if rules.learns:
        looks.append(_look_at_volume(rules, memory, scope, heard, held))
    steps = _move(rules, memory, scope, heard, looks, told)
    if memory.incidents:
        looks = [_as_of_incident(memory, look) for look in looks]
    _remember(rules, memory, heard, [look.series for look in looks if look.findings])
    return Judged([look.verdict for look in looks if look.verdict.dimension != VOLUME], steps, looks)


def relive(
    rules: RuleSet,
    memory: ScopeMemory,
    scope: str,
    minute: int,
    held: MinuteCounts,
    *,
    blind: bool = False,
    told: Carried = NONE_CARRIED,
) -> list[tuple[Step, Incident]]:
    """Do to `memory` what `judge` does in a minute that is quiet, without asking any rule; the steps of its incidents.

    A minute is quiet when `judge`, by the same rules and with an equal memory, has found nothing: see Judged. In a
    minute that is not quiet this is wrong.
    """
    heard = hear(rules, memory, scope, minute, held.counts, blind=blind)
    steps = _move(rules, memory, scope, heard, (), told)
    _remember(rules, memory, heard, ())
    return steps


def _move(
    rules: RuleSet, memory: ScopeMemory, scope: str, heard: Heard, looks: Sequence[Look], told: Carried
) -> list[tuple[Step, Incident]]:
    """Move the incidents on; of a minute that cannot be trusted nothing is said, but that it comes twice."""
    minute, moment = heard.minute, heard.moment
    if heard.doubled:
        return note_doubled(memory, scope, minute, told)
    return [] if moment.blind else follow(rules, memory, scope, minute, looks, moment.notes, told)


def _looks(
    rules: RuleSet,
    memory: ScopeMemory,
    scope: str,
    dimension: str,
    heard: Heard,
    held: MinuteCounts,
) -> Iterator[Look]:
    """Each series of the dimension as the rules see it; where the whole dimension is silent, nothing is known."""
    known, mine, minute = memory.dimensions[dimension], heard.cells[dimension], heard.minute
    if not mine:
        for key in sorted(known.series):
            yield Look(f"{dimension}|{key}", no_data(minute, scope, dimension, key), ())
        return
    total = sum([cell[0] for cell in mine.values()])
    model = memory.model if rules.learns else None
    shares = model.shares[dimension] if model else {}
    sums = [*accumulate(reversed(model.totals[dimension]))] if model else ()
    alone = rules.reach <= 1
    for key in sorted({*known.series, *mine}):
        count, amount = mine.get(key, _NOTHING)
        remembered = known.series.get(key) or _newcomer(rules, known)
        name = f"{dimension}|{key}"
        series = Series(
            dimension,
            key,
            count,
            total,
            baseline(remembered.taught, count, rules.baseline),
            ((count, total),) if alone else _recent(memory, known, name, remembered, (count, total)),
            minute,
            model,
            memory.members.get(name),
            remembered.taught,
            memory.ended.get(name, -1),
            shares[key].expected(minute) if model else None,
            sums,
        )
        yield _look(rules, memory, scope, name, series, amount, held, heard.moment)


def _recent(
    memory: ScopeMemory,
    known: DimensionMemory,
    series: str,
    remembered: SeriesMemory,
    now: tuple[int, int],
) -> Sequence[tuple[int, int]]:
    """The recent minutes that a rule may look at, the judged one last."""
    recent = [*zip(remembered.recent, known.totals, strict=True)]
    if memory.anew:
        recent = evidence(memory, known, series, recent)
    recent.append(now)
    return recent


def _look_at_volume(rules: RuleSet, memory: ScopeMemory, scope: str, heard: Heard, held: MinuteCounts) -> Look:
    """The volume as the rules see it. Its verdict is told of in incidents alone, and without one has no band."""
    total, amount = (sum(cell[i] for cell in heard.cells.get(STATUS, {}).values()) for i in range(2))
    member: Member | None = memory.members.get(VOLUME_SERIES)
    series = Series(VOLUME, TOTAL, total, total, None, (), heard.minute, memory.model, member)
    return _look(rules, memory, scope, VOLUME_SERIES, series, amount, held, heard.moment)


def _look(
    rules: RuleSet,
    memory: ScopeMemory,
    scope: str,
    name: str,
    series: Series,
    amount: int,
    held: MinuteCounts,
    moment: Moment,
) -> Look:
    """What the rules find; what maintenance covers stays on the minute, as an information."""
    findings: list[Finding] = []
    if not moment.blind:
        for rule in rules.watching(series.dimension, series.key):
            if (finding := rule.judge(series)) is not None:
                findings.append(finding)
    is_hushed = bool(findings) and hushes(rules, memory, moment, name)
    verdict = verdict_of(
        series,
        softened(findings) if is_hushed else findings,
        rules.baseline,
        minute=series.minute,
        scope=scope,
        amount=amount,
        offsets=held.offsets,
        has_band=series.dimension != VOLUME or bool(findings or memory.incidents),
    )
    if moment.blind:
        verdict = replace(verdict, verdict="unknown")
    return Look(name, verdict, () if is_hushed else findings)


def _as_of_incident(memory: ScopeMemory, look: Look) -> Look:
    """A minute that adds evidence to an incident is as severe as that is by then."""
    if not look.findings or look.series not in memory.members:
        return look
    severity = worst(i.severity for i in memory.incidents.values() if look.series in i.members)
    return Look(look.series, replace(look.verdict, verdict=severity), look.findings)


def _newcomer(rules: RuleSet, known: DimensionMemory) -> SeriesMemory:
    return SeriesMemory([0] * min(known.minutes, rules.baseline.window), [0] * len(known.totals))


def _remember(rules: RuleSet, memory: ScopeMemory, heard: Heard, found: Collection[str]) -> None:
    """Remember the counts; a minute that adds evidence to an incident does not teach the baseline at first.

    A minute of maintenance, or one that cannot be trusted, teaches nothing at all. `found` names the series in which
    something was found; the incidents have moved on already.
    """
    reach, window, teaches = max(rules.reach - 1, 1), rules.baseline.window, heard.moment.teaches
    for dimension, cells in heard.cells.items():
        if not cells:
            continue
        known = memory.dimensions[dimension]
        for key in sorted(cells.keys() - known.series.keys()):
            known.series[key] = _newcomer(rules, known)
        for key, remembered in known.series.items():
            count = cells[key][0] if key in cells else 0
            _append(remembered.recent, count, reach)
            if teaches and (not found or _teaches(rules, memory, heard.minute, f"{dimension}|{key}", found)):
                _append(remembered.taught, count, window)
        known.minutes += 1
        _append(known.totals, sum([cell[0] for cell in cells.values()]), reach)


def _append(counts: list[int], count: int, most: int) -> None:
    counts.append(count)
    if len(counts) > most:
        del counts[:-most]


def _teaches(rules: RuleSet, memory: ScopeMemory, minute: int, series: str, found: Collection[str]) -> bool:
    member = memory.members.get(series) if series in found else None
    settings = rules.baseline
    return member is None or settings.learn_incidents or minute - member.since >= settings.relearn_after


def total_of(parts: Mapping[int, MinuteCounts]) -> MinuteCounts:
    """One minute joined from what each source partition holds of it."""
    counts: Dimensions = {}
    offsets: dict[str, int] = {}
    for partition in sorted(parts):
        part = parts[partition]
        offsets.update(part.offsets)
        add(counts, part.counts)
    return MinuteCounts(counts, offsets)
