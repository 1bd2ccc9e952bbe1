"""Transactions that close one minute after the other, and when each was closed.

Event time runs faster than the wall clock, so that many minutes close; the rate of events is that of the wall clock.
A minute closes with the first event at or after its end plus the lateness on the last of the partitions.
"""

import time
from dataclasses import dataclass
from typing import Final

from confluent_kafka import Producer

PARTITIONS: Final = 6
LATENESS_MS: Final = 5_000
CYCLE: Final = 250
"""One failed transaction of each failing scope in so many transactions."""
TICK_S: Final = 0.002
SPARE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Flow:
    """Transactions in whose every minute some scopes fail.

    Args:
        address: The broker.
        topic: Where to.
        minutes: How many minutes of event time to close.
        rate: Transactions a second of wall clock.
        faster: Seconds of event time in a second of wall clock.
        failing: How many scopes fail, 250 at most.
        scopes: How many scopes the other transactions are spread over; 0: they carry none.
        linger_ms: How long the producer gathers; at 1 ms the broker is busy with thousands of small batches.
    """

    address: str
    topic: str
    minutes: int
    rate: int = 5_000
    faster: int = 20
    failing: int = 20
    scopes: int = 0
    linger_ms: int = 1

    @property
    def alerts(self) -> int:
        """How many alerts are due: one of each failing scope in each minute."""
        return self.minutes * self.failing

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return (self.minutes + 1) * 60 / self.faster + LATENESS_MS / 1000

    def value(self, number: int, event_ms: int) -> bytes:
        """The transaction of this number."""
        if number % CYCLE < self.failing:
            return b'{"timestamp":%d,"status":"failed","scope":"shop-%d"}' % (event_ms, number % CYCLE)
        if not self.scopes:
            return b'{"timestamp":%d,"status":"approved"}' % event_ms
        return b'{"timestamp":%d,"status":"approved","scope":"shop-%d"}' % (event_ms, number % self.scopes)


def publish(flow: Flow) -> dict[int, float]:
    """Publish at the rate; minute start (ms) to the wall clock (epoch seconds) at which it was closed.

    Raises:
        TimeoutError: The machine was too busy for the rate.
    """
    producer = Producer(
        {
            "bootstrap.servers": flow.address,
            "linger.ms": flow.linger_ms,
            "compression.type": "lz4",
            "log_level": 2,
        }
    )
    start_ms = (int(time.time() * 1000) - (flow.minutes + 2) * 60_000 * 2) // 60_000 * 60_000
    began = time.monotonic()
    closed_at: dict[int, float] = {}
    open_minute, passed = start_ms, set[int]()
    number = 0
    while (elapsed := time.monotonic() - began) < flow.seconds + SPARE_S:
        due = int(elapsed * flow.rate)
        for i in range(number, due):
            event_ms = start_ms + i * flow.faster * 1000 // flow.rate
            partition = i % PARTITIONS
            producer.produce(flow.topic, flow.value(i, event_ms), partition=partition)
            if event_ms >= open_minute + 60_000 + LATENESS_MS:
                passed.add(partition)
                if len(passed) == PARTITIONS:
                    closed_at[open_minute] = time.time()
                    open_minute, passed = open_minute + 60_000, set()
        number = due
        producer.poll(0)
        if len(closed_at) >= flow.minutes:
            producer.flush(30)
            return closed_at
        time.sleep(max(TICK_S, flow.linger_ms / 1000))
    raise TimeoutError(f"{len(closed_at)} of {flow.minutes} minutes closed in {elapsed:.0f} s")
