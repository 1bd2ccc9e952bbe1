"""Whether a sink is well: its own loop, and the broker that it reads from."""

from typing import Protocol

from floodmark.processes.worker_health import HUSH_S, STILL_S


class WatchedLoop(Protocol):
    """See sinks.health.LoopHealth."""

    def check(self) -> tuple[bool, str]:
        """(well, why)."""

    def complaint(self) -> str | None:
        """What is wrong that a new start may mend."""


class Silent(Protocol):
    """See BrokerEnds."""

    @property
    def silent_s(self) -> float:
        """For how long the broker has not answered."""


class SinkHealth:
    """Well: its loop is, and the broker answers. A silent broker gives nothing to write, which is no success.

    Args:
        loop: The health of the loop.
        ends: What the broker tells.
    """

    def __init__(self, loop: WatchedLoop, ends: Silent) -> None:
        self._loop = loop
        self._ends = ends

    def check(self) -> tuple[bool, str]:
        """(well, why)."""
        well, reason = self._loop.check()
        silent_s = self._ends.silent_s
        if not well or silent_s <= HUSH_S:
            return well, reason
        return silent_s <= STILL_S, f"the broker has not answered for {silent_s:.0f} s"

    def complaint(self) -> str | None:
        """What is wrong that a new start may mend; None when nothing is."""
        if (wrong := self._loop.complaint()) is not None:
            return wrong
        silent_s = self._ends.silent_s
        return f"the broker has not answered for {silent_s:.0f} s" if silent_s > STILL_S else None
