"""The short forms of `make bench` and `make bench-detect`: that each part measures what it says it does."""

import json
from math import isfinite
from pathlib import Path

import pytest

from tests.bench import judging
from tests.bench.__main__ import measure, options_of

RECORDS = 100_000
TEXTBOOK = 2_000


@pytest.mark.story
@pytest.mark.kafka
def test_each_contestant_reads_all_records_and_is_compared(kafka: str) -> None:
    asked = {"--records": RECORDS, "--textbook-records": TEXTBOOK, "--rounds": 1, "--latency-minutes": 3}

    found = measure(kafka, options_of(["--cold", *(str(word) for option in asked.items() for word in option)]))

    read = {name: [run["records"] for run in runs] for name, runs in found["runs"].items()}
    assert read == {"textbook": [TEXTBOOK], "bare": [RECORDS], "floodmark": [RECORDS]}
    assert found["ratios"].keys() == {"floodmark / textbook", "floodmark / bare", "floodmark / bare, per CPU second"}
    figures = [*found["ratios"].values(), *found["worker_rss_mb"].values(), *found["alert_latency"].values()]
    assert [each for each in figures if not (isfinite(each) and each > 0)] == []


@pytest.mark.story
def test_time_and_memory_of_series_are_measured_alone_and_in_a_crowd(tmp_path: Path) -> None:
    asked = ["--minutes", "120", "--series", "10", "2000", "--rounds", "3", "--out", str(tmp_path / "figures.json")]

    assert judging.main(asked) in (0, 1)

    found = json.loads((tmp_path / "figures.json").read_text())
    assert [crowd["series"] for crowd in found["series"]] == [10, 2000]
    assert [crowd for crowd in found["series"] if min(crowd.values()) <= 0] == []
    assert [name for name in found if name.startswith("ms_") and found[name] <= 0] == []
    assert [name for name, figure in found["kept"].items() if figure <= 0] == []
