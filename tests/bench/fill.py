"""Fills the topic that all three contestants read."""

import random
import time

from confluent_kafka import Producer

START_MS = 1_752_300_000_000
STATUSES = (("approved", 0.92), ("denied", 0.06), ("refunded", 0.008), ("reversed", 0.009), ("failed", 0.003))


def values(first: int, count: int, per_minute: int) -> list[bytes]:
    """The transactions number `first` to `first + count` in event-time order, as compact JSON."""
    rng = random.Random(first)
    words = rng.choices([s for s, _ in STATUSES], [w for _, w in STATUSES], k=count)
    return [
        b'{"timestamp":%d,"status":"%s","auth_code":"%s","amount":%d}'
        % (START_MS + i * 60_000 // per_minute, word.encode(), b"00" if word == "approved" else b"51", 100 + i % 9973)
        for i, word in enumerate(words, first)
    ]


def fill(address: str, topic: str, partitions: int, count: int, per_minute: int) -> float:
    """Publish `count` records in runs of 500 to each partition in turn; the seconds it took."""
    producer = Producer(
        {
            "bootstrap.servers": address,
            "compression.type": "lz4",
            "linger.ms": 20,
            "batch.num.messages": 10_000,
            "queue.buffering.max.messages": 1_000_000,
            "enable.idempotence": True,
            "log_level": 2,
        }
    )
    failed: list[str] = []

    def delivered(error: object, _message: object) -> None:
        if error is not None:
            failed.append(str(error))

    began = time.monotonic()
    block = 500_000
    for start in range(0, count, block):
        for at, value in enumerate(values(start, min(block, count - start), per_minute), start):
            while True:
                try:
                    producer.produce(topic, value, partition=at // 500 % partitions, on_delivery=delivered)
                    break
                except BufferError:
                    producer.poll(0.05)
        producer.poll(0)
    left = producer.flush(120)
    if left or failed:
        raise RuntimeError(f"{left} records left, {len(failed)} failed: {failed[:1]}")
    return time.monotonic() - began
