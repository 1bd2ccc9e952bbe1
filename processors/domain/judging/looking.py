"""Each series of a minute as the rules see it, and what they find in it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

from msgspec.structs import replace

from processors.domain.baseline import baseline
from processors.domain.incidents.follow import Look
from processors.domain.incidents.memory import DimensionMemory, JudgedScope, ScopeMemory, SeriesMemory
from processors.domain.judging.hearing import MinuteData
from processors.domain.judging.maintenance import evidence, hushes, softened
from processors.domain.rules import Finding, Series
from processors.domain.series_key import VOLUME_SERIES, SeriesKey
from processors.domain.verdict import NO_BAND, band_of, no_data, verdict_of
from processors.domain.window import OTHER, STATUS, TOTAL, VOLUME

_NOTHING: Final = [0, 0]
"""The cell of a key that does not come."""


def look_at_all(scope: JudgedScope, data: MinuteData) -> list[Look]:
    """Every series of the scope, the volume last, where any rule knows of it."""
    looks = [look for dimension in data.cells for look in _look_at(scope, data, dimension)]
    if scope.rules.learns:
        looks.append(_look_at_volume(scope, data))
    return looks


def look_at(scope: JudgedScope, data: MinuteData, wanted: Mapping[str, Collection[str]]) -> list[Look]:
    """The series of these keys, by dimension; all have counts. A key without room is looked at as `OTHER`."""
    looks: list[Look] = []
    for dimension, keys in wanted.items():
        there = data.cells[dimension]
        looks += _look_at(scope, data, dimension, sorted({key if key in there else OTHER for key in keys}))
    return looks


def newcomer(scope: JudgedScope, known: DimensionMemory) -> SeriesMemory:
    """What is remembered of a key that was never seen before: it has been 0 since its dimension began."""
    return SeriesMemory([0] * min(known.minutes, scope.rules.baseline.window), [0] * len(known.totals))


def _look_at(scope: JudgedScope, data: MinuteData, dimension: str, keys: Sequence[str] | None = None) -> Iterator[Look]:
    """Each series of the dimension, or those of these keys, as the rules see it.

    Where the whole dimension is silent, nothing is known.
    """
    rules, memory, minute = scope.rules, scope.memory, data.minute
    known, mine = memory.dimensions[dimension], data.cells[dimension]
    if not mine:
        for key in sorted(known.series):
            yield Look(SeriesKey(dimension, key), no_data(minute, scope.name, dimension, key), ())
        return
    total = sum([cell[0] for cell in mine.values()])
    model = memory.model if rules.learns else None
    shares = model.shares[dimension] if model else {}
    sums = [*accumulate(reversed(model.totals[dimension]))] if model else ()
    alone, members, ended = rules.reach <= 1, memory.members, memory.ended
    for key in sorted({*known.series, *mine}) if keys is None else keys:
        count, amount = mine.get(key, _NOTHING)
        remembered = known.series.get(key) or newcomer(scope, known)
        name = SeriesKey(dimension, key)
        series = Series(
            dimension,
            key,
            count,
            total,
            baseline(remembered.taught, count, rules.baseline, remembered.sums),
            ((count, total),) if alone else _recent(memory, name, remembered, (count, total)),
            minute,
            model,
            members.get(name) if members else None,
            remembered.taught,
            ended.get(name, -1) if ended else -1,
            shares[key].expected(minute) if model else None,
            sums,
        )
        yield _found(scope, data, name, series, amount)


def _recent(
    memory: ScopeMemory, series: SeriesKey, remembered: SeriesMemory, now: tuple[int, int]
) -> Sequence[tuple[int, int]]:
    """The recent minutes that a rule may look at, the judged one last."""
    known = memory.dimensions[series.dimension]
    recent = [*zip(remembered.recent, known.totals, strict=True)]
    if memory.anew:
        recent = evidence(memory, known, series, recent)
    recent.append(now)
    return recent


def _look_at_volume(scope: JudgedScope, data: MinuteData) -> Look:
    """The volume as the rules see it. Its verdict is told of in incidents alone, and without one has no band."""
    memory = scope.memory
    total, amount = (sum(cell[i] for cell in data.cells.get(STATUS, {}).values()) for i in range(2))
    member = memory.members.get(VOLUME_SERIES)
    series = Series(VOLUME, TOTAL, total, total, None, (), data.minute, memory.model, member)
    if not total and memory.last_data is not None:
        series.last_data = memory.last_data
    return _found(scope, data, VOLUME_SERIES, series, amount)


def _found(scope: JudgedScope, data: MinuteData, name: SeriesKey, series: Series, amount: int) -> Look:
    """What the rules find; what maintenance covers stays on the minute, as an information."""
    rules, moment = scope.rules, data.moment
    findings: list[Finding] = []
    if not moment.blind:
        for rule in rules.watching(name):
            if (finding := rule.judge(series)) is not None:
                findings.append(finding)
    is_hushed = bool(findings and moment.maintenance) and hushes(scope, moment, name)
    has_band = series.dimension != VOLUME or bool(findings or scope.memory.incidents)
    verdict = verdict_of(
        series,
        softened(findings) if is_hushed else findings,
        band_of(series, rules.baseline) if has_band else NO_BAND,
        scope=scope.name,
        amount=amount,
        offsets=data.offsets,
    )
    if moment.blind:
        verdict = replace(verdict, verdict="unknown")
    return Look(name, verdict, () if is_hushed else findings)
