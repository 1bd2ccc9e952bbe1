"""Where rows come from: a file, a compressed one, a pipe or standard input, as text; other formats by their name."""

import gzip
import io
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TextIO, cast

from producers.rows import RowError

STANDARD_INPUT: Final = Path("-")
BROKEN: Final = (OSError, EOFError, zlib.error, UnicodeDecodeError)
"""What reading a source may raise half-way; `FileSource.broken` says it in words."""

_HEAD: Final = 16
_GZIP: Final = b"\x1f\x8b"
_NAMED: Final = (
    (b"\x28\xb5\x2f\xfd", "Zstandard data", "unpack it (zstd -d), or pipe it: zstd -dc FILE | floodmark … -"),
    (b"BZh", "bzip2 data", "unpack it (bzip2 -d), or pipe it: bzip2 -dc FILE | floodmark … -"),
    (b"\xfd7zXZ\x00", "xz data", "unpack it (xz -d), or pipe it: xz -dc FILE | floodmark … -"),
    (
        b"PK\x03\x04",
        "an Excel workbook or another zip archive",
        "save the sheet as CSV in UTF-8, or unpack the archive",
    ),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV in UTF-8"),
    (b"PAR1", "a Parquet file", "write it as CSV, such as with pandas: read_parquet(…).to_csv(…, index=False)"),
    (b"ORC", "an ORC file", "write it as CSV"),
    (b"Obj\x01", "an Avro file", "write it as CSV"),
    (b"SQLite format 3\x00", "an SQLite database", "write the table as CSV: sqlite3 -header -csv FILE 'SELECT …'"),
    (b"%PDF", "a PDF document", "export the table as CSV"),
)
"""How formats that we do not read begin, what they are, and what to do."""
_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class FileSource:
    """A source that has been looked at; it can be opened as often as needed.

    Args:
        path: Where it is; `-` is standard input.
        content: All of it, when it can be read only once; else None.
        packed: Whether it is compressed with gzip.
        encoding: Of its text.
    """

    path: Path
    content: bytes | None
    packed: bool
    encoding: str

    @classmethod
    def at(cls, path: Path) -> "FileSource":
        """The source at `path`.

        Raises:
            RowError: It cannot be read, or holds something else than text; the message names what.
        """
        source = cls(path, None, packed=False, encoding="utf-8-sig")
        try:
            if path == STANDARD_INPUT:
                source = cls(path, sys.stdin.buffer.read(), packed=False, encoding="utf-8-sig")
            elif not (path.is_file() or path.is_dir()):
                source = cls(path, path.read_bytes(), packed=False, encoding="utf-8-sig")
            head = source.head()
            if head.startswith(_GZIP):
                source = cls(path, source.content, packed=True, encoding="utf-8-sig")
                head = source.head()
        except BROKEN as error:
            raise source.broken(error) from error
        for beginning, what, remedy in _NAMED:
            if head.startswith(beginning):
                raise RowError(f"{source.name} is {what}, not CSV; {remedy}")
        return cls(path, source.content, source.packed, _encoding(head))

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
            return opened.read(_HEAD)

    def broken(self, error: BaseException) -> RowError:
        """What is wrong with a source that raised one of `BROKEN`."""
        if isinstance(error, OSError) and error.strerror:
            return RowError(f"{self.name} cannot be read: {error.strerror}; check its name and permissions")
        if isinstance(error, UnicodeDecodeError):
            return RowError(f"{self.name} is not {self.encoding.upper()} to its end: {error.reason}; save it as UTF-8")
        return RowError(f"{self.name} is damaged gzip data: {error}; make it again")

    def _opened(self) -> BinaryIO:
        if not self.packed:
            return self.path.open("rb") if self.content is None else io.BytesIO(self.content)
        # By its path where it has one: a GzipFile closes only what it has opened itself.
        return cast("BinaryIO", gzip.open(self.path if self.content is None else io.BytesIO(self.content)))


def _encoding(head: bytes) -> str:
    """The encoding that a byte order mark names, or that zeros between letters show; else UTF-8."""
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked is not None:
        return marked
    if len(head) >= 4 and not any(head[1:4:2]) and all(head[0:4:2]):
        return "utf-16-le"
    return "utf-16-be" if len(head) >= 4 and not any(head[0:4:2]) and all(head[1:4:2]) else "utf-8-sig"
