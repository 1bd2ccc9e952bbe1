"""Installations that several tests share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from floodmark.local.broker.embedded import EmbeddedBroker
from schemas.topics import Topics
from tests.pipeline.installation import FEW_PARTITIONS, Installation, installed
from tests.services import unique_prefix

Install = Callable[..., Installation]


@pytest.fixture
def install(kafka: str) -> Iterator[Install]:
    """Makes installations on the real Kafka; their workers end with the test."""
    with ExitStack() as stack:

        def make(*, partitions: int = FEW_PARTITIONS, **how: Any) -> Installation:
            return stack.enter_context(installed(kafka, unique_prefix(), partitions=partitions, **how))

        yield make


@pytest.fixture(scope="module")
def embedded_of_its_own() -> Iterator[tuple[str, str]]:
    """An embedded broker with the topics of an installation, and their prefix."""
    prefix = unique_prefix()
    broker = EmbeddedBroker({spec.name: spec.partitions for spec in Topics(prefix).specs(FEW_PARTITIONS)}, print)
    broker.start()
    try:
        yield broker.address, prefix
    finally:
        broker.stop()


@pytest.fixture(scope="module")
def classic() -> Path:
    """The rules as hand-made monitors have them."""
    from processors.rules.load import CLASSIC

    return CLASSIC
