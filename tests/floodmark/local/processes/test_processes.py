"""Children on a leash."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from floodmark.local.processes.children import end, spawn
from tests.floodmark.local.broker.broker_kit import gone
from tests.waiting import PATIENCE_S, until

SLEEPS = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]


def sleeps(pid: int) -> bool:
    """Whether the child is past its leash and runs its own program."""
    return psutil.Process(pid).cmdline()[1:] == SLEEPS[1:]


def test_a_child_ends_when_its_parent_is_killed():
    code = (
        "import sys, time; from pathlib import Path; from floodmark.local.processes.children import spawn\n"
        f"print(spawn({SLEEPS!r}, cwd=Path('.'), output=-3).pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    pid = int(parent.stdout.readline())
    until(lambda: sleeps(pid), "the program runs")
    parent.kill()
    parent.communicate()
    until(lambda: gone(pid), "the child ends with its parent")


def test_a_child_outlives_the_thread_that_asked_for_it(tmp_path):
    children = []

    def start() -> None:
        children.append(spawn(SLEEPS, cwd=tmp_path, output=-3))
        until(lambda: sleeps(children[0].pid), "the program runs")

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    until(lambda: thread.native_id not in {task.id for task in psutil.Process().threads()}, "the thread is gone")
    with pytest.raises(subprocess.TimeoutExpired):
        children[0].wait(0.3)
    assert end(children[0], PATIENCE_S)


def test_a_child_has_a_session_of_its_own_so_ctrl_c_does_not_reach_it(tmp_path):
    child = spawn(SLEEPS, cwd=tmp_path, output=-3)
    assert os.getsid(child.pid) == child.pid
    assert end(child, PATIENCE_S)


def test_a_child_that_ignores_the_signal_is_killed_after_its_grace(tmp_path):
    child = spawn(DEAF, cwd=tmp_path, output=subprocess.PIPE)
    assert child.stdout.readline() == b"deaf\n"
    assert not end(child, 0.2)
    assert child.returncode == -signal.SIGKILL
    child.stdout.close()


def test_blocked_signals_of_the_starting_thread_are_not_passed_on():
    code = (
        "import signal; from pathlib import Path; from floodmark.local.processes.children import end, spawn\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
        f"child = spawn({SLEEPS!r}, cwd=Path('.'), output=-3)\n"
        "import sys; sys.exit(0 if end(child, 60) else 1)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=PATIENCE_S).returncode == 0


def test_a_program_that_is_not_there_ends_with_127_and_says_so(tmp_path):
    with (tmp_path / "out").open("wb") as output:
        child = spawn([tmp_path / "nothing"], cwd=Path.cwd(), output=output)
    assert child.wait(PATIENCE_S) == 127
    assert "cannot be started" in (tmp_path / "out").read_text()
