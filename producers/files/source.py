"""Where rows come from: a file, a compressed one, a pipe or standard input, as text; other formats by their name."""

import gzip
import io
import sys
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, TextIO, cast

from producers.files.formats import GZIP, HEAD, other_format
from producers.rows import RowError

STANDARD_INPUT: Final = Path("-")
BROKEN: Final = (OSError, EOFError, zlib.error, UnicodeDecodeError)
"""What reading a source may raise half-way; `FileSource.broken` says it in words."""

MAX_PIPED: Final = 2**30
"""The most bytes that a source may have that can be read only once: it is kept in memory, to be looked through before
anything is published."""

_BUFFER: Final = 2**17
_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_WIDE: Final = {b"x\0x\0": "utf-16-le", b"\0x\0x": "utf-16-be", b"x\0\0\0": "utf-32-le", b"\0\0\0x": "utf-32-be"}
"""Encodings by the zeros in the first four bytes of a text that begins with letters."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A source that has been looked at; it can be opened as often as needed.

    Args:
        path: Where it is; `-` is standard input.
        content: All of it, when it can be read only once; else None.
        length: Of the file in bytes, as it was first seen.
        packed: Whether it is compressed with gzip.
        encoding: Of its text.
    """

    path: Path
    content: bytes | None
    length: int
    packed: bool
    encoding: str

    @classmethod
    def at(cls, path: Path) -> "FileSource":
        """The source at `path`.

        Raises:
            RowError: It cannot be read, or holds something else than text; the message names what.
        """
        source = cls(path, None, 0, packed=False, encoding="utf-8-sig")
        try:
            source = source._looked_at()
            head = source.head()
            if head.startswith(GZIP):
                source = replace(source, packed=True)
                head = source.head()
        except BROKEN as error:
            raise source.broken(error) from error
        other = other_format(head)
        if other is not None:
            raise RowError(f"{source.name} is {other[0]}, not CSV; {other[1]}")
        return replace(source, encoding=_encoding(head))

    def _looked_at(self) -> "FileSource":
        """The same with what is read only once, or with its length."""
        if self.path == STANDARD_INPUT:
            return replace(self, content=_whole(sys.stdin.buffer, self.name))
        # A file of the system, as below /proc, has no length, whatever is in it.
        length = self.path.stat().st_size if self.path.is_file() else 0
        if length or self.path.is_dir():
            return replace(self, length=length)
        with self.path.open("rb") as opened:
            return replace(self, content=_whole(opened, self.name))

    @property
    def name(self) -> str:
        """What people call it."""
        return "standard input" if self.path == STANDARD_INPUT else str(self.path)

    def open(self) -> TextIO:
        """Its text, line ends as they are. Bytes that are no UTF-8 become surrogates, which no cell may have."""
        errors = "surrogateescape" if self.encoding == "utf-8-sig" else "strict"
        return io.TextIOWrapper(self._opened(), self.encoding, errors, newline="")

    def head(self) -> bytes:
        """The first few bytes of what is in it."""
        with self._opened() as opened:
            return opened.read(HEAD)

    def broken(self, error: BaseException) -> RowError:
        """What is wrong with a source that raised one of `BROKEN`."""
        if isinstance(error, OSError) and error.strerror:
            return RowError(f"{self.name} cannot be read: {error.strerror}; check its name and permissions")
        if isinstance(error, UnicodeDecodeError):
            return RowError(f"{self.name} is not {self.encoding.upper()} to its end: {error.reason}; save it as UTF-8")
        return RowError(f"{self.name} is damaged gzip data: {error}; make it again")

    def _opened(self) -> BinaryIO:
        if self.content is not None:
            opened: BinaryIO = io.BytesIO(self.content)
        else:
            opened = cast("BinaryIO", io.BufferedReader(_AsLong(self.path, self.length), _BUFFER))
        return cast("BinaryIO", _Unpacked(opened)) if self.packed else opened


class _Unpacked(gzip.GzipFile):
    """What is packed in an opened file, which is closed with it."""

    def __init__(self, packed: BinaryIO) -> None:
        super().__init__(fileobj=packed)
        self._packed = packed

    def close(self) -> None:
        super().close()
        self._packed.close()


class _AsLong(io.RawIOBase):
    """A file up to the length that it had when it was looked at, however it grows: each reading has the same rows."""

    def __init__(self, path: Path, length: int) -> None:
        self._file = path.open("rb", buffering=0)
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        # A view, because a slice of a bytearray is a copy.
        read = self._file.readinto(memoryview(buffer)[: self._left])
        if self._left and not read:
            raise RowError(f"{self._file.name} became shorter while it was read; copy it, and give the copy")
        self._left -= read
        return read

    def close(self) -> None:
        self._file.close()
        super().close()


def _whole(opened: BinaryIO, name: str) -> bytes:
    """All that is in a pipe or a device; raises `RowError` when that does not end in time."""
    content = opened.read(MAX_PIPED + 1)
    if len(content) > MAX_PIPED:
        raise RowError(f"{name} holds more than {MAX_PIPED // 2**20:,} MiB; write them to a file first, and give that")
    return content


def _encoding(head: bytes) -> str:
    """The encoding that a byte order mark names, or that zeros between letters show; else UTF-8."""
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    return marked or _WIDE.get(bytes(ord("x") if byte else 0 for byte in head[:4]), "utf-8-sig")
