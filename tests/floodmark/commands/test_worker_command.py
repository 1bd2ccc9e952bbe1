"""`floodmark worker`: what ends it before it begins."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest


def worker(*words: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "floodmark", "worker", *words)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FLOODMARK_")}
    environment["FLOODMARK_WAIT_FOR_BROKER_S"] = "1"
    return subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment)


def test_a_broker_that_does_not_answer_is_named_with_exit_code_3(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        ended = worker("--broker", address, "--announce", str(tmp_path / "ready.json"))
    assert ended.returncode == 3
    assert ended.stderr == (
        f"floodmark worker: No Kafka answers at {address}, for 1 s. Check that the broker runs and that the address is "
        "right.\n"
    )
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "ready.json").exists()


def test_a_rule_file_that_is_not_there_is_named_before_a_broker_is_waited_for(tmp_path: Path) -> None:
    ended = worker("--broker", "127.0.0.1:9", "--rules", str(tmp_path / "mine.toml"))
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"floodmark worker: {tmp_path / 'mine.toml'}: cannot be read")


def test_a_broker_that_goes_away_while_a_worker_starts_ends_it_with_75_and_a_sentence() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{silent.getsockname()[1]}"
    code = (
        "from runtime import logs\nlogs.configure()\n"
        "from floodmark.processes.faust_worker import start\n"
        "from processors.app import build_app\n"
        "from processors.settings import WorkerSettings\n"
        f"start(build_app(WorkerSettings(broker={address!r}, partitions=1, declare_topics=False)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240)
    assert ended.returncode == 75
    assert "Kafka went away, or refuses this worker: KafkaConnectionError" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.kafka
@pytest.mark.parametrize(("text", "why"), [(None, "cannot be read"), ("nonsense = 1\n", ":1:")])
def test_rules_that_cannot_be_used_are_named_with_exit_code_2(
    embedded: str, topic_prefix: str, tmp_path: Path, text: str | None, why: str
) -> None:
    rules, announce = tmp_path / "mine.toml", tmp_path / "ready.json"
    if text is not None:
        rules.write_text(text)
    flags = ("--broker", embedded, "--topic-prefix", topic_prefix, "--announce", str(announce))
    ended = worker(*flags, "--rules", str(rules))
    assert ended.returncode == 2
    assert str(rules) in ended.stderr
    assert why in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not announce.exists()
