"""The damage of an incident, minute by minute: what was lost of what should have come, and how severe that made it."""

from collections.abc import Sequence
from math import sqrt
from typing import Final

import msgspec
from msgspec.structs import replace

from processors.domain.model.volume import OVERDISPERSION
from processors.domain.severity import CRITICAL, UNHARMED, Damage, SeverityLimits, score_of

KEPT: Final = 15
"""A share is taken over so many minutes at most."""
_LAST: Final = 3
"""The share that is lost now is taken over so many minutes ..."""
_ENOUGH: Final = 30.0
"""... or over more, until they should have held so many transactions."""
_STEP: Final = 5
"""To see growth, so many minutes are compared with as many before them."""
_SURE: Final = 1.5
"""Standard deviations by which growth must stand out."""
_CALM: Final = 0.2
"""Part of the worst minutes' loss up to which an incident has eased."""


class Loss(msgspec.Struct, frozen=True, gc=False):
    """What one series has lost in the last minutes up to the judged one.

    Args:
        whole: Transactions, all minutes together.
        lost: Of each minute, oldest first: one, or more when something has just been found. Less than nothing is lost
            in a minute that has more than was to be expected.
        of: What the whole scope should have had in each.
    """

    whole: float
    lost: tuple[float, ...]
    of: tuple[float, ...]


class LossyMinute(msgspec.Struct, frozen=True, gc=False):
    """One minute of an incident.

    Args:
        lost: Transactions lost in it.
        of: Transactions that the scope should have had in it.
        score: How severe the incident was by its damage up to here; 0 for minutes before it was found.
    """

    minute: int
    lost: float
    of: float
    score: float = 0.0


class Reckoning(msgspec.Struct, frozen=True, gc=False):
    """What is remembered of the damage of an incident.

    Args:
        recent: Its last minutes with a finding, oldest first.
        since: The first minute that counts; 0: all of it.
        before: Transactions lost before that.
        most: The most that was lost within `falls_after` minutes.
        damage: What the severity follows from now.
        least: The score that the rules which found it give by themselves now.
        highest: The highest score so far ...
        worst: ... and the damage that it followed from.
    """

    recent: tuple[LossyMinute, ...] = ()
    since: int = 0
    before: float = 0.0
    most: float = 0.0
    damage: Damage = UNHARMED
    least: float = 0.0
    highest: float = 0.0
    worst: Damage = UNHARMED

    @property
    def score(self) -> float:
        """How severe the incident is by now: what it rises to counts at once, what it falls to after a while."""
        return max((each.score for each in self.recent), default=0.0)

    @property
    def is_by_rule(self) -> bool:
        """Whether it is critical now because a rule says so, and would not be by its damage alone."""
        return self.least >= CRITICAL and self.recent[-1].score == self.least

    def after(self, minute: int, losses: Sequence[Loss]) -> "Reckoning":
        """With what was lost in the minutes up to this one; see `weighed` for what follows from it."""
        if all(len(loss.lost) == 1 for loss in losses):  # as nearly always
            new = LossyMinute(minute, sum(loss.lost[0] for loss in losses), max(loss.of[0] for loss in losses))
            return self._with((*self.recent, new))
        by_minute = {each.minute: each for each in self.recent}
        for loss in losses:
            for at, (lost, of) in enumerate(zip(loss.lost, loss.of, strict=True), start=minute - len(loss.lost) + 1):
                known = by_minute.get(at) or LossyMinute(at, 0.0, 0.0)
                by_minute[at] = LossyMinute(at, known.lost + lost, max(known.of, of), known.score)
        return self._with(tuple(by_minute[at] for at in sorted(by_minute)))

    def _with(self, recent: tuple[LossyMinute, ...]) -> "Reckoning":
        # By place: replace() takes several times as long, in each minute of an incident.
        return Reckoning(recent, self.since, self.before, self.most, self.damage, self.least, self.highest, self.worst)

    def weighed(
        self, minute: int, since: int, whole: tuple[float, float], limits: SeverityLimits, least: float
    ) -> "Reckoning":
        """With the damage as of this minute, which `after` has taken in, and how severe that is.

        While the last `falls_after` minutes lose little beside the worst ones, what was lost before them is past, and
        does not count: an incident that has eased is judged by what it still does.

        Args:
            minute: The judged one.
            since: The first minute of the incident.
            whole: Transactions, and money, that it has lost so far.
            limits: What is critical.
            least: See `score_of`.
        """
        span = limits.falls_after
        lately = sum([each.lost for each in self.recent if each.minute > minute - span])
        most, begun, before = max(self.most, lately), max(self.since, since), self.before
        if minute - begun >= span and lately < _CALM * most:
            begun, before = minute - span + 1, max(0.0, whole[0] - max(0.0, lately))
        counted = max(0.0, whole[0] - before)
        damage = Damage(
            share=self._share(minute),
            growth=self._growth(minute),
            transactions=counted,
            minutes=minute - begun + 1,
            amount=whole[1] * counted / whole[0] if whole[0] else 0.0,
        )
        score = score_of(damage, limits, least)
        highest, worst = (score, damage) if score >= self.highest else (self.highest, self.worst)
        *earlier, last = self.recent
        recent = [
            each if each.minute > minute - span or not each.score else replace(each, score=0.0)
            for each in earlier
            if each.minute > minute - max(KEPT, span)
        ]
        recent.append(LossyMinute(minute, last.lost, last.of, score))
        return Reckoning(tuple(recent), begun, before, most, damage, least, highest, worst)

    def _share(self, minute: int) -> float:
        for span in range(_LAST, KEPT + 1):
            lost, of = self._within(minute - span, minute)
            if of >= _ENOUGH:
                break
        return min(1.0, max(0.0, lost / of)) if of > 0 else 0.0

    def _growth(self, minute: int) -> float:
        """How far the share of the last minutes lies above that of those before."""
        (lost, of), (lost_before, of_before) = (
            self._within(minute - _STEP, minute),
            self._within(minute - 2 * _STEP, minute - _STEP),
        )
        if min(of, of_before) <= 0:
            return 0.0
        grown = lost / of - lost_before / of_before
        # What is missing varies as what comes does, what has gone wrong as itself: the larger one of the two.
        part = min(1.0, max(lost / of, 1 - lost / of))
        noise = sqrt(OVERDISPERSION * part * (1 / of + 1 / of_before))
        return grown if grown > _SURE * noise else 0.0

    def _within(self, after: int, upto: int) -> tuple[float, float]:
        """Lost, and what should have come, in the minutes after `after` up to and with `upto`.

        Minutes without a finding have lost nothing, of as much as the others.
        """
        seen = [each for each in self.recent if after < each.minute <= upto]
        if not seen:
            return 0.0, 0.0
        minutes = upto - max(after, self.recent[0].minute - 1)
        return sum([each.lost for each in seen]), sum([each.of for each in seen]) * minutes / len(seen)


UNRECKONED: Final = Reckoning()
