"""History to train on, and commands run on it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from typer.testing import CliRunner, Result

from floodmark.cli import app

USUAL = {"approved": 180.0, "denied": 12.0, "refunded": 2.0, "reversed": 3.0, "backend_reversed": 0.5, "failed": 1.0}
START = datetime(2025, 7, 7)  # noqa: DTZ001 - written as it stands: files without a zone are UTC


def history(
    path: Path, minutes: int = 1500, seed: int = 5, broken: Mapping[int, Mapping[str, float]] | None = None
) -> Path:
    """A CSV file of even traffic; in the minutes of `broken` these statuses have another mean."""
    draw = np.random.RandomState(seed)
    lines = ["timestamp,status,count"]
    for minute in range(minutes):
        at = START + timedelta(minutes=minute)
        means = {**USUAL, **(broken or {}).get(minute, {})}
        lines += [f"{at:%Y-%m-%d %H:%M:%S},{status},{draw.poisson(mean)}" for status, mean in means.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def floodmark(*words: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, words)), env={"COLUMNS": "200"})


def train(*words: str | Path, trees: int = 40) -> Result:
    """Train with fewer trees than usual, because a test need not be good at it."""
    return floodmark("train", *words, "--trees", str(trees), "--sample", "128")
