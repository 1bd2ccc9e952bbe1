"""Fixtures that more than one folder of tests needs: running brokers, and names of one's own on them."""

from collections.abc import Iterator

import pytest

from tests import services


def pytest_report_header() -> str:
    return f"kafka: {services.kafka_description()}; embedded: librdkafka's in-process cluster"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that need a broker first: they take longest, and what is begun last should be short."""
    items.sort(key=lambda item: item.get_closest_marker("kafka") is None)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of a real Apache Kafka that all tests of the run share; one that does not start fails them."""
    with services.kafka_running(tmp_path_factory.mktemp("shared kafka")) as address:
        yield address


@pytest.fixture(scope="session")
def embedded() -> Iterator[str]:
    """HOST:PORT of an embedded broker that all tests of the run share."""
    with services.embedded_running() as address:
        yield address


@pytest.fixture
def topic_prefix() -> str:
    """What to put before the names of topics and groups on a shared broker."""
    return services.unique_prefix()
