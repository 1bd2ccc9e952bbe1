"""HTTP content codings, both ways, without ever holding a whole body."""

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Final, Protocol

from floodmark.queries.errors import StoreError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

try:
    import lz4.frame as lz4_frame  # type: ignore[import-untyped]  # it ships no types
except ModuleNotFoundError:  # clickhouse-connect brings it along only where its wheels exist
    lz4_frame = None

CHUNK: Final = 1 << 20
PREFERRED: Final = (*(("lz4",) if lz4_frame else ()), "zstd", "gzip", "deflate")
"""Cheapest first: on loopback the processor is dearer than the wire."""


class Compressor(Protocol):
    """Turns chunks into one compressed stream."""

    def compress(self, data: bytes, /) -> bytes:
        """Take a chunk; what it returns is sent, and may be empty."""

    def flush(self) -> bytes:
        """End the stream."""


class Plain:
    """No coding."""

    def compress(self, data: bytes, /) -> bytes:
        """The chunk itself."""
        return data

    def flush(self) -> bytes:
        """Nothing."""
        return b""


class Lz4:
    """One LZ4 frame."""

    def __init__(self) -> None:
        self._frame = lz4_frame.LZ4FrameCompressor()
        self._start: bytes = self._frame.begin()

    def compress(self, data: bytes, /) -> bytes:
        """Compress a chunk."""
        start, self._start = self._start, b""
        return start + bytes(self._frame.compress(data))

    def flush(self) -> bytes:
        """End the frame."""
        return self._start + bytes(self._frame.flush())


COMPRESSORS: Final[dict[str, Callable[[], Compressor]]] = {
    "": Plain,
    "lz4": Lz4,
    "zstd": lambda: zstd.ZstdCompressor(level=1),
    "gzip": lambda: zlib.compressobj(level=1, wbits=31),
    "deflate": lambda: zlib.compressobj(level=1),
}


def choose(accepted: str) -> str:
    """The coding for a response, from an Accept-Encoding header; empty for none."""
    offers = [offer.partition(";") for offer in accepted.lower().split(",")]
    names = {name.strip() for name, _, weight in offers if weight.strip() not in ("q=0", "q=0.0")}
    return next((name for name in PREFERRED if name in names), "")


def decoded(body: IO[bytes], coding: str, limit: int) -> Iterator[bytes]:
    """The chunks of a request body, decompressed as they are asked for.

    Args:
        body: The body as it came, at its start.
        coding: Its Content-Encoding; empty or `identity` for none. Bodies of several frames are fine.
        limit: Bytes that it may have when decompressed.

    Raises:
        StoreError: the coding is unknown, the body is damaged or cut short, or it is larger than the limit.
    """
    size = 0
    try:
        for chunk in _opened(body, coding.strip().lower()):
            size += len(chunk)
            if size > limit:
                raise StoreError(307, "TOO_MANY_BYTES", f"The body is larger than {limit} bytes when decompressed.")
            yield chunk
    except (EOFError, OSError, RuntimeError, zlib.error, zstd.ZstdError) as error:
        raise StoreError(271, "CANNOT_DECOMPRESS", f"The body is not {coding}: {error}.") from None


def _opened(body: IO[bytes], coding: str) -> Iterator[bytes]:
    if coding in ("", "identity"):
        return _chunks(body)
    if coding == "gzip":
        return _chunks(gzip.GzipFile(fileobj=body, mode="rb"))
    if coding == "lz4" and lz4_frame:
        return _chunks(lz4_frame.LZ4FrameFile(body, mode="rb"))
    if coding == "zstd":
        return _chunks(zstd.ZstdFile(body, mode="rb"))
    if coding == "deflate":
        return _inflated(body)
    raise StoreError(
        48, "NOT_IMPLEMENTED", f"Content-Encoding {coding} is not served; use one of {', '.join(PREFERRED)}."
    )


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _chunks(file: _Readable) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _inflated(body: IO[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    while not inflater.eof:
        rest = inflater.unconsumed_tail or body.read(CHUNK)
        if not rest:
            raise EOFError("it is cut short")
        if chunk := inflater.decompress(rest, CHUNK):
            yield chunk
