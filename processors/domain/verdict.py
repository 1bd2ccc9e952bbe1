"""What the judge says of one series in one minute."""

from math import sqrt
from typing import Final

import msgspec

from processors.domain.baseline import BaselineSettings
from processors.domain.rules import Finding, Series, worst
from processors.domain.window import VOLUME

FAMILIAR = 3_000
"""Transactions that a share must have been learned from to be told."""

Band = tuple[float | None, float | None, float | None]
"""Expected count, and the ends of the band around it."""
NO_BAND: Final[Band] = (None, None, None)


class MinuteVerdict(msgspec.Struct, frozen=True, gc=False):
    """One judged minute of one series; `minute` is a minute number. Fields as in the minutes topic."""

    minute: int
    scope: str
    dimension: str
    key: str
    count: int
    total: int
    amount: int
    verdict: str
    share: float | None = None
    mean: float | None = None
    std: float | None = None
    z: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    score: float = 0.0
    terms: dict[str, float] = {}
    rules: tuple[str, ...] = ()
    offsets: dict[str, int] = {}


def verdict_of(
    series: Series,
    findings: list[Finding],
    band: Band,
    *,
    scope: str,
    amount: int,
    offsets: dict[str, int],
) -> MinuteVerdict:
    """The verdict on a minute with data: the worst finding, else normal, else warming_up without a baseline."""
    base, count, total = series.baseline, series.count, series.total
    mean, std, z = (base.mean, base.std, base.z) if base else (None, None, None)
    expected, low, high = band
    if findings:
        word: str = worst(f.severity for f in findings)
        score = max(f.score for f in findings)
        terms = {name: value for f in findings for name, value in terms_of(f)}
        rules = tuple(sorted(f.rule for f in findings))
    else:
        word, score, terms, rules = "normal" if base else "warming_up", 0.0, {}, ()
    # By place: nearly all that the judge says is said here.
    return MinuteVerdict(
        series.minute,
        scope,
        series.dimension,
        series.key,
        count,
        total,
        amount,
        word,
        count / total if total else None,
        mean,
        std,
        z,
        expected,
        low,
        high,
        score,
        terms,
        rules,
        offsets,
    )


def terms_of(finding: Finding) -> list[tuple[str, float]]:
    """The score under the name of its rule, and what it is made of as `rule.term`."""
    return [(finding.rule, finding.score), *((f"{finding.rule}.{name}", value) for name, value in finding.terms)]


def no_data(minute: int, scope: str, dimension: str, key: str) -> MinuteVerdict:
    """The verdict on a minute in which the whole dimension is silent: nothing is known, so nothing is judged."""
    return MinuteVerdict(minute, scope, dimension, key, count=0, total=0, amount=0, verdict="no_data")


def taken_back(verdict: MinuteVerdict, total: int) -> MinuteVerdict:
    """The verdict on a series that was told apart in this minute, and is not any more: late data took its room."""
    return MinuteVerdict(
        verdict.minute,
        verdict.scope,
        verdict.dimension,
        verdict.key,
        count=0,
        total=total,
        amount=0,
        verdict="unknown",
        share=0.0 if total else None,
    )


def band_of(series: Series, settings: BaselineSettings) -> Band:
    """Expected count and the ends of the band around it: by the share of this time of day, else by the last minutes."""
    if series.model is not None and series.dimension == VOLUME:
        forecast = series.model.volume.forecast(series.minute, 1)
        if forecast is None:
            return NO_BAND
        spread = settings.band * sqrt(forecast.variance)
        return forecast.mean, max(0.0, forecast.mean - spread), forecast.mean + spread
    model = series.model.shares.get(series.dimension, {}).get(series.key) if series.model else None
    if model is not None and model.of >= FAMILIAR:
        mean = (model.expected(series.minute) if series.usual is None else series.usual) * series.total
        spread = settings.band * sqrt(mean)
        return mean, mean - spread if mean > spread else 0.0, mean + spread
    base = series.baseline
    if base is None:
        return NO_BAND
    return base.mean, max(0.0, base.mean - settings.band * base.std), base.mean + settings.band * base.std
