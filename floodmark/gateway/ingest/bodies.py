"""The records in the body of a post: one, an array of them, or a line for each."""

from typing import Final

import msgspec

MAX_RECORDS: Final = 10_000
"""How many records one post may hold."""
MAX_COMMAS: Final = 64
"""How many elements an array may hold for each of these records."""
JSON: Final = frozenset({"application/json"})
LINES: Final = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines"})

_array: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


class BodyError(ValueError):
    """The body holds no records that could be told apart; says where and what to do."""


class TooManyRecords(BodyError):
    """There are more of them than one post may hold."""


def media_type_of(content_type: str | None) -> str:
    """The media type of a header, in lower case and without its parameters."""
    return (content_type or "").partition(";")[0].strip().lower()


def is_one(body: bytes, media_type: str) -> bool:
    """Whether a body is a single record, and no list of them."""
    return media_type in JSON and body.lstrip()[:1] != b"["


def records_in(body: bytes, media_type: str) -> list[bytes]:
    """The records of a body as they are written, in order; they may still be no transactions.

    Args:
        body: JSON (an object, or an array of them), or a line of JSON for each; empty lines are left out.
        media_type: One of `JSON` or `LINES`.

    Raises:
        BodyError: It holds none, or what it holds is no array.
        TooManyRecords: It holds more than `MAX_RECORDS`.
    """
    if media_type in LINES:
        found = [line for each in body.split(b"\n", MAX_RECORDS * 4) if (line := each.strip())]
    elif is_one(body, media_type):
        found = [one] if (one := body.strip()) else []
    else:
        found = _elements(body)
    if not found:
        raise BodyError("the body holds no record; send an object, an array of objects, or a line for each")
    if len(found) > MAX_RECORDS:
        raise TooManyRecords(f"more than {MAX_RECORDS:,} records; send them in several posts")
    return found


def _elements(body: bytes) -> list[bytes]:
    # Each element takes some 80 bytes more than it is written with: of `1,1,1…` there would be a gigabyte.
    if body.count(b",") > MAX_RECORDS * MAX_COMMAS:
        raise TooManyRecords(f"more than {MAX_RECORDS:,} records of {MAX_COMMAS} fields; send them in several posts")
    try:
        return [bytes(raw) for raw in _array(body)]
    except (msgspec.DecodeError, RecursionError) as error:
        raise BodyError(f"the body is no JSON array: {error}; nothing of it was taken") from None
