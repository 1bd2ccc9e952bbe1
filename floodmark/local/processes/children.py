"""Child processes that end with us: started on a leash, stopped within a bounded time."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import IO

Child = subprocess.Popen[bytes]
LEASH = Path(__file__).with_name("leash.py")


class _Launcher:
    """One thread that starts every child and lives as long as the process.

    The kernel's "parent died" is sent when the *thread* that forked ends. Started from a short-lived worker
    thread, a child would be killed as soon as that thread is done.
    """

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Callable[[], Child], Future[Child]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, order: Callable[[], Child]) -> Child:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="launcher", daemon=True)
                self._thread.start()
        answer: Future[Child] = Future()
        self._orders.put((order, answer))
        return answer.result()

    def _serve(self) -> None:
        while True:
            order, answer = self._orders.get()
            try:
                answer.set_result(order())
            except Exception as error:
                answer.set_exception(error)


_launcher = _Launcher()


def spawn(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    output: IO[bytes] | int,
    errors: IO[bytes] | int = subprocess.STDOUT,
    env: Mapping[str, str] | None = None,
) -> Child:
    """Start a command in a session of its own that the kernel kills when this process dies.

    A Ctrl-C on the terminal does not reach it: whoever started it stops it, in order.

    Args:
        command: The program's absolute path and its arguments.
        cwd: The folder to run in.
        output: Where standard output goes: an open file or a `subprocess` constant.
        errors: Where standard error goes; to the output by default.
        env: The environment; ours when not given.

    Returns:
        The child. One whose program cannot be started ends with 127 and says why on its standard error.
    """
    leashed = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *map(str, command)]
    return _launcher.start(
        lambda: subprocess.Popen(  # noqa: S603 -- no shell; the caller names the program
            leashed,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env=env,
            start_new_session=True,
        )
    )


def end(child: Child, grace_s: float) -> bool:
    """Ask a child to end, and kill it when it has not ended in time.

    Args:
        child: The child; one that has ended already is fine.
        grace_s: Seconds to wait between asking and killing.

    Returns:
        Whether it ended by itself.
    """
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(grace_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return False
    return True
