"""Exact tails of shares: a key takes more of the transactions than chance allows.

What counts is the share that the key has at this time of day (see domain.model). Several windows are looked at, so
that a short burst and a slow rise are both found; evidence must not lie in one minute alone and must be going on.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, groupby
from math import sqrt
from typing import ClassVar, Final

from processors.domain.model import ScopeModel, ShareModel
from processors.domain.model.tails import EXACTLY, share_at_least
from processors.domain.rules.base import Finding, Problem, Rule, Series, graded, instead_of, tail_problem
from schemas.durations import minutes_long
from schemas.severity import Severity

RECOVERS: float = 8
"""Minutes that recovery looks back."""
_GOING_ON: Final = 1.2
"""Observed over expected in the last part of a window that is the least of a rise that goes on."""
_LEAST_EFFECT: Final = 1.15
"""Observed over expected that is the least of interest, however many transactions it comes to."""
_STEADIER: Final = 2.0
"""How many times as much is known of a share of this many transactions: what makes shares wander averages out."""
_SHOWS: Final = 11
"""Minutes that must hold a key for a rise of it to go on: the last part of the longest window."""
_SMALL: Final = 100
"""Transactions that must have taught a scope of which little comes ..."""
_SMALL_COUNT: Final = 5
"""... and that must have gone wrong in it."""
_HOUR: Final = 60
_STAYS: Final = 0.25
"""Part of its limit that a newcomer must fall to for its incident to end: above it, chance ends nothing."""


@dataclass(frozen=True, slots=True)
class TailRule(Rule):
    """What both tails share; the other one is KeySilence.

    Args:
        strength: -log10 of the probability at which a warning begins.
        critical: The same for critical.
        minimum_total: Transactions that must have taught the share before anything is said (warm-up).
        drift: Relative error of the expected share, beyond chance.
        drift_at_first: The same while this time of day has not been seen on an earlier day.
        windows: Lengths looked at, in minutes, ascending, at most 60.
        excluded: Keys that are not looked at.
    """

    learns: ClassVar[bool] = True
    labels: ClassVar[tuple[str, ...]] = (*Rule.labels, "excluded")
    falls: ClassVar[bool] = False
    """Whether it looks for less than there should be."""

    strength: float = 6.5
    critical: float = 15.0
    minimum_total: int = 3_000
    drift: float = 0.06
    drift_at_first: float = 0.2
    windows: tuple[int, ...] = (2, 3, 4, 5, 7, 10, 14, 20, 30, 45)
    excluded: tuple[str, ...] = ()

    def watches(self, dimension: str, key: str) -> bool:
        """See Rule."""
        return dimension == self.dimension and (not self.keys or key in self.keys) and key not in self.excluded

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        return Rule.problem(self, given) or tail_problem(self.strength, self.critical, self.windows)

    def _known(self, series: Series) -> tuple[ShareModel, list[int], float] | None:
        """The key's model, the totals and the expected share; None while too little is known."""
        if series.model is None:
            return None
        own = series.model.shares[series.dimension][series.key]
        if own.of < self.minimum_total:
            return None
        share = (own.lowest if self.falls else own.highest)(series.minute, series.usual)
        return own, series.model.totals[series.dimension], share

    def _precision(self, own: ShareModel, minute: int, share: float) -> float:
        """The worth of what is known of the share, in trials."""
        drift = max(own.noise, self.drift if own.knows_the_hour(minute) else self.drift_at_first)
        return min(1 / (drift * drift * share), own.of)

    def _says(self, strength: float, text: str, window: int, observed: int, expected: float) -> Finding:
        severity: Severity
        severity, score = graded(strength, self.strength, self.critical)
        return Finding(self.name, severity, score, text, window, observed, expected, weight=strength / self.strength)


@dataclass(frozen=True, slots=True)
class ShareTail(TailRule):
    """Fires when a share is too large to be chance, and the count is, too: a share also grows when the others fall.

    A key that is new in a scope that is known has been 0 for as long as that is known: it is found when it takes more
    than `newcomer`, and is called new. Of a scope that is not known yet one thing is found: that more goes wrong than
    anywhere.

    Args:
        rest: Strength that must remain without the minute that says most.
        effect: Observed over expected that is the least of interest.
        minimum_count: Count in the window that is the least of interest.
        large: Transactions a minute beyond what is expected that are of interest though `effect` is not reached.
        recovery: An incident is over when the excess has fallen to this part of what it was.
        newcomer: Share that a key must exceed while it is new: see ScopeModel.is_newcomer.
        anywhere: Share that each of `failures` must exceed while nothing is known of the scope.
        failures: The keys of which too much is wrong anywhere.
        hours: Lengths looked at, in hours, where so little comes that minutes say nothing; at most 24.
    """

    method: ClassVar[str] = "share_tail"
    later: ClassVar[tuple[str, ...]] = ("large", "newcomer", "anywhere", "failures", "hours")
    labels: ClassVar[tuple[str, ...]] = (*TailRule.labels, "failures")

    rest: float = 2.5
    effect: float = 1.35
    minimum_count: int = 3
    recovery: float = 0.4
    large: float = 50.0
    newcomer: float = 0.05
    anywhere: float = 0.5
    failures: tuple[str, ...] = ()
    hours: tuple[int, ...] = (2, 4, 8, 16, 24)

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        for name, share in (("newcomer", self.newcomer), ("anywhere", self.anywhere)):
            if not 0 < share < 1:
                return name, f"must be a share above 0 and below 1; it is {share}"
        return TailRule.problem(self, given)

    def judge(self, series: Series) -> Finding | None:
        """See the class. A series in an incident is asked only whether it goes on."""
        model = series.model
        if model is None:
            return None
        own, totals = model.shares[series.dimension][series.key], model.totals[series.dimension]
        share = own.highest(series.minute, series.usual)
        if own.of < self.minimum_total:
            if series.dimension in model.hours and (found := self._small(series, model, own, totals)) is not None:
                return found
            limit = self._limit(series, model, own)
            ask = self._goes_on if self.is_open(series) else self._beyond
            return None if limit is None else ask(series, own, totals, max(share, limit))
        if self.is_open(series):
            is_new = share < self.newcomer and model.is_newcomer(series.dimension, series.key)
            return self._goes_on(series, own, totals, max(share, self.newcomer * _STAYS) if is_new else share)
        raised = self._raised(series, own, totals, share)
        if raised and share < self.newcomer and model.is_newcomer(series.dimension, series.key):
            return self._beyond(series, own, totals, self.newcomer)
        return self._strongest(series, own, totals, share, raised)

    def _strongest(
        self, series: Series, own: ShareModel, totals: list[int], share: float, raised: list[tuple[int, int, int]]
    ) -> Finding | None:
        """What is found in these windows, as `_raised` gives them."""
        best: Finding | None = None
        for window, count, total in raised:
            expected = total * share
            if count - expected <= 3 * sqrt(expected + self.drift**2 * expected**2):
                continue
            precision = self._precision(own, series.minute, share)
            if self._is_large(expected / window):
                precision = min(precision * _STEADIER, own.of)
            strength = share_at_least(count, total, share, precision)
            if strength < self.strength or (best is not None and strength <= best.weight * self.strength):
                continue
            if self._is_sound(series, own.counts[-window:], totals[-window:], share, precision):
                text = f"{count:,} of {total:,} transactions in {window} minutes, {instead_of(expected)}"
                best = self._says(strength, text, window, count, expected)
        return best

    def _small(self, series: Series, model: ScopeModel, own: ShareModel, totals: list[int]) -> Finding | None:
        """Of a scope of which little comes: that most of what came in some hours has gone wrong.

        The share that is expected is known as well as a few hundred transactions say it, by Laplace's rule.
        """
        if not series.count or series.key not in self.failures or model.known(series.dimension) < _SMALL:
            return None
        share = (own.seen + 1) / (own.of + 2)
        if self.is_open(series):
            count, total = sum(own.counts[-_HOUR:]), sum(totals[-_HOUR:])
            text = f"{count:,} of {total:,} transactions in the last hour, {instead_of(total * share)}"
            goes_on = count > self.anywhere * total
            return self._says(self.strength, text, 1, series.count, series.total * share) if goes_on else None
        best, highest = None, self.strength
        for hours, count, total in model.over_hours(series.dimension, series.key, series.minute):
            if hours not in self.hours or count < _SMALL_COUNT or count <= self.anywhere * total:
                continue
            strength = share_at_least(count, total, share, own.of + 2)
            if strength > highest:
                highest = strength
                text = (
                    f"{count:,} of {total:,} transactions in {minutes_long(hours * _HOUR)}, {instead_of(total * share)}"
                )
                best = self._says(strength, text, hours * _HOUR, count, total * share)
        return best

    def _limit(self, series: Series, model: ScopeModel, own: ShareModel) -> float | None:
        """What a share that nothing is known of must exceed to be found; None: nothing is said of it."""
        if sum(own.counts[-_SHOWS:]) < self.minimum_count:
            return None
        if model.known(series.dimension) < self.minimum_total:
            return self.anywhere if series.key in self.failures else None
        return self.newcomer * _STAYS if self.is_open(series) else self.newcomer

    def _beyond(self, series: Series, own: ShareModel, totals: list[int], limit: float) -> Finding | None:
        """What is found of a share that is held against a limit, because what is usual is not known."""
        best: Finding | None = None
        assert series.model is not None
        is_known = series.model.known(series.dimension) >= self.minimum_total
        words = "it is new in this scope" if is_known else "this scope is new, and so much is wrong anywhere"
        for window, count, total in self._raised(series, own, totals, limit):
            strength = share_at_least(count, total, limit, EXACTLY)
            if strength < self.strength or (best is not None and strength <= best.weight * self.strength):
                continue
            if self._is_sound(series, own.counts[-window:], totals[-window:], limit, EXACTLY):
                text = f"{count:,} of {total:,} transactions in {window} minutes; {words}"
                best = self._says(strength, text, window, count, total * limit)
        return best

    def _raised(self, series: Series, own: ShareModel, totals: list[int], share: float) -> list[tuple[int, int, int]]:
        """Windows in which there is more than `effect` allows, each with count and total: most minutes have none.

        Those of which it is cheaply known that it does not go on (see `_is_sound`) are left out.
        """
        reach = min(len(own.counts) - 1, series.minute - own.begins(series.minute))
        of = series.sums or [*accumulate(reversed(totals))]
        if self.windows[-1] > reach:
            windows = [window for window in self.windows if window <= reach]
        else:
            groups = _by_last(self.windows)
            counted = [0, *accumulate(own.counts[: -1 - groups[-1][0] : -1])]
            windows = [w for last, each in groups if counted[last] > _GOING_ON * share * of[last - 1] for w in each]
        if not windows:
            return []
        counted = [0, *accumulate(own.counts[: -1 - windows[-1] : -1])]
        least, effect = self.minimum_count, self.effect
        if self._is_large(usual := of[windows[-1] - 1] * share / windows[-1]):
            effect = max(_LEAST_EFFECT, 1 + self.large / usual)
        return [
            (window, count, of[window - 1])
            for window in windows
            if (count := counted[window]) >= least and count > of[window - 1] * share * effect
        ]

    def _is_large(self, usual: float) -> bool:
        """Whether so many transactions a minute are usual that less than `effect` is of interest."""
        return usual * (self.effect - 1) > self.large

    def _is_sound(self, series: Series, counts: list[int], totals: list[int], share: float, precision: float) -> bool:
        window, count, total = len(counts), sum(counts), sum(totals)
        most = max(range(window), key=lambda i: counts[i] - totals[i] * share)
        last = _last(window)
        if sum(counts[-last:]) <= _GOING_ON * share * sum(totals[-last:]):
            return False
        assert series.model is not None
        volume = series.model.volume
        rest = share_at_least(count - counts[most], total - totals[most], share, precision)
        if rest < self.rest:
            # Where transactions come in bulk a minute holds those of many: it says enough if it says very much.
            is_bulk = counts[most] == count and volume.is_in_bulk
            if not is_bulk or share_at_least(count, total, share, precision) < self.critical:
                return False
        return count > 1.15 * share * volume.likely(window)

    def _goes_on(self, series: Series, own: ShareModel, totals: list[int], share: float) -> Finding | None:
        assert series.open is not None
        window = int(min(RECOVERS, series.minute - series.open.since + 1, len(own.counts)))
        count, total = sum(own.counts[-window:]), sum(totals[-window:])
        expected = total * share
        limit = expected * (1 + (min(series.open.excess, 4.0) - 1) * self.recovery)
        if count < 2 or count <= limit:
            return None
        text = f"{count:,} of {total:,} transactions in the last {window} minutes, {instead_of(expected)}"
        return self._says(self.strength, text, 1, own.counts[-1], totals[-1] * share)


def _last(window: int) -> int:
    """How many of its minutes say whether a rise goes on."""
    return max(2, window // 4)


@lru_cache
def _by_last(windows: tuple[int, ...]) -> list[tuple[int, list[int]]]:
    """The windows, ascending, by how many of their last minutes say whether it goes on."""
    return [(last, [*each]) for last, each in groupby(windows, key=_last)]
