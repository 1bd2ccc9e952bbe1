"""What an isolation forest is shown of a scope in one minute: a few numbers that mean the same at any hour.

The deviation of a status is the signed root of the binomial deviance of its count from the share that it has at this
time of day; that of the volume, how far the transactions fall short of their forecast, in standard deviations, and 0
when they do not. On this scale chance makes numbers of about standard normal size, however busy the hour, so that
night and noon, small scopes and large ones, and frequent and rare statuses can teach one forest.

| feature | what |
| --- | --- |
| rise | the highest deviation among the main statuses |
| fall | the lowest |
| volume | that of the volume |
| together | root of the sum of the squares of all of them |

Each is shown as its cube: cuts at random then fall mostly where minutes are rare, and what is far out is soon alone.
A feature for each status would be shown more and see less: a cut at random then seldom meets the one that is off. The
time of day is none, because what is expected knows it. Of the volume only the fall is shown, because a rise of
everything at once is no anomaly. The most frequent status is none of the main ones: what it loses, another gains, or
the volume falls.
"""

from collections.abc import Mapping, Sequence
from math import log, sqrt
from operator import mul
from typing import Final

from processors.domain.model import ScopeModel
from processors.domain.window import STATUS

FEATURES: Final = ("rise", "fall", "volume", "together")
SPAN: Final = 15
"""Minutes that are looked at together; the volume is compared with its forecast from before them."""
CLIP: Final = 5.0
"""No single count says more than this: from here on it is only absurd."""
FAMILIAR: Final = 3_000
"""Transactions that must have taught a share before its deviations are told; until then they are 0."""
_MAIN: Final = 8
_A_DAY: Final = 48.0
"""Fewer a day than this say nothing in a minute: a status that is so rare is none of the main ones."""


def main_statuses(counts: Mapping[str, int], minutes: int) -> tuple[str, ...]:
    """Of the counts of so many minutes all statuses but the most frequent one and the rare ones, by name."""
    ranked = sorted(counts, key=lambda key: (-counts[key], key))
    return tuple(sorted(key for key in ranked[1 : _MAIN + 1] if counts[key] * 1440 >= _A_DAY * minutes))


def deviations(model: ScopeModel, key: str, minute: int, span: int = SPAN) -> list[float]:
    """The deviation of a status in the last minutes up to and with `minute`, oldest first; 0 where nothing is known."""
    own = model.shares.get(STATUS, {}).get(key)
    totals = model.totals.get(STATUS, [])[-span:]
    if own is None or own.of < FAMILIAR:
        return [0.0] * span
    counts = own.counts[-span:]
    first = minute - len(counts) + 1
    found = [
        deviation(count, total, own.expected(at))
        for at, (count, total) in enumerate(zip(counts, totals, strict=True), start=first)
    ]
    return [0.0] * (span - len(found)) + found


def shortfalls(model: ScopeModel, minute: int) -> list[float] | None:
    """How far the volume of the last SPAN minutes fell short of its forecast, oldest first.

    None while too little is known.
    """
    forecast = model.volume.forecast(minute, SPAN)
    if forecast is None or forecast.mean <= 0:
        return None
    found = []
    for count, part in zip(model.volume.totals[-SPAN:], forecast.parts, strict=True):
        mean = forecast.mean * part
        found.append(max(-CLIP, min(0.0, (count - mean) / sqrt(forecast.variance_of(mean)))))
    return found


def columns(model: ScopeModel, keys: Sequence[str], minute: int) -> list[list[float]] | None:
    """The deviations of the last SPAN minutes: of each key in order, then of the volume. None: see `shortfalls`."""
    volume = shortfalls(model, minute)
    return None if volume is None else [*(deviations(model, key, minute) for key in keys), volume]


def features(deviations: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    """The features of each minute of these columns, in the order of FEATURES; there is one key or more."""
    return [
        (max(each[:-1]) ** 3, min(each[:-1]) ** 3, each[-1] ** 3, sum(map(mul, each, each)) ** 1.5)
        for each in zip(*deviations, strict=True)
    ]


def deviation(count: int, total: int, share: float) -> float:
    """Signed root of the binomial deviance of `count` of `total` where `share` (0 < share < 1) is expected, clipped."""
    if not total:
        return 0.0
    mean, rest = total * share, total - count
    twice = 0.0
    if count:
        twice += count * log(count / mean)
    if rest:
        twice += rest * log(rest / (total - mean))
    size = min(CLIP, sqrt(max(0.0, 2 * twice)))
    return size if count > mean else -size
