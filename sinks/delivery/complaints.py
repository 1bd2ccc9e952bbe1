"""What is said of messages that are held: to the health check, in the log, and in a metric."""

from collections.abc import Sequence
from typing import Any, Final

import structlog

from sinks.delivery.lanes import PendingMessage
from sinks.health import LoopHealth, Seconds
from sinks.metrics import Metrics
from sinks.protocol import MENDABLE, Refusal

log = structlog.get_logger(__name__)
AGAIN_S: Final = 30.0
"""The same complaint is logged once in so many seconds: messages are held by the hundred."""
BELIEVED: Final = 3
"""A message that was rejected so often and is still here was not alone: the target rejects everything."""


class Complaints:
    """Says that messages are held, loudly where somebody has to mend what is wrong.

    Args:
        sink: The sink's name.
        health: Told what is wrong.
        metrics: Told how many are held.
        clock: Seconds of a clock that never goes back.
    """

    def __init__(self, sink: str, health: LoopHealth, metrics: Metrics, clock: Seconds) -> None:
        self._sink = sink
        self._health = health
        self._metrics = metrics
        self._clock = clock
        self._logged_at: dict[str, float] = {}

    def hear(self, failing: Sequence[PendingMessage[Any]]) -> None:
        """These have failed and are held; none: all is well."""
        self._metrics.pending(len(failing))
        if not failing:
            if self._logged_at:
                log.info("target_takes_again", sink=self._sink)
            self._logged_at.clear()
            self._health.released()
            return
        worst = max(failing, key=lambda parcel: (_to_mend(parcel), parcel.tries))
        to_mend = _to_mend(worst)
        self._health.blocked(f"{len(failing):,} held: {worst.detail}", to_mend=to_mend)
        now = self._clock()
        if now - self._logged_at.get(worst.detail, -AGAIN_S) < AGAIN_S:
            return
        self._logged_at[worst.detail] = now
        say = log.error if to_mend else log.warning
        say(
            "target_refuses" if to_mend else "target_busy",
            sink=self._sink,
            reason=worst.trouble.trouble.value if worst.trouble else Refusal.REJECTED.value,
            detail=worst.detail,
            held=len(failing),
            tries=worst.tries,
        )


def _to_mend(parcel: PendingMessage[Any]) -> bool:
    return parcel.tries >= BELIEVED if parcel.trouble is None else parcel.trouble.trouble in MENDABLE
