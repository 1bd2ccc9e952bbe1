"""The short form of `make chaos`: a few faults on half a day of transactions."""

from pathlib import Path

import pytest

from tests.chaos.run import Run, Scenario
from tests.pipeline import files


@pytest.mark.story
@pytest.mark.kafka
def test_no_kill_and_no_freeze_changes_a_number_or_an_incident(tmp_path: Path) -> None:
    assert Run(Scenario(seed=7, rounds=3, rows=files.first_hours(12)), tmp_path).differences() == []
