"""Looks into the embedded store for alerts, as a dashboard would: through the view, again and again."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError

from floodmark.local.store.locate import endpoint

EVERY_S: Final = 0.1
"""A row is seen so much later than it is there, at most, and by the time of one query."""
START_S: Final = 60.0
QUERY: Final = (
    "SELECT scope, toUnixTimestamp(last_seen) * 1000 FROM floodmark.alerts WHERE state IN ('firing', 'updated')"
)


def await_store(data_dir: Path) -> None:
    """Wait until a store answers for the data directory.

    Raises:
        TimeoutError: None did.
    """
    deadline = time.monotonic() + START_S
    while endpoint(data_dir) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"no store answers for {data_dir}")
        time.sleep(0.1)


class StoreEye:
    """Looks until the block ends.

    Args:
        data_dir: Of a store that runs.
        note: Called with scope, minute (epoch milliseconds) and the wall clock (epoch seconds) after the query.
    """

    def __init__(self, data_dir: Path, note: Callable[[str, int, float], None]) -> None:
        found = endpoint(data_dir)
        if found is None:
            raise RuntimeError(f"no store answers for {data_dir}")
        self._client = clickhouse_connect.get_client(dsn=found.reader_dsn)
        self._note = note
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._look, name="store eye", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._thread.join()
        self._client.close()

    def _look(self) -> None:
        while not self._closed.wait(EVERY_S):
            try:
                rows = self._client.query(QUERY).result_rows
            except ClickHouseError:
                # The view is made by the sink at its start.
                continue
            at = time.time()
            for scope, minute_ms in rows:
                self._note(scope, minute_ms, at)
