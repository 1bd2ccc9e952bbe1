"""Records that nobody can count, each with the reason that its dead letter must give, and odd ones that are good."""

from dataclasses import dataclass
from typing import Final

NOON_MS: Final = 1_752_321_600_000
MAX_BYTES: Final = 1_000_000
"""The longest record that is read, in bytes."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A record, why it is bad and in which field."""

    name: str
    value: bytes | None
    reason: str
    field: str = ""


def record(**fields: str | int) -> bytes:
    """A record of noon with these fields, written as they are."""
    text = {"timestamp": NOON_MS, "status": '"approved"'} | fields
    return ("{" + ",".join(f'"{name}":{value}' for name, value in text.items()) + "}").encode()


def good(mark: str) -> bytes:
    """A record that counts once under its mark."""
    return record(auth_code=f'"{mark}"')


def padded(value: bytes, size: int) -> bytes:
    """The JSON object with blanks before its last brace, so that it has `size` bytes."""
    return value[:-1] + b" " * (size - len(value)) + b"}"


BAD: Final = (
    Bad("empty", b"", "not_json"),
    Bad("cut off", good("cut off")[:-1], "not_json"),
    Bad("two objects", record() + b"{}", "not_json"),
    Bad("binary framing", b"\x00\x00\x00\x00\x01" + record(), "not_json"),
    Bad("nested without end", b'{"a":' * 3000 + b"1" + b"}" * 3000, "not_json"),
    Bad("NaN count", record(count="NaN"), "not_json"),
    Bad("infinite count", record(count="-Infinity"), "not_json"),
    Bad("no utf-8", b"\xff\xfe{}", "not_utf8"),
    Bad("no utf-8 in a word", record().replace(b"approved", b"appr\xf6ved"), "not_utf8"),
    Bad("null value", None, "null"),
    Bad("JSON null", b"null", "not_an_object"),
    Bad("list", b"[" + record() + b"]", "not_an_object"),
    Bad("text", b'"approved"', "not_an_object"),
    Bad("no field", b"{}", "missing", "timestamp"),
    Bad("no timestamp", b'{"status":"approved"}', "missing", "timestamp"),
    Bad("no status", b'{"timestamp":%d,"count":2}' % NOON_MS, "missing", "status"),
    Bad("true count", record(count="true"), "type", "count"),
    Bad("text count", record(auth_code='"mended"', count='"5"'), "type", "count"),
    Bad("fraction count", record(count="1.5"), "type", "count"),
    Bad("null count", record(count="null"), "type", "count"),
    Bad("whole count, cut off", record(count="1.0")[:-1], "not_json"),
    Bad("whole count, no utf-8", record(count="1.0").replace(b"approved", b"appr\xf6ved"), "not_utf8"),
    Bad("whole count, number status", record(count="1.0", status=7), "type", "status"),
    Bad("huge whole count", record(count="1e10"), "range", "count"),
    Bad("fraction amount", record(amount="0.5"), "type", "amount"),
    Bad("code without its zero", record(auth_code=5), "type", "auth_code"),
    Bad("list status", record(status='["approved"]'), "type", "status"),
    Bad("number status", record(status=7), "type", "status"),
    Bad("no instant", record(timestamp='"yesterday"'), "type", "timestamp"),
    Bad("no zone", record(timestamp='"2025-07-12T12:00:00"'), "type", "timestamp"),
    Bad("true timestamp", record(timestamp="true"), "type", "timestamp"),
    Bad("endless count", record(count="1e999"), "range", "count"),
    Bad("negative count", record(count=-1), "range", "count"),
    Bad("huge count", record(count=1_000_000_001), "range", "count"),
    Bad("count beyond 64 bits", record(count=2**70), "range", "count"),
    Bad("negative amount", record(amount=-1), "range", "amount"),
    Bad("no word", record(status='""'), "word", "status"),
    Bad("long word", record(status=f'"{"x" * 65}"'), "word", "status"),
    Bad("nothing to be seen in a word", record(status='"\\u200b"'), "word", "status"),
    Bad("bar in a word", record(status='"a|b"'), "word", "status"),
    Bad("bar in a code", record(auth_code='"a|b"'), "word", "auth_code"),
    Bad("long scope", record(scope=f'"{"x" * 300}"'), "word", "scope"),
    Bad("seconds", record(timestamp=NOON_MS // 1000), "too_old", "timestamp"),
    Bad("1970", record(timestamp='"1970-01-01T00:00:00Z"'), "too_old", "timestamp"),
    Bad("before 1970", record(timestamp=-1), "too_old", "timestamp"),
    Bad("microseconds", record(timestamp=NOON_MS * 1000), "future", "timestamp"),
    Bad("2099", record(timestamp='"2099-01-01T00:00:00Z"'), "future", "timestamp"),
    Bad("beyond 64 bits", record(timestamp=2**70), "future", "timestamp"),
    Bad("far punctuation", b'{"punctuation":4000000000000}', "future", "punctuation"),
    Bad("largest, malformed", b"{" * MAX_BYTES, "not_json"),
    Bad("one byte too many", padded(record(), MAX_BYTES + 1), "too_large"),
    Bad("five times too large", padded(record(), 5 * MAX_BYTES), "too_large"),
)

ODD: Final = {
    "milliseconds": record(auth_code='"milliseconds"', timestamp=NOON_MS + 1),
    "another zone": record(auth_code='"another zone"', timestamp='"2025-07-12T14:00:00+02:00"'),
    "unknown field": record(auth_code='"unknown field"', weather='{"rain":[true,null]}'),
    "upper case": record(auth_code='"UPPER case"'),
    "whole numbers": record(auth_code='"whole numbers"', count="1.0", amount="12.0"),
    "51": record(auth_code="51"),
    "café": record(auth_code='" Cafe\\u0301\\u200b"'),
    "istanbul": record(auth_code='"İstanbul"'),
    "nanoseconds": record(auth_code='"nanoseconds"', timestamp='"2025-07-12T12:00:59.999999999Z"'),
    "null amount": record(auth_code='"null amount"', amount="null"),
    "largest": padded(record(auth_code='"largest"'), MAX_BYTES),
}
"""Good records by the auth code, in lower case, that each must count under once."""
