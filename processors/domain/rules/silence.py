"""A key that stops coming while the others go on: the exact tail of a share, downwards."""

from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar, Final

from processors.domain.model import ShareModel
from processors.domain.model.tails import share_at_most
from processors.domain.rules.base import Finding, Series, instead_of
from processors.domain.rules.tail import RECOVERS, TailRule

_LARGE: Final = 0.1
"""Share of which it shows in the volume whether it is missing."""


@dataclass(frozen=True, slots=True)
class KeySilence(TailRule):
    """Fires when a key is almost gone while the others go on.

    Args:
        effect: Observed over expected that is the most that counts as silence.
        minimum_expected: Expected count below which nothing is said.
    """

    method: ClassVar[str] = "silence"
    falls: ClassVar[bool] = True

    effect: float = 0.12
    minimum_expected: float = 6.0
    windows: tuple[int, ...] = (5, 7, 10, 14, 20, 30, 45, 60)

    def judge(self, series: Series) -> Finding | None:
        """See the class. A series in an incident is asked only whether it goes on."""
        known = self._known(series)
        if known is None:
            return None
        own, totals, share = known
        if self.is_open(series):
            return self._goes_on(series, own, totals, share)
        of = series.sums or [*accumulate(reversed(totals))]
        reach = min(len(own.counts) - 1, series.minute - own.since, self.windows[-1])
        # Most series of most minutes are told here: what is expected is little, or something has come lately.
        if reach < 1 or of[reach - 1] * share <= self.minimum_expected:
            return None
        if sum(own.counts[-3:]) > 0.4 * share * sum(totals[-3:]):
            return None
        assert series.model is not None
        if not series.model.is_habit(series.dimension, series.key, series.minute, self.minimum_expected):
            return None
        best: Finding | None = None
        for window in self.windows:
            if window > reach:
                break
            count, total = sum(own.counts[-window:]), sum(totals[-window:])
            expected = total * share
            if expected <= self.minimum_expected or count >= expected * self.effect:
                continue
            precision = self._precision(own, series.minute, share)
            strength = share_at_most(count, total, share * 0.9, precision)
            if strength >= self.strength and (best is None or strength > best.weight * self.strength):
                text = f"{count:,} of {total:,} transactions in {window} minutes, {instead_of(expected)}"
                best = self._says(strength, text, window, count, expected)
        return best if best is None or self._is_missing(series, own, share, best) else None

    def _goes_on(self, series: Series, own: ShareModel, totals: list[int], share: float) -> Finding | None:
        assert series.open is not None
        window = int(min(RECOVERS, series.minute - series.open.since + 1, len(own.counts)))
        count, expected = sum(own.counts[-window:]), sum(totals[-window:]) * share
        if count >= expected * 0.5:
            return None
        text = f"{count:,} transactions in the last {window} minutes, {instead_of(expected)}"
        return self._says(self.strength, text, 1, own.counts[-1], totals[-1] * share)

    def _is_missing(self, series: Series, own: ShareModel, share: float, found: Finding) -> bool:
        """Whether the transactions are missing as well: those of a first day that have only become others are back.

        Data that begin in an incident have no other habit than that.
        """
        assert series.model is not None
        if share < _LARGE or own.knows_the_hour(series.minute):
            return True
        volume = series.model.volume
        forecast = volume.forecast(series.minute, found.window)
        return forecast is None or sum(volume.totals[-found.window :]) < forecast.mean * (1 - share / 2)
