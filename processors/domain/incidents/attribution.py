"""What explains an incident: which keys make up the excess, and how much of it is rate and how much volume."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from processors.domain.model import ScopeModel
from processors.domain.rules import Member
from processors.domain.series_key import SeriesKey
from processors.domain.window import STATUS, VOLUME

_LOOKS_BACK: Final = 60
_MAX_CAUSES: Final = 5
_Compared = tuple[str, str, int, float]
"""(dimension, key, observed, expected)"""


class Cause(msgspec.Struct, frozen=True, gc=False):
    """One key, and what it has to do with the incident.

    Args:
        observed: Count since the incident began, an hour at most.
        expected: What the same minutes should have held.
        percent: Its part of the whole excess (or lack) of all keys that go the same way, 0 to 100.
    """

    dimension: str
    key: str
    observed: int
    expected: float
    percent: float


class SplitExcess(msgspec.Struct, frozen=True, gc=False):
    """The excess of a key in transactions, split into two that add up to it.

    Args:
        rate: Its share of all transactions is another one.
        volume: There are more, or fewer, transactions of all kinds than there should be.
    """

    rate: float
    volume: float


def causes(
    model: ScopeModel,
    facets: Mapping[str, str],
    series: SeriesKey,
    minute: int,
    since: int,
    outage: Member | None = None,
) -> tuple[Cause, ...]:
    """What explains an incident led by `series`, the largest part first, five at most; nothing where nothing is known.

    A fall of the volume is explained by statuses, a status by the keys of its facets (auth codes). While the volume is
    in an incident, `outage`, it is held against the level from before.
    """
    window = min(minute - since + 1, _LOOKS_BACK)
    if series.dimension == VOLUME:
        missing_of = _whole(model, minute, window, outage)
        return ranked(_compared(model, [STATUS], window, minute, missing_of), falls=True)
    return ranked(_compared(model, _facets_of(series, facets), window, minute))


def missing(
    model: ScopeModel, facets: Mapping[str, str], series: SeriesKey, minute: int, since: int
) -> tuple[Cause, ...]:
    """What explains an incident led by `series` in which keys do not come any more: those of its facets that lack."""
    window = min(minute - since + 1, _LOOKS_BACK)
    return ranked(_compared(model, _facets_of(series, facets), window, minute), falls=True)


def _facets_of(series: SeriesKey, facets: Mapping[str, str]) -> list[str]:
    return sorted(dimension for dimension, parent in facets.items() if parent == series.key)


def _compared(
    model: ScopeModel, dimensions: list[str], window: int, minute: int, of: float | None = None
) -> Iterator[_Compared]:
    """The keys of these dimensions with what they should have held, of all that came or of so many."""
    for dimension in dimensions:
        whole = sum(model.totals.get(dimension, [])[-window:]) if of is None else of
        for key, own in sorted(model.shares.get(dimension, {}).items()):
            yield dimension, key, sum(own.counts[-window:]), own.expected(minute) * whole


def ranked(compared: Iterable[_Compared], *, falls: bool = False) -> tuple[Cause, ...]:
    """The keys of which there is too much, or for a fall too little, the largest part first, five at most."""
    found: list[tuple[float, str, str, int, float]] = []
    for dimension, key, observed, expected in compared:
        excess = expected - observed if falls else observed - expected
        if excess > 0:
            found.append((excess, dimension, key, observed, expected))
    all_of_it = sum(excess for excess, *_ in found)
    found.sort(key=lambda cause: (-cause[0], *cause[1:3]))
    return tuple(
        Cause(dimension, key, observed, expected, 100 * excess / all_of_it)
        for excess, dimension, key, observed, expected in found[:_MAX_CAUSES]
    )


def effects(
    model: ScopeModel, series: SeriesKey, minute: int, since: int, outage: Member | None = None
) -> SplitExcess | None:
    """The split of a status's excess; None for other series."""
    dimension, key = series
    own = model.shares.get(dimension, {}).get(key)
    if dimension != STATUS or own is None:
        return None
    window = min(minute - since + 1, _LOOKS_BACK)
    total = sum(model.totals[dimension][-window:])
    share = own.expected(minute)
    return SplitExcess(
        sum(own.counts[-window:]) - total * share, (total - _whole(model, minute, window, outage)) * share
    )


def _whole(model: ScopeModel, minute: int, window: int, outage: Member | None) -> float:
    """The volume that the last minutes should have had; what they had where nothing is known."""
    profile = model.volume.profile[-window:]
    if outage is not None and (outage.plain or None not in profile):
        return outage.level * (len(profile) if outage.plain else sum(part or 0.0 for part in profile))
    forecast = model.volume.forecast(minute, window)
    return forecast.mean if forecast else float(sum(model.volume.totals[-window:]))
