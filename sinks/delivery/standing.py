"""What is known of the target: whether it takes messages at all, so that a refusal can be told from an outage."""

from typing import Any

from sinks.delivery.channel import Terms
from sinks.delivery.lanes import PendingMessage


class Standing:
    """Told what comes of each try.

    Args:
        terms: How messages are delivered.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._failing: set[str] = set()
        self.taken = 0
        """How many messages it has taken."""

    @property
    def at_once(self) -> int:
        """How many may be on their way: one, as long as what was last tried has failed."""
        return 1 if self._failing else self._terms.at_once

    def accepted(self) -> None:
        """It has taken one."""
        self.taken += 1
        self._failing.clear()

    def failed(self, lane: str) -> None:
        """It has not taken one of this lane."""
        self._failing.add(lane)

    def forget(self, lane: str) -> None:
        """What failed in this lane has been put aside."""
        self._failing.discard(lane)

    def blames(self, parcel: PendingMessage[Any], now: float) -> bool:
        """Whether it is the message's own fault that it has failed, and it is to be put aside.

        That takes another one that got through between two of its failures: a target that refuses everything has a
        trouble of its own. Of one that is refused again and again, and that alone, it is believed as well where
        the last one before it got through.

        Args:
            parcel: Has just failed; `taken_before` is still that of the failure before.
            now: Seconds of the delivery's clock.
        """
        between = parcel.tries > 1 and self.taken > parcel.taken_before
        if parcel.trouble is None:
            alone = self.taken > 0 and self._failing <= {parcel.lane}
            return between or (alone and parcel.tries >= self._terms.tries)
        return between and now - parcel.failed_at >= self._terms.deadline_s
