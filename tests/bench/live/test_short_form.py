"""The short form of `make bench-live`: only what can be counted, so that a busy machine says the same."""

from pathlib import Path

import pytest

from tests.bench.live.bench import Bench
from tests.bench.live.checks import Part
from tests.bench.live.measuring import measure
from tests.bench.live.options import SHORT
from tests.bench.live.parts import RUNS


def _short(address: str, folder: Path, name: str) -> Part:
    (run,) = (run for run in RUNS if name in run.names)
    (part,) = measure(Bench(address, None, folder, SHORT), run)
    return part


@pytest.mark.story
@pytest.mark.kafka
@pytest.mark.parametrize("name", ["cost-1", "cost-1000"])
def test_few_records_are_written_between_the_stages_for_each_live_transaction(
    kafka: str, tmp_path: Path, name: str
) -> None:
    part = _short(kafka, tmp_path, name)

    assert part.failure == ""
    assert [(check.name, check.measured) for check in part.checks if not check.met] == []
