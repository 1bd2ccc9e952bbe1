"""Where the data of an insert wait until all of them are there."""

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from typing import Final

from floodmark.local.store.engineconfig import KEEP_FREE
from floodmark.queries.errors import StoreError

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class StagingFile:
    """A file without a name: nobody else can open it, and nothing of it outlives the process."""

    _file: FileIO

    @property
    def path(self) -> str:
        """How this process opens it; free of the characters that the engine takes for patterns."""
        return f"/dev/fd/{self._file.fileno()}"

    def fill(self, data: Iterable[bytes]) -> None:
        """Write all of `data`, so that a reader finds them from the start.

        Raises:
            StoreError: 243 when the disk is full, 75 when it fails; and whatever `data` raises.
        """
        for chunk in data:
            rest = memoryview(chunk)
            with disk_errors():
                self._leave_room(len(chunk))
                while rest:
                    rest = rest[self._file.write(rest) :]
        self._file.seek(0)

    def _leave_room(self, size: int) -> None:
        disk = os.fstatvfs(self._file.fileno())
        if disk.f_bavail * disk.f_frsize < size + KEEP_FREE:
            raise OSError(errno.ENOSPC, f"{KEEP_FREE >> 20} MB are left free on the disk of the store")


@contextmanager
def staging_file(folder: str) -> Iterator[StagingFile]:
    """An empty file on the disk of `folder`, gone at the end of the block.

    Raises:
        StoreError: 243 or 75, as `StagingFile.fill`.
    """
    with disk_errors():
        # Without a buffer nothing is left to write when it is closed, which would fail again on a full disk.
        file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  # closed below
    with file:
        yield StagingFile(file)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the disk raises into ClickHouse's errors."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in FULL:
            raise StoreError(243, "NOT_ENOUGH_SPACE", f"There is no room for the data: {reason}.") from None
        raise StoreError(75, "CANNOT_WRITE_TO_FILE_DESCRIPTOR", f"The data cannot be kept: {reason}.") from None
