"""Counts of one scope and minute as bytes: what is not looked at for now takes a tenth of the memory.

The bytes are the JSON of the dimensions, as they also go to the judge and into the changelogs, so that nothing is
encoded twice.
"""

from typing import Final

import msgspec

from processors.domain.window import Dimensions

Counts = Dimensions | bytes
"""Dimension to key to [count, amount], or the same packed."""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(dict[str, dict[str, list[int]]]).decode


def pack(counts: Counts) -> bytes:
    """The counts as bytes; bytes are returned as they are."""
    return counts if isinstance(counts, bytes) else _encode(counts)


def unpack(counts: Counts) -> Dimensions:
    """The counts as dictionaries; those are returned as they are, and not copied."""
    return _decode(counts) if isinstance(counts, bytes) else counts
