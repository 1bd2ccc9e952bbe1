"""The bare loop: confluent-kafka consumes, msgspec decodes, a dict counts. No state, no checks, no output.

Run as a process of its own; prints one JSON line: records, seconds, cpu_seconds.
"""

import gc
import json
import resource
import sys
import time
from collections import defaultdict

import msgspec
from confluent_kafka import Consumer, TopicPartition


class Record(msgspec.Struct, gc=False):
    """What is counted."""

    timestamp: int
    status: str
    count: int = 1


def main(address: str, topic: str, partitions: int, count: int) -> None:
    """Read `count` records from the beginning; the clock starts with the first."""
    gc.set_threshold(200_000, 20, 20)  # as the worker has it
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": "bare",
            "enable.auto.commit": False,
            "fetch.queue.backoff.ms": 5,
            "queued.min.messages": 300_000,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
    decode = msgspec.json.Decoder(Record).decode
    counts: dict[tuple[int, str], int] = defaultdict(int)
    seen, began, cpu = 0, 0.0, 0.0
    while seen < count:
        messages = consumer.consume(50_000, 0.1)
        if messages and not seen:
            began, cpu = time.monotonic(), cpu_seconds()
        for message in messages:
            record = decode(message.value())
            counts[record.timestamp // 60_000, record.status] += record.count
        seen += len(messages)
    line = {"records": sum(counts.values()), "seconds": time.monotonic() - began, "cpu_seconds": cpu_seconds() - cpu}
    print(json.dumps(line))
    consumer.close()


def cpu_seconds() -> float:
    """User and system time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
