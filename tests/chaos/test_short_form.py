"""The short form of `make chaos`: a few faults on some hours of transactions of a few scopes."""

from pathlib import Path

import pytest

from tests.chaos.plan import Fault
from tests.chaos.run import Run, Scenario
from tests.pipeline import files

FAULTS: tuple[Fault, ...] = ("kill before checkpoint", "kill twice", "freeze")


@pytest.mark.story
@pytest.mark.kafka
def test_no_kill_and_no_freeze_changes_a_number_or_an_incident(tmp_path: Path) -> None:
    rows = files.over_scopes(files.first_hours(3), 12)
    scenario = Scenario(seed=7, rounds=3, rows=rows, session_s=6, faults=FAULTS)
    assert Run(scenario, tmp_path).differences() == []
