"""Whether a worker is well: what `/healthz` answers."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, Protocol

from processors.metrics import WorkerMetrics
from runtime.kafka.listing import Slot

STILL_S: Final = 30.0
"""A stage that has not turned for so long, or whose offsets do not advance while the end does, is not well."""
JOIN_S: Final = 60.0
"""Joining takes seconds, or as long as a frozen member is waited for; a worker that needs longer is not well."""
HUSH_S: Final = 10.0
"""A broker that is silent for so long is spoken of; for `STILL_S`, nobody who needs it is well."""


class HandedOutCounts(Protocol):
    """What was read for a stage."""

    def handed_out(self, partition: int) -> int | None:
        """Up to which offset the partition was handed out; None when it is not read."""

    def drained_at(self, partition: int) -> int:
        """Where it last had nothing more to read."""


class Fetching(Protocol):
    """Who reads for a stage."""

    turned_at: float
    """When it last turned, in monotonic seconds."""

    @property
    def handover(self) -> HandedOutCounts:
        """What it has read."""


class WatchedStage(Protocol):
    """A stage, as far as its health goes."""

    name: str
    topic: str
    turned_at: float

    @property
    def fetcher(self) -> Fetching:
        """Who reads for it."""

    @property
    def stored(self) -> Mapping[int, int]:
        """The stored position of each partition."""

    def denied(self, after_s: float) -> str:
        """That our login has not been let read its topic for longer than this; empty when it is let."""

    @property
    def is_long_at_work(self) -> bool:
        """Whether one chunk has been at work for a while, and goes on: positions stay meanwhile."""

    def is_ready(self, generation: int) -> bool:
        """Whether its state is recovered for this generation."""


class WatchedClock(Protocol):
    """See BrokerClock."""

    ahead_s: float | None

    def remark(self) -> str:
        """What is wrong with the clock of this machine; empty when nothing is."""


class Ends(Protocol):
    """See BrokerEnds."""

    @property
    def clock(self) -> WatchedClock:
        """Our clock against the broker's."""

    @property
    def silent_s(self) -> float:
        """For how long the broker has not answered."""

    def end(self, topic: str, partition: int) -> int | None:
        """The end of a partition; None before it was told."""

    def unknown_s(self, topic: str, partition: int) -> float:
        """For how long it was not told although the broker answers."""


class Membership:
    """Whether the worker is a member of its group; Faust tells it.

    Args:
        clock: Monotonic seconds.
        error: Tells with what error the group refuses us for good; empty when it does not.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, error: Callable[[], str] = str) -> None:
        self._clock = clock
        self.error = error
        self.joining_since: float | None = clock()
        """None while it is a member."""

    async def gained(self, *_: object, **__: object) -> None:
        """The group has told us our partitions, or that we have none."""
        self.joining_since = None

    async def lost(self, *_: object, **__: object) -> None:
        """The group forms anew."""
        if self.joining_since is None:
            self.joining_since = self._clock()


class WorkerHealth:
    """Well: each stage's loop turns, the broker answers, and the stored position advances while it has more to read.

    A worker that joins its group, or recovers its state then, is well and says that it does not read yet; not so when
    joining takes longer than `JOIN_S`.

    Args:
        stages: All of them.
        membership: In the group.
        generation: Tells the generation of the group that we are in.
        group: Its name.
        ends: What the broker tells.
        clock: Monotonic seconds.
        remark: Tells what people should know beside that; empty when there is nothing.
        metrics: The counters of the worker; none: its own.
    """

    def __init__(
        self,
        stages: Sequence[WatchedStage],
        membership: Membership,
        generation: Callable[[], int],
        group: str,
        ends: Ends,
        clock: Callable[[], float] = time.monotonic,
        remark: Callable[[], str] = str,
        metrics: WorkerMetrics | None = None,
    ) -> None:
        self._metrics = metrics or WorkerMetrics()
        self._stages = stages
        self._remark = remark
        self._membership = membership
        self._generation = generation
        self._group = group
        self._ends = ends
        self._clock = clock
        self._seen: dict[tuple[str, int], tuple[int, float]] = {}
        self._measured: set[tuple[str, int]] = set()
        for stage in stages:
            self._metrics.still_s.labels(stage.name).set_function(partial(self._still_s, stage))

    def __call__(self) -> tuple[bool, str]:
        """(healthy, reason)."""
        well, reason = self._state()
        if well:
            for wrong in (self._ends.clock.remark(), self._leaderless()):
                well, reason = (False, wrong) if wrong else (well, reason)
        remark = self._remark()
        return well, f"{reason}; {remark}" if remark else reason

    def complaint(self) -> str | None:
        """What is wrong that a new start may mend: neither a clock nor a partition without a leader."""
        well, reason = self._state()
        if well:
            return None
        remark = self._remark()
        return f"{reason}; {remark}" if remark else reason

    def measure(self) -> None:
        """Show what the broker has told as metrics."""
        self._metrics.broker_silent_s.set(self._ends.silent_s)
        self._metrics.clock_ahead_s.set(self._ends.clock.ahead_s or 0.0)
        now = set()
        for stage, partition, behind in self._behind():
            now.add((stage.name, partition))
            self._metrics.behind.labels(stage.name, str(partition)).set(behind)
        for name, partition in self._measured - now:
            self._metrics.behind.remove(name, str(partition))
        self._measured = now

    def _state(self) -> tuple[bool, str]:
        now = self._clock()
        if (still := self._standing_still(now)) is not None:
            return False, still
        if (silent_s := self._ends.silent_s) > HUSH_S:
            return silent_s <= STILL_S, f"the broker has not answered for {silent_s:.0f} s"
        if denied := next(filter(None, (stage.denied(STILL_S) for stage in self._stages)), ""):
            return False, denied
        if error := self._membership.error():
            return False, f"consumer group {self._group} refuses this worker: {error}"
        if (since := self._membership.joining_since) is not None:
            self._seen.clear()
            return now - since <= JOIN_S, f"joining consumer group {self._group} for {now - since:.0f} s"
        if not all(stage.is_ready(self._generation()) for stage in self._stages):
            self._seen.clear()
            return True, "recovering its state from the changelogs"
        stuck = self._stuck(now)
        return stuck is None, stuck or self._reading()

    def _standing_still(self, now: float) -> str | None:
        for stage in self._stages:
            if now - stage.turned_at > STILL_S:
                return f"{stage.name}: has not turned for {now - stage.turned_at:.0f} s"
            if now - stage.fetcher.turned_at > STILL_S:
                return f"{stage.name}: has not fetched for {now - stage.fetcher.turned_at:.0f} s"
        return None

    def _still_s(self, stage: WatchedStage) -> float:
        return self._clock() - min(stage.turned_at, stage.fetcher.turned_at)

    def _behind(self) -> Iterator[tuple[WatchedStage, int, int]]:
        """How many offsets of each partition lie behind its stored position, as far as the broker has told."""
        for stage in self._stages:
            for partition, stored in list(stage.stored.items()):
                end = self._ends.end(stage.topic, partition)
                if end is not None:
                    yield stage, partition, 0 if _is_drained(stage, partition, stored, end) else end - stored - 1

    def _stuck(self, now: float) -> str | None:
        for stage, partition, behind in self._behind():
            stored = stage.stored.get(partition, -1)
            at, since = self._seen.get((stage.name, partition), (-2, now))
            if at != stored or not behind or stage.is_long_at_work:
                self._seen[stage.name, partition] = (stored, now)
            elif now - since > STILL_S:
                place = f"partition {partition} stays at {stored} of {stored + 1 + behind}"
                return f"{stage.name}: {place} for {now - since:.0f} s"
        return None

    def _reading(self) -> str:
        behind = list(self._behind())
        if not behind:
            return "reading"
        waits = sum(each[2] for each in behind)
        return f"reading: {waits:,} records to go" if waits else "reading: nothing more on the broker"

    def _leaderless(self) -> str:
        for stage in self._stages:
            for partition in list(stage.stored):
                unknown_s = self._ends.unknown_s(stage.topic, partition)
                if unknown_s > STILL_S:
                    return f"the broker has not told the end of {stage.topic} {partition} for {unknown_s:.0f} s"
        return ""


def slots(stages: Sequence[WatchedStage]) -> list[Slot]:
    """The partitions that the broker is asked for: ours, and one where we own none."""
    owned = [(stage.topic, partition) for stage in stages for partition in list(stage.stored)]
    return owned or [(stages[0].topic, 0)]


def _is_drained(stage: WatchedStage, partition: int, stored: int, end: int) -> bool:
    """Whether nothing is left to read: what lies before the end may be no record, such as the end of a transaction."""
    if end <= stored + 1:
        return True
    handed_out = stage.fetcher.handover.handed_out(partition)
    return stage.fetcher.handover.drained_at(partition) >= end and handed_out is not None and handed_out <= stored
