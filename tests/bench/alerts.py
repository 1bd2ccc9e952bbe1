"""When alerts were noted, in one place or another, and how long after their minute closed that was."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from confluent_kafka import Message


class Alerts:
    """When each alert of a failing minute was noted somewhere, by the scope and the minute that it speaks of."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, int], float] = {}

    def __len__(self) -> int:
        return len(self._at)

    def note(self, scope: str, minute_ms: int, at: float) -> None:
        """It was noted at this time (epoch seconds); the first time counts."""
        self._at.setdefault((scope, minute_ms), at)

    def hear(self, message: Message, at: float) -> None:
        """Note what an alert on the topic says."""
        self.read(message.value() or b"", at)

    def read(self, body: bytes, at: float) -> None:
        """Note what an alert as it is sent (CloudEvents in JSON) says."""
        alert: dict[str, Any] = msgspec.json.decode(body)["data"]
        if alert["state"] in ("firing", "updated"):
            seen_at = msgspec.convert(alert["last_seen"], type=datetime)
            self.note(alert["scope"], int(seen_at.timestamp() * 1000), at)

    def waits(self, closed_at: Mapping[int, float]) -> list[float]:
        """Seconds from the closing of its minute to the noting of each alert.

        Without the first two minutes, in which all that is done for the first time happens.
        """
        settled = set(sorted(closed_at)[2:])
        return [at - closed_at[minute] for (_, minute), at in self._at.items() if minute in settled]


def await_alerts(noted: Alerts, number: int, within_s: float = 180.0) -> None:
    """Wait until this many alerts have been noted.

    Raises:
        TimeoutError: They have not come in time.
    """
    deadline = time.monotonic() + within_s
    while len(noted) < number:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(noted)} of {number} alerts have come in {within_s:.0f} s")
        time.sleep(0.1)
