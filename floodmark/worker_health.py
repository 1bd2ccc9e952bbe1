"""Whether a worker is well: what `/healthz` answers."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

STILL_S: Final = 30.0
"""A stage that has not turned for so long, or whose offsets do not advance while the end does, is not well."""
JOIN_S: Final = 60.0
"""Joining takes seconds, or as long as a frozen member is waited for; a worker that needs longer is not well."""


class Turns(Protocol):
    """Something that notes when it last turned, in monotonic seconds."""

    turned_at: float


class Stage(Protocol):
    """A stage, as far as its health goes."""

    name: str
    turned_at: float

    @property
    def fetcher(self) -> Turns:
        """Who reads for it."""

    @property
    def stored(self) -> Mapping[int, int]:
        """The stored position of each partition."""

    def is_ready(self, generation: int) -> bool:
        """Whether its state is recovered for this generation."""

    def end_offset(self, partition: int) -> int:
        """The end of the partition, as last seen."""


class Membership:
    """Whether the worker is a member of its group; Faust tells it.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.joining_since: float | None = clock()
        """None while it is a member."""

    async def gained(self, *_: object, **__: object) -> None:
        """The group has told us our partitions, be it none."""
        self.joining_since = None

    async def lost(self, *_: object, **__: object) -> None:
        """The group forms anew."""
        if self.joining_since is None:
            self.joining_since = self._clock()


class Health:
    """Well: each stage's loop turns, and the stored position advances while there is something to read.

    A worker that joins its group, or recovers its state then, is well and says that it does not read yet; not so when
    joining takes longer than `JOIN_S`.

    Args:
        stages: All of them.
        membership: In the group.
        generation: Tells the generation of the group that we are in.
        group: Its name.
        clock: Monotonic seconds.
        remark: Tells what people should know beside that; empty when there is nothing.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        membership: Membership,
        generation: Callable[[], int],
        group: str,
        clock: Callable[[], float] = time.monotonic,
        remark: Callable[[], str] = str,
    ) -> None:
        self._stages = stages
        self._remark = remark
        self._membership = membership
        self._generation = generation
        self._group = group
        self._clock = clock
        self._seen: dict[tuple[str, int], tuple[int, float]] = {}

    def __call__(self) -> tuple[bool, str]:
        """(healthy, reason)."""
        well, reason = self._state()
        remark = self._remark()
        return well, f"{reason}; {remark}" if remark else reason

    def _state(self) -> tuple[bool, str]:
        now = self._clock()
        if (still := self._standing_still(now)) is not None:
            return False, still
        if (since := self._membership.joining_since) is not None:
            self._seen.clear()
            return now - since <= JOIN_S, f"joining consumer group {self._group} for {now - since:.0f} s"
        if not all(stage.is_ready(self._generation()) for stage in self._stages):
            self._seen.clear()
            return True, "recovering its state from the changelogs"
        stuck = self._stuck(now)
        return stuck is None, stuck or "reading"

    def _standing_still(self, now: float) -> str | None:
        for stage in self._stages:
            if now - stage.turned_at > STILL_S:
                return f"{stage.name}: has not turned for {now - stage.turned_at:.0f} s"
            if now - stage.fetcher.turned_at > STILL_S:
                return f"{stage.name}: has not fetched for {now - stage.fetcher.turned_at:.0f} s"
        return None

    def _stuck(self, now: float) -> str | None:
        for stage in self._stages:
            for partition, stored in list(stage.stored.items()):
                end = stage.end_offset(partition)
                at, since = self._seen.get((stage.name, partition), (-2, now))
                if at != stored or end <= stored + 1:
                    self._seen[stage.name, partition] = (stored, now)
                elif now - since > STILL_S:
                    return f"{stage.name}: partition {partition} stays at {stored} of {end} for {now - since:.0f} s"
        return None
