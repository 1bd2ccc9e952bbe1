"""Small checkout files, and `floodmark report checkout` run over them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from typer.testing import CliRunner, Result

from floodmark.cli import app

HEADER: Final = "time,today,yesterday,same_day_last_week,avg_last_week,avg_last_month\n"
ORDINARY: Final = 40
"""What every hour of the made days saw, today and before."""


def report(*words: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["report", "checkout", *map(str, words)])


def told(*words: str | Path) -> str:
    """What it printed, in one line, when it succeeds."""
    result = report(*words)
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def as_json(*words: str | Path) -> dict[str, Any]:
    """What it printed as JSON."""
    result = report(*words, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert isinstance(answer, dict)
    return answer


def refused(code: int, *words: str | Path) -> str:
    """What it said, in one line, when it ends with this code."""
    result = report(*words)
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    return " ".join(result.stderr.split())


def day(
    folder: Path,
    seen: Mapping[int, object] | None = None,
    *,
    yesterday: Mapping[int, int] | None = None,
    hours: Sequence[int] = range(24),
) -> Path:
    """A file of one day that is ordinary but for some hours of today and of yesterday."""
    lines = (
        f"{hour:02}h,{(seen or {}).get(hour, ORDINARY)},{(yesterday or {}).get(hour, ORDINARY)},{ORDINARY},"
        f"{ORDINARY / 2},{ORDINARY / 2}\n"
        for hour in hours
    )
    path = folder / "checkout.csv"
    path.write_text(HEADER + "".join(lines))
    return path
