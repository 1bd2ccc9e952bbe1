"""How files are written: numbers, times without a zone, encodings and other formats."""

import gzip
import io
import sys
from datetime import date
from pathlib import Path

import pytest

from producers.files.conventions import ConventionError, Conventions
from producers.files.csv_rows import Row, RowError, RowFiles
from tests.paths import SHARED_FILES
from tests.producers.rows_kit import START_MS, written

SHARED = SHARED_FILES / "cases"
HEADER = "timestamp;status;count;amount"
HOUR_MS = 3_600_000


def counts(path: Path, **said: str) -> list[tuple[int, int | None]]:
    conventions = Conventions.of(said.get("decimal"), said.get("zone"))
    return [(row.count, row.amount) for row in RowFiles([path], conventions=conventions)]


def rows(folder: Path, *cells: str) -> Path:
    return written(folder, "a.csv", HEADER, *(f"2025-07-12 13:45:00Z;approved;{cell}" for cell in cells))


def times(folder: Path, *stamps: str, zone: str | None = None) -> tuple[list[int], list[str]]:
    path = written(folder, "a.csv", "timestamp,status,count", *(f"{stamp},approved,3" for stamp in stamps))
    files = RowFiles([path], conventions=Conventions.of(None, zone))
    return [row.timestamp_ms for row in files], files.reading.assumed


def test_a_number_that_may_be_two_is_refused_with_both(tmp_path: Path) -> None:
    path = rows(tmp_path, "950;0", "1.000;0", "12.000;0")
    with pytest.raises(RowError) as caught:
        RowFiles([path])
    assert str(caught.value).startswith(f"{path} line 3, column count: '1.000' may be 1 (--decimal .) or 1000 (--d")


def test_an_amount_that_may_be_two_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(RowError, match=r"line 2, column amount: '150\.000' may be 150"):
        counts(rows(tmp_path, "1;150.000", "1;10.00"))


@pytest.mark.parametrize(("decimal", "read"), [(",", [(1000, 150_000), (950, 10)]), (".", [(1, 150), (950, 10)])])
def test_the_sign_before_decimals_may_be_said(tmp_path: Path, decimal: str, read: list[tuple[int, int]]) -> None:
    assert counts(rows(tmp_path, "1.000;150.000", "950;10.00"), decimal=decimal) == read


def test_the_whole_column_shows_the_sign_and_it_is_said(tmp_path: Path) -> None:
    path = rows(tmp_path, "1.000;", "7;", "1.000.000;")
    files = RowFiles([path])
    assert [row.count for row in files] == [1000, 7, 1_000_000]
    assert files.reading.assumed == [
        f"{path}, column count: ',' is taken for the sign before decimals, as '1.000.000' shows; "
        "--decimal says otherwise"
    ]


def test_a_comma_between_thousands_is_read_within_quotation_marks(tmp_path: Path) -> None:
    stamp = "2025-07-12 13:45:00Z"
    path = written(tmp_path, "a.csv", "timestamp,status,count", f'{stamp},a,"1,000"', f'{stamp},a,"2,000,000"')
    assert [row.count for row in RowFiles([path])] == [1000, 2_000_000]


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared cases are not here: {SHARED}")
def test_the_file_of_the_trial_is_refused_as_ambiguous() -> None:
    with pytest.raises(RowError, match="may be 1 "):
        RowFiles([SHARED / "08-csv-thousands-dot" / "ptbr.csv"])


def test_times_without_a_zone_are_utc_and_it_is_said(tmp_path: Path) -> None:
    found, assumed = times(tmp_path, "2025-07-12 13:45:00")
    assert found == [START_MS]
    assert assumed == [f"{tmp_path / 'a.csv'}: times name no zone and are taken for UTC; --time-zone says otherwise"]


@pytest.mark.parametrize("stamp", ["2025-07-12 13:45:00Z", "2025-07-12 10:45:00-03:00", str(START_MS)])
def test_of_times_with_a_zone_nothing_is_said_and_no_zone_changes_them(tmp_path: Path, stamp: str) -> None:
    assert times(tmp_path, stamp) == ([START_MS], [])
    assert times(tmp_path, stamp, zone="Asia/Tokyo") == ([START_MS], [])


def test_times_without_a_zone_take_the_one_that_is_said(tmp_path: Path) -> None:
    assert times(tmp_path, "2025-07-12 10:45:00", zone="America/Sao_Paulo") == ([START_MS], [])


def test_times_of_day_take_the_zone_too(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "time,status,count", "10h 45,approved,3")
    files = RowFiles([path], date=date(2025, 7, 12), conventions=Conventions.of(None, "America/Sao_Paulo"))
    assert [row.timestamp_ms for row in files] == [START_MS]


@pytest.mark.parametrize(
    ("stamp", "what"),
    [("2025-11-02 01:30:00", "comes twice in America/New_York"), ("2025-03-09 02:30:00", "never comes in America/New")],
)
def test_a_time_that_the_clocks_show_twice_or_never_is_refused(tmp_path: Path, stamp: str, what: str) -> None:
    with pytest.raises(RowError, match=what):
        times(tmp_path, stamp, zone="America/New_York")
    found, _ = times(tmp_path, "2025-11-02 00:59:00", "2025-11-02 02:00:00", zone="America/New_York")
    assert found[1] - found[0] == 2 * HOUR_MS + 60_000


@pytest.mark.parametrize(
    ("decimal", "zone"), [("x", None), ("", None), (None, "Mars/Olympus"), (None, ""), (None, "../etc")]
)
def test_a_convention_that_there_is_not_is_refused(decimal: str | None, zone: str | None) -> None:
    with pytest.raises(ConventionError):
        Conventions.of(decimal, zone)


def test_what_is_as_it_would_be_without_a_word_is_not_named() -> None:
    """So that what `up` has replayed before is known again."""
    assert Conventions.of(None, "UTC").named == Conventions.of(None, None).named == {}
    assert Conventions.of(",", "Asia/Tokyo").named == {"decimal": ",", "time_zone": "Asia/Tokyo"}


@pytest.mark.parametrize("end", ["59.999999999", "59.9999999", "59.9995"])
def test_a_fraction_is_cut_off_as_in_the_stream(tmp_path: Path, end: str) -> None:
    found, _ = times(tmp_path, f"2025-07-12T13:45:{end}Z")
    assert found == [START_MS + 59_999]


TEXT = "timestamp,status,count\n2025-07-12 13:45:00Z,Café,3\n"
ONE = [Row(START_MS, 3, "café")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("packed", [False, True])
def test_unicode_is_read_in_any_encoding_packed_or_not(tmp_path: Path, encoding: str, *, packed: bool) -> None:
    content = TEXT.encode(encoding)
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(content) if packed else content)
    assert list(RowFiles([path])) == ONE


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x28\xb5\x2f\xfd\x00", "is Zstandard data, not CSV; unpack it"),
        (b"PK\x03\x04rest", "is an Excel workbook or another zip archive, not CSV; save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "is an old Excel workbook"),
        (b"PAR1rest", "is a Parquet file, not CSV; write it as CSV"),
        (b"BZh9rest", "is bzip2 data"),
        (gzip.compress(b"PAR1rest", mtime=0), "is a Parquet file"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-12], "is damaged gzip data"),
        (b"\x1f\x8brubbish-rubbish", "is damaged gzip data"),
        (b"\xff\xfet\x00i\x00m", "is not UTF-16 to its end"),
    ],
)
def test_what_is_no_text_is_refused_by_its_name(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(RowError) as caught:
        list(RowFiles([path]))
    assert f"{path} {what}" in str(caught.value)


def test_standard_input_is_read_once_and_can_be_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(TEXT.encode()))))
    files = RowFiles(["-"])
    assert list(files) == list(files) == ONE
    with pytest.raises(RowError, match="given twice"):
        RowFiles(["-", "-"])


def test_an_error_in_standard_input_calls_it_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"timestamp,status,count\nx,a,1\n")))
    with pytest.raises(RowError, match=r"^standard input line 2, column timestamp: 'x' is no instant"):
        RowFiles(["-"])


def test_leaving_out_all_rows_is_no_success(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "timestamp,status,count", "x,a,1", "y,a,1")
    with pytest.raises(RowError, match=r"every row is bad, so nothing is left \(2 rows\). .* line 2, column timestamp"):
        RowFiles([path], skip_bad=True)
