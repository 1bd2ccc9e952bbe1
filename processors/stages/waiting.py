"""Minutes that are counted and cannot be judged, because a source partition holds the watermark up.

Each is kept until then: some 640 bytes for a scope, minute and source partition. What is behind it is said, to be
mended in time; when they are too many, the judge goes on without that source partition.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from processors.domain.watermark import Watermarks
from processors.domain.window import minute_of
from processors.metrics import WorkerMetrics
from runtime.log_rate import Sparing
from schemas.instants import instant_of_ms

log = structlog.get_logger(__name__)

MANY: Final = 30
"""From this many minutes on people are told ..."""
PATIENCE_S: Final = 60.0
"""... when none of them was judged for so long: in a backlog, partitions come at different speeds."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What waits for a judge.

    Args:
        reached_ms: The joint watermark.
        since_s: Since when it has stood there, monotonic.
        minutes: From there to the foremost source partition.
        holders: The source partitions that are furthest behind, or have said nothing yet.
    """

    reached_ms: int
    since_s: float
    minutes: int
    holders: tuple[int, ...]


class Waiting:
    """Of all judges of this worker.

    Args:
        clock: Monotonic seconds.
        metrics: The counters of the worker; none: its own.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, metrics: WorkerMetrics | None = None) -> None:
        self._clock = clock
        self._metrics = metrics or WorkerMetrics()
        self._waits: dict[int, Wait] = {}
        self._left_out: dict[int, tuple[int, ...]] = {}
        self._sparing = Sparing()

    def look(self, partition: int, marks: Watermarks) -> None:
        """A judge has taken in words of source partitions."""
        if not marks.marks:
            return
        now, before = self._clock(), self._waits.get(partition)
        behind_ms = min(mark.watermark_ms for mark in marks.marks.values())
        base_ms = marks.reached_ms if marks.reached_ms >= 0 else behind_ms
        front_ms = max(mark.watermark_ms for mark in marks.marks.values())
        minutes = max(0, minute_of(front_ms) - minute_of(base_ms))
        stands = before is not None and before.reached_ms == marks.reached_ms
        since_s = before.since_s if before is not None and stands else now
        self._waits[partition] = Wait(marks.reached_ms, since_s, minutes, tuple(marks.holders()) if minutes else ())
        self._left_out[partition] = tuple(sorted(marks.left_out))
        self._metrics.waiting_minutes.set(max(wait.minutes for wait in self._waits.values()))
        if minutes >= MANY and (remark := self.remark()):
            self._sparing.tell(log.error, "minutes_wait", partition=partition, remark=remark)

    def forget(self, owned: Callable[[int], bool]) -> None:
        """Nothing is known here of judges that other workers have now."""
        self._waits = {partition: wait for partition, wait in self._waits.items() if owned(partition)}
        self._left_out = {partition: sources for partition, sources in self._left_out.items() if owned(partition)}

    def remark(self) -> str:
        """What people should know; empty when nothing has waited for long, and no source is left out."""
        return "; ".join(filter(None, (self._remark_on_left_out(), self._remark_on_waits())))

    def _remark_on_left_out(self) -> str:
        sources = sorted({source for sources in self._left_out.values() for source in sources})
        if not sources:
            return ""
        who = ", ".join(map(str, sources))
        return (
            f"minutes are judged without source partition {who}, for which too much waited (FLOODMARK_WAITING); look "
            "at the worker that reads it, at its leader and at the clocks of its producers"
        )

    def _remark_on_waits(self) -> str:
        now = self._clock()
        long = [w for w in self._waits.values() if w.minutes >= MANY and now - w.since_s >= PATIENCE_S]
        if not long:
            return ""
        wait = max(long, key=lambda each: each.minutes)
        who = ", ".join(map(str, wait.holders))
        at = f"at {instant_of_ms(wait.reached_ms)}" if wait.reached_ms >= 0 else "before its first minute"
        return (
            f"{wait.minutes:,} minutes are counted and wait to be judged: source partition {who} holds the watermark "
            f"{at}; look at the worker that reads it and at its leader"
        )
