"""Child processes: started so that none outlives us, logged to a bounded file, stopped with patience."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from floodmark.local.processes.children import spawn

LOG_BYTES: Final = 4 * 1024 * 1024
"""A log longer than this is moved to `<name>.log.1`, so one component never holds more than twice this."""
TAIL_BYTES: Final = 32_768
WRONG_SETTINGS: Final = 2
"""How our commands end when their settings cannot be used."""


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """One component to run.

    Args:
        name: What people see and what its log is called.
        argv: Program (absolute path) and arguments.
        log: File that stdout and stderr are appended to.
        announce: File that the component writes once it is ready; none: ready as soon as it runs.
        grace_s: How long it may take to stop after SIGTERM.
        env: Variables on top of our own environment.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    announce: Path | None = None
    grace_s: float = 20.0
    env: Mapping[str, str] = field(default_factory=dict)


class Child:
    """A process of ours, in a session of its own: Ctrl-C in the terminal does not reach it, our end does."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self._process: subprocess.Popen[bytes] | None = None
        self._log_from = 0

    @property
    def name(self) -> str:
        """What people see."""
        return self.spec.name

    @property
    def pid(self) -> int | None:
        """The process id while it runs or until its end was noticed."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it.

        Raises:
            OSError: when its log cannot be opened.
        """
        if self.spec.announce is not None:
            self.spec.announce.unlink(missing_ok=True)
        self.spec.log.parent.mkdir(parents=True, exist_ok=True)
        env = {**os.environ, "PYTHONUNBUFFERED": "1", **self.spec.env}
        with self.spec.log.open("ab") as log:
            self._log_from = log.tell()
            self._process = spawn(self.spec.argv, cwd=Path.cwd(), output=log, env=env)

    @property
    def grace_s(self) -> float:
        """How long it may take to stop after SIGTERM."""
        return self.spec.grace_s

    def ended(self) -> str | None:
        """How it ended, for people; None while it runs or before it was started."""
        code = None if self._process is None else self._process.poll()
        return None if code is None else exit_text(code)

    def hopeless(self) -> bool:
        """Whether it ended because of its settings (exit code 2)."""
        return self._process is not None and self._process.poll() == WRONG_SETTINGS

    def ready(self) -> bool:
        """Whether it announced itself; without an announce file, whether it runs."""
        return self.announced() is not None

    def announced(self) -> dict[str, Any] | None:
        """What it wrote when it got ready, or None as long as it is not; what another process wrote is not heeded."""
        if self.spec.announce is None:
            return {} if self._process is not None and self.ended() is None else None
        try:
            announcement = json.loads(self.spec.announce.read_text())
        except (OSError, ValueError):
            return None
        return announcement if isinstance(announcement, dict) and announcement.get("pid") == self.pid else None

    def last_words(self, lines: int) -> list[str]:
        """The last lines with a complaint that it logged since its last start; none when it was killed."""
        code = None if self._process is None else self._process.poll()
        return [] if code is not None and code < 0 else complaints(tail(self.spec.log, 200, self._log_from))[-lines:]

    def ask_to_stop(self) -> None:
        """Send SIGTERM to it alone: its own children are its own to stop."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """End it and all of its session at once (SIGKILL), and wait until it is gone."""
        if self._process is None or self._process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def housekeeping(self) -> None:
        """Keep the log bounded: copied to `.1` and emptied in place, as the child holds it open."""
        log = self.spec.log
        try:
            if log.stat().st_size <= LOG_BYTES:
                return
            shutil.copyfile(log, log.with_name(log.name + ".1"))
            os.truncate(log, 0)
            self._log_from = 0
        except FileNotFoundError:
            return


def tail(log: Path, lines: int, start: int = 0) -> list[str]:
    """The last `lines` non-empty lines (1 or more) of the last 32 KiB of a log, from byte `start` on."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, start, size - TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]


def complaints(log: Sequence[str]) -> list[str]:
    """What a log says of trouble: its warnings and errors in words, and lines that are no log records at all."""
    found = []
    for line in log:
        try:
            record = json.loads(line)
            level, event = str(record["level"]), str(record["event"])
        except (ValueError, KeyError, TypeError):
            found.append(line)
            continue
        if level in ("warning", "error", "critical"):
            # The last line of a traceback says what it was.
            cause = str(record.get("exception", "")).strip().splitlines()[-1:]
            found.append(": ".join([level, event, *cause]))
    return found


def exit_text(code: int) -> str:
    """How a process ended, for people: `exit code 1`, `killed by SIGKILL`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
