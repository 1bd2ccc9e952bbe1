"""Formats that are not CSV, known by how they begin, and what to do with each."""

import re
from typing import Final

HEAD: Final = 512
"""So many bytes of a file show what it is: a tar archive says so behind the name of its first file."""
GZIP: Final = b"\x1f\x8b"

_TAR_AT: Final = 257
_ARCHIVE: Final = "unpack it and give the CSV file in it"
_JSON: Final = (
    "JSON",
    "write it as CSV with a header line; records in JSON are published as they are, by any Kafka client or `POST "
    "/v1/transactions`",
)
_EXCEL: Final = ("an Excel workbook or another zip archive", "save the sheet as CSV in UTF-8, or unpack the archive")
_ZSTD: Final = ("Zstandard data", "unpack it (zstd -d), or pipe it: zstd -dc FILE | floodmark … -")
_MARKUP: Final = ("a page in HTML or XML", "download or export the table itself as CSV")
_BEGINNINGS: Final = (
    (b"\x28\xb5\x2f\xfd", *_ZSTD),
    *((bytes((first,)) + b"\x2a\x4d\x18", *_ZSTD) for first in range(0x50, 0x60)),
    (GZIP, "gzip data within gzip data", "unpack it once (gzip -d)"),
    (b"BZh", "bzip2 data", "unpack it (bzip2 -d), or pipe it: bzip2 -dc FILE | floodmark … -"),
    (b"\xfd7zXZ\x00", "xz data", "unpack it (xz -d), or pipe it: xz -dc FILE | floodmark … -"),
    (b"\x5d\x00\x00", "lzma data", "unpack it (xz -d), or pipe it: xz -dc FILE | floodmark … -"),
    (b"\x04\x22\x4d\x18", "LZ4 data", "unpack it (lz4 -d), or pipe it: lz4 -dc FILE | floodmark … -"),
    (b"\xff\x06\x00\x00sNaPpY", "Snappy data", "unpack it"),
    (b"\x1f\x9d", "data of compress", "unpack it (gzip -d)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _ARCHIVE),
    (b"Rar!\x1a\x07", "a RAR archive", _ARCHIVE),
    (b"PK\x03\x04", *_EXCEL),
    (b"PK\x05\x06", "an empty zip archive", "make it again"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV in UTF-8"),
    (b"PAR1", "a Parquet file", "write it as CSV, such as with pandas: read_parquet(…).to_csv(…, index=False)"),
    (b"ARROW1", "an Arrow file", "write it as CSV, such as with pandas: read_feather(…).to_csv(…, index=False)"),
    (b"ORC", "an ORC file", "write it as CSV"),
    (b"Obj\x01", "an Avro file", "write it as CSV"),
    (b"\x89HDF", "an HDF5 file", "write the table as CSV"),
    (b"SQLite format 3\x00", "an SQLite database", "write the table as CSV: sqlite3 -header -csv FILE 'SELECT …'"),
    (b"%PDF", "a PDF document", "export the table as CSV"),
    (b"version https://git-lfs", "a pointer of Git LFS, and not the file itself", "fetch it (git lfs pull)"),
)
_TEXTS: Final = (
    (re.compile(rb"(?:\xef\xbb\xbf)?[\s\[]*\{"), *_JSON),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:[!?]|html)", re.IGNORECASE), *_MARKUP),
)


def other_format(head: bytes) -> tuple[str, str] | None:
    """What a file is that is not CSV, and what to do; None when nothing speaks against CSV.

    Args:
        head: Its first `HEAD` bytes, unpacked when it was compressed with gzip.
    """
    if head[_TAR_AT:].startswith(b"ustar"):
        return "a tar archive", _ARCHIVE
    named = [(what, remedy) for beginning, what, remedy in _BEGINNINGS if head.startswith(beginning)]
    named += [(what, remedy) for beginning, what, remedy in _TEXTS if beginning.match(head)]
    return named[0] if named else None
