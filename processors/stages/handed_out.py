"""Chunks that were given to Faust: how many of them are still to be applied, and which were lost on their way.

Faust may drop a chunk around a rebalance, and nothing tells us: what was handed out is compared with what was applied.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Final, Generic

from processors.intake.handover import Handover
from processors.stages.owned import Owned, State

STUCK_S: Final = 3.0
"""A chunk that was handed out so long ago and is not applied was lost on its way through Faust."""
LOOK_S: Final = 0.5
"""How often such chunks are looked for."""


class HandedOut(Generic[State]):
    """Of one stage."""

    def __init__(self) -> None:
        self._in_hand = 0
        self._handed_at = self._looked_at = time.monotonic()
        self._behind_since: dict[int, tuple[int, float]] = {}

    def begin_anew(self) -> None:
        """The partitions are others: what was handed out before comes no more."""
        self._in_hand = 0
        self._behind_since.clear()

    def note(self, chunks: int) -> None:
        """This many chunks go to Faust."""
        self._in_hand, self._handed_at = chunks, time.monotonic()

    def is_last(self) -> bool:
        """One more chunk has been dealt with; whether none is left of those that were handed out."""
        if not self._in_hand:
            return False
        self._in_hand, self._handed_at = self._in_hand - 1, time.monotonic()
        return not self._in_hand

    def is_busy(self, *, at_work: bool) -> bool:
        """Whether chunks that were handed out are still being applied; `at_work`: one of them is at this moment.

        More of them would wait in Faust's queue, and when that is full, Faust takes nothing from the other stage
        either. With us they wait too, and become one. What was handed out and does not come was lost on its way.
        """
        if self._in_hand and not at_work and time.monotonic() - self._handed_at > STUCK_S:
            self._in_hand = 0
        return self._in_hand > 0

    def lost(
        self, owned: Mapping[int, Owned[State]], handover: Handover, *, at_work: bool, all_kept: bool
    ) -> Iterator[int]:
        """Partitions of which a chunk was lost. Looks now and then only.

        The last chunk of a quiet partition may have been lost: nothing behind it would ever show that.
        Nor would anything show a partition of ours that is not read.

        Args:
            owned: The partitions.
            handover: Tells what was handed out.
            at_work: Whether a chunk is being applied.
            all_kept: Whether nothing that was sent waits for its ack.
        """
        now = time.monotonic()
        if now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        for partition, each in owned.items():
            handed, position = handover.handed_out(partition), each.state.position
            if handed is not None and handed <= position:
                self._behind_since.pop(partition, None)
                continue
            known, since = self._behind_since.setdefault(partition, (position, now))
            if known != position or at_work:
                self._behind_since[partition] = (position, now)
            elif now - since > STUCK_S and all_kept and not handover.has_ready([partition]):
                self._behind_since.pop(partition)
                yield partition
