"""`floodmark silences preview`: what a silence would have hidden, from the store."""

import json
import os
import pty
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from floodmark.cli import app
from floodmark.operate.notify.previewing import StoredPast, show
from floodmark.operate.notify.wishes import SilenceWords
from tests.paths import ROOT
from tests.sample_store import Filled
from tests.services import unique_prefix

EVER = timedelta(days=10_000)


def matchers(**fields: tuple[str, ...]) -> SilenceWords:
    words = {"scope": (), "dimension": (), "key": (), "rule": ()} | fields
    return SilenceWords(words["scope"], words["dimension"], words["key"], words["rule"], "warning", None)


def test_it_tells_what_the_store_holds(filled: Filled, capsys: pytest.CaptureFixture[str]) -> None:
    past = StoredPast(None, filled.dsn, EVER)
    expected = [
        alert
        for alert in filled.sample.incidents.values()
        if alert.scope == "all" and alert.key == "denied" and alert.state != "withdrawn"
    ]
    assert expected
    show(past, matchers(scope=("al?",), key=("denied",)), as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["incidents"] == len(expected)
    assert found["lost"] == pytest.approx(sum(alert.estimated_loss.get("transactions", 0.0) for alert in expected))
    assert found["breaking"] == sum(alert.severity == "critical" for alert in expected)
    assert found["known"] == sum(alert.state != "withdrawn" for alert in filled.sample.incidents.values())
    show(past, matchers(scope=("all",), key=("denied",)), as_json=False)
    text = " ".join(capsys.readouterr().out.split())
    pages = f"{found['pages']} page{'s' * (found['pages'] != 1)}"
    assert f"it would have hidden {len(expected)} of {found['known']} incidents: at least {pages}, " in text


def test_what_it_matches_nothing_of_is_said_so(filled: Filled, capsys: pytest.CaptureFixture[str]) -> None:
    show(StoredPast(None, filled.dsn, timedelta(days=1)), matchers(scope=("all",)), as_json=False)
    assert (
        capsys.readouterr().out
        == "The store has no incident of the last 24 h, so that nothing would have been hidden.\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--scope", "a", "--data-dir", "none-here"), 2, "no store tells: none-here does not exist"),
        (("--scope", "a", "--dsn", "clickhouse://127.0.0.1:1/x"), 3, "no store tells: nobody answers at"),
        (("--data-dir", "none-here"), 2, "has to say what it hides"),
        (
            ("--scope", "a", "--over", "40d"),
            2,
            "--over: must be a length of time from 1m to 31d, such as 15m or 4h; it is '40d'",
        ),
        (("--scope", "a", "--accept", "bad"), 2, "must be one of info"),
    ],
)
def test_what_cannot_be_shown_says_why(words: tuple[str, ...], code: int, sentence: str) -> None:
    result = CliRunner().invoke(app, ["silences", "preview", *words], env={"COLUMNS": "220"})
    assert (result.exit_code, sentence in " ".join(result.output.replace("│", " ").split())) == (code, True), (
        result.output
    )


@pytest.mark.kafka
def test_in_a_terminal_a_silence_is_made_when_somebody_says_yes_and_not_when_they_say_no(
    kafka: str, tmp_path: Path
) -> None:
    words = ["silences", "create", "--scope", "a", "--for", "1h", "--reason", "r", "--broker", kafka]
    ours, theirs = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "FLOODMARK_DATA_DIR": str(tmp_path)}
    made = subprocess.Popen(
        [sys.executable, "-m", "floodmark", *words, "--topic-prefix", unique_prefix()],
        stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=tmp_path,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while b"Make it?" not in seen:
        seen += os.read(ours, 1024)
    os.write(ours, b"n\n")
    assert made.wait(240) == 1
    os.close(ours)
    assert b"What it would have hidden is not known: no store tells:" in seen.replace(b"\r\n", b" ")
