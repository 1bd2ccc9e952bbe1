"""The textbook Faust agent: a JSON record at a time into a tumbling table, as Faust's own guide has it.

Run as a process of its own; prints one JSON line: records, seconds, cpu_seconds.
"""

import json
import os
import sys
import time
from typing import Any

import faust

from tests.bench.bare import cpu_seconds


class Transaction(faust.Record):  # type: ignore[misc]
    """The record."""

    timestamp: int
    status: str
    count: int = 1


def main(address: str, topic: str, partitions: int, count: int) -> None:
    """Count `count` records; the clock starts with the first."""
    app = faust.App(
        f"textbook-{os.getpid()}",
        broker=f"kafka://{address}",
        store="memory://",
        topic_partitions=partitions,
        topic_disable_leader=True,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
    )
    source = app.topic(topic, value_type=Transaction)
    table = app.Table("counts", default=int, partitions=partitions).tumbling(60.0, expires=3600.0)
    seen, began, cpu = 0, 0.0, 0.0

    @app.agent(source)
    async def counting(stream: Any) -> None:
        nonlocal seen, began, cpu
        async for transaction in stream:
            if not seen:
                began, cpu = time.monotonic(), cpu_seconds()
            table[transaction.status] += transaction.count
            seen += 1
            if seen == count:
                line = {"records": seen, "seconds": time.monotonic() - began, "cpu_seconds": cpu_seconds() - cpu}
                sys.__stdout__.write(json.dumps(line) + "\n")  # type: ignore[union-attr]
                sys.__stdout__.flush()  # type: ignore[union-attr]
                os._exit(0)

    faust.Worker(app, loglevel="error", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
