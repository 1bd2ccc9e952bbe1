"""Columns as a block of ClickHouse's format Native: byte for byte what clickhouse-connect makes, at half the time.

The client looks at each value of a column three or four times in Python. Here a column goes to C as a whole, which is
what the pace of a backlog hangs on; a test holds each block against the client's own writer and reader. See
https://clickhouse.com/docs/interfaces/formats/Native.
"""

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, chain
from math import isfinite
from typing import Any, Final

import numpy as np

Column = Sequence[Any]
Encoder = Callable[[Column], bytes]

DICTIONARY_VERSION: Final = 1
NEW_DICTIONARY: Final = 1 << 9 | 1 << 10
"""Flags of a dictionary: its words come with the block and belong to no shared dictionary."""
WIDTHS: Final = "BHI"
"""`struct` codes for the numbers that stand for words, of 1, 2 and 4 bytes."""


def block(names: Sequence[str], types: Sequence[str], columns: Sequence[Column]) -> bytes:
    """One block of all rows.

    NaN and the infinities are NULL, 0 where a column has no NULL, and left out of maps.

    Args:
        names: The names of the columns.
        types: Their ClickHouse types; see `ENCODERS`.
        columns: Their values, as many in each; instants are numbers of their unit since 1970.

    Raises:
        struct.error: a number does not fit its column.
        ValueError: a text cannot be written in UTF-8.
        TypeError: a value is of another kind than its column.
    """
    parts = [_leb128(len(columns)), _leb128(len(columns[0]))]
    for name, kind, values in zip(names, types, columns, strict=True):
        parts += (_text(name), _text(kind), ENCODERS[kind](values))
    return b"".join(parts)


def _numbers(code: str) -> Encoder:
    def encode(values: Column) -> bytes:
        return struct.pack(f"<{len(values)}{code}", *values)

    return encode


def _wide(*, signed: bool) -> Encoder:
    """Integers of 128 bits; those that fit into 64, as almost all do, are widened all at once."""

    def encode(values: Column) -> bytes:
        try:
            low = np.array(values, dtype=np.int64)
        except OverflowError:
            return b"".join([value.to_bytes(16, "little", signed=signed) for value in values])
        if not signed and low.min() < 0:
            raise OverflowError("a number below 0 has no place in an unsigned column")
        return np.stack((low, low >> 63), axis=1).astype("<i8").tobytes()

    return encode


def _nullable(encode: Encoder, nothing: object) -> Encoder:
    """NULL as `nothing`, with a mark before all values."""

    def encode_nullable(values: Column) -> bytes:
        marks = bytes([value is None for value in values])
        return marks + encode([nothing if value is None else value for value in values])

    return encode_nullable


def _finite(values: Column) -> tuple[Any, Any]:
    """The values with 0 for what is no number, and where that is."""
    found = np.array(values, dtype="<f8")
    odd = ~np.isfinite(found)
    if odd.any():
        found[odd] = 0.0
    return found, odd


def _floats(values: Column) -> bytes:
    return bytes(_finite(values)[0].tobytes())


def _nullable_floats(values: Column) -> bytes:
    found, odd = _finite(values)
    return bytes(odd.tobytes() + found.tobytes())


def _texts(values: Iterable[str]) -> bytes:
    return b"".join(map(_text, values))


def _dictionary(values: Column, *, nullable: bool = False) -> bytes:
    """Each word once, in the order in which they come, and the number of its word for each value."""
    if not values:
        return b""
    words = dict.fromkeys(values)
    if nullable:
        # The first place is that of NULL, whether it occurs or not.
        words = {None: None} | words
    numbers = dict(zip(words, range(len(words)), strict=True))
    width = (len(words).bit_length() - 1) >> 3
    return b"".join(
        (
            struct.pack("<QQ", NEW_DICTIONARY | width, len(words)),
            _texts(word or "" for word in words),
            struct.pack("<Q", len(values)),
            struct.pack(f"<{len(values)}{WIDTHS[width]}", *map(numbers.__getitem__, values)),
        )
    )


def _words(values: Column) -> bytes:
    return struct.pack("<Q", DICTIONARY_VERSION) + _dictionary(values)


def _nullable_words(values: Column) -> bytes:
    return struct.pack("<Q", DICTIONARY_VERSION) + _dictionary(values, nullable=True)


def _text_lists(values: Column) -> bytes:
    return _ends(values) + _texts(chain.from_iterable(values))


def _word_lists(values: Column) -> bytes:
    """Lists of words, most of which are empty."""
    return (
        struct.pack("<Q", DICTIONARY_VERSION)
        + _ends(values)
        + _dictionary(list(chain.from_iterable(filter(None, values))))
    )


def _maps(encode: Encoder, *, finite: bool = False) -> Encoder:
    """Maps from words to numbers; `finite`: what is no number is left out."""

    def encode_maps(values: Column) -> bytes:
        filled = list(filter(None, values))
        numbers = list(chain.from_iterable(map(dict.values, filled)))
        if finite and _finite(numbers)[1].any():
            return encode_maps([{word: x for word, x in value.items() if isfinite(x)} for value in values])
        words = _dictionary(list(chain.from_iterable(filled)))
        return b"".join((struct.pack("<Q", DICTIONARY_VERSION), _ends(values), words, encode(numbers)))

    return encode_maps


def _ends(values: Column) -> bytes:
    """Where the values of each list or map end among those of all."""
    return struct.pack(f"<{len(values)}Q", *accumulate(map(len, values)))


def _text(text: str) -> bytes:
    raw = text.encode()
    return _leb128(len(raw)) + raw


def _leb128(number: int) -> bytes:
    """Seven bits in a byte, the lowest first; the eighth says that there are more."""
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)
    return bytes(made)


ENCODERS: Final[Mapping[str, Encoder]] = {
    "DateTime('UTC')": _numbers("I"),
    "Nullable(DateTime('UTC'))": _nullable(_numbers("I"), 0),
    "DateTime64(3, 'UTC')": _numbers("q"),
    "Bool": _numbers("?"),
    "Int32": _numbers("i"),
    "UInt32": _numbers("I"),
    "Int64": _numbers("q"),
    "UInt64": _numbers("Q"),
    "Nullable(Int64)": _nullable(_numbers("q"), 0),
    "Int128": _wide(signed=True),
    "UInt128": _wide(signed=False),
    "Float64": _floats,
    "Nullable(Float64)": _nullable_floats,
    "String": _texts,
    "Nullable(String)": _nullable(_texts, ""),
    "LowCardinality(String)": _words,
    "LowCardinality(Nullable(String))": _nullable_words,
    "Array(String)": _text_lists,
    "Array(LowCardinality(String))": _word_lists,
    "Map(LowCardinality(String), Float64)": _maps(_floats, finite=True),
    "Map(LowCardinality(String), Int64)": _maps(_numbers("q")),
}
"""How the values of a column of each type are written."""
