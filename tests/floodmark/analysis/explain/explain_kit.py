"""A morning in which denials creep up a little, too little for the default rules."""

from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner, Result

from floodmark.cli import app
from tests.processors.domain.traffic import FIRST, traffic

START = FIRST + 8 * 60
CHANGED = START + 180
LAST = CHANGED + 59
HEADER = "timestamp,status,auth_code,count,scope\n"


def at(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%dT%H:%M}"


def morning(folder: Path, factor: float, scope: str = "all", name: str = "rows.csv") -> Path:
    """Three hours as ever, half an hour with so many times the denials, and half an hour as ever."""
    lines = []
    for minute in range(START, LAST + 1):
        held = traffic(minute, {"denied": factor} if CHANGED <= minute < CHANGED + 30 else {})
        lines += [f"{at(minute)},{key},,{count},{scope}\n" for key, (count, _) in held["status"].items()]
        lines += [f"{at(minute)},,{key},{count},{scope}\n" for key, (count, _) in held["auth_code"].items()]
    path = folder / name
    path.write_text(HEADER + "".join(lines))
    return path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, words)), env={"COLUMNS": "250"})


def explain(*words: str | Path, begin: str = at(CHANGED), end: str = at(CHANGED + 30)) -> Result:
    return run("rules", "explain", *words, "--from", begin, "--to", end)
