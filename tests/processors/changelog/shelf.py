"""The changelog of one partition as a dictionary: what compaction leaves when it comes at once."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from processors.changelog import Recovered, StateLog, recover
from processors.changelog.log import SMALL_BYTES

BALLAST = "z|0|ballast"
"""A value that makes a state too large to be written as a whole each time."""


class Changes(Protocol):
    """A state that tells what has changed, in small steps."""

    def changes(self, changed: dict[str, bytes], gone: list[str]) -> Iterator[None]:
        """See SourceState and JudgeState."""


def changes_of(state: Changes) -> tuple[dict[str, bytes], list[str]]:
    """What has changed since this was last asked: values and names that are gone."""
    changed, gone = dict[str, bytes](), list[str]()
    for _ in state.changes(changed, gone):
        pass
    return changed, gone


@dataclass
class Shelf:
    """What lies there, for owners of the partition that come one after the other.

    Args:
        heavy: Whether only what has changed is written, as it is of a large state.
        held: The changelog.
        log: The present owner's.
    """

    heavy: bool = False
    held: dict[bytes, bytes] = field(default_factory=dict)
    log: StateLog = field(default_factory=lambda: StateLog(1))

    def store(
        self,
        at: tuple[int, int],
        position: bytes,
        changes: tuple[dict[str, bytes], list[str]],
        everything: Callable[[], Iterable[tuple[str, bytes]]],
        value_of: Callable[[str], bytes | None] = lambda _: None,
    ) -> int:
        """Write a checkpoint, and delete what it replaces; how many bytes were written."""
        ballast = {BALLAST: bytes(SMALL_BYTES + 1)} if self.heavy else {}
        changed, gone = changes
        if self.log.wants_all(changed):
            write = self.log.whole(at, position, {**dict(everything()), **ballast})
        else:
            write = self.log.addition(at, position, changed, gone, value_of)
        self.held |= write.records
        for key in write.deletes:
            self.held.pop(key, None)
        return sum(len(value) for _, value in write.records)

    def recovered(self) -> Recovered:
        """What the next owner finds, who owns the partition from now on."""
        found = recover(self.held)
        self.log = StateLog(found.tenure + 1, found.keys)
        found.values.pop(BALLAST, None)
        return found

    def values(self) -> dict[str, bytes]:
        """The named values that lie there."""
        values = dict(recover(self.held).values)
        values.pop(BALLAST, None)
        return values
