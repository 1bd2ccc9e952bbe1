"""A backlog that appears at one instant: published in one transaction, which readers see when it is committed.

So workers can join, recover and settle first, and all of them find the same backlog.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from confluent_kafka import Producer

from tests.bench.live.errand import Stopped

COMMIT_S = 120.0


class Values(Protocol):
    """Something to publish."""

    def values(self) -> Iterator[bytes]:
        """The records, in order."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Where to publish what, un-keyed, to each partition in turn."""

    address: str
    topic: str
    partitions: int
    what: Values


def publish(backlog: Backlog, stopped: Stopped) -> int:
    """Publish it and commit; how many records there are.

    Raises:
        RuntimeError: It was told to stop; nothing is visible then.
    """
    producer = Producer(
        {
            "bootstrap.servers": backlog.address,
            "transactional.id": f"{backlog.topic}-backlog",
            "transaction.timeout.ms": 600_000,
            "linger.ms": 20,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 1_000_000,
            "log_level": 2,
        }
    )
    producer.init_transactions(COMMIT_S)
    producer.begin_transaction()
    number = 0
    for number, value in enumerate(backlog.what.values(), 1):
        partition = (number - 1) % backlog.partitions
        while not stopped():
            try:
                producer.produce(backlog.topic, value, partition=partition)
                break
            except BufferError:
                producer.poll(0.05)
        if stopped():
            producer.abort_transaction(COMMIT_S)
            raise RuntimeError(f"stopped after {number} records")
        if not number % 10_000:
            producer.poll(0)
    producer.commit_transaction(COMMIT_S)
    return number
