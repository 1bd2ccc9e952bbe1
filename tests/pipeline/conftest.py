"""Installations that several tests share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from floodmark.broker.embedded import EmbeddedBroker
from schemas.topics import Topics
from tests.pipeline.installation import PARTITIONS, Installation, installed
from tests.services import unique_prefix

Install = Callable[..., Installation]


@pytest.fixture
def install(kafka: str) -> Iterator[Install]:
    """Makes installations on the real Kafka; their workers end with the test."""
    with ExitStack() as stack:

        def make(**how: Any) -> Installation:
            return stack.enter_context(installed(kafka, unique_prefix(), **how))

        yield make


@pytest.fixture(scope="module")
def roomy_embedded() -> Iterator[tuple[str, list[str]]]:
    """An embedded broker with the topics of two installations, and their prefixes."""
    prefixes = [unique_prefix(), unique_prefix()]
    topics = {spec.name: spec.partitions for prefix in prefixes for spec in Topics(prefix).specs(PARTITIONS)}
    broker = EmbeddedBroker(topics, print)
    broker.start()
    try:
        yield broker.address, prefixes
    finally:
        broker.stop()


@pytest.fixture(scope="module")
def classic() -> Path:
    """The rules as hand-made monitors have them."""
    from processors.rules.load import CLASSIC

    return CLASSIC
