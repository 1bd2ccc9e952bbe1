"""How `floodmark up` ends, and what it does when a part of it ends: a process of its own, everything real."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from floodmark.local.broker.embedded import EmbeddedBroker
from floodmark.local.up.children import ChildSpec
from schemas.topics import Topics
from tests.floodmark.local.up.process_kit import exists
from tests.floodmark.local.up.up_kit import FLOODMARK, run
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(900)]
START_S = 300.0
"""For all the processes of one to start or to end, on a machine that is busy."""


@contextmanager
def running(
    data_dir: Path, *more: str, broker: str = "embedded", processes: int = 5
) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """An `up` whose workers and sink are ready, and the pids of all its children: so many with an embedded broker."""
    command = (*FLOODMARK, "up", "--data-dir", str(data_dir), "--broker", broker, "--workers", "1", *more)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            ready = [data_dir / "run" / f"{name}.json" for name in ("worker-1", "clickhouse")]
            until(lambda: all(path.exists() for path in ready) or process.poll() is not None, "readiness", START_S)
            children = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
            assert len(children) == processes, children
            yield process, children
        finally:
            process.kill()


@pytest.mark.parametrize(("wish", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_wish_to_stop_stops_all_in_order(tmp_path: Path, wish: signal.Signals, code: int) -> None:
    with running(tmp_path) as (process, children):
        process.send_signal(wish)
        said, _ = process.communicate(timeout=START_S)
        assert process.returncode == code, said
        assert "is killed" not in said, said
        assert re.search(r"Stopped in \d", said)
        assert not any(exists(pid) for pid in children)


@pytest.mark.story
def test_a_broker_that_is_gone_does_not_hold_up_the_end(tmp_path: Path) -> None:
    topics = {spec.name: spec.partitions for spec in Topics("").specs(6)}
    broker = EmbeddedBroker(topics, print)
    broker.start()
    assert broker.pid is not None
    try:
        with running(tmp_path, broker=broker.address, processes=4) as (process, children):
            os.kill(broker.pid, signal.SIGSTOP)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=START_S)
    finally:
        os.kill(broker.pid, signal.SIGCONT)
        broker.stop()
    assert process.returncode == 130, said
    assert "The broker does not answer" in said
    waited = [float(seconds) for seconds in re.findall(r"did not stop within (\d+) s", said)]
    grace_s = ChildSpec.__dataclass_fields__["grace_s"].default
    assert all(seconds < grace_s for seconds in waited), said
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

        until(again, "a new worker")
        other = run(tmp_path, "--fresh")
        assert (other.returncode, f"pid {process.pid}" in other.stdout) == (2, True)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=START_S)
        assert "worker-1 ended (killed by SIGKILL); starting it again in 1 s" in said
