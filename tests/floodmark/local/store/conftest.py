"""The stores that the tests of this folder share."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.floodmark.local.store.store_kit import StoreProcess


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    """A store that nobody stops, in a path with a space; each test uses a table of its own."""
    process = StoreProcess(tmp_path_factory.mktemp("shared") / "data of the store")
    process.start()
    yield process
    process.stop()


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[StoreProcess]:
    """A store to start, stop and kill; not started."""
    process = StoreProcess(tmp_path / "own data")
    yield process
    process.stop()


@pytest.fixture
def table(store: StoreProcess) -> str:
    """An empty table `(id UInt32, name String, at DateTime)` of the test's own."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    made = store.ask(f"CREATE TABLE {name} (id UInt32, name String, at DateTime) ENGINE = MergeTree ORDER BY id")
    assert made.status == 200, made.text
    return name
