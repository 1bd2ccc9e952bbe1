"""A command that is started warm is what it is when it is started cold."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import warm
from tests.paths import ROOT
from tests.waiting import until

STAYS = ("sink", "console", "--broker", "127.0.0.1:1")
"""It waits for a broker."""


def started(folder: Path, *words: str, **settings: str) -> tuple[Any, Path]:
    said = folder / "log"
    return warm.spawn(words, cwd=folder, output=said, env={**os.environ, **settings}), said


def test_it_says_and_ends_as_a_cold_one(tmp_path: Path) -> None:
    for words, settings in ((("--version",), {}), (("worker", "--partitions", "none"), {}), ((), {"FLOODMARK_X": "1"})):
        command = [sys.executable, "-m", "floodmark", *words]
        env = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
        cold = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=240)
        warmed = warm.run(words, tmp_path, **settings)
        assert (warmed.returncode, warmed.stdout, warmed.stderr) == (cold.returncode, cold.stdout, cold.stderr)


def test_it_has_a_session_and_a_folder_of_its_own(tmp_path: Path) -> None:
    child, said = started(tmp_path, *STAYS)
    until(lambda: b"waiting for Kafka" in said.read_bytes() if said.exists() else False, "it waits")
    assert (os.getsid(child.pid), psutil.Process(child.pid).cwd()) == (child.pid, str(tmp_path))
    assert child.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.01)
    child.kill()
    assert child.wait(120) == -signal.SIGKILL
    child.kill()


def test_it_ends_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; from tests import warm\n"
        f"child = warm.spawn({STAYS!r}, output=Path({str(tmp_path / 'log')!r}), env=os.environ)\n"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=env, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
        until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie", "its end")
