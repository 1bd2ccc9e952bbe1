"""The replay: one record for each transaction, as fast as the rounds take."""

import threading
import time
from collections.abc import Sequence

from tests.pipeline import files
from tests.pipeline.wire import Publisher, punctuation


class Flow:
    """Publishes the rows in a thread, spread over `seconds`, in event-time order, in turn to each partition.

    Hurried, it publishes the rest at once. The last record of each partition says that nothing older comes.
    """

    def __init__(self, address: str, topic: str, rows: Sequence[files.Row], *, partitions: int, seconds: float) -> None:
        self._rows = rows
        self._partitions = partitions
        self._seconds = seconds
        self._publisher = Publisher(address, topic, **{"reconnect.backoff.max.ms": 500, "message.timeout.ms": 300_000})
        self._hurried = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flow")
        self._error: BaseException | None = None
        self.total = sum(row.count for row in rows)
        self.sent = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self, within_s: float) -> None:
        """Publish what is left, wait until all of it is acknowledged."""
        self._hurried.set()
        self._thread.join(within_s)
        if self._thread.is_alive():
            raise TimeoutError(f"the replay did not end within {within_s} s: {self.sent} of {self.total} sent")
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._publish()
        except BaseException as error:
            self._error = error

    def _publish(self) -> None:
        began = time.monotonic()
        for value in files.exploded(self._rows):
            self._publisher.send(value, self.sent % self._partitions)
            self.sent += 1
            if self.sent % 200 == 0:
                self._publisher.poll()
                due = began + self._seconds * self.sent / self.total
                self._hurried.wait(max(0.0, due - time.monotonic()))
        for partition in range(self._partitions):
            self._publisher.send(punctuation(files.end_ms(self._rows)), partition)
        self._publisher.close(300)
