"""librdkafka's broker in a process of its own: nothing to fetch, everything in memory, little of it."""

import select
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from floodmark.local.broker.base import Report, await_answer
from floodmark.local.broker.embedded_server import READY
from floodmark.local.processes.children import Child, end, spawn
from runtime.kafka.errors import BrokerError
from runtime.ports import listens

READY_WITHIN_S = 90.0
STOP_WITHIN_S = 5.0
PARTITION_BYTES = 5 * 1024 * 1024
PARTITION_BATCHES = 100_000
# What a batch of one record adds to its key and value: 61 bytes for the batch, up to 10 for the record.
RECORD_OVERHEAD_BYTES = 71
# Keys are never spread quite evenly, so a partition is planned only this full.
FILL = 0.8


class EmbeddedBroker:
    """A broker for small things. It holds 5 MiB of each partition, in memory, and silently drops what is older.

    It takes a new port, and is empty, each time it is started.

    Args:
        topics: How many partitions each topic has. It cannot create any later (an unknown one gets 4 partitions).
        report: Receives what people should know, in sentences.
    """

    kind = "embedded"
    volatile = True

    def __init__(self, topics: Mapping[str, int], report: Report) -> None:
        self._topics = dict(topics)
        self._report = report
        self._child: Child | None = None
        self._address = ""

    @property
    def address(self) -> str:
        """HOST:PORT for clients; valid after `start`."""
        if not self._address:
            raise BrokerError("The embedded broker has no address before it is started.")
        return self._address

    @property
    def pid(self) -> int | None:
        """The process id of its server while it runs."""
        return self._child.pid if self._child and self.alive() else None

    def start(self) -> None:
        """Bring up an empty one; returns once it answers. Does nothing when it runs.

        Raises:
            BrokerError: It did not come up.
        """
        if self.alive():
            return
        self.stop()
        if self._address:
            self._report("The embedded broker starts anew: on another port, and all it held is gone.")
        topics = ",".join(f"{name}:{partitions}" for name, partitions in self._topics.items())
        command = [sys.executable, "-m", "floodmark.local.broker.embedded_server", "--topics", topics]
        self._child = spawn(command, cwd=Path.cwd(), output=-1)
        try:
            self._address = self._read_address(self._child)
            host, port = self._address.rsplit(":", 1)
            if not await_answer(
                self._address, alive=self.alive, listening=lambda: listens(host, int(port)), within_s=READY_WITHIN_S
            ):
                raise BrokerError("The embedded broker does not answer. Try again, or use --broker kafka.")
        except BaseException:
            self.stop()
            raise

    def alive(self) -> bool:
        """Whether its server runs."""
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """End it, by force after 5 s; does nothing when it does not run."""
        if self._child:
            end(self._child, STOP_WITHIN_S)
            if self._child.stdout:
                self._child.stdout.close()
            self._child = None

    def _read_address(self, child: Child) -> str:
        """The address that the server prints, or an error with what it printed instead."""
        printed: list[str] = []
        deadline = time.monotonic() + READY_WITHIN_S
        while child.stdout and (left := deadline - time.monotonic()) > 0:
            if not select.select([child.stdout], [], [], left)[0]:
                break
            line = child.stdout.readline().decode("utf-8", "replace")
            if not line:
                break
            word, _, address = line.strip().partition(" ")
            if word == READY:
                return address
            printed.append(line.strip())
        raise BrokerError(f"The embedded broker did not start: {' / '.join(printed[-3:]) or 'it said nothing'}.")


def capacity_check(records: int, size: int, partitions: int) -> str | None:
    """Whether a replay fits into an embedded broker, which drops silently what does not.

    Every record is taken for a batch of its own, as a slow replay sends them, so the answer errs on the safe side.

    Args:
        records: How many records will be sent to the topic.
        size: The bytes of all keys and values together, uncompressed.
        partitions: The topic's partitions, 1 or more.

    Returns:
        None when it fits, else the reason why not and what to do.
    """
    most_records = int(PARTITION_BATCHES * FILL) * partitions
    most_bytes = int(PARTITION_BYTES * FILL) * partitions
    needed = size + records * RECORD_OVERHEAD_BYTES
    if records <= most_records and needed <= most_bytes:
        return None
    return (
        f"The embedded broker keeps 5 MiB and {PARTITION_BATCHES} batches of each partition and silently drops the "
        f"rest: {records:,} records of {needed / 1e6:.1f} MB do not safely fit into {partitions} partitions "
        f"({most_records:,} records or {most_bytes / 1e6:.1f} MB do). Use --broker kafka, or replay less at a time."
    )
