"""The sample that ships with Floodmark: made by the command beside it, quiet but for its incidents, and installed."""

import json
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from floodmark.cli import app
from processors.offline import OfflineRow, judge_rows
from processors.rules import load
from processors.stages.records import alert_of
from producers import sample
from producers.files.csv_rows import RowFiles
from schemas.alert import Alert
from tests.paths import ROOT

FOLDER: Final = sample.labels().parent
FILES: Final = ("transactions.csv", "transactions_auth_codes.csv", "labels.json")
LIMITS: Final = {"denied": 0.10, "reversed": 0.02, "backend_reversed": 0.005, "failed": 0.01}


def recorded_command() -> list[str]:
    """The arguments of the command in the sample's README, its output folder left out."""
    block = (FOLDER / "README.md").read_text("utf-8").split("```")[1]
    words = shlex.split(block.replace("\\\n", " "))
    assert words[:4] == ["floodmark", "simulate", "--out", "producers/sample"]
    return ["simulate", *words[4:]]


def incidents() -> list[dict[str, Any]]:
    """The labelled incidents."""
    return [label for label in json.loads(sample.labels().read_text("utf-8")) if label["expect"] == "alert"]


def minutes_of(label: dict[str, Any]) -> tuple[int, int]:
    """First and last minute of a label, as minute numbers."""
    first, last = (datetime.fromisoformat(f"{label[name]}+00:00").timestamp() for name in ("start", "end"))
    return int(first) // 60, int(last) // 60


@pytest.fixture(scope="module")
def alerts() -> list[Alert]:
    """What the default rules say of the sample."""
    rules = load(None)
    rows = (
        OfflineRow(row.timestamp_ms, row.status, row.auth_code, row.count, row.scope, row.amount or 0)
        for row in RowFiles(sample.paths())
    )
    return [alert_of(said, rules, 0) for finding in judge_rows(rows, rules) for said in finding.statements]


def test_the_recorded_command_makes_the_sample_byte_by_byte(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [*recorded_command(), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_the_sample_is_small() -> None:
    assert sum((FOLDER / name).stat().st_size for name in FILES) < 600_000


def test_every_minute_has_traffic_and_denials_with_their_codes() -> None:
    denied, coded, minutes = Counter[int](), Counter[int](), set()
    for row in RowFiles(sample.paths()):
        minutes.add(row.timestamp_ms // 60_000)
        denied[row.timestamp_ms] += row.count * (row.status == "denied")
        coded[row.timestamp_ms] += row.count * (row.auth_code in ("51", "59"))
    assert len(minutes) == max(minutes) - min(minutes) + 1 >= 1440
    assert denied == coded


@pytest.mark.story
def test_the_default_rules_find_each_incident_within_five_minutes(alerts: list[Alert]) -> None:
    for label in incidents():
        first, _ = minutes_of(label)
        found = [
            alert
            for alert in alerts
            if alert.state == "firing"
            and alert.key in label["keys"]
            and 0 <= alert.since.timestamp() // 60 - first <= 5
        ]
        assert found, f"{label['type']} was not found"


def test_the_default_rules_report_few_incidents_in_all(alerts: list[Alert]) -> None:
    found = Counter(alert.key for alert in alerts if alert.state == "firing")
    assert len(incidents()) <= found.total() < 10, found


def test_outside_of_the_incidents_every_share_stays_below_its_threshold() -> None:
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in RowFiles(sample.paths()):
        if row.status is not None:
            counts[row.timestamp_ms // 60_000][row.status] += row.count
    # A window of 15 minutes still holds some of an incident that is over.
    broken = {m for label in incidents() for m in range(minutes_of(label)[0], minutes_of(label)[1] + 15)}
    for last in sorted(counts)[14:]:
        if last in broken:
            continue
        window: Counter[str] = sum((counts[last - back] for back in range(15)), Counter())
        for status, limit in LIMITS.items():
            # The rules are silent in a minute without the status.
            if counts[last][status]:
                assert window[status] / window.total() < limit, f"{status} in minute {last}"


def test_an_installed_floodmark_has_its_sample(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    for name in (*wheel["packages"], *wheel["force-include"]):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, project / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for path in (*sample.paths(), sample.labels()):
            assert archive.read(f"producers/sample/{path.name}") == path.read_bytes()
