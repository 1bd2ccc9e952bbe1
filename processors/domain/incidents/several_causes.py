"""Several causes at once: what begins while an incident is open, and does not follow from it, is an incident too.

Rule sets that make one incident of all that goes wrong in a scope at one time ask here where a series belongs that
was normal so far. When it began is told by its counts, not by the window of the rule that found it: at the most likely
place of one change of level. It is a cause of its own when that lies so many minutes after all that went wrong before,
and when it changed then, in transactions: shares also rise because others fall. What comes and goes is one cause.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log
from typing import Final

from processors.domain.incidents.memory import JudgedScope
from processors.domain.model import ScopeModel
from processors.domain.model.tails import EXACTLY, share_at_least, share_at_most
from processors.domain.rules import Finding, Member
from processors.domain.rules.base import MAX_WINDOW
from processors.domain.series_key import VOLUME_SERIES, SeriesKey

_SURE: Final = 3.0
"""Strength from which on a count has changed since the incident began: one in a thousand."""
_LEAST: Final = 2
"""Minutes that a change of level must have lasted."""
_LEAST_BEFORE: Final = 4
"""Minutes of the incident that must lie before it."""
_SILENT: Final = 0.5
"""Part of what is expected of it beside the series that rose, below which a series is silent by itself."""
_MAIN: Final = 0.5
"""Part of what is left beside the series that rose, above which a key is the main one: they take from it."""
_REST: Final = 0.05
"""Least part of all that is taken to be left beside the series that rose."""


@dataclass(frozen=True, slots=True)
class _Recent:
    """The last minutes of a series, oldest first: its counts, and what they should be proportional to."""

    counts: Sequence[int]
    parts: Sequence[float]


def group_for(scope: JudgedScope, series: SeriesKey, found: Finding, excess: float, minute: int) -> str:
    """The group of a series that is found to be wrong now: see Member. `excess` is observed over expected."""
    members, model, apart = scope.memory.members, scope.memory.model, scope.rules.apart
    parent = scope.rules.parent_of(series)
    kin = [member for each, member in members.items() if scope.rules.parent_of(each) == parent]
    if kin or not apart or not members:
        return kin[0].group if kin else ""
    returns = _returns(scope, series, minute)
    if returns is not None:
        return returns
    rises = excess >= 1
    recent = _recent(model, series)
    lasts = _lasts(recent, found.window, rises=rises)
    began = minute - lasts + 1
    nearest = min(members.values(), key=lambda member: (abs(member.since - began), member.group))
    last = max(member.since for member in members.values())
    if began - last < apart or not _has_changed(recent, lasts, began - last, rises=rises):
        return nearest.group
    if not rises and not _is_silent(model, members, series, lasts, minute):
        return nearest.group
    return parent.name


def _returns(scope: JudgedScope, series: SeriesKey, minute: int) -> str | None:
    """The group of what comes and goes: it was in an incident that is open, or in one that ended within the hour."""
    memory = scope.memory
    for group, incident in memory.incidents.items():
        if series.name in incident.members:
            return group
    if minute - memory.ended.get(series, minute - MAX_WINDOW) < MAX_WINDOW:
        return min(memory.incidents.items(), key=lambda each: (each[1].opened, each[0]), default=("",))[0]
    return None


def _recent(model: ScopeModel, series: SeriesKey) -> _Recent:
    counts = model.volume.totals if series == VOLUME_SERIES else model.shares[series.dimension][series.key].counts
    counts = counts[-MAX_WINDOW:]
    profile = model.volume.profile[-len(counts) :]
    return _Recent(counts, [1.0 if None in profile else part or 0.0 for part in profile])


def _lasts(recent: _Recent, window: int, *, rises: bool) -> int:
    """How many of the last minutes lie after the most likely place of one change of level; `window` if there is none.

    By the likelihood ratio of two Poisson rates against one: Chen and Gupta, Parametric Statistical Change Point
    Analysis (2012), chapter 7.
    """
    counted, parts = [*accumulate(reversed(recent.counts))], [*accumulate(reversed(recent.parts))]
    best, lasts = float("-inf"), window
    for minutes in range(_LEAST, len(counted)):
        after, of = counted[minutes - 1], parts[minutes - 1]
        before, rest = counted[-1] - after, parts[-1] - of
        if of <= 0 or rest <= 0 or (after * rest > before * of) is not rises:
            continue
        gain = _information(after, of) + _information(before, rest)
        if gain > best:
            best, lasts = gain, minutes
    return lasts


def _information(count: int, parts: float) -> float:
    return count * log(count / parts) if count else 0.0


def _has_changed(recent: _Recent, lasts: int, before: int, *, rises: bool) -> bool:
    """Whether there is another level than in the minutes `before`, in which the incident was open."""
    before = min(before, len(recent.counts) - lasts)
    if before < _LEAST_BEFORE:
        return False
    counts, parts = recent.counts[-lasts - before :], recent.parts[-lasts - before :]
    after, whole = sum(counts[before:]), sum(counts)
    share = sum(parts[before:]) / max(sum(parts), _REST)
    return (share_at_least if rises else share_at_most)(after, whole, share, EXACTLY) >= _SURE


def _is_silent(model: ScopeModel, members: dict[SeriesKey, Member], series: SeriesKey, lasts: int, minute: int) -> bool:
    """Whether a series has fallen beside those that have risen: they may have taken what it lacks.

    They take it from what there is most of.
    """
    if series == VOLUME_SERIES:
        return True
    shares = model.shares[series.dimension]
    risen = [shares[each.key] for each, m in members.items() if m.excess > 1 and each.dimension == series.dimension]
    rest = sum(model.totals[series.dimension][-lasts:]) - sum([sum(each.counts[-lasts:]) for each in risen])
    left = max(_REST, 1 - sum([each.expected(minute) for each in risen]))
    own = shares[series.key]
    part = own.expected(minute) / left
    is_most = bool(risen) and part > _MAIN
    return not is_most and sum(own.counts[-lasts:]) < _SILENT * rest * part
