"""Files that are written whole or not at all."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self


class DraftError(Exception):
    """A file cannot be written; the message says which, why and what to do."""


class Draft:
    """A file that takes its place only when it is complete; until then what was there before stays as it is.

    The lines go into a hidden file beside it, which is removed when anything fails. A place that is there and no
    ordinary file (a pipe, a terminal) is written to directly.

    Args:
        path: Where the file is to be.

    Raises:
        DraftError: From every method, and on entering: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._direct = path.exists() and not path.is_file()
        # Behind a link lies the file that is meant.
        self._place = path if self._direct else path.resolve()
        self._draft = path if self._direct else self._place.with_name(f".{self._place.name}.{os.getpid()}.part")

    def __enter__(self) -> Self:
        try:
            self._file = self._draft.open("wb")
        except OSError as error:
            raise self._failed(error) from error
        return self

    def write_line(self, line: bytes) -> None:
        """Add a line, given without its end."""
        try:
            self._file.write(line + b"\n")
        except OSError as error:
            raise self._failed(error) from error

    def finish(self) -> None:
        """It is complete: write out what is held back."""
        try:
            self._file.flush()
            if not self._direct:
                os.fsync(self._file.fileno())
        except OSError as error:
            raise self._failed(error) from error

    def publish(self) -> None:
        """Put it in its place; call `finish` first."""
        try:
            if not self._direct:
                self._draft.replace(self._place)
        except OSError as error:
            raise self._failed(error) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        except OSError as late:
            # Closing tries again to write what could not be written: that was said before.
            if error is None:
                raise self._failed(late) from late
        finally:
            if not self._direct:
                self._draft.unlink(missing_ok=True)

    def _failed(self, error: OSError) -> DraftError:
        return DraftError(f"{self._path} cannot be written: {error.strerror}; make room for it or name another place")
