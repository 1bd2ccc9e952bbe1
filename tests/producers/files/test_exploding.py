from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from producers.files import explode
from producers.files.explode import exploded
from producers.rows import Row
from tests.producers.rows_kit import START_MS, by_minute, rows_in_order


@given(rows_in_order())
def test_every_minute_keeps_its_counts_and_amounts(rows: list[Row]) -> None:
    records = list(exploded(rows))
    assert by_minute(records) == by_minute(rows)
    assert all(record.count <= 1 for record in records)
    assert sum(record.amount or 0 for record in records) == sum(row.amount or 0 for row in rows)


@given(rows_in_order())
def test_records_come_in_event_time_order_and_are_the_same_each_time(rows: list[Row]) -> None:
    records = list(exploded(rows))
    times = [record.timestamp_ms for record in records]
    assert times == sorted(times)
    assert records == list(exploded(rows))


@given(rows_in_order(), st.integers(0, 30))
def test_a_minute_merged_lazily_is_the_same_as_one_sorted_in_memory(rows: list[Row], at_once: int) -> None:
    in_memory, usual = list(exploded(rows)), explode.AT_ONCE
    try:
        explode.AT_ONCE = at_once  # type: ignore[misc]
        assert list(exploded(rows)) == in_memory
    finally:
        explode.AT_ONCE = usual  # type: ignore[misc]


def test_the_transactions_of_a_row_are_spread_evenly_over_its_minute() -> None:
    records = list(exploded([Row(START_MS, 60, "approved")]))
    gaps = {b.timestamp_ms - a.timestamp_ms for a, b in pairwise(records)}
    assert gaps == {1000}
    assert START_MS <= records[0].timestamp_ms < records[-1].timestamp_ms < START_MS + 60_000


def test_a_row_of_count_zero_stays_so_that_dense_files_stay_dense() -> None:
    rows = [Row(START_MS, 0, "failed"), Row(START_MS, 0, "denied")]
    assert list(exploded(rows)) == rows


def test_a_row_inside_a_minute_keeps_its_own_time() -> None:
    records = list(exploded([Row(START_MS + 30_500, 3, "denied", amount=10)]))
    assert [record.timestamp_ms for record in records] == [START_MS + 30_500] * 3
    assert [record.amount for record in records] == [4, 3, 3]


def test_a_huge_count_is_begun_without_holding_it_in_memory() -> None:
    records = exploded([Row(START_MS, 1_000_000_000, "approved"), Row(START_MS, 5, "denied")])
    assert next(records).count == 1
