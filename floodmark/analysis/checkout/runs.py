"""Incidents among compared slots: runs that are out of line, what they cost, and what came back afterwards."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import log
from typing import Final, Literal

from floodmark.analysis.checkout.comparison import (
    ComparedHour,
    ComparisonSettings,
    DayComparison,
    Expected,
    expected,
    together,
    weighted_median,
)
from floodmark.analysis.checkout.overdispersed import Overdispersed

CheckoutKind = Literal["outage", "drop", "rise"]

_GOOD_PART: Final = 0.2
"""From this share of the expected count on, a slot beside an outage was not out all the time."""


@dataclass(frozen=True, slots=True)
class CheckoutRebound:
    """Slots right after a drop that show more than expected, and more than every baseline."""

    slots: tuple[ComparedHour, ...]
    extra: float
    log_tail: float


@dataclass(frozen=True, slots=True)
class CheckoutIncident:
    """A run of slots that is out of line.

    Args:
        kind: `outage` when nothing at all was seen, else `drop` or `rise`.
        slots: The slots that are out of line by themselves; where only the run as a whole is, all of it. Of an outage,
            those in which nothing was seen.
        before: The suspect slots right before them: it may have begun there.
        after: The suspect slots right after them: it may have ended there.
        seen: Sum over `slots`.
        expected: What that sum should have been; of a rise, on a day as busy as this one.
        log_tail: Natural logarithm of the probability of a sum so far out.
        rebound: What came back; None when nothing did, and for a rise.
    """

    kind: CheckoutKind
    slots: tuple[ComparedHour, ...]
    before: tuple[ComparedHour, ...]
    after: tuple[ComparedHour, ...]
    seen: int
    expected: Expected
    log_tail: float
    rebound: CheckoutRebound | None

    @property
    def gross(self) -> float:
        """How many were lost in `slots` (of a rise: how many there were too many), above 0."""
        return abs(self.seen - self.expected.count.mean)

    @property
    def returned(self) -> float:
        """How many came back afterwards, at most `gross`."""
        return min(self.rebound.extra, self.gross) if self.rebound else 0.0

    @property
    def net(self) -> float:
        """Gross loss less what came back, at least 0."""
        return self.gross - self.returned

    @property
    def edges(self) -> float:
        """How many more were lost (of a rise: were too many) in the slots before and after."""
        return abs(sum(slot.deviation or 0.0 for slot in (*self.before, *self.after)))


def incidents(comparison: DayComparison, settings: ComparisonSettings | None = None) -> tuple[CheckoutIncident, ...]:
    """The incidents of the compared slots, in the order of time.

    A run of neighbouring suspect slots on one side is an incident when one of them or their sum is at or below
    `settings.level`, and when it is about `settings.least_gap` or more. Drops come first: what rebounds after one is
    no rise. A rise is told from what is expected at the level of the day: a day that is busy from end to end is no
    incident, while one that is low from end to end is. A slot that was not judged ends a run, and nothing rebounds
    across it.
    """
    settings = settings or ComparisonSettings()
    drops = [
        _incident("drop", run, settings, _rebound(run[-1].slot.at, comparison.slots, settings))
        for run in _runs(comparison.slots, settings, drop=True)
    ]
    drops = [drop for drop in drops if _counts(drop, settings)]
    rebounded = {slot.slot.at for drop in drops if drop.rebound for slot in drop.rebound.slots}
    rest = [slot for slot in _at_level_of_day(comparison.slots, settings) if slot.slot.at not in rebounded]
    rises = [_incident("rise", run, settings, None) for run in _runs(rest, settings, drop=False)]
    found = [*drops, *(rise for rise in rises if _counts(rise, settings))]
    return tuple(sorted(found, key=lambda incident: incident.slots[0].slot.at))


def share_of_expected(slots: Iterable[ComparedHour]) -> float | None:
    """What was seen in slots that were judged, as a share of what was expected; None when none was."""
    judged = [(slot.slot.seen or 0, slot.deviation) for slot in slots if slot.deviation is not None]
    usual = sum(seen - deviation for seen, deviation in judged if deviation is not None)
    return sum(seen for seen, _ in judged) / usual if judged else None


def _runs(slots: Iterable[ComparedHour], settings: ComparisonSettings, *, drop: bool) -> Iterator[list[ComparedHour]]:
    """Neighbours that are suspect on the same side."""
    run: list[ComparedHour] = []
    for slot in slots:
        if run and slot.slot.at != run[-1].slot.at + 1:
            yield run
            run = []
        if _tail(slot, drop=drop) <= log(settings.suspect):
            run.append(slot)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _tail(slot: ComparedHour, *, drop: bool) -> float:
    return slot.log_below if drop else slot.log_above


def _incident(
    kind: CheckoutKind, run: Sequence[ComparedHour], settings: ComparisonSettings, rebound: CheckoutRebound | None
) -> CheckoutIncident:
    """The run as an incident; whether it counts as one is not asked here."""
    first, last = _core(run, settings, drop=kind != "rise")
    slots = tuple(run[first : last + 1])
    seen, total = sum(slot.slot.seen or 0 for slot in slots), expected(together(slots), settings)
    return CheckoutIncident(
        "outage" if kind == "drop" and seen == 0 else kind,
        slots,
        tuple(run[:first]),
        tuple(run[last + 1 :]),
        seen,
        total,
        total.count.log_at_least(seen) if kind == "rise" else total.count.log_at_most(seen),
        rebound,
    )


def _core(run: Sequence[ComparedHour], settings: ComparisonSettings, *, drop: bool) -> tuple[int, int]:
    """First and last index of the slots that are far out themselves; of the whole run when none is.

    Around slots of nothing, one that saw a good part of what was expected is an edge: it broke or came back within.
    """
    far = [n for n, slot in enumerate(run) if _tail(slot, drop=drop) <= log(settings.level)] or range(len(run))
    first, last = far[0], far[-1]
    within = [n for n in range(first, last + 1) if not _partial(run[n])]
    if within and all(run[n].slot.seen == 0 for n in range(within[0], within[-1] + 1)):
        return within[0], within[-1]
    return first, last


def _partial(slot: ComparedHour) -> bool:
    return slot.expected is not None and (slot.slot.seen or 0) >= _GOOD_PART * slot.expected.count.mean


def _counts(incident: CheckoutIncident, settings: ComparisonSettings) -> bool:
    tails = [_tail(slot, drop=incident.kind != "rise") for slot in incident.slots]
    return incident.gross >= settings.least_gap and min(incident.log_tail, *tails) <= log(settings.level)


def _at_level_of_day(slots: Sequence[ComparedHour], settings: ComparisonSettings) -> list[ComparedHour]:
    """The slots beside what would be expected on a day as busy as this one is in most of its slots."""
    judged = [
        (slot, slot.expected.count, seen)
        for slot in slots
        if slot.expected is not None and (seen := slot.slot.seen) is not None
    ]
    lift = weighted_median(sorted((seen / count.mean, count.mean) for _, count, seen in judged))
    if lift <= 1:
        return [slot for slot, *_ in judged]
    lifted = [(slot, Overdispersed(count.mean * lift, count.extra * lift * lift), seen) for slot, count, seen in judged]
    return [
        replace(slot, expected=expected(count, settings), log_above=count.log_at_least(seen))
        for slot, count, seen in lifted
    ]


def _rebound(end: int, slots: Sequence[ComparedHour], settings: ComparisonSettings) -> CheckoutRebound | None:
    """What came back in the slots after `end`, the last slot of a drop; None when nothing did."""
    back: list[ComparedHour] = []
    following = (slot for slot in slots if slot.slot.at > end)
    for position, slot in enumerate(islice(following, settings.rebound_slots), start=end + 1):
        if slot.slot.at != position or not _above_all(slot):
            break
        back.append(slot)
    if not back:
        return None
    usual, seen = together(back), sum(slot.slot.seen or 0 for slot in back)
    log_tail = usual.log_at_least(seen)
    return (
        CheckoutRebound(tuple(back), seen - usual.mean, log_tail) if log_tail <= log(settings.rebound_level) else None
    )


def _above_all(slot: ComparedHour) -> bool:
    deviation = slot.deviation
    return deviation is not None and deviation > 0 and (slot.slot.seen or 0) > max(slot.levelled.values())
