from datetime import date
from pathlib import Path

import pytest

from producers.files.csv_rows import Row, RowError, RowFiles, require_rows
from tests.producers.rows_kit import START_MS, written

HEADER = "timestamp,status,count"


def refused(path: Path, **options: object) -> str:
    with pytest.raises(RowError) as caught:
        RowFiles([path], **options)  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    "instant",
    [
        "2025-07-12 13:45:00",
        "2025-07-12T13:45",
        "2025-07-12T13:45:00Z",
        "2025-07-12T10:45:00-03:00",
        "2025-07-12 13:45:00.000",
        str(START_MS),
        " 2025-07-12 13:45:00 ",
    ],
)
def test_an_instant_may_be_written_in_several_ways_and_is_utc_when_it_names_no_zone(
    tmp_path: Path, instant: str
) -> None:
    path = written(tmp_path, "a.csv", HEADER, f"{instant},Approved,3")
    assert list(RowFiles([path])) == [Row(START_MS, 3, "approved")]


def test_scope_and_amount_are_read_and_other_columns_are_ignored_and_said_once(tmp_path: Path) -> None:
    header = "Timestamp,status,count,scope,amount,region,"
    line = "2025-07-12 13:45:00,denied,2,Shop-A,1999,north,"
    files = RowFiles([written(tmp_path, "a.csv", header, line, line)])
    assert list(files) == [Row(START_MS, 2, "denied", scope="shop-a", amount=1999)] * 2
    assert len(files.reading.notes) == 1
    assert "'region'" in files.reading.notes[0]


def test_empty_optional_cells_are_not_given(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "timestamp,status,auth_code,count,scope,amount", "2025-07-12 13:45:00,,51,1,,")
    assert list(RowFiles([path])) == [Row(START_MS, 1, None, "51")]


@pytest.mark.parametrize("count", ["116.0", "116.", '"116"'])
def test_counts_that_other_programs_wrote_are_read(tmp_path: Path, count: str) -> None:
    path = written(tmp_path, "a.csv", HEADER, f"2025-07-12 13:45:00,approved,{count}")
    assert [row.count for row in RowFiles([path])] == [116]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_and_a_byte_order_mark_and_blank_lines_are_read(tmp_path: Path, separator: str) -> None:
    lines = ("\ufeff" + HEADER, "", "2025-07-12 13:45:00,approved,3", "")
    path = written(tmp_path, "a.csv", *(line.replace(",", separator) for line in lines))
    assert len(list(RowFiles([path]))) == 1


def test_a_file_of_times_needs_a_date(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "time,status,f0_", "13h 45,approved,3")
    assert "--date" in refused(path)
    assert list(RowFiles([path], date=date(2025, 7, 12))) == [Row(START_MS, 3, "approved")]


def test_files_of_times_go_on_day_after_day_or_take_a_date_each(tmp_path: Path) -> None:
    paths = [written(tmp_path, f"{n}.csv", "time,status,count", "13h 45,approved,3") for n in range(2)]
    day_ms = 86_400_000
    assert [row.timestamp_ms for row in RowFiles(paths, date=date(2025, 7, 12))] == [START_MS, START_MS + day_ms]
    apart = [date(2025, 7, 15), date(2025, 7, 12)]
    assert [row.timestamp_ms for row in RowFiles(paths, date=apart)] == [START_MS, START_MS + 3 * day_ms]
    with pytest.raises(RowError, match="3 dates for 2 files"):
        RowFiles(paths, date=[*apart, date(2025, 7, 20)])


def test_a_date_that_no_file_needs_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", HEADER, "2025-07-12 13:45:00,approved,3")
    assert "No file needed a date" in RowFiles([path], date=date(2025, 1, 1)).reading.notes[0]


@pytest.mark.parametrize(
    ("line", "column", "value"),
    [
        ("2025-07-12 13:45:00,approved,-3", "count", "-3"),
        ("2025-07-12 13:45:00,approved,1e9", "count", "1e9"),
        ("2025-07-12 13:45:00,approved,1000000001", "count", "1000000001"),
        ("2025-07-12 13:45:00,approved,", "count", ""),
        ("yesterday,approved,3", "timestamp", "yesterday"),
        ("2025-07-12,approved,3", "timestamp", "2025-07-12"),
        ("1752327900,approved,3", "timestamp", "1752327900"),
        ("1999-12-31 23:59:59,approved,3", "timestamp", "1999-12-31 23:59:59"),
        ("2100-01-01 00:00:00,approved,3", "timestamp", "2100-01-01 00:00:00"),
        ("2025-07-12 13:45:00,a|b,3", "status", "a|b"),
        (f"2025-07-12 13:45:00,{'x' * 65},3", "status", "x" * 65),
        ("2025-07-12 13:45:00,\udcff\udcfe,3", "status", "\udcff\udcfe"),
    ],
)
def test_a_bad_row_is_named_with_its_line_column_and_value(tmp_path: Path, line: str, column: str, value: str) -> None:
    path = written(tmp_path, "a.csv", HEADER, "2025-07-12 13:45:00,approved,3", line)
    message = refused(path)
    assert message.startswith(f"{path} line 3, column {column}: {value!r} ")
    assert "--skip-bad" in message


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("2025-07-12 13:45:00,approved", "has 2 cells where the header names 3"),
        ("2025-07-12 13:45:00,approved,1,234", "has 4 cells where the header names 3"),
        ("2025-07-12 13:45:00,,3", "status is empty, so the row counts nowhere"),
        ('2025-07-12 13:45:00,"app"roved,3', "correct the quotation marks"),
    ],
)
def test_a_row_of_another_shape_is_named_with_its_line(tmp_path: Path, line: str, what: str) -> None:
    message = refused(written(tmp_path, "a.csv", HEADER, line, "2025-07-12 13:45:00,approved,3"))
    assert "line 2" in message
    assert what in message


def test_bad_rows_are_left_out_and_counted_when_that_is_asked_for(tmp_path: Path) -> None:
    good = "2025-07-12 13:45:00,approved,3"
    path = written(tmp_path, "a.csv", HEADER, good, "x,approved,1", '2025-07-12 13:45:00,"a"b,3', good, ",,", good)
    told: list[RowError] = []
    files = RowFiles([path], skip_bad=True, on_bad=told.append)
    assert list(files) == [Row(START_MS, 3, "approved")] * 3
    assert (files.reading.rows, files.reading.bad, len(told)) == (3, 3, 3)
    assert "line 3" in files.reading.examples[0]


def test_a_quotation_mark_that_swallows_lines_is_never_left_out(tmp_path: Path) -> None:
    good = "2025-07-12 13:45:00,approved,3"
    path = written(tmp_path, "a.csv", HEADER, good, '2025-07-12 13:45:00,"approved,3', good, good)
    assert "line 3" in refused(path, skip_bad=True)


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ((), "is empty"),
        (("2025-07-12 13:45:00,approved,3",), "no header line"),
        (("timestamp,status",), "no column for count"),
        (("timestamp,count",), "no column for status or auth_code"),
        (("timestamp,status,status,count",), "2 columns called status"),
        (("time,today,yesterday,same_day_last_week", "00h,9,12,11"), "hourly sales"),
    ],
)
def test_a_file_that_cannot_be_transactions_is_refused_with_the_reason(
    tmp_path: Path, lines: tuple[str, ...], what: str
) -> None:
    assert what in refused(written(tmp_path, "a.csv", *lines))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "nothing.csv")
    assert "Is a directory" in refused(tmp_path)


def test_a_file_with_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    files = RowFiles([written(tmp_path, "a.csv", HEADER)])
    assert (list(files), files.first_ms, files.last_ms) == ([], None, None)


def test_files_without_a_row_are_refused_by_who_needs_one_and_named_by_all(tmp_path: Path) -> None:
    empty, full = written(tmp_path, "a.csv", HEADER), written(tmp_path, "b.csv", HEADER, "2025-07-12 13:45,approved,3")
    none, some = RowFiles([empty]), RowFiles([full])
    assert (none.reading.notes, some.reading.notes) == ([f"0 rows in {empty}"], [])
    with pytest.raises(RowError, match=f"^0 rows in {empty} and {empty}: "):
        require_rows([none, none])
    require_rows([none, some])
    require_rows([RowFiles([empty, full])])


def test_nothing_is_handed_out_of_a_file_whose_last_row_is_bad(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", HEADER, *["2025-07-12 13:45:00,approved,3"] * 100, "x")
    with pytest.raises(RowError, match="line 102"):
        RowFiles([path])
