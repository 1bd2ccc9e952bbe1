"""How severe an incident is: what it breaks, against the limits that a rule file sets. The same for every rule.

One number from 0 to 100: information below 50, a warning from 50, critical from 75. Evidence decides only whether there
is an incident; how bad it is follows from its damage alone.
"""

from dataclasses import dataclass
from math import log, log1p
from typing import Final

import msgspec

from schemas.severity import Severity

INFO: Final = 25.0
WARNING: Final = 50.0
CRITICAL: Final = 75.0
"""Where each severity begins."""
WORST: Final = 100.0
_NEARLY: Final = 0.99
"""How near to critical anything comes that is not."""
_MAX_TIMES: Final = 1_000.0
"""How many times `minimum_lost` are as bad as it gets."""


@dataclass(frozen=True, slots=True)
class SeverityLimits:
    """What makes an incident critical: any one of the first four. None: nobody asks.

    Args:
        share: Part of what the scope should have had in the last minutes that is lost; above 0, 1 at most.
        transactions: Transactions lost so far.
        minutes: How long it has lasted.
        amount: Money lost so far, in minor units.
        minimum_lost: Transactions that must be lost before a share or minutes make anything critical: of few
            transactions half is soon gone, and what loses three in an hour may wait.
        falls_after: Minutes that it must be less severe for before it is called so.
    """

    share: float | None = 0.5
    transactions: int | None = 500
    minutes: int | None = 30
    amount: int | None = None
    minimum_lost: int = 60
    falls_after: int = 10


class Damage(msgspec.Struct, frozen=True, gc=False):
    """What an incident breaks, as of one minute.

    Args:
        share: Lost in the last minutes, as a part of what the scope should have had in them; 0 to 1.
        growth: By how much that has grown within five minutes; 0 where it has not, or where chance explains it.
        transactions: Lost so far.
        minutes: How long it has lasted.
        amount: Money lost so far, in minor units; 0 where no amounts are known.
    """

    share: float = 0.0
    growth: float = 0.0
    transactions: float = 0.0
    minutes: int = 0
    amount: float = 0.0


USUAL: Final = SeverityLimits()
UNHARMED: Final = Damage()


def severity_of(score: float) -> Severity:
    """The word for a number."""
    if score < WARNING:
        return "info"
    return "warning" if score < CRITICAL else "critical"


def score_of(damage: Damage, limits: SeverityLimits, least: float = WARNING) -> float:
    """How severe this damage is.

    Never below `least`, which is what the incident opened as; between that and critical by how near it comes to the
    nearest limit, and beyond by what is lost. Sums count by their logarithm: from 50 to 100 lost transactions it is
    as far as from 500 to 1 000.
    """
    near = nearness(damage, limits)
    if near < 1:
        return max(least, least + (CRITICAL - least) * min(near, _NEARLY))
    beyond = log(max(damage.transactions, 1.0) / max(limits.minimum_lost, 1)) / log(_MAX_TIMES)
    return max(least, CRITICAL + (WORST - CRITICAL) * min(1.0, max(0.0, beyond)))


def nearness(damage: Damage, limits: SeverityLimits) -> float:
    """How near the damage comes to being critical: 1 and more is critical, 0 is nothing."""
    enough = _part(damage.transactions, limits.minimum_lost)
    near = 0.0
    if limits.share is not None:
        # What grows will be there within minutes: who is to stop it should not wait for that.
        near = max(near, min(enough, (damage.share + damage.growth) / limits.share))
    if limits.minutes is not None:
        near = max(near, min(enough, damage.minutes / limits.minutes))
    if limits.transactions is not None:
        near = max(near, _part(damage.transactions, limits.transactions))
    if limits.amount is not None:
        near = max(near, _part(damage.amount, limits.amount))
    return near


def _part(value: float, limit: float) -> float:
    """A sum as a part of its limit, by logarithms; 1 and more once the limit is reached."""
    if value >= limit:
        return 1.0
    return log1p(value) / log1p(limit)
