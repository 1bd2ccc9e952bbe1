"""`floodmark detect`: what it refuses, what it says then, and that nothing half-written is left."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.floodmark.analysis.backtest.detect_kit import HEADER, detect, judged, lines, said, traffic
from tests.rule_texts import many, rule_table


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return traffic(folder)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "alerts.jsonl"


def left(out: Path) -> list[str]:
    """What lies where the results go."""
    return sorted(os.listdir(out.parent))


@pytest.mark.parametrize("words", [("--alerts", "a"), ("--transactions", "t")])
def test_files_to_read_and_to_write_have_to_be_named(words: tuple[str, str]) -> None:
    result = detect(*words)
    assert result.exit_code == 2
    assert "is missing. `floodmark detect --help` shows what there is" in said(result)


def test_a_file_with_a_header_alone_is_refused_and_nothing_is_written(tmp_path: Path, out: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text(HEADER)
    result = detect("--transactions", empty, "--alerts", out)
    assert (result.exit_code, left(out)) == (2, [])
    assert f"0 rows in {empty}: nothing but a header; give a file that has rows" in said(result)


def test_auth_codes_without_a_row_are_no_reason_to_refuse_the_rest(tmp_path: Path, source: Path, out: Path) -> None:
    empty = tmp_path / "codes.csv"
    empty.write_text("timestamp,auth_code,count\n")
    result = detect("--transactions", source, "--auth-codes", empty, "--alerts", out)
    assert result.exit_code == 0
    assert f"0 rows in {empty}" in said(result)


def test_a_date_that_is_none_is_refused_with_the_form(source: Path, out: Path) -> None:
    result = detect("--transactions", source, "--alerts", out, "--date", "12 July")
    assert result.exit_code == 2
    assert "floodmark detect: --date: must be a day such as 2025-07-12; it is '12 July'" in said(result)


def test_files_with_times_only_need_a_date(out: Path, tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_text("time,status,count\n00h 00,approved,10\n")
    result = detect("--transactions", tmp_path / "times.csv", "--alerts", out)
    assert (result.exit_code, left(out)) == (2, [])
    assert "--date YYYY-MM-DD" in said(result)


@pytest.mark.parametrize("option", ["--transactions", "--auth-codes"])
def test_a_missing_file_is_named(source: Path, out: Path, tmp_path: Path, option: str) -> None:
    words = {"--transactions": source, "--alerts": out, option: tmp_path / "gone.csv"}
    result = detect(*(word for pair in words.items() for word in pair))
    assert (result.exit_code, left(out)) == (2, [])
    assert f"{tmp_path / 'gone.csv'} cannot be read: No such file or directory; check its name" in said(result)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "cannot be read"),
        ("name = ", ":1: not TOML"),
        (rule_table("n", "guess"), ":3:"),
        (rule_table("n", "count", above="many"), ":4:"),
    ],
)
def test_a_bad_rule_file_is_named_with_its_line(
    source: Path, out: Path, tmp_path: Path, text: str | None, why: str
) -> None:
    rules = tmp_path / "mine.toml"
    if text is not None:
        rules.write_text(text)
    result = detect("--transactions", source, "--alerts", out, "--rules", rules)
    assert (result.exit_code, left(out)) == (2, [])
    assert str(rules) in said(result)
    assert why in said(result)


def test_a_bad_row_is_named_with_its_line_column_and_remedy(source: Path, out: Path) -> None:
    with source.open("a") as file:
        file.write("2025-07-12 12:30:00,approved,many\n")
    result = detect("--transactions", source, "--alerts", out)
    assert (result.exit_code, left(out)) == (2, [])
    assert f"{source} line 44, column count: 'many'" in said(result)
    assert "--skip-bad" in said(result)


def test_bad_rows_are_left_out_and_counted_when_asked(source: Path, out: Path) -> None:
    judged("--transactions", source, "--alerts", out)
    before = out.read_bytes()
    with source.open("a") as file:
        file.write("2025-07-12 12:20:00,approved,many\nyesterday,approved,1\n")
    result = judged("--transactions", source, "--alerts", out, "--skip-bad")
    assert out.read_bytes() == before
    assert "42 rows" in said(result)
    assert f"2 bad rows left out; the first: {source} line 44" in said(result)


def test_columns_that_mean_nothing_are_told(out: Path, tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text("timestamp,status,count,colour\n2025-07-12 12:00:00,approved,1,red\n")
    assert "'colour'" in said(judged("--transactions", path, "--alerts", out))


def test_a_date_that_one_of_two_files_needs_is_not_called_needless(out: Path, source: Path, tmp_path: Path) -> None:
    codes = tmp_path / "codes.csv"
    codes.write_text("time,auth_code,count\n12h 00,51,3\n")
    words = ("--transactions", source, "--alerts", out, "--date", "2025-07-12")
    assert "No file needed a date" in said(judged(*words))
    assert "No file needed a date" not in said(judged(*words, "--auth-codes", codes))


def test_a_folder_that_is_not_there_is_named_and_not_made(source: Path, out: Path, tmp_path: Path) -> None:
    place = tmp_path / "nowhere" / "alerts.jsonl"
    for words in (("--alerts", place), ("--alerts", out, "--minutes", place)):
        result = detect("--transactions", source, *words)
        assert (result.exit_code, left(out)) == (2, [])
        assert f"{place} cannot be written: there is no folder {place.parent}; make it first" in said(result)
    assert not place.parent.exists()


def test_a_folder_in_the_place_of_the_results_is_refused(source: Path, tmp_path: Path) -> None:
    result = detect("--transactions", source, "--alerts", tmp_path)
    assert result.exit_code == 2
    assert f"{tmp_path} is a folder; name a file in it" in said(result)


def test_one_file_for_both_results_is_refused(source: Path, out: Path) -> None:
    link = out.parent / "link.jsonl"
    link.symlink_to(out)
    for minutes in (out, link):
        result = detect("--transactions", source, "--alerts", out, "--minutes", minutes)
        assert (result.exit_code, left(out)) == (2, ["link.jsonl"])
        assert "cannot hold both alerts and minutes; name two files" in said(result)


def test_what_is_read_is_never_overwritten(source: Path, out: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(many(5, keys=(), name="n"))
    link = out.parent / "link.csv"
    link.symlink_to(source)
    before = source.read_bytes(), rules.read_bytes()
    for place in (source, rules, link):
        result = detect("--transactions", source, "--rules", rules, "--alerts", place)
        assert result.exit_code == 2
        assert f"{place} is to be read, so it cannot be written" in said(result)
    assert (source.read_bytes(), rules.read_bytes()) == before


def test_results_of_before_stay_whole_when_a_later_run_fails(source: Path, out: Path) -> None:
    judged("--transactions", source, "--alerts", out)
    before = out.read_bytes()
    assert before
    source.write_text(HEADER + '2025-07-12 12:00:00,approved,1\n2025-07-12 12:01:00,"approved,1\n')
    assert detect("--transactions", source, "--alerts", out).exit_code == 2
    assert out.read_bytes() == before
    assert left(out) == [out.name]


def test_a_run_that_cannot_write_to_its_end_fails_and_leaves_nothing(source: Path, out: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no device that is always full")
    for words in (("--alerts", out, "--minutes", full), ("--alerts", full, "--minutes", out)):
        result = detect("--transactions", source, *words)
        assert (result.exit_code, left(out)) == (1, [])
        assert "/dev/full cannot be written: No space left on device; make room" in said(result)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_may_not_be_written_is_named(source: Path, out: Path) -> None:
    out.parent.chmod(0o500)
    try:
        result = detect("--transactions", source, "--alerts", out)
    finally:
        out.parent.chmod(0o700)
    assert result.exit_code == 1
    assert f"{out} cannot be written: Permission denied" in said(result)


def test_a_link_keeps_pointing_to_the_file_that_is_written(source: Path, out: Path) -> None:
    real = out.parent / "real.jsonl"
    real.write_text("old\n")
    out.symlink_to(real)
    judged("--transactions", source, "--alerts", out)
    assert out.is_symlink()
    assert len(lines(real)) == 2


def test_alerts_can_go_into_a_pipe_and_nothing_else_does(source: Path) -> None:
    command = (sys.executable, "-m", "floodmark", "detect", "--transactions", source, "--alerts", "/dev/stdout",
               "--rules", "thresholds")  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    assert [line[:14] for line in done.stdout.splitlines()] == ['{"incident_id"'] * 2
    assert done.stderr.splitlines()[0].startswith("42 rows, 21 minutes")
