"""Notices that the content of a file is another one, and what it says now."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Generic, TypeVar

Content = TypeVar("Content")


class FileWatch(Generic[Content]):
    """Looks at a file as often as it is asked to. It knows no time and starts nothing.

    A file is written in pieces, or is gone for a moment while another takes its place. So what is found counts when
    the next look finds it again; and each content is told once, whether it can be used or not.

    Args:
        path: The file.
        read: Its bytes; raises `fault` when they cannot be read.
        parsed: What the bytes say; raises `fault` when they cannot be used.
        fault: What is wrong with a file.

    Raises:
        fault: The file cannot be used as it is now.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[Path], bytes],
        parsed: Callable[[Path, bytes], Content],
        fault: type[Exception],
    ) -> None:
        self.path = path
        self._read, self._parsed, self._fault = read, parsed, fault
        raw = read(path)
        self.content = parsed(path, raw)
        """What it said when it last could be used."""
        self.trouble = ""
        """Why it cannot be used as it is now; empty while it can."""
        self._reported = self._seen = _mark(raw)

    def look(self, *, sure: bool = False) -> Content | Exception | None:
        """What the file has come to say since this was last told; None when there is nothing new, or not yet for sure.

        Blocks while the file is read. Not to be called from two threads at once.

        Args:
            sure: Somebody says that the file is as it is meant: what is found counts at once.
        """
        try:
            raw: bytes | Exception = self._read(self.path)
        except self._fault as error:
            raw = error
        mark = _mark(raw)
        counts = sure or mark == self._seen
        self._seen = mark
        if mark == self._reported or not counts:
            return None
        self._reported = mark
        try:
            self.content, self.trouble = self._content_in(raw), ""
        except self._fault as error:
            self.trouble = str(error)
            return error
        return self.content

    def _content_in(self, raw: bytes | Exception) -> Content:
        if isinstance(raw, Exception):
            raise raw
        try:
            return self._parsed(self.path, raw)
        except self._fault:
            raise
        except Exception as error:  # whoever writes a file must not be able to end what watches it
            raise self._fault(f"{self.path}: cannot be read: {error!r}") from error


def _mark(raw: bytes | Exception) -> bytes | str:
    return str(raw) if isinstance(raw, Exception) else sha256(raw).digest()
