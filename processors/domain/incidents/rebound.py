"""What comes back when an outage is over: transactions that were only put off are tried again, and are no loss.

The volume after an outage is weighed against the level from before it, for as long as it lies above that. What came
beyond it is taken from the loss. None of these minutes teaches what is normal.
"""

from math import sqrt
from typing import Final

import msgspec
from msgspec.structs import replace

from processors.domain.incidents.incident import Incident
from processors.domain.model import VolumeModel
from processors.domain.model.volume import OVERDISPERSION

MAX_MINUTES: Final = 90
"""Minutes after which what is still above the old level is no rebound but a level."""
_BACK: Final = 0.9
"""Part of the expected volume from which on a minute is one of those after the outage."""
_LAST: Final = 3
_SURE: Final = 3.0
"""Standard deviations by which the whole must lie above what was expected to be told."""
_GOES_ON: Final = 2.0
"""The same for the last minutes, for the rebound to go on."""
_MARGIN: Final = 1.15
"""Part of the expected volume that the last minutes must exceed as well: the level from before is not so exact."""


class Rebound(msgspec.Struct, frozen=True, gc=False):
    """The minutes since the volume came back.

    Args:
        level: Expected volume per unit of the profile; see Member.
        plain: Whether it is per minute.
        held: Transactions of each of those minutes.
        expected: What was to be expected of each.
        incident: The incident that it belongs to, once that is over.
    """

    level: float
    plain: bool
    held: tuple[int, ...] = ()
    expected: tuple[float, ...] = ()
    incident: Incident | None = None

    def after(self, volume: VolumeModel, *, is_missing: bool) -> "Rebound":
        """The same one minute on. A minute in an outage in which transactions are missing begins it anew.

        So does one of which the profile knows nothing: a long silence lies before it.
        """
        count = volume.totals[-1]
        part = 1.0 if self.plain else volume.profile[-1]
        expected = self.level * (part or 0.0)
        if part is None or (is_missing and count < _BACK * expected):
            return replace(self, held=(), expected=())
        return replace(self, held=(*self.held, count), expected=(*self.expected, expected))

    @property
    def goes_on(self) -> bool:
        """Whether the last minutes lie above what was to be expected; never after `MAX_MINUTES` minutes."""
        if not self.held or len(self.held) >= MAX_MINUTES:
            return False
        counts, expected = self.held[-_LAST:], self.expected[-_LAST:]
        return sum(counts) > _MARGIN * sum(expected) and _above(counts, expected) > _GOES_ON

    @property
    def regained(self) -> float:
        """Transactions beyond what was to be expected; 0 where chance, or a new level, may explain them."""
        if len(self.held) >= MAX_MINUTES or _above(self.held, self.expected) <= _SURE:
            return 0.0
        return sum(self.held) - sum(self.expected)


def _above(counts: tuple[int, ...], expected: tuple[float, ...]) -> float:
    """How far the sum lies above the expected one, in standard deviations of what is counted."""
    mean = sum(expected)
    return (sum(counts) - mean) / sqrt(OVERDISPERSION * max(mean, 1.0))
