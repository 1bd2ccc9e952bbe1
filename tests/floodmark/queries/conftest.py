"""The sample in a store of its own, for all tests of this folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.sample_store import Sample, sample
from tests.sinks.conftest import StoreProcess


@dataclass(frozen=True)
class Filled:
    """A store with the sample in it: its process, a client, and what was written."""

    process: StoreProcess
    client: Any
    sample: Sample

    @property
    def dsn(self) -> str:
        return self.process.dsn("floodmark")


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """The sample, judged and stored."""
    process = StoreProcess(tmp_path_factory.mktemp("sample store"))
    process.start()
    made = sample()
    client = made.fill(process)
    yield Filled(process, client, made)
    client.close()
    process.stop()
