"""Which partitions cannot be read, and since when: for health, metrics and the log."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from processors.metrics import WorkerMetrics
from runtime.log_rate import Sparing
from schemas.durations import seconds_long

log = structlog.get_logger(__name__)

SAY_AGAIN_S: Final = 60.0
"""librdkafka repeats itself twice a second."""


@dataclass(frozen=True, slots=True)
class Illness:
    """A partition that cannot be read.

    Args:
        error: The last error.
        since: Since when, in seconds of the clock.
        logged_at: When it was last logged.
    """

    error: str
    since: float
    logged_at: float


class Ailing:
    """The partitions of a topic that cannot be read. One thread tells, others may look.

    Args:
        topic: The topic.
        clock: Monotonic seconds.
        metrics: The counters of the worker; none: its own.
    """

    def __init__(
        self, topic: str, clock: Callable[[], float] = time.monotonic, metrics: WorkerMetrics | None = None
    ) -> None:
        # There from the beginning: an increase from nothing is none to whoever watches.
        self._errors = (metrics or WorkerMetrics()).fetch_errors.labels(topic)
        self._topic = topic
        self._clock = clock
        self._ill: dict[int, Illness] = {}
        self._sparing = Sparing(clock)

    def is_ill(self, partition: int, error: str) -> None:
        """The partition could not be read just now."""
        now, illness = self._clock(), self._ill.get(partition)
        self._errors.inc()
        if illness is None or now - illness.logged_at > SAY_AGAIN_S:
            # A partition that is well in between is told of anew each time, and each bad batch is such a time.
            self._sparing.tell(log.warning, "fetch_failed", topic=self._topic, partition=partition, error=error)
            self._ill[partition] = Illness(error, now if illness is None else illness.since, now)
        else:
            self._ill[partition] = Illness(error, illness.since, illness.logged_at)

    def is_well(self, partition: int) -> None:
        """The partition was read just now."""
        self._ill.pop(partition, None)

    def forget(self) -> None:
        """Other partitions are read from now on."""
        self._ill.clear()

    def complaint(self, after_s: float) -> str | None:
        """What has been wrong for longer than this; None when nothing has."""
        now = self._clock()
        for partition, illness in sorted(self._ill.copy().items()):
            if (for_s := now - illness.since) > after_s:
                return (
                    f"partition {partition} of {self._topic} cannot be read for {seconds_long(for_s)}: {illness.error}"
                )
        return None
