"""A feed of one dimension that has died: its rows stop coming while those of another dimension go on as ever.

Statuses and auth codes may come in rows of their own, by feeds of their own. Where nothing happens, both are silent;
where one goes on, the other one cannot be zero. That is no silence of each code, and no outage of all statuses: it is
one thing that nobody can see.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from processors.domain.incidents.doubts import Doubt, group_of
from processors.domain.incidents.memory import ScopeMemory
from processors.domain.model import ShareModel
from processors.domain.window import AUTH_CODE, STATUS

_OTHERS: Final = {STATUS: AUTH_CODE, AUTH_CODE: STATUS}
_KIND: Final = {STATUS: "status_silent", AUTH_CODE: "auth_code_silent"}
_DOUBT: Final = 10.0
"""When so many transactions were expected and none has come, a silence of statuses does not count as an outage."""
_SURE: Final = 30.0
"""When so many were expected and none has come, people are told."""
_MINUTES: Final = 3
"""For so long it must have been silent before people are told."""
_BEFORE: Final = 15
"""Minutes before the silence that say what is usual."""
_BEARS: Final = 0.2
"""A status that comes as often as this part of all codes may be the one that they belong to."""
_GOES_ON: Final = 0.3
"""A status with at least this part of its usual count goes on."""
_FOR_GOOD: Final = 1440
"""After so many minutes without, a scope has no such dimension any more."""


@dataclass(frozen=True, slots=True)
class DeadDimension:
    """A dimension that is silent while another goes on.

    Args:
        dimension: Which.
        since: The first minute of its silence.
        is_sure: Whether people are to be told.
    """

    dimension: str
    since: int
    is_sure: bool

    @property
    def doubt(self) -> Doubt:
        """As it is told."""
        return Doubt(_KIND[self.dimension], self.since)


def dead_dimension(memory: ScopeMemory, minute: int, counts: Mapping[str, Mapping[str, int]]) -> DeadDimension | None:
    """What is dead in this minute, which the model has heard."""
    for dimension, other in _OTHERS.items():
        if dimension in memory.model.totals and not counts.get(dimension) and counts.get(other):
            return _dead(memory, minute, dimension, other)
    return None


def _dead(memory: ScopeMemory, minute: int, dimension: str, other: str) -> DeadDimension | None:
    known = memory.incidents.get(group_of(_KIND[dimension]))
    if known is not None:
        return DeadDimension(dimension, known.since, is_sure=True) if minute - known.since < _FOR_GOOD else None
    mine, others = memory.model.totals[dimension], memory.model.totals[other]
    size = min(len(mine), len(others))
    gaps = [(is_silent, len([*each])) for is_silent, each in groupby(mine[-size:], key=lambda count: not count)]
    silent = gaps[-1][1]
    before, usual = sum(others[-size:-silent]), sum(mine[-size:-silent])
    usual_gap = max((minutes for is_silent, minutes in gaps[:-1] if is_silent), default=0)
    if size - silent < _BEFORE or not before or silent <= 2 * usual_gap:
        return None
    expected = sum(others[-silent:]) * usual / before
    if expected < _DOUBT or not _all_go_on(memory.model.shares[other], size, silent, usual):
        return None
    return DeadDimension(dimension, minute - silent + 1, is_sure=silent >= _MINUTES and expected >= _SURE)


def _all_go_on(shares: Mapping[str, ShareModel], size: int, silent: int, usual: int) -> bool:
    """Whether every status that the codes may belong to goes on: where denials stop, codes of denials do too."""
    for model in shares.values():
        before = sum(model.counts[-size:-silent])
        if before >= _BEARS * usual and sum(model.counts[-silent:]) * (size - silent) < _GOES_ON * before * silent:
            return False
    return True
