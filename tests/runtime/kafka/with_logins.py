"""Processes and commands that run with a login of their own, and what they are given to do."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from typer.testing import CliRunner

from floodmark.cli import app
from runtime.kafka.offsets import Offsets, lag
from tests.runtime.kafka.secure_kafka import Places
from tests.sinks.http_kit import Receiver

PARTITIONS = 2
FAILED = (0, 2, 9, 1)
"""Failures of each minute; more than five are an incident."""
APPROVED = 50


@dataclass
class Running:
    """A process of ours.

    Args:
        child: The process.
        folder: Where its log is, and what it announces.
    """

    child: subprocess.Popen[bytes]
    folder: Path

    def said(self) -> str:
        """Its log."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def is_ready(self) -> bool:
        """Whether it has announced itself."""
        assert self.child.poll() is None, self.said()
        return (self.folder / "announce.json").exists()

    def seen(self) -> str:
        """All that others can see of it: its command line, its pages, its log, what it announces."""
        announced = (self.folder / "announce.json").read_text()
        texts = [" ".join(psutil.Process(self.child.pid).cmdline()), self.said(), announced]
        for page in ("healthz", "metrics"):
            with urllib.request.urlopen(f"{json.loads(announced)['metrics']}/{page}", timeout=120) as answer:
                texts.append(answer.read().decode())
        return "\n".join(texts)


@contextmanager
def running(folder: Path, words: tuple[str, ...], told: dict[str, str]) -> Iterator[Running]:
    """A command as a process, for the length of the block."""
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FLOODMARK_")}
    with (folder / "log").open("wb") as log:
        command = (sys.executable, "-m", "floodmark", *words)
        child = subprocess.Popen(command, stdout=log, stderr=log, env={**environment, **told})
    try:
        yield Running(child, folder)
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(120)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def floodmark(told: dict[str, str], *words: str) -> tuple[int, str]:
    """What comes of a command, and what it says."""
    ended = CliRunner().invoke(app, words, env={"COLUMNS": "200", **told})
    return ended.exit_code, ended.output


def traffic(folder: Path) -> tuple[Path, Counter[str]]:
    """A file of four minutes, and how many of each status are in it."""
    rows = [
        (f"2025-07-12T12:{minute:02}:{10 + at}Z", status, count)
        for minute, failed in enumerate(FAILED)
        for at, (status, count) in enumerate((("approved", APPROVED), ("failed", failed)))
        if count
    ]
    path = folder / "traffic.csv"
    path.write_text("timestamp,status,count\n" + "".join(f"{at},{status},{count}\n" for at, status, count in rows))
    totals: Counter[str] = Counter()
    for _, status, count in rows:
        totals[status] += count
    return path, totals


def drained(places: Places, group: str, read: list[str]) -> bool:
    """Whether a group has committed all there is."""
    offsets = Offsets(places.plain)
    ends = offsets.ends(read)
    return sum(ends.values()) > 0 and lag(ends, offsets.committed(group, ends)) == 0


def posts(receiver: Receiver, path: str) -> list[bytes]:
    """What came there."""
    return [request.body for request in receiver.requests if request.path == path]
