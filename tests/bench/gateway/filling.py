"""A day of minutes of many series on their topic, and what a judge remembers of as many."""

import json
from collections.abc import Iterator
from typing import Final

from processors.domain.window import MINUTE_MS
from schemas.codec import minute_record
from schemas.minute import Minute
from tests.floodmark.gateway.topic_kit import minute
from tests.pipeline.installation import PARTITIONS, Installation
from tests.pipeline.wire import Publisher

STATUSES: Final = (
    "approved",
    "denied",
    "failed",
    "reversed",
    "refunded",
    "processing",
    "voided",
    "held",
    "sent",
    "new",
)
SCOPES: Final = 100
SERIES: Final = SCOPES * len(STATUSES)
DAY: Final = 1440
JUDGED: Final = 60
"""Of the day so many minutes are judged by a worker, and its memory is there; the others are written as it writes."""
_MARK: Final = 27_777_777
"""A minute that is no other number of a record."""


def judge_an_hour(made: Installation, now: int) -> None:
    """Have the worker of the installation judge the last `JUDGED` minutes before this one, of all series."""

    def records() -> Iterator[bytes]:
        for at in range(now - JUDGED, now):
            for scope in range(SCOPES):
                for status in STATUSES:
                    record = {"timestamp": at * MINUTE_MS, "scope": f"shop-{scope:03}", "status": status, "count": 20}
                    yield json.dumps(record).encode()

    made.publish(records())
    made.punctuate(now * MINUTE_MS)
    made.drain(within_s=300)


class MinutesTopic:
    """Writes minutes of all series as a worker would, as fast as the broker takes them."""

    def __init__(self, made: Installation) -> None:
        self._publisher = Publisher(made.address, made.topics.minutes)
        self._templates = [
            (scope % PARTITIONS, minute_record(_minute(f"shop-{scope:03}", status)))
            for scope in range(SCOPES)
            for status in STATUSES
        ]

    def write(self, first: int, last: int) -> None:
        """Those from `first` to `last`, both included."""
        mark = str(_MARK * MINUTE_MS).encode()
        for at in range(first, last + 1):
            start = str(at * MINUTE_MS).encode()
            for partition, (key, value) in self._templates:
                self._publisher.send(value.replace(mark, start), partition, key=key.replace(mark, start))
            self._publisher.poll()
        self._publisher.close()


def _minute(scope: str, status: str) -> Minute:
    return minute(
        _MARK, scope=scope, key=status, count=20, total=200, mean=19.87, std=4.46, z=0.03, score=1.25,
        amount=171_000, offsets={str(each): 123_456 for each in range(PARTITIONS)}, rule_set="0123456789ab", version=1,
    )  # fmt: skip
