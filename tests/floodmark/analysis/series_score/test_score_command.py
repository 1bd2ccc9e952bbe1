"""`floodmark score`: files in, files out, and what is said of bad ones."""

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from floodmark.cli import app

HEADER = "timestamp,value\n"


def score(source: Path, out: Path) -> Result:
    return CliRunner().invoke(app, ["score", str(source), str(out)], env={"COLUMNS": "200"})


def scored(folder: Path, text: str) -> list[list[str]]:
    """What comes of a file with this text, the header left out."""
    source, out = folder / "in.csv", folder / "out.csv"
    source.write_text(text, encoding="utf-8")
    result = score(source, out)
    assert result.exit_code == 0, result.output
    with out.open(newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header == ["timestamp", "anomaly_score"]
    return rows


def refused(folder: Path, text: str | bytes) -> str:
    """What is said of a file with this text, without the folder."""
    source, out = folder / "in.csv", folder / "out.csv"
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = score(source, out)
    assert result.exit_code == 2, result.output
    assert not out.exists()
    return result.stderr.replace(f"{folder}/", "")


def series(size: int, spike: int | None = None) -> list[str]:
    """Minutes of values that go up and down, one of them far out."""
    return [
        f"2025-07-12 {i // 60 % 24:02}:{i % 60:02}:00,{99.5 if i == spike else (i * 7919 % 101) / 100}"
        for i in range(size)
    ]


def test_every_row_comes_out_with_its_own_timestamp_and_a_score(tmp_path: Path) -> None:
    lines = series(400, spike=350)
    rows = scored(tmp_path, HEADER + "\n".join(lines) + "\n")
    assert [row[0] for row in rows] == [line.split(",")[0] for line in lines]
    values = [float(row[1]) for row in rows]
    assert all(0 <= value <= 1 for value in values)
    assert values.index(max(values)) == 350
    assert values[350] > 0.4


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 300))
def test_the_scores_of_a_file_that_is_cut_are_those_of_the_whole(tmp_path: Path, cut: int) -> None:
    lines = series(300, spike=250)
    whole = scored(tmp_path, HEADER + "\n".join(lines) + "\n")
    assert scored(tmp_path, HEADER + "".join(f"{line}\n" for line in lines[:cut])) == whole[:cut]


@pytest.mark.parametrize(
    "timestamp",
    [
        "2025-07-12T12:00:00Z",
        "2025-07-12T14:00:00+02:00",
        "1752321600",
        "1752321600000",
        "1752321600000000",
        "1.7523216e9",
        "",
    ],
)
def test_timestamps_of_many_kinds_and_none_are_read_and_kept(tmp_path: Path, timestamp: str) -> None:
    rows = scored(tmp_path, f"{HEADER}{timestamp},-1.5\n{timestamp},2e3\n")
    assert [row[0] for row in rows] == [timestamp] * 2


def test_times_of_one_instant_score_alike_however_they_are_written(tmp_path: Path) -> None:
    minutes = [1_752_321_600 + 600 * i for i in range(600)]
    values = [(i * 7919 % 101) / 100 for i in range(600)]
    said = []
    for unit in (1, 1000):
        rows = scored(tmp_path, HEADER + "".join(f"{at * unit},{v}\n" for at, v in zip(minutes, values, strict=True)))
        said.append([row[1] for row in rows])
    assert said[0] == said[1]


def test_rows_that_go_back_in_time_and_gaps_keep_their_order(tmp_path: Path) -> None:
    rows = scored(tmp_path, HEADER + "30,1\n10,2\n\n999999999,3\n10,4\n")
    assert [row[0] for row in rows] == ["30", "10", "999999999", "10"]


def test_columns_may_stand_in_any_order_among_others(tmp_path: Path) -> None:
    assert scored(tmp_path, "\ufeffValue,note,Timestamp\n1,x,5\n") == [["5", "0.000000"]]


def test_no_rows_make_no_scores(tmp_path: Path) -> None:
    assert scored(tmp_path, HEADER) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + "1,2\n2,many\n", "in.csv line 3, column value: 'many' is no number"),
        (HEADER + "1,\n", "in.csv line 2, column value: '' is no number"),
        (HEADER + "1,nan\n", "in.csv line 2, column value: 'nan' is no finite number"),
        (HEADER + "1,1e999\n", "in.csv line 2, column value: '1e999' is no finite number"),
        (HEADER + "noon,1\n", "in.csv line 2, column timestamp: 'noon' is no time; write ISO 8601"),
        (HEADER + "inf,1\n", "in.csv line 2, column timestamp: 'inf' is no time"),
        (HEADER + "1,2,3\n", "in.csv line 2: the row has 3 cells where the header names 2"),
        ("time,value\n", "in.csv line 1: there is no column timestamp"),
        ("timestamp,count\n", "in.csv line 1: there is no column value"),
        ("", "in.csv line 1: there is no column timestamp"),
        (HEADER + '1,"2\n', "in.csv line 2: "),
        (b"timestamp,value\n\xff,1\n", "in.csv is not UTF-8"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert refused(tmp_path, text).startswith(said)


def test_what_was_there_before_stays_when_a_row_is_bad(tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(HEADER + "1,1\n2,x\n")
    out.write_text("mine")
    assert score(source, out).exit_code == 2
    assert out.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_places_that_cannot_be_read_or_written_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(HEADER)
    for other, out, said in (
        (source, source, "is to be read"),
        (source, tmp_path, "it is a folder"),
        (source, tmp_path / "no" / "out.csv", "lies in none"),
        (tmp_path / "gone.csv", tmp_path / "out.csv", "cannot be read"),
    ):
        result = score(other, out)
        assert result.exit_code == 2
        assert said in result.stderr


def test_a_full_disk_ends_with_1(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    source = tmp_path / "in.csv"
    source.write_text(HEADER + "".join(f"{i},{i}\n" for i in range(5000)))
    assert score(source, full).exit_code == 1
