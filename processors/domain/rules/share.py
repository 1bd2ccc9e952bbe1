"""A share threshold: the key's part of all transactions over some minutes is too large, or too small."""

from collections.abc import Collection
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, Final

from processors.domain.model.tails import EXACTLY, share_at_least, share_at_most
from processors.domain.rules.base import (
    CRITICAL_SCORE,
    WARNING_SCORE,
    Finding,
    Problem,
    Series,
    Side,
    graded,
    graded_below,
)
from processors.domain.rules.limit import LimitRule
from schemas.severity import Severity

_FEW: Final = 10
"""Minutes that say a share by themselves; fewer must be sure."""
_SURE: Final = 3.0
"""Strength from which on chance is no explanation: one in a thousand."""


@dataclass(frozen=True, slots=True)
class ShareThreshold(LimitRule):
    """Fires when the share over the last `window` minutes (the judged one included) is at least `warning`.

    Silent with fewer than `minimum_history` minutes or fewer than `minimum_total` transactions in the window,
    and in a minute without the key: what is over is not said again. Where no `minimum_history` is given, a share over
    fewer than ten minutes, or than the window has, must lie so far beyond the limit that chance does not explain it.
    An incident goes on until the share is a fifth below the limit, or further where there are few transactions: a share
    that sits on the limit is one incident. With the direction `down` it fires when the share is at most `warning`,
    which is then the higher limit, and is silent in a minute that lies above it.

    Args:
        warning: The limit.
        critical: The limit of what is critical.
        window: Minutes.
        minimum_history: See above.
        minimum_total: See above.
        direction: Whether it must be at least or at most so much.
        chance: What opens an incident must also lie so far beyond the limit, by the exact tail of a share that sits on
            it: 2 is one in a hundred minutes. A share a little below its limit is beyond it now and then. 0: not asked.
    """

    method: ClassVar[str] = "share"
    later: ClassVar[tuple[str, ...]] = (*LimitRule.later, "direction", "chance")

    warning: float = 0.1
    critical: float = 0.2
    window: int = 15
    minimum_history: int | None = None
    minimum_total: int = 100
    direction: Side = "up"
    chance: float = 0.0

    @property
    def reach(self) -> int:
        """The window."""
        return self.window

    def problem(self, given: Collection[str] = ()) -> Problem | None:
        """See Rule."""
        actual = f"they are {self.warning} and {self.critical}"
        if self.direction == "up" and not 0 < self.warning < self.critical <= 1:
            return "warning", f"shares must be 0 < warning < critical <= 1; {actual}"
        if self.direction == "down" and not 0 <= self.critical < self.warning < 1:
            return "warning", f"for a fall, shares must be 0 <= critical < warning < 1; {actual}"
        if self.chance < 0:
            return "chance", f"must be 0 or more; it is {self.chance}"
        return LimitRule.problem(self, given)

    def judge(self, series: Series) -> Finding | None:
        """See the class."""
        recent = series.recent[-self.window :]
        count, total = sum(c for c, _ in recent), sum(t for _, t in recent)
        falls, goes_on = self.direction == "down", self.is_open(series)
        limit = self._recovery_limit(total) if goes_on else self.warning
        if series.count > limit * series.total if falls else series.count == 0:
            return None
        if total < max(self.enough(self.minimum_total, goes_on=goes_on), 1):
            return None
        if self.minimum_history is not None and len(recent) < min(self.minimum_history, self.window):
            return None
        share = count / total
        if share > limit if falls else share < limit:
            return None
        severity, score = self._graded(share)
        if not goes_on and (sure := self._sure_from(len(recent))):
            if self._strength(count, total, self.warning) < sure:
                return None
            if severity == "critical" and self._strength(count, total, self.critical) < sure:
                severity, score = "warning", CRITICAL_SCORE
        passed = self.warning if severity == "warning" else self.critical
        because = f"{share:.2%} of all over {len(recent)} minutes; the limit is {passed:.2%}"
        if limit != self.warning and (share > self.warning if falls else share < self.warning):
            because += f", and it is over {'above' if falls else 'below'} {limit:.2%}"
        expected = 0.0 if falls else self.warning * series.total
        return Finding(self.name, severity, score, because, observed=series.count, expected=expected)

    def _graded(self, share: float) -> tuple[Severity, float]:
        severity, score = (graded_below if self.direction == "down" else graded)(share, self.warning, self.critical)
        return severity, max(score, WARNING_SCORE)

    def _recovery_limit(self, total: int) -> float:
        """The share at which an incident is over."""
        falls = self.direction == "down"
        part = 1 - self.warning if falls else self.warning
        limit = part * (1 - self.away(sqrt((1 - part) / (part * total)))) if total else part
        return 1 - limit if falls else limit

    def _sure_from(self, minutes: int) -> float:
        """The strength that a share over so many minutes needs to open an incident; 0: its limit is enough."""
        is_short = self.minimum_history is None and minutes < min(_FEW, self.window)
        return max(_SURE, self.chance) if is_short else self.chance

    def _strength(self, count: int, total: int, limit: float) -> float:
        """How unlikely it is that a share at the limit is so far beyond it by chance."""
        tail = share_at_most if self.direction == "down" else share_at_least
        return tail(count, total, limit, EXACTLY)
