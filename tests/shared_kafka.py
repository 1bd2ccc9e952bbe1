"""One Kafka for all test processes of a run: the process that hands out the tests starts it when the first one asks.

A Kafka for each of them costs five seconds of CPU and half a gigabyte: too much for one process more.
"""

import socket
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import services

PATIENCE_S = 240.0
FAILED = "failed: "


class SharedKafka:
    """Tells whoever connects the address of a Kafka, which runs from the first question until `close`.

    It belongs to this process and ends with it in any case, as every child that we start does.
    """

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self._running = ExitStack()
        self._said = ""
        self._thread = threading.Thread(target=self._serve, name="shared kafka", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where to ask."""
        return int(self._door.getsockname()[1])

    def close(self) -> None:
        """End what runs; nobody may ask any more."""
        # Closing it alone would leave the thread waiting for the next one.
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(PATIENCE_S)
        self._running.close()

    def _serve(self) -> None:
        while True:
            try:
                asker, _ = self._door.accept()
            except OSError:
                return
            with asker, suppress(OSError):
                asker.sendall((self._said or self._start()).encode())

    def _start(self) -> str:
        try:
            folder = self._running.enter_context(
                TemporaryDirectory(prefix="floodmark-tests-", ignore_cleanup_errors=True)
            )
            self._said = self._running.enter_context(services.kafka_running(Path(folder)))
        except Exception as error:
            self._said = f"{FAILED}{error}"
        return self._said


def ask(port: int) -> str:
    """HOST:PORT of the Kafka that is shared; raises RuntimeError with the reason when there is none."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as asked, asked.makefile() as answer:
        said = answer.read()
    if not said or said.startswith(FAILED):
        raise RuntimeError(f"the shared Kafka {said or 'has gone'}")
    return said
