"""Commands as processes that need not import Floodmark first: each is forked off one that has, of this test process.

Importing costs a worker more CPU time than most tests have it work for. A process that is to be measured, traced, or
found to start as people start it, is not started here.
"""

import atexit
import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import wait as wait_for_one
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from floodmark.local.processes.children import Child
from floodmark.local.processes.children import spawn as spawn_cold
from floodmark.local.processes.leash import PR_SET_PDEATHSIG
from tests.paths import ROOT

IMPORTED: Final = (
    "floodmark.cli",
    "floodmark.commands.gateway",
    "floodmark.commands.sink",
    "floodmark.commands.worker",
    "floodmark.gateway.app",
    "floodmark.processes.faust_worker",
    "floodmark.processes.gateway",
    "floodmark.processes.sinks",
    "floodmark.processes.topology",
    "floodmark.processes.worker",
    "floodmark.processes.worker_health",
    "processors.app",
    "runtime.kafka.clock",
    "runtime.kafka.ends",
    "runtime.kafka.waiting",
    "runtime.watchdog",
)
"""What most of them import; a module that is not there any more is passed over, and costs time again."""
TRACES: Final = "COVERAGE_PROCESS_CONFIG"
"""What makes coverage trace a process from its start on."""
_ASKING: Final = threading.Lock()
"""Of two threads that ask at once how a child ended, multiprocessing tells only one."""


class WarmChild:
    """A process, with as much of `subprocess.Popen` as tests ask for."""

    def __init__(self, process: Any) -> None:
        self._process = process
        self.pid: int = process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it was not seen to have ended."""
        with _ASKING:
            found: int | None = self._process.exitcode
        return found

    def poll(self) -> int | None:
        """How it ended, or None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends; its exit code, or the negative of the signal that ended it.

        Raises:
            subprocess.TimeoutExpired: It has not ended in so many seconds.
        """
        wait_for_one([self._process.sentinel], timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0.0)
        return code

    def send_signal(self, which: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            # It may end in between, and whoever has started it knows that before we do.
            with suppress(ProcessLookupError):
                os.kill(self.pid, which)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.send_signal(signal.SIGKILL)


def spawn(
    words: Sequence[str], *, output: Path, env: Mapping[str, str], cwd: Path = ROOT, errors: Path | None = None
) -> Child | WarmChild:
    """Start `floodmark` with these words, in a session of its own; it ends when this process does.

    Args:
        words: The command and its arguments.
        output: The file that what it says goes to, behind what is there.
        env: The environment.
        cwd: The folder to run in.
        errors: The file that its standard error goes to; none: the same.
    """
    errors = errors or output
    for file in (output, errors):
        file.touch()  # whoever looks at what it says need not wait until it gets to open them
    has_own_paths = env.get("PYTHONPATH") != os.environ.get("PYTHONPATH")  # an interpreter reads them when it starts
    if TRACES in env or has_own_paths or sys.platform != "linux":
        with output.open("ab") as said, errors.open("ab") as wrong:
            command = [sys.executable, "-m", "floodmark", *words]
            return spawn_cold(command, cwd=cwd, output=said, errors=wrong, env=env)
    context = multiprocessing.get_context("forkserver")
    assert isinstance(context, ForkServerContext)
    context.set_forkserver_preload(list(IMPORTED))
    files = str(output), str(errors)
    process = context.Process(target=_become, args=(tuple(words), str(cwd), files, dict(env)), name="floodmark")
    with _ASKING:
        process.start()
        # Or whoever ends would wait for those that it has left running, before the kernel ends them.
        multiprocessing.process._children.discard(process)  # type: ignore[attr-defined]
    return WarmChild(process)


def run(words: Sequence[str], folder: Path, within_s: float = 240.0, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run `floodmark` with these words to its end.

    Args:
        words: The command and its arguments.
        folder: Where files for what it says can be made.
        within_s: How long it may take.
        env: More environment.
    """
    files = [folder / f"{uuid4().hex}.{name}" for name in ("out", "err")]
    child = spawn(words, output=files[0], errors=files[1], env={**os.environ, **env})
    try:
        code = child.wait(within_s)
    finally:
        child.kill()
    return subprocess.CompletedProcess(words, code, *(file.read_text("utf-8") for file in files))


def _become(words: Sequence[str], cwd: str, files: tuple[str, str], env: Mapping[str, str]) -> None:
    """Be the command from here on."""
    # The one that forks ends when nobody holds this any more; it is not for those it has forked to keep it.
    os.close(forkserver._forkserver._forkserver_alive_fd)  # type: ignore[attr-defined]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, file in enumerate(files, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), number)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.path[0] = str(ROOT)
    sys.argv = ["floodmark", *words]
    multiprocessing.current_process().authkey = b""
    from floodmark.cli import main

    try:
        main()
    finally:
        # Those of multiprocessing are not asked for in a process that it has forked.
        atexit._run_exitfuncs()
