"""A partition that a worker owns: its state, and how much of it is stored."""

import time
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from processors.changelog import StateLog


class HasPosition(Protocol):
    """The state of one partition."""

    @property
    def position(self) -> int:
        """The last offset of the source topic that is applied."""

    @property
    def epoch(self) -> int:
        """Which life of the source topic the position belongs to."""

    leader_epoch: int
    """Under which leader the record at the position was written; -1 where that is not known."""

    def pass_over(self, last: int) -> None:
        """There is nothing to apply up to and including this offset."""

    def begin_epoch(self, position: int, now_us: int) -> None:
        """Offsets begin anew after this one: what has been applied stays, and new facts outdo the old ones.

        `now_us` is the present, in microseconds since 1970.
        """


State = TypeVar("State", bound=HasPosition)


@dataclass(slots=True)
class Owned(Generic[State]):
    """A partition that this worker owns.

    Args:
        state: Its state.
        log: Where it is written.
        stored: The position that is stored; -1 when nothing is.
        dirty_since: Since when there is something that is not stored, in monotonic seconds; None when all is.
        written_at: When it was last written.
    """

    state: State
    log: StateLog
    stored: int
    dirty_since: float | None = None
    written_at: float = field(default_factory=time.monotonic)

    def touch(self) -> None:
        """There is something that is not stored."""
        if self.dirty_since is None:
            self.dirty_since = time.monotonic()
