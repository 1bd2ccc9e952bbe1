"""A file that only grows, by whole lines."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

from filelock import lock_descriptor

from sinks.protocol import Busy, Trouble

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
BLOCK: Final = 65_536


class FileTaken(Exception):
    """Another process writes to this file; the message names it."""


class LinesFile:
    """Appends lines and makes them durable. One process at a time may have it open.

    A last line without its end, left by a crash, is removed when the file is opened: its offsets were never
    committed, so the record comes again.

    Args:
        path: The file; it and its folder are made when they are missing.

    Raises:
        FileTaken: another process writes to it.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not lock_descriptor(self._file, blocking=False):
            os.close(self._file)
            raise FileTaken(f"{path} is being written by another process. Stop it, or name another file.")
        # Pipes and devices have no end to look at.
        self._regular = stat.S_ISREG(os.fstat(self._file).st_mode)
        self._size = self._repaired() if self._regular else 0
        _sync_folder(path.parent)

    def append(self, lines: list[bytes]) -> None:
        """Append the lines (without their ends) and return once they are on the disk.

        Raises:
            Busy: the disk is full; nothing of it is in the file.
            OSError: anything else; what is in the file is repaired when it is opened again.
        """
        data = b"".join(line + b"\n" for line in lines)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
            if self._regular:
                os.fsync(self._file)
        except OSError as error:
            if self._regular:
                os.ftruncate(self._file, self._size)
            if error.errno in FULL:
                raise Busy(Trouble.FULL, f"the disk takes no more ({os.strerror(error.errno or 0)})") from error
            raise
        self._size += len(data)

    def close(self) -> None:
        """Close it and let others have it."""
        os.close(self._file)

    def _repaired(self) -> int:
        """Cut a torn last line; returns the size after it."""
        size = os.fstat(self._file).st_size
        end = size
        while end > 0:
            start = max(0, end - BLOCK)
            found = os.pread(self._file, end - start, start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
        if end < size:
            os.ftruncate(self._file, end)
            os.fsync(self._file)
        return end


def _sync_folder(folder: Path) -> None:
    """Make the file's name durable too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
