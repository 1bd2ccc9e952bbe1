"""The data directory of one `up`: marked as ours, locked while in use, emptied only when it is ours."""

import os
import shutil
import time
from pathlib import Path
from typing import IO, Final, Self

from filelock import lock_descriptor

MARKER: Final = ".floodmark-data"
LOCK: Final = ".lock"
PARTS: Final = frozenset({"kafka", "store"})
"""What a single component run by hand leaves in a data directory: no reason to refuse it."""


class DataDirError(Exception):
    """The directory cannot be used; the message says why and what to do."""


class DataDir:
    """A directory with our marker in it, held by this process until it is closed.

    Args:
        path: The directory; made when it is missing.
        fresh: Empty it first. Refused unless it is empty or carries the marker, so that a typing error
            never deletes anything that Floodmark did not write.

    Raises:
        DataDirError: it is no directory, holds something else, or another `up` uses it.
    """

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self.path = path.absolute()
        self._check(fresh=fresh)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = self._acquire()
        except OSError as error:
            raise DataDirError(f"cannot use {self.path}: {error.strerror or error}") from error
        if fresh:
            self._empty()
        (self.path / MARKER).write_text("Floodmark's data: broker, store, logs. `floodmark up --fresh` empties it.\n")

    @property
    def logs(self) -> Path:
        """Where the components log, `<name>.log` each."""
        return self.path / "logs"

    @property
    def announcements(self) -> Path:
        """Where components say that they are ready."""
        return self.path / "run"

    @property
    def ledger(self) -> Path:
        """What was replayed into it."""
        return self.path / "replays.json"

    def close(self) -> None:
        """Let others use it."""
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self, *, fresh: bool) -> None:
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise DataDirError(f"{self.path} is a file; give a directory with --data-dir")
        names = {p.name for p in self.path.iterdir()}
        others = sorted(names - PARTS)
        if others and MARKER not in names:
            what = "not emptied" if fresh else "not used"
            raise DataDirError(
                f"{self.path} is {what}: it holds other things ({', '.join(others[:3])}"
                f"{', …' if len(others) > 3 else ''}) and no {MARKER}, so Floodmark did not make it. "
                "Give an empty or new directory with --data-dir."
            )

    def _acquire(self) -> IO[str]:
        file = (self.path / LOCK).open("a+")
        if not _locked(file):
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise DataDirError(
                f"{self.path} is in use by another `floodmark up`{f' (pid {holder})' if holder else ''}. "
                "Stop that one, or give another --data-dir."
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file

    def _empty(self) -> None:
        for entry in self.path.iterdir():
            if entry.name in (LOCK, MARKER):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()


def _locked(file: IO[str]) -> bool:
    """Whether we got the lock. Tried for a moment: `floodmark doctor` may just be looking whether it is held."""
    for _ in range(10):
        if lock_descriptor(file.fileno(), blocking=False):
            return True
        time.sleep(0.03)
    return False
