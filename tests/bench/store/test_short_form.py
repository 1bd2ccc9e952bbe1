"""The short form of `make bench-store`: every panel is asked, the sink writes, and each has a figure."""

import re
from pathlib import Path

import pytest

from grafana.generate import BOARDS
from tests.bench.store.__main__ import measure, options_of
from tests.sinks.conftest import StoreProcess


@pytest.mark.story
@pytest.mark.store
def test_every_panel_is_asked_and_the_sink_writes_beside_a_bare_insert(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = StoreProcess(tmp_path)
    store.start()
    try:
        done = measure(store, options_of(["--days", "1", "--series", "20", "--rounds", "1", "--batches", "1"]))
    finally:
        store.stop()
    assert done in (0, 1)

    said = capsys.readouterr().out
    assert "28,800 minute rows" in said
    asked = {line.rsplit("  ", 1)[-1] for line in said.splitlines() if line.startswith("   1 d ")}
    shown = {
        f"{board.name}: {panel.title}" for board in BOARDS for panel in board.panels if isinstance(panel.query, str)
    }
    assert shown - asked == set()
    paces = re.findall(r"^(sink|bare insert): +([\d,]+) rows/s", said, re.MULTILINE)
    assert [(name, int(pace.replace(",", "")) > 0) for name, pace in paces] == [("sink", True), ("bare insert", True)]
