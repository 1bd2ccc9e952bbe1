"""Files to judge, and `floodmark detect` run over them."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from floodmark.cli import app

HEADER = "timestamp,status,count\n"
QUIET = 12
"""Minutes of ordinary traffic before the burst: more than the shortest history that a rule needs."""
BURST = 9


def detect(*words: str | Path) -> Result:
    """Run the command; with the rules on thresholds, which need no history, when no others are named."""
    rules = [] if "--rules" in words else ["--rules", "thresholds"]
    return CliRunner().invoke(app, ["detect", *map(str, words), *rules])


def judged(*words: str | Path) -> Result:
    """Run the command, which has to succeed."""
    result = detect(*words)
    assert result.exit_code == 0, result.output
    return result


def said(result: Result) -> str:
    """What it printed, in one line and without the frame of usage errors."""
    return " ".join(result.output.replace("│", " ").split())


def traffic(folder: Path, name: str = "transactions.csv") -> Path:
    """Twelve quiet minutes from 12:00 on, one with nine failures, and eight quiet ones again."""
    failed = [0] * QUIET + [BURST] + [0] * 8
    lines = (
        f"2025-07-12 12:{minute:02}:00,{key},{count}\n"
        for minute, failures in enumerate(failed)
        for key, count in (("approved", 100), ("failed", failures))
    )
    path = folder / name
    path.write_text(HEADER + "".join(lines))
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file, one a line; the last line ends as well."""
    text = path.read_text("utf-8")
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]
