"""Kafka's own jars: a pinned list, fetched once, checked at every start.

`jars.sha256` beside this module names each jar by its place in a Maven repository, with its SHA-256, in the form
that `sha256sum --check` reads. What is in the cache and matches is used as it is, without any network.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from floodmark.local.broker.base import Report
from runtime.kafka.errors import BrokerError
from runtime.locks import locked

PINNED = Path(__file__).with_name("jars.sha256")
FETCHES_AT_ONCE = 6
PROGRESS_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class JarList:
    """Which jars make up a Kafka, in class path order.

    Args:
        digests: SHA-256 in hex by the jar's path below a Maven repository.
    """

    digests: Mapping[str, str]

    @property
    def version(self) -> str:
        """Kafka's version, as the list has it."""
        return next((PurePosixPath(jar).parts[-2] for jar in self.digests if "/kafka-clients/" in jar), "unknown")


def pinned() -> JarList:
    """The list that ships with Floodmark."""
    return read_list(PINNED)


def read_list(path: Path) -> JarList:
    """Read a list of jars: one a line, SHA-256, two spaces, path."""
    lines = (line.split(maxsplit=1) for line in path.read_text("utf-8").splitlines() if line)
    return JarList({jar: digest for digest, jar in lines})


def default_cache() -> Path:
    """Where downloads are kept: `floodmark` in XDG_CACHE_HOME, or in `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "floodmark" / "jars"


def class_path(
    jars: JarList, folder: Path, report: Report, *, remotes: Mapping[str, str] | None = None
) -> tuple[Path, ...]:
    """Make sure that every jar is in the cache with the right content, and tell where.

    Several processes may do this at once: one fetches, the others wait for it.

    Args:
        jars: What is wanted.
        folder: The cache; made when it is not there.
        report: Receives progress in sentences, only when something is fetched.
        remotes: Maven repositories by name, instead of the usual one.

    Returns:
        The files, in the order of the list.

    Raises:
        BrokerError: A jar cannot be fetched, or what was fetched has the wrong SHA-256 twice.
    """
    try:
        if wrong_jars(jars, folder):
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder / ".lock", lambda: report("Waiting for another process that fetches Kafka's jars.")):
                # Whoever held the lock before may have fetched them all.
                wrong = wrong_jars(jars, folder)
                if wrong:
                    _fetch(jars, wrong, folder, report, remotes)
    except OSError as error:
        raise BrokerError(
            f"Kafka's jars cannot be stored in {folder}: {error.strerror or error}. "
            "Make that folder writable, or name another one in XDG_CACHE_HOME."
        ) from error
    return tuple(folder / jar for jar in jars.digests)


def wrong_jars(jars: JarList, folder: Path) -> tuple[str, ...]:
    """The jars that are missing from the cache or whose SHA-256 differs."""
    return tuple(jar for jar, digest in jars.digests.items() if sha256_of(folder / jar) != digest)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex; empty when there is no such file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""


@dataclass(slots=True)
class _Progress:
    """Counts what has arrived and says so at most once a second."""

    title: str
    files: int
    report: Report
    done: int = 0
    size: int = 0
    reported_at: float = field(default_factory=time.monotonic)

    def add(self, size: int) -> None:
        self.done += 1
        self.size += size
        if self.done == self.files or time.monotonic() - self.reported_at >= PROGRESS_EVERY_S:
            self.reported_at = time.monotonic()
            self.report(f"{self.title}: {self.done} of {self.files} files, {self.size / 1e6:.1f} MB.")


def _fetch(
    jars: JarList, wrong: tuple[str, ...], folder: Path, report: Report, remotes: Mapping[str, str] | None
) -> None:
    report(
        f"Fetching Apache Kafka {jars.version}: {len(wrong)} files into {folder} (once; later starts need no network)."
    )
    progress = _Progress(f"Apache Kafka {jars.version}", len(wrong), report)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=folder))
    pool = ThreadPoolExecutor(FETCHES_AT_ONCE)
    try:
        orders = [pool.submit(_fetch_one, jar, jars.digests[jar], staging, folder, report, remotes) for jar in wrong]
        for order in as_completed(orders):
            progress.add(order.result())
    finally:
        pool.shutdown(cancel_futures=True)
        shutil.rmtree(staging, ignore_errors=True)


def _fetch_one(
    jar: str, digest: str, staging: Path, folder: Path, report: Report, remotes: Mapping[str, str] | None
) -> int:
    """Fetch one jar aside, check it, move it into the cache; its size in bytes."""
    fetched = _download(jar, staging, remotes)
    if sha256_of(fetched) != digest:
        report(f"{fetched.name} arrived with the wrong SHA-256: fetching it once more.")
        fetched.unlink()
        fetched = _download(jar, staging, remotes)
    found = sha256_of(fetched)
    if found != digest:
        raise BrokerError(
            f"{fetched.name} has SHA-256 {found}, but {digest} is recorded, also when fetched anew. "
            "Something between here and the repository changes files (a proxy, a mirror): "
            "fetch over another network, or use --broker embedded."
        )
    size = fetched.stat().st_size
    target = folder / jar
    target.parent.mkdir(parents=True, exist_ok=True)
    fetched.replace(target)
    return size


def _download(jar: str, staging: Path, remotes: Mapping[str, str] | None) -> Path:
    """Let jgo's own resolver (no Maven needed) fetch one jar into a repository folder."""
    try:
        from jgo.maven import MavenContext, PythonResolver
    except ImportError as error:
        raise BrokerError(
            "Kafka's jars are fetched with the package jgo, which is not installed: "
            "install floodmark[local], or use --broker embedded."
        ) from error
    *group, artifact, version, _ = PurePosixPath(jar).parts
    context = MavenContext(
        resolver=PythonResolver(),
        repo_cache=staging,
        local_repos=[],
        remote_repos=dict(remotes) if remotes else None,
        timeout=30,
    )
    try:
        return Path(context.project(".".join(group), artifact).at_version(version).artifact().resolve())
    except Exception as error:  # jgo passes on whatever its HTTP client and itself raise
        reason = str(error.__cause__ or error).splitlines()[0][:200]
        raise BrokerError(
            f"{PurePosixPath(jar).name} could not be fetched ({type(error).__name__}: {reason}). "
            "Check the network and its proxy settings (HTTPS_PROXY), then try again, or use --broker embedded."
        ) from error
