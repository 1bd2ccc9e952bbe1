"""The short form of `make bench-store`: panels and questions are asked of what was filled in, the sink writes."""

import re
from itertools import islice
from pathlib import Path

import clickhouse_connect
import psutil
import pytest

from floodmark.local.store.locate import endpoint
from tests.bench.store.__main__ import measure, options_of
from tests.bench.store.asking import panels, questions
from tests.bench.store.filling import fill
from tests.sinks.conftest import StoreProcess

SOME = 5


@pytest.mark.story
@pytest.mark.store
def test_what_was_filled_in_is_asked_and_the_sink_writes_beside_a_bare_insert(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = StoreProcess(tmp_path)
    store.start()
    try:
        assert measure(store, options_of(["--only", "sink", "--batches", "1"])) in (0, 1)
        there = endpoint(tmp_path)
        assert there is not None
        process = psutil.Process(there.pid)
        with clickhouse_connect.get_client(dsn=store.dsn("floodmark"), autogenerate_session_id=False) as client:
            assert fill(client, 1, 10) == 14_400
            asked = [*islice(panels(client, process, 1, 1), SOME), *islice(questions(client, process, 1, 1), SOME)]
    finally:
        store.stop()

    assert len({each.name for each in asked}) == 2 * SOME
    assert [each for each in asked if each.p95 <= 0] == []
    paces = re.findall(r"^(sink|bare insert): +([\d,]+) rows/s", capsys.readouterr().out, re.MULTILINE)
    assert [(name, int(pace.replace(",", "")) > 0) for name, pace in paces] == [("sink", True), ("bare insert", True)]
