"""Whether a sink is well: its loop turns, and what it commits advances while there is something to do."""

from collections.abc import Callable
from dataclasses import dataclass

Seconds = Callable[[], float]
"""Seconds of a clock that never goes back; only differences mean something."""


@dataclass(slots=True)
class LoopHealth:
    """Told by the loop what happens, asked by anybody whether that is well.

    Args:
        clock: The loop's clock.
        turn_limit_s: The longest turn; a write that takes longer counts as hanging.
        stall_limit_s: The longest time with something to commit and no commit.
    """

    clock: Seconds
    turn_limit_s: float = 120.0
    stall_limit_s: float = 120.0
    turned_at: float = 0.0
    advanced_at: float = 0.0
    waiting_for: str = ""
    to_mend: str = ""
    is_idle: bool = False

    def __post_init__(self) -> None:
        self.turned_at = self.advanced_at = self.clock()

    def turned(self) -> None:
        """The loop went round."""
        self.turned_at = self.clock()

    def advanced(self) -> None:
        """A commit succeeded, or there was nothing to commit and nothing to fetch."""
        self.advanced_at = self.clock()
        self.waiting_for = ""
        self.is_idle = False

    def idled(self) -> None:
        """There was nothing to commit and, as far as the broker tells, nothing to fetch."""
        self.advanced()
        self.is_idle = True

    def busy(self, reason: str) -> None:
        """The target is busy; `reason` is shown when that lasts."""
        self.waiting_for = reason

    def blocked(self, reason: str, *, to_mend: bool) -> None:
        """Messages are held; `to_mend`: until somebody does something, so that this is no health at all."""
        self.waiting_for, self.to_mend = ("", reason) if to_mend else (reason, "")

    def released(self) -> None:
        """Nothing is held any more."""
        self.waiting_for = self.to_mend = ""

    @property
    def needs_people(self) -> bool:
        """Whether what is wrong is not ours: a new start would not help."""
        return bool(self.to_mend)

    def complaint(self) -> str | None:
        """What is wrong that a new start may mend; a target that is busy or wrong is waited for."""
        well, reason = self.check()
        is_waited_for = self.needs_people or self.waiting_for
        return None if well or (is_waited_for and not self._hangs()) else reason

    def _hangs(self) -> bool:
        return self.clock() - self.turned_at > self.turn_limit_s

    def check(self) -> tuple[bool, str]:
        """(well, why). Safe to call from another thread."""
        now = self.clock()
        turn_s, stall_s = now - self.turned_at, now - self.advanced_at
        if self._hangs():
            return False, f"the loop has not turned for {turn_s:.0f} s (limit {self.turn_limit_s:.0f} s)"
        if self.to_mend:
            return False, f"somebody has to mend the target or its settings; {self.to_mend}"
        if stall_s > self.stall_limit_s:
            why = f"; the target is {self.waiting_for}" if self.waiting_for else ""
            return False, f"offsets have not advanced for {stall_s:.0f} s (limit {self.stall_limit_s:.0f} s){why}"
        if self.waiting_for:
            return True, f"waiting: the target is {self.waiting_for}"
        if self.is_idle:
            return True, "idle: nothing more on the broker"
        return True, "the loop turns and offsets advance"
