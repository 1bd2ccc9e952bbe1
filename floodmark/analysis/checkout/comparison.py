"""Comparison baselines: what a stretch of time should have looked like, given how it looked on earlier days.

The baselines come from outside (a file, a store) or are learned; here they are only compared with. The time is cut
into slots of one length (hours of a day, minutes), numbered one after the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from statistics import median
from typing import Final

from floodmark.analysis.checkout.overdispersed import Overdispersed

DAYS: Final[Mapping[str, int]] = {
    "yesterday": 1,
    "same_day_last_week": 1,
    "avg_last_week": 7,
    "avg_last_month": 30,
}
"""The baselines that are known, and the mean of how many days each of them is."""

_HALF: Final = 0.4549
"""Median of the square of a standard normal value."""

_TELLS_MUCH: Final = 3
"""A lower expected value says little of the dispersion: its own randomness is all that one sees."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What was seen in one stretch of time, and what the baselines say of it.

    Args:
        at: Its number; neighbours differ by 1.
        seen: The count; None where it is not known (not zero).
        baselines: Value of each baseline that is known here, by a name of `DAYS`.
        called: The number that people know it by, where that is another one: on the day on which clocks go back an
            hour comes twice.
    """

    at: int
    seen: int | None
    baselines: Mapping[str, float]
    called: int | None = None

    @property
    def name(self) -> int:
        """The number that people know it by."""
        return self.at if self.called is None else self.called


@dataclass(frozen=True, slots=True)
class ComparisonSettings:
    """How far from its expected value is far.

    Args:
        level: Probability at or below which a slot, or a run of them, is out of line.
        suspect: Probability at or below which a slot belongs to a run.
        least_gap: An incident that is about less than this many is none.
        rebound_slots: How many slots after a drop may make up for it.
        rebound_level: Probability at or below which they did. It is mild: after a drop a rebound is what one expects,
            and it changes an account, it wakes nobody.
        least_expected: Expected values are taken to be at least this, for nothing is known to be impossible.
        dispersion: Relative variance of the rate from day to day before anything is learned of it. Two earlier days
            tell little of how days differ, so this stays part of the answer.
        dispersion_weight: Its weight, in compared values.
        coverage: Probability of the expected band.
    """

    level: float = 1e-4
    suspect: float = 0.025
    least_gap: float = 10.0
    rebound_slots: int = 3
    rebound_level: float = 0.2
    least_expected: float = 0.5
    dispersion: float = 0.04
    dispersion_weight: int = 24
    coverage: float = 0.95


@dataclass(frozen=True, slots=True)
class Expected:
    """What a slot should have shown.

    Args:
        count: Distribution of the count, the uncertainty of its mean included.
        low: Lower end of the band, inclusive.
        high: Upper end of the band, inclusive.
    """

    count: Overdispersed
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ComparedHour:
    """A slot beside its expected value.

    Args:
        slot: The slot as it was given.
        levelled: Its baselines at the level of single days.
        doubted: The baseline that was left out because it is out of line itself.
        expected: None where no baseline is known.
        log_below: Natural logarithm of the probability to see so few or fewer; 0 where nothing can be said.
        log_above: The same for so many or more.
    """

    slot: Slot
    levelled: Mapping[str, float]
    doubted: str | None
    expected: Expected | None
    log_below: float
    log_above: float

    @property
    def deviation(self) -> float | None:
        """Seen minus expected; None where one of them is not known."""
        if self.slot.seen is None or self.expected is None:
            return None
        return self.slot.seen - self.expected.count.mean


@dataclass(frozen=True, slots=True)
class DayComparison:
    """All slots compared.

    Args:
        slots: In the order of time.
        levels: Factor that brings each averaged baseline to the level of single days.
        dispersion: Relative variance of the rate from day to day that was used.
        learned_from: How many values of earlier days told of it.
    """

    slots: tuple[ComparedHour, ...]
    levels: Mapping[str, float]
    dispersion: float
    learned_from: int


def compare(slots: Sequence[Slot], settings: ComparisonSettings | None = None) -> DayComparison:
    """What each slot should have shown, and how improbable it is that it showed what it did.

    What is expected is the *median of the baselines, each at the level of single days*. The median, because one of
    two or four may be spoilt by an incident of its own day (yesterday's outage must not make today's ordinary hour a
    surge) and a mean would follow it. At the level of single days, because an average over a week or a month also
    holds its week-ends and quiet days: on a busy weekday all hours would look like a rise. The level is taken from the
    earlier days and not from the judged one, or an outage that lasts all day would lower its own yardstick.

    The spread is that of a count (Poisson) plus what earlier days differ beyond it: each single day is held against
    the other baselines in the way the judged day is, and the dispersion is the one at which half of them are no
    surprise. As a median it does not grow when a few slots of an earlier day are spoilt. Where the baselines of one
    slot disagree by more than that, the slot is given their disagreement; a single day that stands alone against two
    or more others is left out there (`doubted`).

    Args:
        slots: In any order. Slots without baselines or without a count are not judged.
        settings: What far is.
    """
    settings = settings or ComparisonSettings()
    levels = _levels(slots)
    levelled = [(slot, {n: v * levels.get(n, 1.0) for n, v in slot.baselines.items()}) for slot in slots]
    dispersion, learned_from = _dispersion([values for _, values in levelled], settings)
    compared = (_compared(slot, values, dispersion, settings) for slot, values in levelled)
    return DayComparison(tuple(sorted(compared, key=lambda c: c.slot.at)), levels, dispersion, learned_from)


def together(slots: Sequence[ComparedHour]) -> Overdispersed:
    """Distribution of the sum over slots that have an expected value (at least one).

    Their rates are taken to be high or low together, as those of one day are; that is the careful choice.
    """
    counts = [slot.expected.count for slot in slots if slot.expected is not None]
    return Overdispersed(sum(c.mean for c in counts), sum(c.extra**0.5 for c in counts) ** 2)


def expected(count: Overdispersed, settings: ComparisonSettings) -> Expected:
    """The distribution with its band."""
    tail = (1 - settings.coverage) / 2
    return Expected(count, count.quantile(tail), count.quantile(1 - tail))


def weighted_median(pairs: Sequence[tuple[float, float]]) -> float:
    """Of (value, weight), by value; 0 of nothing."""
    rest = sum(weight for _, weight in pairs) / 2
    for value, weight in pairs:
        rest -= weight
        if rest <= 0:
            return value
    return 0.0


def _levels(slots: Sequence[Slot]) -> dict[str, float]:
    """By which factor each average lies below the single days: the median of the ratios, weighted by size."""
    levels = {}
    for name in (name for name, days in DAYS.items() if days > 1):
        ratios = sorted(
            (single / slot.baselines[name], slot.baselines[name])
            for slot in slots
            if slot.baselines.get(name, 0.0) > 0
            for single in _singles(slot.baselines).values()
        )
        level = weighted_median(ratios)
        if level > 0:
            levels[name] = level
    return levels


def _singles(baselines: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in baselines.items() if DAYS[name] == 1}


def _against_others(values: Mapping[str, float]) -> Iterator[tuple[str, float, float]]:
    """Each single day's name and value, and the median of all other baselines there."""
    for name, value in _singles(values).items():
        others = [v for n, v in values.items() if n != name]
        if others:
            yield name, value, median(others)


def _dispersion(slots: Sequence[Mapping[str, float]], settings: ComparisonSettings) -> tuple[float, int]:
    """Relative variance of the rate, and how many values told of it."""
    pairs = [(v, m) for values in slots for _, v, m in _against_others(values) if m >= _TELLS_MUCH]
    if not pairs:
        return settings.dispersion, 0
    low, high = 0.0, 4.0
    for _ in range(40):
        middle = (low + high) / 2
        surprise = median((v - m) ** 2 / (m + middle * m * m) for v, m in pairs)
        low, high = (middle, high) if surprise > _HALF else (low, middle)
    weight = settings.dispersion_weight
    return (low * len(pairs) + settings.dispersion * weight) / (len(pairs) + weight), len(pairs)


def _compared(
    slot: Slot, levelled: Mapping[str, float], dispersion: float, settings: ComparisonSettings
) -> ComparedHour:
    if not levelled:
        return ComparedHour(slot, levelled, None, None, 0.0, 0.0)
    doubted = _doubted(levelled, dispersion, settings)
    usual = _from_baselines({n: v for n, v in levelled.items() if n != doubted}, dispersion, settings)
    if slot.seen is None:
        return ComparedHour(slot, levelled, doubted, usual, 0.0, 0.0)
    count = usual.count
    return ComparedHour(slot, levelled, doubted, usual, count.log_at_most(slot.seen), count.log_at_least(slot.seen))


def _doubted(levelled: Mapping[str, float], dispersion: float, settings: ComparisonSettings) -> str | None:
    """The single day that stands alone against two or more other baselines."""
    if len(levelled) < 3:
        return None
    alone = [
        name
        for name, value, others in _against_others(levelled)
        if _far(round(value), max(others, settings.least_expected), dispersion, settings)
    ]
    return alone[0] if len(alone) == 1 else None


def _far(count: int, mean: float, dispersion: float, settings: ComparisonSettings) -> bool:
    usual = Overdispersed(mean, dispersion * mean * mean)
    return min(usual.log_at_most(count), usual.log_at_least(count)) <= log(settings.level)


def _from_baselines(used: Mapping[str, float], dispersion: float, settings: ComparisonSettings) -> Expected:
    centre = median(used.values())
    mean = max(centre, settings.least_expected)
    usual = dispersion * mean * mean
    # Spread of the baselines themselves, beyond what counts of this size have anyway.
    apart = (1.4826 * median(abs(value - centre) for value in used.values())) ** 2 - mean
    of_mean = (mean + usual) / sum(DAYS[name] for name in used)
    return expected(Overdispersed(mean, max(usual, apart) + of_mean), settings)
