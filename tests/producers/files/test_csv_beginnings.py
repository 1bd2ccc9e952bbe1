"""How files begin: empty lines, what spreadsheets put before the header, separators, and what is no CSV at all."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
from pathlib import Path

import pytest

from producers.files.csv_rows import Row, RowError, RowFiles
from tests.producers.rows_kit import START_MS, written

HEADER = "timestamp,status,count"
LINE = "2025-07-12 13:45:00,approved,3"
TEXT = f"{HEADER}\n{LINE}\n".encode()


def refused(path: Path, **options: object) -> str:
    with pytest.raises(RowError) as caught:
        RowFiles([path], **options)  # type: ignore[arg-type]
    return str(caught.value)


def _named(value: object) -> str:
    """What a case is called: packed bytes are others at each time, and some are many."""
    return value if isinstance(value, str) else "content"


def of(folder: Path, content: bytes) -> Path:
    path = folder / "a.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("before", ["\n", "\r\n\r\n", "  \n\t\n", "\ufeff\n", "\ufeff\ufeff", "\n" * 40])
def test_empty_lines_and_marks_before_the_header_are_passed_over(tmp_path: Path, before: str) -> None:
    path = of(tmp_path, before.encode() + TEXT)
    assert list(RowFiles([path])) == [Row(START_MS, 3, "approved")]


@pytest.mark.parametrize(("between", "said"), [(";", "sep=;\r\n"), ("\t", "sep=\t\n"), ("|", "sep=|\n"), ("|", "")])
def test_the_separator_is_what_a_spreadsheet_says_before_the_header_or_what_the_header_has(
    tmp_path: Path, between: str, said: str
) -> None:
    path = of(tmp_path, said.encode() + TEXT.replace(b",", between.encode()))
    assert list(RowFiles([path])) == [Row(START_MS, 3, "approved")]


def test_lines_before_the_header_count_where_a_bad_row_is_named(tmp_path: Path) -> None:
    path = of(tmp_path, b"\nsep=,\n\n" + TEXT + b"2025-07-12 13:46:00,approved,many\n")
    assert "line 6, column count: 'many' is no whole number" in refused(path)


def test_names_of_columns_are_compared_as_words_are(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "\u200bTimestamp,STATUS\u00a0,count\ufeff", LINE)
    assert list(RowFiles([path])) == [Row(START_MS, 3, "approved")]


def test_a_separator_that_is_not_known_is_asked_for(tmp_path: Path) -> None:
    path = of(tmp_path, TEXT.replace(b",", b"^"))
    assert "(it has: timestamp^status^count)" in refused(path)
    assert refused(path).endswith("separate columns by a comma, a semicolon, a tab or |")


def test_a_header_of_very_many_columns_is_told_in_one_line(tmp_path: Path) -> None:
    many = ",".join(f"c{at}" for at in range(100_000))
    told = refused(of(tmp_path, many.encode() + b"\n"))
    assert "(it has: c0, c1, " in told
    assert "and 99,988 more)" in told
    assert len(told) < 500
    files = RowFiles([of(tmp_path, f"{HEADER},{many}\n{LINE}{',' * 100_000}\n".encode())])
    assert list(files) == [Row(START_MS, 3, "approved")]
    assert len(files.reading.notes[0]) < 500


def test_a_long_name_and_one_of_several_lines_are_told_in_one_line(tmp_path: Path) -> None:
    told = refused(of(tmp_path, b'"' + b"x" * 5_000 + b'","sta\ntus"\n'))
    assert f"(it has: {'x' * 40}…, 'sta\\ntus')" in told


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (b'"' + b"x" * 200_000 + b'",timestamp,status,count', "a cell has more than 131,072 characters"),
        (b'"region"x,timestamp,status,count', "',' expected after '\"'; correct the quotation marks"),
        (b'timestamp,"status,count', "unexpected end of data; correct the quotation marks"),
    ],
    ids=_named,
)
def test_a_header_that_is_no_csv_names_its_line(tmp_path: Path, header: bytes, what: str) -> None:
    assert f"a.csv line 1: {what}" in refused(of(tmp_path, header + b"\n"), skip_bad=True)


def test_a_first_row_that_cannot_be_read_is_one_bad_row(tmp_path: Path) -> None:
    path = of(tmp_path, f"{HEADER}\n2025-07-12 13:45:00,{'x' * 200_000},1\n{LINE}\n".encode())
    files = RowFiles([path], skip_bad=True)
    assert list(files) == [Row(START_MS, 3, "approved")]
    assert files.reading.examples == [
        f"{path} line 2: a cell has more than 131,072 characters; shorten it, or close its quotation marks"
    ]


def test_times_of_day_are_known_as_such_in_rows_with_commas_at_their_end(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "time,status,count", f"{LINE},", f"{LINE},,")
    assert len(list(RowFiles([path]))) == 2


def _tar(_text: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (gzip.compress(gzip.compress(TEXT)), "gzip data within gzip data"),
        (bz2.compress(TEXT), "bzip2 data"),
        (lzma.compress(TEXT), "xz data"),
        (lzma.compress(TEXT, lzma.FORMAT_ALONE), "lzma data"),
        (b"\x5f\x2a\x4d\x18\x04\x00\x00\x00abcd\x28\xb5\x2f\xfd", "Zstandard data"),
        (b"\x04\x22\x4d\x18h@", "LZ4 data"),
        (b"\x1f\x9d\x90abc", "data of compress"),
        (b"7z\xbc\xaf\x27\x1c\x00", "a 7-Zip archive"),
        (b"PK\x05\x06" + bytes(18), "an empty zip archive"),
        (_tar(TEXT), "a tar archive"),
        (gzip.compress(_tar(TEXT)), "a tar archive"),
        (b'{"timestamp":"2025-07-12T13:00:00Z","status":"approved"}\n', "JSON"),
        (b'\xef\xbb\xbf \n[ {"status": "approved"}]', "JSON"),
        (b"<!DOCTYPE html><html>", "a page in HTML or XML"),
        (b"\n<?xml version='1.0'?>", "a page in HTML or XML"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS, and not the file itself"),
    ],
    ids=_named,
)
def test_other_formats_are_named(tmp_path: Path, content: bytes, what: str) -> None:
    assert f"a.csv is {what}, not CSV; " in refused(of(tmp_path, content))


def test_bytes_that_are_no_text_are_called_so(tmp_path: Path) -> None:
    assert "a.csv is no text: its first line holds zero bytes" in refused(of(tmp_path, bytes(5_000)))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-16", "utf-32"])
def test_wide_characters_are_read_with_and_without_a_mark(tmp_path: Path, encoding: str) -> None:
    path = of(tmp_path, TEXT.decode().encode(encoding))
    assert list(RowFiles([path])) == [Row(START_MS, 3, "approved")]


def test_a_cell_in_another_encoding_is_told_as_that(tmp_path: Path) -> None:
    path = of(tmp_path, TEXT + "2025-07-12 13:46:00,recusação,1\n".encode("latin-1"))
    assert "line 3, column status: 'recusa\\udce7\\udce3o' is not UTF-8 text; save the file as CSV" in refused(path)


@pytest.mark.parametrize(
    ("instant", "unit"), [(START_MS // 1000, "seconds"), (START_MS * 1000, "micro"), (START_MS * 1_000_000, "nano")]
)
def test_another_unit_of_time_is_named(tmp_path: Path, instant: int, unit: str) -> None:
    path = written(tmp_path, "a.csv", HEADER, f"{instant},approved,1")
    assert f"it looks like {unit}" in refused(path)


def test_a_pipe_without_an_end_is_refused_and_a_file_of_the_system_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.files.source.MAX_PIPED", 3 * 2**20)
    assert "/dev/zero holds more than 3 MiB; write them to a file first" in refused(Path("/dev/zero"))
    inside, outside = os.pipe()
    os.write(outside, TEXT)
    os.close(outside)
    assert list(RowFiles([Path(f"/dev/fd/{inside}")])) == [Row(START_MS, 3, "approved")]
    os.close(inside)


def test_a_file_that_grows_has_the_same_rows_each_time(tmp_path: Path) -> None:
    path = of(tmp_path, TEXT)
    files = RowFiles([path])
    with path.open("ab") as more:
        more.write(b"2025-07-12 13:46:00,approved,4\n2025-07-12 13:47:00,appr")
    assert list(files) == [Row(START_MS, 3, "approved")]


def test_a_file_that_shrinks_is_no_file_with_fewer_rows(tmp_path: Path) -> None:
    path = of(tmp_path, TEXT)
    files = RowFiles([path])
    path.write_bytes(HEADER.encode() + b"\n")
    with pytest.raises(RowError, match="became shorter while it was read; copy it"):
        list(files)


def test_a_link_that_leads_to_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.symlink_to(path)
    assert "cannot be read: Too many levels of symbolic links" in refused(path)
