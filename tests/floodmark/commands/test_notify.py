"""`floodmark notify`: routing files from the command line."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner

from floodmark.cli import app
from tests.sinks.notify.routing.kit import WHOLE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "routes.toml"
    path.write_text(dedent(WHOLE))
    return path


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["notify", "routes", *map(str, words)], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_a_file_that_can_be_used_is_counted_and_one_that_cannot_ends_with_2(file: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("[[team]]\nname = 't'\n")
    code, output = run("check", file, bad)
    assert code == 2
    assert output.splitlines() == [
        f"{file}: ok, 2 teams, 2 channels, 3 routes, 1 test",
        f"{bad}:1: route: there is no [[route]]; nobody would be told of anything",
    ]
    assert run("check", file)[0] == 0


def test_reports_by_schedule_are_counted_and_a_wrong_one_is_named_with_its_line(file: Path) -> None:
    table = '[[report]]\nkind = "week"\nat = "mon 08:00"\nteam = "payments"\nchannels = ["chat"]\n'
    file.write_text(f"{file.read_text()}\n{table}")
    assert run("check", file) == (0, f"{file}: ok, 2 teams, 2 channels, 3 routes, 1 test, 1 report\n")
    file.write_text(file.read_text().replace("mon 08:00", "monday"))
    line = file.read_text().split("\n").index('at = "monday"') + 1
    code, output = run("check", file)
    assert code == 2
    assert output.startswith(f"{file}:{line}: [[report]] at: must be a time of the day with its days before it")


def test_a_notifier_without_a_store_takes_no_file_with_reports(file: Path, tmp_path: Path) -> None:
    table = '[[report]]\nkind = "week"\nat = "mon 08:00"\nteam = "payments"\nchannels = ["chat"]\n'
    file.write_text(f"{file.read_text()}\n{table}")
    environment = {name: word for name, word in os.environ.items() if not name.startswith("FLOODMARK_")}
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "floodmark", "sink", "notify", "--routes", str(file), "--broker", "127.0.0.1:9"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert f"{file}: [[report]]: a report is made from the store, and none is configured; set" in ended.stderr


def test_a_case_that_fails_says_who_would_be_told_instead(file: Path) -> None:
    assert run("test", file) == (0, f"{file}: a shop: ok\n")
    file.write_text(file.read_text().replace('expect = ["chat", "pager"]', "expect = []"))
    assert run("test", file) == (1, f"{file}: a shop: FAILED: tells chat, pager, not nobody\n")


def test_a_file_without_cases_says_that_nothing_was_tried(file: Path) -> None:
    file.write_text(file.read_text().split("[[test]]")[0])
    assert run("test", file) == (0, f"{file}: has no [[test]]: nothing was tried.\n")


def test_who_would_be_told_is_explained_with_what_speaks_against_the_others(file: Path) -> None:
    code, output = run(
        "explain", file, "--severity", "critical", "--scope", "shop-1", "--loss", 99, "--at", "2026-01-07T12:00Z"
    )
    assert code == 0
    assert [line.split("  ") for line in output.splitlines()[1:]] != []
    assert "no: dimension is status, not stream" in output
    assert "no: loss is 99, less than 100" in output
    assert output.splitlines()[-1].split() == ["the", "rest", "yes", "payments", "chat"]


def test_what_waits_for_the_morning_is_said(file: Path) -> None:
    _, output = run("explain", file, "--at", "2026-01-07T04:00Z")
    assert "yes, after its quiet hours" in output
    _, output = run("explain", file, "--severity", "critical", "--at", "2026-01-07T04:00Z")
    assert "quiet hours" not in output


def test_what_comes_later_is_said(tmp_path: Path) -> None:
    file = tmp_path / "routes.toml"
    file.write_text(
        "[[team]]\nname = 't'\n[[channel]]\nname = 'c'\nkind = 'console'\n[[route]]\nname = 'r'\nteam = 't'\n"
        "channels = ['c']\ndigest = 'daily 09:00'\nescalate = [{ after = '90m', channels = ['c'] }]\n"
    )
    _, output = run("explain", file, "--severity", "critical")
    assert output.splitlines()[-1].split() == ["r", "yes", "t", "c", "1h30m:", "c"]
    _, output = run("explain", file)
    assert output.splitlines()[-1].split() == ["r", "yes,", "in", "its", "digest", "t", "c"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--severity", "bad"], "explain: --severity: must be 'info', 'warning' or 'critical'; it is 'bad'"),
        (["--at", "yesterday"], "explain: --at: must be an instant such as 2025-07-12T18:00 (UTC); it is 'yesterday'"),
    ],
)
def test_what_cannot_be_asked_ends_with_2_and_names_the_option(file: Path, words: list[str], sentence: str) -> None:
    code, output = run("explain", file, *words)
    assert code == 2
    assert sentence in output


def test_a_file_that_cannot_be_read_ends_with_2(tmp_path: Path) -> None:
    for command in ("test", "explain"):
        code, output = run(command, tmp_path / "none.toml")
        assert (code, "cannot be read: No such file or directory" in output) == (2, True)
