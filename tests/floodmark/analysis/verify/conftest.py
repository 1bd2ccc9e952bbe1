"""The store that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from tests.floodmark.analysis.verify.verify_kit import Recorded, record
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.conftest import StoreProcess, shared_store, store

__all__ = ["shared_store", "store"]


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
