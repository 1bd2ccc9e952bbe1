"""The store that the tests of this folder share."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from floodmark.local.store.locate import endpoint
from tests.sinks.clickhouse_kit import OnStore


class StoreProcess:
    """`floodmark store` on a data directory, as its own process."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None

    def start(self, port: int | None = None) -> None:
        command = [sys.executable, "-c", "from floodmark.cli import main; main()", "store"]
        command += [] if port is None else ["--port", str(port)]
        with (self.data_dir / "store.log").open("ab") as log:
            self._process = subprocess.Popen([*command, "--data-dir", str(self.data_dir)], stdout=log, stderr=log)
        deadline = time.monotonic() + 240
        while endpoint(self.data_dir) is None:
            assert self._process.poll() is None, (self.data_dir / "store.log").read_text()
            assert time.monotonic() < deadline, "the store does not come up"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(120)
            self._process = None

    def dsn(self, database: str) -> str:
        found = endpoint(self.data_dir)
        assert found is not None
        return found.dsn.rpartition("/")[0] + "/" + database


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    """A store that nobody stops; each test uses a database of its own."""
    store = StoreProcess(tmp_path_factory.mktemp("sink store"))
    store.start()
    yield store
    store.stop()


@pytest.fixture
def store(shared_store: StoreProcess) -> Iterator[OnStore]:
    """The destination ClickHouse on a database of its own in the shared store, with tables and without rows."""
    made = OnStore(shared_store)
    yield made
    made.close()


@pytest.fixture
def empty_store(shared_store: StoreProcess) -> Iterator[OnStore]:
    """The same before the migrations: not even the database is there."""
    made = OnStore(shared_store, is_set_up=False)
    yield made
    made.close()


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[StoreProcess]:
    """A store to stop and start; not started."""
    store = StoreProcess(tmp_path / "own store")
    store.data_dir.mkdir()
    yield store
    store.stop()
