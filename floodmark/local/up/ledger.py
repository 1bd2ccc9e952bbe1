"""What was replayed into this data directory, so that nothing is counted twice by mistake."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

KEPT: Final = 500
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
        rows: Rows of the merged files whose records are all acknowledged; for `interrupted` and `done`.
    """

    topic: str
    files: tuple[SourceFile, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    state: Literal["running", "interrupted", "done"] = "running"
    rows: int = 0


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What is to be replayed: `files` from row `skip_rows` on; `already` were replayed to the end before."""

    files: tuple[SourceFile, ...]
    skip_rows: int = 0
    already: tuple[SourceFile, ...] = ()


class LedgerError(Exception):
    """A replay would count rows twice, or nobody can tell; the message says what the choices are."""


def plan(jobs: Sequence[FileReplay], wanted: FileReplay, *, again: bool = False) -> ReplayPlan:
    """What to replay of the `wanted` job, given the `jobs` before, oldest first.

    Files done before (same content, same options, same topic) are left out; a job stopped cleanly goes
    on where it stopped when the same files are asked for. `again` replays all of it, whatever was before.

    Raises:
        LedgerError: a file was cut off by a crash, or stopped halfway in other company.
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
    if crashed := [job for job in halfway if job.state == "running"]:
        raise LedgerError(
            f"the replay of {_names(crashed[0].files)} into this data directory was cut off by a crash, so nobody "
            "can tell which of its rows are in. --fresh begins with an empty data directory; "
            "--again replays all rows on top of those that are in."
        )
    first = halfway[0]
    if _hashes(first.files) != _hashes(rest):
        raise LedgerError(
            f"the replay of {_names(first.files)} was stopped after {first.rows:,} rows; it goes on when the same "
            "files are given. --again replays everything given now from its first row; --fresh begins anew."
        )
    return ReplayPlan(rest, skip_rows=first.rows, already=done)


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
            json.dump({"format": 1, "jobs": [asdict(job) for job in self.jobs[-KEPT:]]}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


def _read(path: Path) -> list[FileReplay]:
    try:
        jobs = json.loads(path.read_text(encoding="utf-8"))["jobs"]
        return [FileReplay(**{**job, "files": tuple(SourceFile(**f) for f in job["files"])}) for job in jobs]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LedgerError(
            f"{path} cannot be read ({error}), so nobody can tell what was replayed before. "
            "--fresh begins with an empty data directory."
        ) from error


def _hashes(files: Sequence[SourceFile]) -> set[str]:
    return {file.sha256 for file in files}


def _names(files: Sequence[SourceFile]) -> str:
    return ", ".join(file.name for file in files)
