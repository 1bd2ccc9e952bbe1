"""`floodmark up` as people start it: a process of its own, everything real."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from process_kit import exists, until

from floodmark.local.broker.embedded import EmbeddedBroker
from floodmark.local.up.ledger import Ledger
from schemas.topics import Topics

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(280)]

FLOODMARK = (sys.executable, "-P", "-m", "floodmark")
TOTALS = "SELECT dimension, key, toUInt64(sum(count)) AS n FROM minutes GROUP BY dimension, key ORDER BY dimension, key"


def sample_totals() -> dict[tuple[str, str], int]:
    """What the sample holds, counted by hand."""
    from producers import sample
    from producers.files.csv_rows import read_rows

    counted: dict[tuple[str, str], int] = {}
    for row in read_rows(sample.paths()):
        for dimension, key in (("status", row.status), ("auth_code", row.auth_code)):
            if key is not None:
                counted[dimension, key] = counted.get((dimension, key), 0) + row.count
    return counted


def run(data_dir: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = (*FLOODMARK, "up", "--data-dir", str(data_dir), "--replay-sample", "--exit-when-done", *more)
    return subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)


def stored_totals(data_dir: Path) -> dict[tuple[str, str], int]:
    command = (*FLOODMARK, "sql", "--data-dir", str(data_dir), "--format", "json", TOTALS)
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(answer.stdout)
    rows = found["data"] if isinstance(found, dict) else found
    return {(row["dimension"], row["key"]): int(row["n"]) for row in rows}


def verify_the_last_alert(data_dir: Path) -> subprocess.CompletedProcess[str]:
    """`floodmark verify` of the incident that began last, in the stopped store."""
    query = "SELECT incident_id FROM alerts ORDER BY since DESC LIMIT 1 FORMAT TSV"
    command = (*FLOODMARK, "sql", "--data-dir", str(data_dir), query)
    incident = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
    command = (*FLOODMARK, "verify", "--data-dir", str(data_dir), incident)
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


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
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    (job,) = Ledger(data_dir / "replays.json").jobs
    assert (job.state, len(job.files)) == ("interrupted", 2)
    return job.rows


def test_a_stopped_replay_goes_on_is_summed_up_and_a_third_start_doubles_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "my data"
    rows = stopped_early(data_dir)
    assert rows > 0
    second = run(data_dir)
    assert second.returncode == 0, second.stdout + second.stderr
    assert f"from row {rows + 1:,} on" in second.stdout
    for part in ("Broker: Apache Kafka", "Summary", "incidents ", "floodmark sql", "0 dead letters"):
        assert part in second.stdout
    assert re.search(r"firing +all/", second.stdout), "alerts are printed as they fire"
    expected = sample_totals()
    assert stored_totals(data_dir) == expected
    receipt = verify_the_last_alert(data_dir)
    assert (receipt.returncode, receipt.stdout[:7]) == (0, "equal: "), receipt.stdout + receipt.stderr

    third = run(data_dir)
    assert third.returncode == 0, third.stdout + third.stderr
    assert "replayed before into this data directory" in third.stdout
    assert stored_totals(data_dir) == expected
    assert processes_of(data_dir) == []


@pytest.mark.story
def test_two_workers_on_the_embedded_broker_commit_all_that_they_did(tmp_path: Path) -> None:
    """A commit refused around a rebalance was noted as done, or made the group join again for ever."""
    once = run(tmp_path, "--broker", "embedded")
    assert once.returncode == 0, once.stdout + once.stderr
    assert "volatile" in once.stdout
    assert stored_totals(tmp_path) == sample_totals()


@contextmanager
def running(
    data_dir: Path, *more: str, broker: str = "embedded", processes: int = 4
) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """An `up` whose workers and sink are ready, and the pids of all its children: so many with an embedded broker."""
    command = (*FLOODMARK, "up", "--data-dir", str(data_dir), "--broker", broker, "--workers", "1", *more)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            ready = [data_dir / "run" / f"{name}.json" for name in ("worker-1", "clickhouse")]
            until(lambda: all(path.exists() for path in ready) or process.poll() is not None, "readiness", within_s=90)
            children = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
            assert len(children) == processes, children
            yield process, children
        finally:
            process.kill()


@pytest.mark.parametrize(("wish", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_wish_to_stop_stops_all_in_order(tmp_path: Path, wish: signal.Signals, code: int) -> None:
    with running(tmp_path) as (process, children):
        process.send_signal(wish)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == code, said
        assert "killing it" not in said
        assert re.search(r"Stopped in \d", said)
        assert not any(exists(pid) for pid in children)


@pytest.mark.story
def test_a_broker_that_is_gone_does_not_hold_up_the_end(tmp_path: Path) -> None:
    topics = {spec.name: spec.partitions for spec in Topics("").specs(6)}
    broker = EmbeddedBroker(topics, print)
    broker.start()
    assert broker.pid is not None
    try:
        with running(tmp_path, broker=broker.address, processes=3) as (process, children):
            os.kill(broker.pid, signal.SIGSTOP)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=60)
    finally:
        os.kill(broker.pid, signal.SIGCONT)
        broker.stop()
    assert process.returncode == 130, said
    assert "The broker does not answer" in said
    waited = [float(seconds) for seconds in re.findall(r"did not stop within (\d+) s", said)]
    assert all(seconds < 10 for seconds in waited), said
    assert not any(exists(pid) for pid in children)


def test_no_process_outlives_one_that_was_killed(tmp_path: Path) -> None:
    with running(tmp_path) as (process, children):
        process.kill()
        process.wait()
        until(lambda: not any(exists(pid) for pid in children), "the end of all children")


@pytest.mark.story
def test_a_worker_that_dies_is_started_again_and_a_second_up_is_refused(tmp_path: Path) -> None:
    with running(tmp_path) as (process, _):
        announced = tmp_path / "run" / "worker-1.json"
        first = json.loads(announced.read_text())["pid"]
        os.kill(first, signal.SIGKILL)

        def again() -> bool:
            try:
                return bool(json.loads(announced.read_text())["pid"] != first)
            except FileNotFoundError:
                return False

        until(again, "a new worker", within_s=60)
        other = run(tmp_path, "--fresh")
        assert (other.returncode, f"pid {process.pid}" in other.stdout) == (2, True)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        assert "worker-1 ended (killed by SIGKILL); starting it again in 1 s" in said
