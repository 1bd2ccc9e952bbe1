"""What `floodmark up` replays is in the store to the last transaction, once, whatever came between."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from floodmark.local.up.ledger import JobLedger
from tests.floodmark.local.up.up_kit import FLOODMARK, run

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1200)]

TOTALS = "SELECT dimension, key, toUInt64(sum(count)) AS n FROM minutes GROUP BY dimension, key ORDER BY dimension, key"


def sample_totals() -> dict[tuple[str, str], int]:
    """What the sample holds, counted by hand."""
    from producers import sample
    from producers.files.csv_rows import RowFiles

    counted: dict[tuple[str, str], int] = {}
    for row in RowFiles(sample.paths()):
        for dimension, key in (("status", row.status), ("auth_code", row.auth_code)):
            if key is not None:
                counted[dimension, key] = counted.get((dimension, key), 0) + row.count
    return counted


def stored_totals(data_dir: Path) -> dict[tuple[str, str], int]:
    command = (*FLOODMARK, "sql", "--data-dir", str(data_dir), "--format", "json", TOTALS)
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    found = json.loads(answer.stdout)
    rows = found["data"] if isinstance(found, dict) else found
    return {(row["dimension"], row["key"]): int(row["n"]) for row in rows}


def verify_the_last_alert(data_dir: Path) -> subprocess.CompletedProcess[str]:
    """`floodmark verify` of the incident that began last, in the stopped store."""
    query = "SELECT incident_id FROM alerts ORDER BY since DESC LIMIT 1 FORMAT TSV"
    command = (*FLOODMARK, "sql", "--data-dir", str(data_dir), query)
    incident = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout.strip()
    command = (*FLOODMARK, "verify", "--data-dir", str(data_dir), incident)
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def processes_of(data_dir: Path) -> list[str]:
    """Processes that have the data directory in their arguments, environment or folder."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), process.cwd(), *process.environ().values()]
        except psutil.Error:
            continue
        if any(str(data_dir) in word for word in words) and process.pid != os.getpid():
            found.append(f"{process.pid} {' '.join(process.cmdline())[:150]}")
    return found


def stopped_early(data_dir: Path) -> int:
    """Start a slow replay, stop it when it is under way; the rows that are in."""
    command = (*FLOODMARK, "up", "--data-dir", str(data_dir), "--replay-sample", "--speed", "6000")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if re.search(r"replay [1-9]", line):
                break
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=300)
    assert process.returncode == 130, said
    (job,) = JobLedger(data_dir / "replays.json").jobs
    assert (job.state, len(job.files)) == ("interrupted", 2)
    return job.rows


@pytest.mark.story
def test_a_stopped_replay_goes_on_is_summed_up_and_a_third_start_doubles_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "my data"
    rows = stopped_early(data_dir)
    assert rows > 0
    second = run(data_dir)
    assert second.returncode == 0, second.stdout + second.stderr
    assert f"from row {rows + 1:,} on" in " ".join(second.stdout.split())
    for part in ("Broker: Apache Kafka", "Summary", "incidents ", "floodmark sql", "0 dead letters"):
        assert part in " ".join(second.stdout.split()) + " "
    assert re.search(r"firing +all/", second.stdout), "alerts are printed as they fire"
    expected = sample_totals()
    assert stored_totals(data_dir) == expected
    receipt = verify_the_last_alert(data_dir)
    assert (receipt.returncode, receipt.stdout[:7]) == (0, "equal: "), receipt.stdout + receipt.stderr

    third = run(data_dir)
    assert third.returncode == 0, third.stdout + third.stderr
    assert "replayed before into this data directory" in " ".join(third.stdout.split())
    assert stored_totals(data_dir) == expected
    assert processes_of(data_dir) == []


@pytest.mark.story
def test_two_workers_on_the_embedded_broker_commit_all_that_they_did(tmp_path: Path) -> None:
    """A commit refused around a rebalance was noted as done, or made the group join again for ever."""
    once = run(tmp_path, "--broker", "embedded")
    assert once.returncode == 0, once.stdout + once.stderr
    assert "volatile" in once.stdout
    assert stored_totals(tmp_path) == sample_totals()
