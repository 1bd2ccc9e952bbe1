"""The share of one key: a long-run mean, a factor for the time of day, and a factor for the last hours.

Each factor is a ratio of seen to expected counts, drawn towards 1 by a number of pseudo-counts, so that what has been
seen little of changes little. Minutes are learned late, and those of an incident not at all: what is going wrong now
must not become what is normal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

SPAN: Final = 61
"""How many of the last minutes are kept; the longest window of a rule is one less."""
LEARN_AFTER: Final = 50
"""Minutes after which a minute teaches; long enough for a slow incident to be seen first."""

_DAY: Final = 1440
_SLOT: Final = 30
_SLOTS: Final = _DAY // _SLOT
_KEEP_LONG: Final = 0.5 ** (1 / (3 * _DAY))
"""The long-run mean halves in three days."""
_KEEP_WAS: Final = 0.5 ** (1 / (14 * _DAY))
_KEEP_NEAR: Final = 0.5 ** (1 / 120)
_KEEP_DAY: Final = 0.75
"""What is left of a slot's counts when the next day begins to add to it."""
_PRIOR_SLOT: Final = 30.0
_PRIOR_NEAR: Final = 150.0
_PRIOR_TOTAL: Final = 500.0
_MOST: Final = 0.95
_AROUND: Final = tuple((((s - 1) % _SLOTS, 0.5), (s, 1.0), ((s + 1) % _SLOTS, 0.5)) for s in range(_SLOTS))
"""Half hour to those that speak for it, with their weights."""


@dataclass(slots=True)
class ShareModel:
    """What is known of one key. Lists are replaced, never changed, so that copies may share them.

    Args:
        counts: Of the last minutes, oldest first.
        barred: For each of them, whether it must not teach.
        since: Windows of rules begin after this minute: what lay before it was an incident, and is forgotten.
        seen: Discounted count that has taught the long-run mean.
        of: Discounted total behind it.
        slots: Half hour of the day to [seen, expected, day of the last addition].
        near: [seen, expected] of the last hours.
        was: What was normal before the last change that was accepted, over what is now; goes to 1 in weeks.
    """

    counts: list[int] = field(default_factory=list)
    barred: list[bool] = field(default_factory=list)
    since: int = -1
    seen: float = 0.0
    of: float = 0.0
    slots: dict[int, tuple[float, float, int]] = field(default_factory=dict)
    near: tuple[float, float] = (0.0, 0.0)
    was: float = 1.0

    def copy(self) -> "ShareModel":
        """A model that changes apart from this one."""
        return replace(self, slots=dict(self.slots))

    @property
    def mean(self) -> float:
        """The long-run share, above 0."""
        return (self.seen + 0.5) / (self.of + _PRIOR_TOTAL)

    def expected(self, minute: int) -> float:
        """The share that the key should have in a minute, above 0 and at most 0.95."""
        seen = expected = 0.0
        for slot, weight in _AROUND[minute % _DAY // _SLOT]:
            held = self.slots.get(slot)
            if held is not None:
                seen += weight * held[0]
                expected += weight * held[1]
        near = self.near
        # Asked for more often than all else: the ratios are written out.
        share = self.mean * ((seen + _PRIOR_SLOT) / (expected + _PRIOR_SLOT))
        share *= (near[0] + _PRIOR_NEAR) / (near[1] + _PRIOR_NEAR)
        return share if share < _MOST else _MOST

    def highest(self, minute: int) -> float:
        """The highest share that is normal: `expected`, or what it was before it fell for good."""
        return min(_MOST, self.expected(minute) * max(1.0, self.was))

    def lowest(self, minute: int) -> float:
        """The lowest share that is normal: `expected`, or what it was before it rose for good."""
        return self.expected(minute) * min(1.0, self.was)

    def knows_the_hour(self, minute: int) -> bool:
        """Whether this time of day has taught on an earlier day."""
        held = self.slots.get(minute % _DAY // _SLOT)
        return held is not None and held[2] < minute // _DAY

    def hear(self, count: int, *, barred: bool) -> None:
        """Take in the next minute."""
        self.counts = [*self.counts, count][-SPAN:]
        self.barred = [*self.barred, barred][-SPAN:]

    def bar(self, minutes: int) -> None:
        """The last so many minutes must not teach."""
        keep = max(0, len(self.barred) - minutes)
        self.barred = self.barred[:keep] + [True] * (len(self.barred) - keep)

    def accept(self, minute: int, totals: Sequence[int]) -> None:
        """The share of the last minutes is normal from now on; what was normal before is so for some days more.

        `totals` end with the newest minute.
        """
        recent = self.counts[-_SLOT:]
        factor = (sum(recent) + 0.5) / (sum(totals[-_SLOT:]) * self.expected(minute) + 0.5)
        self.seen = max(0.0, (self.seen + 0.5) * factor - 0.5)
        self.was /= factor
        self.barred = [False] * len(self.barred)

    def learn(self, minute: int, totals: Sequence[int]) -> None:
        """Learn the minute that is LEARN_AFTER old now; `minute` is its number, `totals` end with the newest minute."""
        back = LEARN_AFTER + 1
        if len(self.counts) < back or self.barred[-back] or not totals[-back]:
            return
        count, total = self.counts[-back], totals[-back]
        expected = self.expected(minute)
        mean = self.mean
        slot, day = minute % _DAY // _SLOT, minute // _DAY
        held = self.slots.get(slot, (0.0, 0.0, day))
        keep = 1.0 if held[2] == day else _KEEP_DAY
        self.slots[slot] = (held[0] * keep + count, held[1] * keep + total * mean, day)
        apart = expected / _ratio(*self.near, _PRIOR_NEAR)
        self.near = (self.near[0] * _KEEP_NEAR + count, self.near[1] * _KEEP_NEAR + total * apart)
        self.seen = self.seen * _KEEP_LONG + count
        self.of = self.of * _KEEP_LONG + total
        self.was **= _KEEP_WAS


def _ratio(seen: float, expected: float, prior: float) -> float:
    return (seen + prior) / (expected + prior)
