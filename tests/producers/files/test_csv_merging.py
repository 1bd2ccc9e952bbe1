import os
import threading
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.files.csv_rows import Row, RowFiles
from tests.pipeline.files import MADE
from tests.producers.rows_kit import SHARED, START_MS, by_minute, stamp, written

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f"the challenge's files are not at ../shared/{SHARED.name}"
)

STATUSES = {
    "approved": 504_622,
    "denied": 29_957,
    "refunded": 4_406,
    "reversed": 4_241,
    "backend_reversed": 824,
    "failed": 270,
}
CODES = {"00": 504_622, "51": 13_230, "59": 16_727}


def totals(rows: list[Row]) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        found[row.status or row.auth_code or ""] += row.count
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(files=st.lists(st.lists(st.integers(0, 20), max_size=20), min_size=1, max_size=4))
def test_files_are_merged_by_event_time_and_ties_keep_the_order_of_files_and_lines(
    tmp_path: Path, files: list[list[int]]
) -> None:
    # The count is the number of the line among all lines of all files, so it tells the order that is due.
    paths, due, number = [], [], 0
    for name, minutes in enumerate(files):
        lines = []
        for minute in minutes:
            at_ms = START_MS + minute * 60_000
            lines.append(f"{stamp(at_ms)},approved,{number}")
            due.append((at_ms, number))
            number += 1
        paths.append(written(tmp_path, f"{name}.csv", "timestamp,status,count", *lines))
    found = [(row.timestamp_ms, row.count) for row in RowFiles(paths)]
    assert found == sorted(due)


def test_files_can_be_read_again_and_give_the_same_rows(tmp_path: Path) -> None:
    lines = [f"{stamp(START_MS + minute * 60_000)},approved,{minute}" for minute in (3, 1, 2, 1)]
    files = RowFiles([written(tmp_path, "a.csv", "timestamp,status,count", *lines)])
    assert list(files) == list(files)
    assert (files.first_ms, files.last_ms) == (START_MS + 60_000, START_MS + 180_000)


def test_what_comes_through_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = f"timestamp,status,count\n{stamp(START_MS)},approved,3\n"
    writer = threading.Thread(target=pipe.write_text, args=(text,))
    writer.start()
    rows = list(RowFiles([pipe]))
    writer.join()
    assert rows == [Row(START_MS, 3, "approved")]


def test_codes_of_a_made_file_in_status_major_order_add_up_to_its_statuses_minute_by_minute(tmp_path: Path) -> None:
    header, *lines = (MADE / "transactions.csv").read_text().splitlines()
    by_status = written(tmp_path, "by status.csv", header, *sorted(lines, key=lambda line: line.split(",")[1]))
    due = Counter[str]()
    for line in lines:
        due[line.split(",")[1]] += int(line.split(",")[2])
    rows = list(RowFiles([by_status, MADE / "transactions_auth_codes.csv"]))
    assert Counter({key: n for key, n in totals(rows).items() if not key.isdecimal()}) == due
    assert [row.timestamp_ms for row in rows] == sorted(row.timestamp_ms for row in rows)
    minutes = by_minute(rows)
    for minute in {row.timestamp_ms for row in rows}:
        denied = minutes[minute, None, "51", "all"] + minutes[minute, None, "59", "all"]
        assert denied == minutes[minute, "denied", None, "all"]


@needs_shared
def test_the_totals_of_the_challenge_come_out_of_a_file_in_status_major_order() -> None:
    rows = list(RowFiles([SHARED / "transactions.csv"]))
    assert totals(rows) == STATUSES
    assert len(rows) == 4_320 * 6
    assert [row.timestamp_ms for row in rows] == sorted(row.timestamp_ms for row in rows)


@needs_shared
def test_auth_codes_count_in_their_own_dimension_alone() -> None:
    rows = list(RowFiles([SHARED / "transactions.csv", SHARED / "transactions_auth_codes.csv"]))
    assert totals(rows) == STATUSES | CODES
    assert all((row.status is None) != (row.auth_code is None) for row in rows)
    minutes = by_minute(rows)
    for minute in {row.timestamp_ms for row in rows}:
        denied = minutes[minute, None, "51", "all"] + minutes[minute, None, "59", "all"]
        assert denied == minutes[minute, "denied", None, "all"]


@needs_shared
def test_the_two_real_days_follow_each_other() -> None:
    first, second = SHARED / "transactions_1.csv", SHARED / "transactions_2.csv"
    rows = list(RowFiles([first, second], date=date(2025, 7, 1)))
    assert len(rows) == 4_234 + 3_944
    assert (stamp(rows[0].timestamp_ms), stamp(rows[-1].timestamp_ms)) == ("2025-07-01 00:00:00", "2025-07-02 23:59:00")
    assert totals(rows)["processing"] == 1_021


@needs_shared
@pytest.mark.parametrize("name", ["checkout_1.csv", "checkout_2.csv"])
def test_the_checkout_files_are_told_apart(name: str) -> None:
    with pytest.raises(ValueError, match="hourly sales"):
        RowFiles([SHARED / name])
