"""What was replayed into this data directory, so that nothing is counted twice by mistake."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from floodmark.local.arrived import Arrived, ArrivedUnknown, ReplayMark

MAX_KEPT: Final = 500
"""The ledger keeps so many of the latest jobs."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file by its content: `sha256` tells whether two are the same, `name` is for people."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class FileReplay:
    """One replay of some files, merged by event time, into one topic.

    Args:
        topic: Identity of the topic (not its name): a topic made anew is another one.
        files: The files, in the order of their hashes.
        options: What changes the records: date, rebase, explode, what is left out. Speed does not.
        state: `running` as long as it is under way, and for ever when it was cut off by a crash.
        rows: Rows of the merged files whose records are all acknowledged; of `running` ones, when it began.
        tag: What its records are known by, see ReplayMark; empty: they are not.
        starts: See ReplayMark.
    """

    topic: str
    files: tuple[SourceFile, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    state: Literal["running", "interrupted", "done"] = "running"
    rows: int = 0
    tag: str = ""
    starts: tuple[int, ...] = ()

    @property
    def mark(self) -> ReplayMark | None:
        """What its records are known by; None when they are not."""
        return ReplayMark(self.tag, self.starts) if self.tag and self.starts else None


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What is to be replayed.

    Args:
        files: Which files.
        skip_rows: From which row on.
        already: What was replayed to the end before.
        beyond: Numbers of further rows that are in.
        goes_on: The job that is gone on with; None when this is a new one.
    """

    files: tuple[SourceFile, ...]
    skip_rows: int = 0
    already: tuple[SourceFile, ...] = ()
    beyond: frozenset[int] = frozenset()
    goes_on: FileReplay | None = None


Look = Callable[[ReplayMark], Arrived]
"""Tells what has arrived of a replay that was cut off; raises ArrivedUnknown."""


class LedgerError(Exception):
    """A replay would count rows twice, or nobody can tell; the message says what the choices are."""


def plan(jobs: Sequence[FileReplay], wanted: FileReplay, look: Look, *, again: bool = False) -> ReplayPlan:
    """What to replay of the `wanted` job, given the `jobs` before, oldest first.

    Files done before (same content, same options, same topic) are left out; a job that was stopped or cut off goes
    on where it was when the same files are asked for. `again` replays all of it, whatever was before.

    Raises:
        LedgerError: a file was cut off and nobody knows which of its rows are in, or stopped halfway in other company.
    """
    if again:
        return ReplayPlan(wanted.files)
    latest: dict[str, FileReplay] = {}
    for job in jobs:
        if job.topic == wanted.topic and dict(job.options) == dict(wanted.options):
            latest.update({file.sha256: job for file in job.files})
    done = tuple(f for f in wanted.files if f.sha256 in latest and latest[f.sha256].state == "done")
    rest = tuple(f for f in wanted.files if f not in done)
    halfway = [latest[f.sha256] for f in rest if f.sha256 in latest]
    if not halfway:
        return ReplayPlan(rest, already=done)
    first = halfway[0]
    if _hashes(first.files) != _hashes(rest):
        how = "cut off by a crash" if first.state == "running" else f"stopped after {first.rows:,} rows"
        raise LedgerError(
            f"the replay of {_names(first.files)} was {how}; it goes on when the same "
            "files are given. --again replays everything given now from its first row; --fresh begins anew."
        )
    found = _arrived(first, look) if first.state == "running" else Arrived(first.rows)
    return ReplayPlan(rest, found.rows, done, found.beyond, first)


def _arrived(job: FileReplay, look: Look) -> Arrived:
    """What is in of a job that was cut off."""
    try:
        if job.mark is None:
            raise ArrivedUnknown("nobody can tell which of its rows are in")
        found = look(job.mark)
    except ArrivedUnknown as error:
        raise LedgerError(
            f"the replay of {_names(job.files)} into this data directory was cut off by a crash, and {error}. "
            "--fresh begins with an empty data directory; --again replays all rows on top of those that are in."
        ) from error
    return found if found.rows >= job.rows else Arrived(job.rows, found.beyond)


def digest(path: Path) -> SourceFile:
    """The file by its content; raises `OSError` when it cannot be read."""
    with path.open("rb") as file:
        return SourceFile(path.name, hashlib.file_digest(file, "sha256").hexdigest())


class JobLedger:
    """The jobs on disk; every change is written whole and synced before it counts.

    Args:
        path: The JSON file; missing means that nothing was replayed.

    Raises:
        LedgerError: it is there and cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.jobs: list[FileReplay] = _read(path)

    def begin(self, job: FileReplay) -> None:
        """Note that a job is under way; call it before the first record is sent."""
        self.jobs.append(replace(job, state="running"))
        self._write()

    def end(self, *, rows: int, complete: bool) -> None:
        """Note how the job begun last ended: all its rows, or cleanly after the first `rows` ones."""
        self.jobs[-1] = replace(self.jobs[-1], state="done" if complete else "interrupted", rows=rows)
        self._write()

    def _write(self) -> None:
        draft = self._path.with_name(self._path.name + ".new")
        with draft.open("w", encoding="utf-8") as file:
            json.dump({"format": 1, "jobs": [asdict(job) for job in self.jobs[-MAX_KEPT:]]}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


def _read(path: Path) -> list[FileReplay]:
    try:
        jobs = json.loads(path.read_text(encoding="utf-8"))["jobs"]
        return [_job(job) for job in jobs]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LedgerError(
            f"{path} cannot be read ({error}), so nobody can tell what was replayed before. "
            "--fresh begins with an empty data directory."
        ) from error


def _job(told: dict[str, Any]) -> FileReplay:
    files, starts = tuple(SourceFile(**file) for file in told["files"]), tuple(told.get("starts", ()))
    return FileReplay(**{**told, "files": files, "starts": starts})


def _hashes(files: Sequence[SourceFile]) -> set[str]:
    return {file.sha256 for file in files}


def _names(files: Sequence[SourceFile]) -> str:
    return ", ".join(file.name for file in files)
