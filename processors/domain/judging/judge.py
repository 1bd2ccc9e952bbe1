"""The judge of one scope: takes minutes in order, knows what each should have looked like, opens and ends incidents.

A minute goes one way: the scope hears it, each series is looked at, the rules find or do not, findings move incidents,
each verdict says how severe the minute is by then, and what it holds is learned.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from processors.domain.incidents.doubts import note
from processors.domain.incidents.follow import Look, follow
from processors.domain.incidents.incident import Incident, Transition
from processors.domain.incidents.memory import JudgedScope, append
from processors.domain.judging.hearing import MinuteData, hear
from processors.domain.judging.looking import look_at, look_at_all, newcomer
from processors.domain.rules import worst
from processors.domain.series_key import SeriesKey
from processors.domain.verdict import MinuteVerdict
from processors.domain.window import VOLUME, Dimensions


class MinuteCounts(msgspec.Struct, frozen=True, gc=False):
    """What one minute of a scope holds, over all source partitions, and the offsets that are in it."""

    counts: Dimensions = {}
    offsets: dict[str, int] = {}


class Judged(msgspec.Struct, frozen=True, gc=False):
    """What came of one minute.

    Args:
        looks: Each series, the volume too, as the rules saw it.
    """

    verdicts: list[MinuteVerdict]
    steps: list[tuple[Transition, Incident]]
    looks: list[Look] = []

    @property
    def is_quiet(self) -> bool:
        """Whether no rule has found anything that goes further than its minute: `relive` leads to the same memory."""
        return not any(look.findings for look in self.looks)


def judge(scope: JudgedScope, minute: int, minute_counts: MinuteCounts, *, blind: bool = False) -> Judged:
    """Judge one minute and learn from it: first score, then learn. Changes the memory of the scope in place.

    Minutes are given in order, each once, those without data too. A key that was never seen before
    has been 0 since its dimension began, so dense and sparse input are judged alike. Keys for which there is no room
    are judged together as OTHER. Of a minute that is `blind` nothing is said but that it is unknown.
    """
    data = hear(scope, minute, minute_counts.counts, minute_counts.offsets, blind=blind)
    looks = look_at_all(scope, data)
    steps = _followed(scope, data, looks)
    found = [look.series for look in looks if look.findings]
    if found:
        looks = [_as_of_incident(scope, look) if look.findings else look for look in looks]
    _learn(scope, data, found)
    return Judged([look.verdict for look in looks if look.verdict.dimension != VOLUME], steps, looks)


def glance(
    scope: JudgedScope, minute: int, minute_counts: MinuteCounts, wanted: Mapping[str, Collection[str]], *, blind: bool
) -> list[Look] | None:
    """The series of these keys as `judge` would see them; None where anything is found in one of them.

    Then what the minute is depends on all series, and `judge` has to look at them. The memory is changed, and is good
    for nothing any more.
    """
    data = hear(scope, minute, minute_counts.counts, minute_counts.offsets, blind=blind)
    looks = look_at(scope, data, wanted)
    return None if any(look.findings for look in looks) else looks


def relive(
    scope: JudgedScope, minute: int, minute_counts: MinuteCounts, *, blind: bool = False
) -> list[tuple[Transition, Incident]]:
    """Do to the memory what `judge` does in a minute that is quiet, without asking any rule; the steps of incidents.

    A minute is quiet when `judge`, by the same rules and with an equal memory, has found nothing: see Judged. In a
    minute that is not quiet this is wrong.
    """
    data = hear(scope, minute, minute_counts.counts, minute_counts.offsets, blind=blind)
    steps = _followed(scope, data, ())
    _learn(scope, data, ())
    return steps


def _followed(scope: JudgedScope, data: MinuteData, looks: Sequence[Look]) -> list[tuple[Transition, Incident]]:
    """Move the incidents on; of a minute that cannot be trusted nothing is said, but why."""
    doubts = [*note(scope, data.minute, data.doubts)] if data.doubts else []
    return doubts if data.moment.blind else doubts + follow(scope, data.minute, looks, data.moment.notes)


def _as_of_incident(scope: JudgedScope, look: Look) -> Look:
    """A minute that adds evidence to an incident is as severe as that is by then; a code is what its status is."""
    memory = scope.memory
    series = look.series if look.series in memory.members else scope.rules.parent_of(look.series)
    severity = worst(["info", *(i.severity for i in memory.incidents.values() if series.name in i.members)])
    return Look(look.series, replace(look.verdict, verdict=severity), look.findings)


def _learn(scope: JudgedScope, data: MinuteData, found: Collection[SeriesKey]) -> None:
    """Remember the counts; a minute that adds evidence to an incident does not teach the baseline at first.

    A minute of maintenance, or one that cannot be trusted, teaches nothing at all. `found` are the series in which
    something was found; the incidents have moved on already.
    """
    rules, memory = scope.rules, scope.memory
    reach, window, teaches = max(rules.reach - 1, 1), rules.baseline.window, data.moment.teaches
    for dimension, cells in data.cells.items():
        if not cells:
            continue
        known = memory.dimensions[dimension]
        for key in sorted(cells.keys() - known.series.keys()):
            known.series[key] = newcomer(scope, known)
        for key, remembered in known.series.items():
            cell = cells.get(key)
            count = cell[0] if cell is not None else 0
            append(remembered.recent, count, reach)
            if teaches and (not found or _teaches(scope, data.minute, SeriesKey(dimension, key), found)):
                remembered.teach(count, window)
        known.minutes += 1
        append(known.totals, sum([cell[0] for cell in cells.values()]), reach)


def _teaches(scope: JudgedScope, minute: int, series: SeriesKey, found: Collection[SeriesKey]) -> bool:
    member = scope.memory.members.get(series) if series in found else None
    settings = scope.rules.baseline
    return member is None or settings.learn_incidents or minute - member.since >= settings.relearn_after
