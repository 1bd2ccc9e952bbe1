"""Small real processes to supervise, and waiting for what they do."""

import os
import sys
from pathlib import Path

from floodmark.local.up.children import Child, ChildSpec
from tests.waiting import PATIENCE_S

STAYS = "import time\nwhile True: time.sleep(0.05)"
STUBBORN = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\n" + STAYS


def child(folder: Path, name: str, code: str, *args: str, announce: bool = False, grace_s: float = PATIENCE_S) -> Child:
    """A child that runs `code`; with `announce` its first argument is the announce file."""
    said = folder / f"{name}.json" if announce else None
    argv = (sys.executable, "-c", code, *((str(said),) if said else ()), *args)
    return Child(ChildSpec(name, argv, folder / f"{name}.log", said, grace_s))


def exists(pid: int) -> bool:
    """Whether a process of that id runs (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def session(pid: int) -> int:
    """The session a process belongs to."""
    return os.getsid(pid)
