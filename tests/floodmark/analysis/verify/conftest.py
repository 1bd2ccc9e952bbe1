"""The store that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from tests.floodmark.analysis.verify.verify_kit import Recorded, record
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.conftest import StoreProcess


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    """A store that nobody stops; each test uses a database of its own."""
    store = StoreProcess(tmp_path_factory.mktemp("verified store"))
    store.start()
    yield store
    store.stop()


@pytest.fixture
def store(shared_store: StoreProcess) -> Iterator[OnStore]:
    """The destination ClickHouse on a database of its own in the shared store."""
    made = OnStore(shared_store)
    yield made
    made.close()


@pytest.fixture(scope="session")
def recorded(shared_store: StoreProcess) -> Iterator[Recorded]:
    """The default rules on an evening with denials, in the store; nobody changes it."""
    made = OnStore(shared_store)
    yield record(made)
    made.close()


@pytest.fixture
def own(store: OnStore) -> Recorded:
    """The same, to be changed."""
    return record(store)
