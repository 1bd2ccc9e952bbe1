"""`floodmark report checkout`: what it refuses, and that it says where and what to do."""

from pathlib import Path

import pytest

from tests.floodmark.analysis.checkout.checkout_kit import HEADER, as_json, day, refused, report

GOOD = "00h,9,12,11,6.42,4.85\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("25h,1,1,1,1,1\n", "line 3, column time: '25h' is no full hour of a day; write 00h to 23h"),
        ("08h 30,1,1,1,1,1\n", "line 3, column time: '08h 30' is no full hour"),
        ("1h,many,1,1,1,1\n", "line 3, column today: 'many' is no count; write a whole number"),
        ("1h,-1,1,1,1,1\n", "line 3, column today: '-1' is no count"),
        ("1h,1.5,1,1,1,1\n", "line 3, column today: '1.5' is no count"),
        ("1h,1,nan,1,1,1\n", "line 3, column yesterday: 'nan' is no number from 0 to 1,000,000,000; correct it"),
        ("1h,1,1,1,-2,1\n", "line 3, column avg_last_week: '-2' is no number"),
        ("1h,1,1,1,1,1e99\n", "line 3, column avg_last_month: '1e99' is no number"),
        ("1h,1,1\n", "line 3: the row has 3 cells where the header names 6"),
        ("1h,1,1,1,1,1,1\n", "line 3: the row has 7 cells where the header names 6"),
        ("0,1,1,1,1,1\n", "line 3, column time: hour 00 is there already, in line 2; a file holds one day"),
        ('1h,"1"x,1,1,1,1\n', "line 3: ',' expected after '\"'; correct the quotation marks"),
    ],
)
def test_a_bad_cell_is_named_with_its_line_and_column(tmp_path: Path, rows: str, said: str) -> None:
    file = tmp_path / "c.csv"
    file.write_text(HEADER + GOOD + rows)
    assert f"{file} {said}" in refused(2, file)


@pytest.mark.parametrize(
    "order",
    [
        [0, 1, 1],  # nothing follows: the row may as well have been written twice
        [0, 2, 1, 1, 3],
        [1, 1, 2, 3],
        [0, 1, 2, 1, 3],
        [0, 1, 1, 2, 2, 3],
        [0, 1, 1, 1, 2],
        [0, 1, 1, 3],
    ],
)
def test_an_hour_that_is_there_twice_is_refused_where_clocks_do_not_explain_it(
    tmp_path: Path, order: list[int]
) -> None:
    file = tmp_path / "c.csv"
    file.write_text(HEADER + "".join(f"{hour:02}h,1,1,1,1,1\n" for hour in order))
    assert "is there already, in line" in refused(2, file)


def test_a_count_that_may_be_two_is_refused_unless_the_sign_is_said(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("time;today;yesterday\n0;1.000;1.100\n1;900;950\n")
    assert "line 2, column today: '1.000' may be 1 (--decimal .) or 1000 (--decimal ,)" in refused(2, file)
    assert [hour["seen"] for hour in as_json(file, "--decimal", ",")["hours"]] == [1000, 900]
    assert [hour["baselines"]["yesterday"] for hour in as_json(file, "--decimal", ".")["hours"]] == [1.1, 950]


@pytest.mark.parametrize("average", ["1.003,57", "12,5"])
def test_another_cell_of_the_file_shows_the_sign_and_it_is_said(tmp_path: Path, average: str) -> None:
    file = tmp_path / "c.csv"
    file.write_text(f"time;today;avg_last_week\n0;1.000;{average}\n1;900;950\n")
    answer = as_json(file)
    assert [hour["seen"] for hour in answer["hours"]] == [1000, 900]
    said = (
        f"In column today, ',' is taken for the sign before decimals, as '{average}' shows; --decimal says otherwise."
    )
    assert said in answer["notes"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty: not even a header line is in it; it needs time, today and at least one of yesterday"),
        (
            "time,yesterday\n0,1\n",
            "line 1: the header lacks today; it has 'time,yesterday' and should name time, today",
        ),
        ("today,time\n0,1\n", "line 1: the header lacks a baseline to compare with"),
        ("\n\nsep=;\ntoday;time\n0;1\n", "line 4: the header lacks a baseline to compare with"),
        ("1,2,3\n", "line 1: the header lacks time and today and a baseline"),
        ("time,today,today,yesterday\n", "line 1: column today is there twice; leave one of them"),
        ("timestamp,status,count\n", "line 1: holds transactions by status or auth_code, not hourly sales; judge it"),
    ],
)
def test_a_header_that_does_not_do_is_refused_with_what_it_should_be(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "c.csv"
    file.write_text(text)
    assert said.replace("'time,yesterday'", "'time, yesterday'") in refused(2, file)


def test_a_name_as_long_as_a_book_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text(f'"{"x" * 200_000}",today\n')
    assert "line 1: a cell has more than 131,072 characters; shorten it, or close its" in refused(2, file)


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_bytes(HEADER.encode() + b"00h,9,\xff,1,1,1\n")
    assert f"{file} line 2 is not UTF-8 text; save the file as CSV in UTF-8" in refused(2, file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = refused(2, tmp_path / "gone.csv")
    assert f"{tmp_path / 'gone.csv'} cannot be read: No such file or directory; check its name" in said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "has a header and no rows: nothing to report"),
        ("00h,,1,1,1,1\n01h,5,,,,\n", "no hour has both a count in today and a baseline: nothing to report"),
    ],
)
def test_nothing_to_report_ends_with_one(tmp_path: Path, rows: str, said: str) -> None:
    file = tmp_path / "c.csv"
    file.write_text(HEADER + rows)
    assert said in refused(1, file)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("folder", "is a folder; name a file in it"),
        ("none/page.html", "there is no folder"),
        ("checkout.csv", "is to be read, so it cannot be written"),
    ],
)
def test_a_place_where_no_page_can_be_is_refused_before_anything_is_written(
    tmp_path: Path, place: str, said: str
) -> None:
    file = day(tmp_path)
    (tmp_path / "folder").mkdir()
    before = file.read_bytes()
    assert said in refused(2, file, "--html", tmp_path / place)
    assert file.read_bytes() == before


def test_a_page_that_cannot_be_written_ends_with_one(tmp_path: Path) -> None:
    assert "/dev/full cannot be written: No space left on device" in refused(1, day(tmp_path), "--html", "/dev/full")


def test_a_bad_file_leaves_no_page(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text(HEADER + "00h,x,1,1,1,1\n")
    assert report(file, "--html", tmp_path / "page.html").exit_code == 2
    assert not (tmp_path / "page.html").exists()
