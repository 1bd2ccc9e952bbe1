"""The processors' fast reader and the model of a transaction give the same answer, and read the same."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given

from processors.intake.reading import read
from schemas.codec import NOT_DECODED, decode_transaction
from schemas.transaction import LATEST_MS
from schemas.words import plain
from tests.schemas.schema_samples import AT_MS, PROPERTY, near_transactions

Seen = tuple[int, str, str | None, str | None, int, int]


def by_reader(raw: bytes, neighbours: list[bytes]) -> Seen | None:
    """What the reader makes of the last of these records; None when it refuses it."""
    values = [*neighbours, raw]
    rows, bad = read(values, np.arange(len(values)), LATEST_MS)
    if any(unreadable.index == len(neighbours) for unreadable in bad):
        return None
    at = len(rows.codes) - 1
    assert int(rows.offsets[at]) == len(neighbours)
    scope, status, code = rows.places[int(rows.codes[at])]
    return int(rows.times_ms[at]), scope, status, code, int(rows.counts[at]), int(rows.amounts[at])


def by_model(raw: bytes) -> Seen | None:
    try:
        record = decode_transaction(raw)
    except (ValueError, *NOT_DECODED):
        return None
    stamp = record.timestamp
    time_ms = stamp if isinstance(stamp, int) else int(stamp.timestamp() * 1000)
    status, code = (word and plain(word) for word in (record.status, record.auth_code))
    return time_ms, plain(record.scope), status, code, record.count, record.amount or 0


def agree(raw: bytes) -> None:
    said = by_model(raw)
    assert by_reader(raw, []) == said, "read with the whole chunk"
    assert by_reader(raw, [b"no record"]) == said, "read by itself"


@PROPERTY
@given(near_transactions)
@example({"timestamp": AT_MS, "status": "Denied", "auth_code": "05", "scope": "M-1", "count": 0, "amount": 5})
@example({"timestamp": "2025-07-12T20:07:00+0200", "status": "x"})
def test_reader_and_model_agree_on_anything_like_a_transaction(value: dict[str, Any]) -> None:
    agree(json.dumps(value).encode())


@pytest.mark.parametrize(
    "text",
    [
        '{"timestamp":1752343620000,"status":"a","count":1.0}',
        '{"timestamp":1752343620000,"status":"a","count":1e3}',
        '{"timestamp":1752343620000,"status":"a","count":-0}',
        '{"timestamp":1752343620000,"status":"a","count":1e999}',
        '{"timestamp":1752343620000,"status":"a","count":-1.0}',
        '{"timestamp":1752343620000,"status":"a","count":1000000001.0}',
        '{"timestamp":1752343620000,"status":"a","count":null}',
        '{"timestamp":1752343620000,"status":"a","amount":1.5e2}',
        '{"timestamp":1752343620000,"status":"a","amount":1.005e2}',
        '{"timestamp":1752343620000,"auth_code":51}',
        '{"timestamp":1752343620000,"auth_code":51.0}',
        '{"timestamp":1752343620000,"auth_code":51.5}',
        '{"timestamp":1752343620000,"auth_code":5}',
        '{"timestamp":1752343620000,"auth_code":-51}',
        '{"timestamp":1752343620000,"auth_code":true}',
        '{"timestamp":1752343620000,"auth_code":999999999999999}',
        '{"timestamp":1752343620000,"auth_code":1000000000000000}',
        '{"timestamp":1752343620000,"status":5,"auth_code":51}',
        '{"timestamp":1752343620000,"status":"a","scope":5}',
        '{"timestamp":1752343620000,"status":" a "}',
        '{"timestamp":1752343620000,"status":" "}',
        '{"timestamp":1752343620000,"status":"Cafe\\u0301"}',
        '{"timestamp":1752343620000,"status":"a\\u200b"}',
        '{"timestamp":1752343620000,"status":"\\u200b"}',
        '{"timestamp":1752343620000,"status":"\\u0130"}',
        '{"timestamp":1752343620000,"status":"a","count":NaN}',
        '{"timestamp":1752343620000.0,"status":"a"}',
        '{"timestamp":1e12,"status":"a"}',
        '{"timestamp":"1752343620000","status":"a"}',
        '{"timestamp":"2025-07-12T18:07Z","status":"a"}',
        '{"timestamp":"2025-07-12T18:07:00.9999999Z","status":"a"}',
        '{"timestamp":"2025-07-12T18:07:59.9999999Z","status":"a"}',
        '{"timestamp":"2025-07-12T18:07:59.9999994Z","status":"a"}',
        '{"timestamp":"2025-07-12T18:07:59.999999499999999Z","status":"a"}',
        '{"timestamp":"2025-07-12T18:07:59.0009995Z","status":"a","id":".9999999"}',
        '{"timestamp":"2025-07-12T18:07:59.5Z","status":"a","id":".9999999"}',
        '{"timestamp":"2099-12-31T23:59:59.999999999Z","status":"a"}',
        '{"timestamp":"1999-12-31T23:59:59.999999999Z","status":"a"}',
        '{"timestamp":-9223372036854775809,"status":"a"}',
        '{"timestamp":9223372036854775808,"status":"a"}',
        '{"timestamp":"2025-07-12T18:07:00,5Z","status":"a"}',
        '{"timestamp":"2025-07-12T18:07:00+24:00","status":"a"}',
        '{"timestamp":"2025-07-12T18:07:60Z","status":"a"}',
        '{"timestamp":"1999-12-31T23:30:00-01:00","status":"a"}',
        '{"timestamp":"2100-01-01T00:30:00+01:00","status":"a"}',
        '{"timestamp":null,"status":"a"}',
        '{"status":"a"}',
        '{"timestamp":1752343620000,"status":"a","status":"b"}',
        '{"timestamp":1752343620000,"status":"\\ud800"}',
        '{"timestamp":1752343620000,"status":"a","unknown":{"deep":[{}]}}',
        '{"timestamp":1752343620000,"status":"a","id":null,"source":""}',
        '{"timestamp":1752343620000,"status":"a\\u0085"}',
        '{"timestamp":1752343620000,"status":"\\u007f"}',
        '{"timestamp":1752343620000,"status":"a\\n"}',
        ' {"timestamp" : 1752343620000 , "status" : "a"} ',
        '{"timestamp":1752343620000,"status":"a"} x',
        '{"timestamp":1752343620000,"status":"a","id":"%s"}' % ("x" * 1000),
        "[]",
        "null",
        "",
    ],
)
def test_reader_and_model_agree_on_what_generators_seldom_write(text: str) -> None:
    agree(text.encode())


@pytest.mark.parametrize(
    "unknown",
    [
        b'"S\xe3o Paulo"',
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b"[" * 500 + b"]" * 500,
        b"[" * 100_000 + b"]" * 100_000,
        b"9" * 5_000,
        b"NaN",
        b"1e999",
        b'1,"\xff":2',
        b'1,"x":2',
        b"[1,]",
    ],
    ids=lambda unknown: repr(unknown[:12]),
)
def test_what_an_unknown_field_holds_is_no_matter_to_either_or_to_both(unknown: bytes) -> None:
    agree(b'{"timestamp":%d,"status":"a","city":%s}' % (AT_MS, unknown))


def test_a_city_in_another_encoding_hinders_no_transaction() -> None:
    assert by_model(b'{"city":"S\xe3o Paulo","timestamp":%d,"status":"a"}' % AT_MS) == (AT_MS, "all", "a", None, 1, 0)
