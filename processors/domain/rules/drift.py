"""Slow drift: a share that creeps away within an hour, too slowly for what compares neighbouring minutes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from msgspec.structs import replace

from processors.domain.model.tails import share_at_least, share_at_most
from processors.domain.rules.base import MAX_WINDOW, Direction, Finding, Problem, Rule, Series, directed, graded
from processors.domain.rules.limit import enough

_REACH: Final = 1440
"""A day: what lies longer back is for comparisons."""

Minutes = Sequence[tuple[int, int]]
"""(count, total) of each minute."""


@dataclass(frozen=True, slots=True)
class Drift(Rule):
    """Fires when the share of the last minutes is far from that of an earlier stretch, and chance does not explain it.

    Both stretches are minutes with data. The tail is that of a beta-binomial that has seen the earlier stretch: exact,
    and aware of how little a short stretch tells. Both halves of the last minutes must lie at least half way to the
    ratio, so that one burst is no drift and what is over is not said; and the count must have moved with the share,
    which also moves when the others do. An incident is over when the share comes back, or when the earlier stretch has
    come up to it: the level is another one then.

    Args:
        window: The last minutes, from 2 to 60.
        against: Minutes of the earlier stretch ...
        before: ... which ends so many minutes before the judged one ends; not less than `window`.
        ratio: Share over earlier share (for a fall, the other way round) above which it is a warning; above 1.
        critical: The same for critical.
        strength: -log10 of the probability that there must be: how few may be chance.
        minimum_count: A rise needs so many in the window, a fall so many expected.
        minimum_total: Transactions that each of the stretches must hold.
        recovery: An incident goes on while the ratio, to this power, is passed.
        direction: Which way is watched.
    """

    method: ClassVar[str] = "drift"

    window: int = 10
    against: int = 30
    before: int = 45
    ratio: float = 2.0
    critical: float = 4.0
    strength: float = 6.0
    minimum_count: int = 10
    minimum_total: int = 200
    recovery: float = 0.5
    direction: Direction = "up"

    @property
    def reach(self) -> int:
        """Back to where the earlier stretch begins."""
        return self.before + self.against

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        if not 2 <= self.window <= MAX_WINDOW:
            return "window", f"must be minutes from 2 to {MAX_WINDOW}; it is {self.window}"
        if self.before < self.window:
            return "before", f"must be {self.window}, the window, or more; it is {self.before}"
        if self.against < 1:
            return "against", "must be above 0"
        if self.reach > _REACH:
            return "against", f"together with `before` must be {_REACH} minutes or less; it is {self.reach}"
        if self.ratio <= 1:
            return "ratio", f"must be above 1; it is {self.ratio}"
        if self.ratio >= self.critical:
            return "ratio", f"must be below critical; they are {self.ratio} and {self.critical}"
        if self.recovery > 1:
            return "recovery", f"must be 1 or less; it is {self.recovery}"
        return Rule.problem(self, given)

    def judge(self, series: Series) -> Finding | None:
        """See the class. A series in an incident is asked only whether it goes on."""
        recent = series.recent[-self.reach :]
        goes_on = self.is_open(series)
        if len(recent) < self.reach or (not goes_on and series.minute - series.since < self.window):
            return None
        last = recent[-self.window :]
        (count, total), (earlier, of) = _sums(last), _sums(recent[: self.against])
        if min(total, of) < max(enough(self.minimum_total, goes_on=goes_on), 1):
            return None
        share = (earlier + 0.5) / (of + 1)
        rises = count > total * share
        if directed(1 if rises else -1, self.direction) < 0:
            return None
        text = (
            f"{count / total:.2%} of all in the last {self.window} minutes; "
            f"it was {earlier / of:.2%} {self.reach} to {self.before} minutes ago"
        )
        limit = self.ratio if rises else 1 / self.ratio
        if goes_on:
            if not _is_beyond(count, total * share * limit**self.recovery, rises=rises):
                return None
            finding = self._says(self.strength, self.ratio, text, series.count, series.total * share)
            return replace(finding, window=1)
        if max(count, total * share) < self.minimum_count or not self._is_sound(last, earlier, share, limit):
            return None
        strength = (share_at_least if rises else share_at_most)(count, total, share, of + 1.0)
        if strength < self.strength:
            return None
        reached = count / (total * share) if rises else total * share / max(count, 0.5)
        return self._says(strength, reached, text, count, total * share)

    def _is_sound(self, last: Minutes, earlier: int, share: float, limit: float) -> bool:
        """Whether the share is beyond the limit, both halves lie half way to it, and the count has moved too."""
        count, total = _sums(last)
        wanted = [(float(count), total * share * limit), (count * self.against, earlier * self.window)]
        for half in (last[: self.window // 2], last[self.window // 2 :]):
            part, of = _sums(half)
            wanted.append((part, of * share * (1 + limit) / 2))
        return all(_is_beyond(seen, border, rises=limit > 1) for seen, border in wanted)

    def _says(self, strength: float, ratio: float, text: str, observed: int, expected: float) -> Finding:
        severity, score = graded(ratio, self.ratio, self.critical)
        weight = strength / self.strength
        return Finding(self.name, severity, score, text, self.window, observed, expected, weight=weight)


def _is_beyond(seen: float, limit: float, *, rises: bool) -> bool:
    return seen > limit if rises else seen < limit


def _sums(minutes: Minutes) -> tuple[int, int]:
    return sum(count for count, _ in minutes), sum(total for _, total in minutes)
