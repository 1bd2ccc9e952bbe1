"""The judge of one scope: takes minutes in order, knows what each should have looked like, opens and ends incidents."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from processors.domain.baseline import baseline
from processors.domain.incident import Incident, Step, opened, quiet, seen_again
from processors.domain.rules import Finding, Series
from processors.domain.ruleset import RuleSet
from processors.domain.verdict import MinuteVerdict, no_data, verdict_of
from processors.domain.window import OTHER, Dimensions, add


@dataclass(slots=True)
class SeriesMemory:
    """What is remembered of one series.

    Args:
        taught: Counts that the baseline may use, oldest first.
        recent: Counts of the last minutes with data, oldest first.
    """

    taught: list[int] = field(default_factory=list)
    recent: list[int] = field(default_factory=list)


@dataclass(slots=True)
class DimensionMemory:
    """What is remembered of one dimension: how long, its totals, and its series by key."""

    minutes: int = 0
    totals: list[int] = field(default_factory=list)
    series: dict[str, SeriesMemory] = field(default_factory=dict)


@dataclass(slots=True)
class ScopeMemory:
    """All that the judge of a scope needs to go on.

    Args:
        dimensions: By name.
        incidents: Those that are not over, by series.
        last_data: Last judged minute that held data.
    """

    dimensions: dict[str, DimensionMemory] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    last_data: int | None = None

    def copy(self) -> "ScopeMemory":
        """A memory that changes apart from this one; lists are shared, because they are replaced, never changed."""
        dimensions = {
            name: DimensionMemory(
                d.minutes, d.totals, {k: SeriesMemory(s.taught, s.recent) for k, s in d.series.items()}
            )
            for name, d in self.dimensions.items()
        }
        return ScopeMemory(dimensions, dict(self.incidents), self.last_data)


@dataclass(frozen=True, slots=True)
class MinuteCounts:
    """What one minute of a scope holds, over all source partitions, and the offsets that are in it."""

    counts: Dimensions = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one minute."""

    verdicts: list[MinuteVerdict]
    steps: list[tuple[Step, Incident]]


def judge(rules: RuleSet, memory: ScopeMemory, scope: str, minute: int, held: MinuteCounts) -> Judged:
    """Judge one minute and learn from it: first score, then learn. Changes `memory` in place.

    Minutes are given in order, each once, those without data too. A key that was never seen before
    has been 0 since its dimension began, so dense and sparse input are judged alike. Keys for which there is no room
    are judged together as OTHER.
    """
    verdicts: list[MinuteVerdict] = []
    steps: list[tuple[Step, Incident]] = []
    for dimension in sorted({*memory.dimensions, *held.counts}):
        known = memory.dimensions.setdefault(dimension, DimensionMemory())
        cells = held.counts.get(dimension, {})
        if not cells:
            silent = [no_data(minute, scope, dimension, key) for key in sorted(known.series)]
            verdicts += silent
            for verdict in silent:
                _follow(rules, memory, scope, verdict, [], steps)
            continue
        if len({*known.series, *cells}) > rules.keys:
            cells = _narrowed(rules, memory, dimension, cells)
        total = sum(count for count, _ in cells.values())
        for key in sorted({*known.series, *cells}):
            count, amount = cells.get(key, (0, 0))
            remembered = known.series.get(key) or _newcomer(rules, known)
            known.series[key] = remembered
            verdict, findings = _judge_series(
                rules, known, remembered, dimension, key, count, total, scope, minute, amount, held
            )
            verdicts.append(verdict)
            incident = _follow(rules, memory, scope, verdict, findings, steps)
            _learn(rules, remembered, count, incident if findings else None, minute)
        known.minutes += 1
        known.totals = [*known.totals, total][-max(rules.reach - 1, 1) :]
    return Judged(verdicts, steps)


def _narrowed(
    rules: RuleSet, memory: ScopeMemory, dimension: str, cells: Mapping[str, list[int]]
) -> dict[str, list[int]]:
    """The minute's cells with as many new keys as there is room for, the largest first; the others are joined in OTHER.

    Series of which nothing but zeros is remembered make room: if they come again, they are judged as newcomers, which
    have been 0 as well. All of this follows from the memory and the minute, so judging again gives the same.
    """
    series = memory.dimensions[dimension].series
    for key in [k for k, s in series.items() if k not in cells and not any(s.taught) and not any(s.recent)]:
        if f"{dimension}|{key}" not in memory.incidents:
            del series[key]
    room = max(0, rules.keys - len(series.keys() - {OTHER}))
    newcomers = sorted(cells.keys() - series.keys() - {OTHER}, key=lambda key: (-cells[key][0], key))
    joined = {OTHER, *newcomers[room:]} & cells.keys()
    narrowed = {key: cell for key, cell in cells.items() if key not in joined}
    if joined:
        narrowed[OTHER] = [sum(cells[key][i] for key in joined) for i in range(2)]
    return narrowed


def _newcomer(rules: RuleSet, known: DimensionMemory) -> SeriesMemory:
    return SeriesMemory([0] * min(known.minutes, rules.baseline.window), [0] * len(known.totals))


def _judge_series(
    rules: RuleSet,
    known: DimensionMemory,
    remembered: SeriesMemory,
    dimension: str,
    key: str,
    count: int,
    total: int,
    scope: str,
    minute: int,
    amount: int,
    held: MinuteCounts,
) -> tuple[MinuteVerdict, list[Finding]]:
    series = Series(
        dimension,
        key,
        count,
        total,
        baseline(remembered.taught, count, rules.baseline),
        [*zip(remembered.recent, known.totals, strict=True), (count, total)],
    )
    found = [rule.judge(series) for rule in rules.rules if rule.watches(dimension, key)]
    findings = [f for f in found if f is not None]
    verdict = verdict_of(
        series, findings, rules.baseline, minute=minute, scope=scope, amount=amount, offsets=held.offsets
    )
    return verdict, findings


def _follow(
    rules: RuleSet,
    memory: ScopeMemory,
    scope: str,
    verdict: MinuteVerdict,
    findings: list[Finding],
    steps: list[tuple[Step, Incident]],
) -> Incident | None:
    """Move the incident of the series on by this minute; the incident that the minute lies in, or None."""
    series = f"{verdict.dimension}|{verdict.key}"
    incident = memory.incidents.get(series)
    if incident is None:
        if not findings:
            return None
        incident = opened(rules.version, scope, verdict, findings)
        steps.append(("firing", incident))
    elif findings:
        incident = seen_again(incident, verdict, findings)
        steps.append(("updated", incident))
    else:
        incident = quiet(incident, verdict.minute, rules.resolve_after)
    memory.incidents[series] = incident
    if incident.resolved:
        steps.append(("resolved", memory.incidents.pop(series)))
    return incident


def _learn(rules: RuleSet, remembered: SeriesMemory, count: int, incident: Incident | None, minute: int) -> None:
    """Remember the count; a minute that adds evidence to `incident` does not teach the baseline at first."""
    settings = rules.baseline
    remembered.recent = [*remembered.recent, count][-max(rules.reach - 1, 1) :]
    if incident is None or settings.learn_incidents or minute - incident.since >= settings.relearn_after:
        remembered.taught = [*remembered.taught, count][-settings.window :]


def total_of(parts: Mapping[int, MinuteCounts]) -> MinuteCounts:
    """One minute joined from what each source partition holds of it."""
    counts: Dimensions = {}
    offsets: dict[str, int] = {}
    for partition in sorted(parts):
        part = parts[partition]
        offsets.update(part.offsets)
        add(counts, part.counts)
    return MinuteCounts(counts, offsets)
