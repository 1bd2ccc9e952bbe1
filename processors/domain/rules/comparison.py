"""Comparison with other days: the same minutes of yesterday, of this weekday a week ago, of the last weeks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from processors.domain.clock import SummerClock, days_before
from processors.domain.model import ScopeModel
from processors.domain.model.history import History
from processors.domain.model.tails import counts_at_least, counts_at_most
from processors.domain.rules.base import MAX_WINDOW, Direction, Finding, Problem, Rule, Series, directed, graded
from processors.domain.window import AUTH_CODE, STATUS, VOLUME

_WEEK: Final = 7
_MONTH: Final = 28
"""Four whole weeks, so that each weekday counts alike."""
_SAME_WEEKDAY: Final = "this weekday last week"


@dataclass(frozen=True, slots=True)
class ComparedBaseline:
    """One baseline: what the same minutes held on other days.

    Args:
        name: For people.
        mean: Mean count of the days, with half a transaction added to their sum, so that it is above 0.
        lifted: The same, with days before the level changed for good brought to the new one.
        days: How many days there are in it.
    """

    name: str
    mean: float
    lifted: float
    days: int

    def expected(self, *, rises: bool) -> float:
        """The most, or for a fall the least, that is normal: after a change of level the old one is so for a while."""
        return max(self.mean, self.lifted) if rises else min(self.mean, self.lifted)


Far = tuple[float, ComparedBaseline]
"""How strongly a baseline speaks against what is seen, and which it is."""


@dataclass(frozen=True, slots=True)
class Comparison(Rule):
    """Fires when the last minutes are far from what they were on enough of four baselines, beyond chance.

    The baselines: yesterday, the same weekday a week ago, the average of the last week and that of the last four. They
    are learned online; an average is known when half of its days are. Where the same weekday is known it must be
    among those that agree: a Saturday is not to be told from a Friday and a week of working days alone. The tail is
    negative-binomial: chance now, chance in the days compared with, and `spread` for days that are never quite alike.
    Times are UTC. Special days of the calendar are neither compared nor compared with.

    Args:
        window: The last minutes, from 1 to 60.
        ratio: Observed over expected (for a fall, the other way round) above which it fires; above 1.
        agree: How many baselines must agree, 1 to 4. With fewer known, nothing is said.
        strength: -log10 of the probability at which a warning begins.
        critical: The same for critical.
        minimum_count: A rise needs so many in the window, a fall so many expected.
        spread: Relative difference between days that is nothing unusual.
        recovery: An incident goes on while the ratio, to this power, is passed.
        direction: Which way is watched.
    """

    method: ClassVar[str] = "comparison"
    learns: ClassVar[bool] = True
    compares: ClassVar[bool] = True
    dimensions: ClassVar[tuple[str, ...]] = (STATUS, AUTH_CODE, VOLUME)

    window: int = 5
    ratio: float = 2.0
    agree: int = 2
    strength: float = 6.0
    critical: float = 15.0
    minimum_count: int = 20
    spread: float = 0.15
    recovery: float = 0.5
    direction: Direction = "both"

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        if self.window > MAX_WINDOW:
            return "window", f"must be {MAX_WINDOW} minutes or less; it is {self.window}"
        if self.ratio <= 1:
            return "ratio", f"must be above 1; it is {self.ratio}"
        if not 1 <= self.agree <= 4:
            return "agree", f"must be 1 to 4, the number of baselines; it is {self.agree}"
        if self.strength >= self.critical:
            return "strength", f"must be below critical; they are {self.strength} and {self.critical}"
        if self.recovery > 1:
            return "recovery", f"must be 1 or less; it is {self.recovery}"
        return Rule.problem(self, given)

    def judge(self, series: Series) -> Finding | None:
        """See the class. A series in an incident is asked only whether it goes on."""
        counts = self._last(series)
        if series.model is None or counts is None or series.model.volume.is_special(self.window):
            return None
        history, first = series.model.histories[series.dimension][series.key], series.minute - self.window + 1
        goes_on = self.is_open(series)
        clock = series.model.volume.clock
        sides = self._open_sides(sum(counts), history, first, clock, goes_on=goes_on)
        baselines = compared_with(history, first, self.window, clock) if sides else []
        for rises in sides:
            far = (
                self._going_on(counts, baselines, rises=rises)
                if goes_on
                else self._found(counts, baselines, rises=rises)
            )
            agreeing = {each.name for _, each in far}
            if len(far) >= self.agree and not any(b.name == _SAME_WEEKDAY for b in baselines if b.name not in agreeing):
                strength, nearest = sorted(far, key=lambda each: -each[0])[self.agree - 1]
                expected = nearest.expected(rises=rises)
                return self._says(strength, counts, expected, baselines, goes_on=goes_on)
        return None

    def hears_silence(self, model: ScopeModel) -> bool:
        """See Rule: where no day of the volume is known, there is nothing to compare with."""
        return Rule.hears_silence(self, model) and any(h.days for h in model.histories.get(VOLUME, {}).values())

    def _limit(self, *, rises: bool, goes_on: bool) -> float:
        """Observed over expected beyond which a count lies."""
        ratio = self.ratio**self.recovery if goes_on else self.ratio
        return ratio if rises else 1 / ratio

    def _open_sides(
        self, count: int, history: History, first: int, clock: SummerClock | None, *, goes_on: bool
    ) -> list[bool]:
        """The sides on which something may be found: nearly always none, and that the same weekday alone can say."""
        sides = [rises for rises in (True, False) if directed(1 if rises else -1, self.direction) > 0]
        same = _compared(_SAME_WEEKDAY, history, [days_before(first, _WEEK, clock)], self.window)
        if same is None:
            return sides
        limits = ((rises, same.expected(rises=rises) * self._limit(rises=rises, goes_on=goes_on)) for rises in sides)
        return [rises for rises, limit in limits if _is_beyond(count, limit, rises=rises)]

    def _last(self, series: Series) -> list[int] | None:
        """The counts of the last minutes; None where not all of them may be looked at, or no other day is known."""
        model = series.model
        if model is None or series.key not in model.histories.get(series.dimension, {}):
            return None
        if series.dimension == VOLUME:
            counts, since = model.volume.totals, model.volume.since
        else:
            own = model.shares[series.dimension][series.key]
            counts, since = own.counts, own.since
        if len(counts) < self.window or series.minute - since < self.window:
            return None
        return counts[-self.window :]

    def _found(self, counts: list[int], baselines: Sequence[ComparedBaseline], *, rises: bool) -> list[Far]:
        count, window = sum(counts), self.window
        limit = self._limit(rises=rises, goes_on=False)
        rest = count - (max(counts) if rises else min(counts))
        far: list[Far] = []
        for each in baselines:
            mean = each.expected(rises=rises)
            if not _is_beyond(count, mean * limit, rises=rises) or max(count, mean) < self.minimum_count:
                continue
            if window > 1 and not _is_beyond(rest, mean * (window - 1) / window * (1 + limit) / 2, rises=rises):
                continue
            variance = mean * (1 + 1 / each.days) + (self.spread * mean) ** 2
            strength = (counts_at_least if rises else counts_at_most)(count, mean, variance)
            if strength >= self.strength:
                far.append((strength, each))
        return far

    def _going_on(self, counts: list[int], baselines: Sequence[ComparedBaseline], *, rises: bool) -> list[Far]:
        limit = self._limit(rises=rises, goes_on=True)
        far = (b for b in baselines if _is_beyond(sum(counts), b.expected(rises=rises) * limit, rises=rises))
        return [(self.strength, each) for each in far]

    def _says(
        self,
        strength: float,
        counts: list[int],
        expected: float,
        baselines: Sequence[ComparedBaseline],
        *,
        goes_on: bool,
    ) -> Finding:
        severity, score = graded(strength, self.strength, self.critical)
        known = ", ".join(f"{each.name} {each.mean:,.1f}" for each in baselines)
        text = f"{sum(counts):,} in the last {self.window} minutes; {known}"
        window, observed = self.window, sum(counts)
        if goes_on:
            window, observed, expected = 1, counts[-1], expected / self.window
        return Finding(self.name, severity, score, text, window, observed, expected, weight=strength / self.strength)


def compared_with(
    history: History, first: int, window: int, clock: SummerClock | None = None
) -> list[ComparedBaseline]:
    """The baselines that are known for the `window` minutes from `first` on, by what the clock showed on other days."""
    begins = [days_before(first, back, clock) for back in range(1, _MONTH + 1)]
    groups = (
        ("yesterday", begins[:1]),
        (_SAME_WEEKDAY, begins[_WEEK - 1 : _WEEK]),
        ("the last week on average", begins[:_WEEK]),
        ("the last four weeks on average", begins),
    )
    baselines = (_compared(name, history, group, window) for name, group in groups)
    return [each for each in baselines if each is not None]


def _compared(name: str, history: History, begins: Sequence[int], window: int) -> ComparedBaseline | None:
    """The average of stretches that begin then; None when fewer than half of them are known."""
    days = ((begin, history.total(begin, window)) for begin in begins)
    known = [(begin, total) for begin, total in days if total is not None]
    if not known or 2 * len(known) < len(begins):
        return None
    mean, lifted = sum(total for _, total in known), sum(history.lifted(*day) for day in known)
    return ComparedBaseline(name, (mean + 0.5) / len(known), (lifted + 0.5) / len(known), len(known))


def _is_beyond(count: float, limit: float, *, rises: bool) -> bool:
    return count > limit if rises else count < limit
