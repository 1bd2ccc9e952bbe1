import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from schemas.codec import decode
from schemas.transaction import (
    EARLIEST_MS,
    LATEST_MS,
    MAX_AMOUNT,
    MAX_COUNT,
    MAX_WORD,
    Punctuation,
    Transaction,
)
from schemas.words import plain
from tests.schemas.schema_samples import AT_MS


def read(**fields: str) -> Transaction:
    """The transaction whose fields are these JSON texts; a good timestamp and status unless given."""
    given = {"timestamp": str(AT_MS), "status": '"denied"'} | fields
    return decode(Transaction, ("{" + ",".join(f'"{k}":{v}' for k, v in given.items()) + "}").encode())


@pytest.mark.parametrize("count", ["0", "1", "-0", str(MAX_COUNT)])
def test_a_count_from_zero_to_the_limit_is_taken(count: str) -> None:
    assert read(count=count).count == int(count)


@pytest.mark.parametrize(
    "count",
    [
        "true",
        "null",
        '"5"',
        "5.5",
        "1.0000001",
        "1e-3",
        "-1.0",
        "1000000001.0",
        "1e999",
        "NaN",
        "Infinity",
        "-1",
        "[]",
        "{}",
        str(MAX_COUNT + 1),
        "9" * 40,
    ],
)
def test_a_count_that_is_no_integer_in_range_is_refused(count: str) -> None:
    with pytest.raises(ValidationError, match="count"):
        read(count=count)


@pytest.mark.parametrize(
    ("text", "number"), [("1.0", 1), ("1e3", 1000), ("-0.0", 0), ("12.500e1", 125), ("1e9", 10**9)]
)
def test_a_count_or_amount_that_is_whole_may_be_written_with_a_point(text: str, number: int) -> None:
    record = read(count=text, amount=text)
    assert (record.count, record.amount) == (number, number)
    assert (type(record.count), type(record.amount)) == (int, int)


def test_without_a_count_a_record_is_one_transaction_of_scope_all() -> None:
    record = read()
    assert (record.count, record.scope, record.amount, record.auth_code) == (1, "all", None, None)


@pytest.mark.parametrize("amount", ["-1", "1.5", '"1"', "true", str(MAX_AMOUNT + 1)])
def test_an_amount_outside_its_range_is_refused(amount: str) -> None:
    with pytest.raises(ValidationError, match="amount"):
        read(amount=amount)


@pytest.mark.parametrize("amount", ["0", str(MAX_AMOUNT)])
def test_an_amount_from_zero_to_the_limit_is_taken(amount: str) -> None:
    assert read(amount=amount).amount == int(amount)


@pytest.mark.parametrize(
    "text",
    [
        "2025-07-12T18:07:00Z",
        "2025-07-12 18:07:00Z",
        "2025-07-12t18:07:00z",
        "2025-07-12T18:07:00.000000000Z",
        "2025-07-12T20:07:00+02:00",
        "2025-07-12T20:07:00+0200",
        "2025-07-12T15:07:00-03:00",
    ],
)
def test_an_instant_with_a_zone_is_the_same_as_its_milliseconds(text: str) -> None:
    stamp = read(timestamp=json.dumps(text)).timestamp
    assert isinstance(stamp, datetime)
    assert stamp.timestamp() * 1000 == AT_MS


@pytest.mark.parametrize(
    "stamp",
    [
        '"2025-07-12T18:07:00"',  # no zone
        '"2025-07-12 18:07"',
        '"2025-07-12"',
        '"18h 07"',
        '"2025-07-12T18:07Z"',  # no seconds
        '"2025-07-12T24:00:00Z"',
        '"2025-07-12T18:07:60Z"',
        '"2025-02-30T00:00:00Z"',
        '"2025-07-12T18:07:00+24:00"',
        '"2025-07-12T18:07:00 Z"',
        '"2025-07-12_18:07:00Z"',
        '"2025-07-12T18:07:00Z\\n"',
        '"1752343620000"',  # digits in a string: in which unit?
        '"1752343620"',
        '""',
        "true",
        "null",
        "[]",
        "{}",
        "1752343620000.0",
        "1752343620000.5",
        "1e12",
        "NaN",
        "1e999",
    ],
)
def test_what_is_no_instant_is_refused(stamp: str) -> None:
    with pytest.raises(ValidationError, match="timestamp"):
        read(timestamp=stamp)


@pytest.mark.parametrize(
    "stamp",
    [
        "1752343620",  # seconds
        "1752343620000000",  # microseconds
        "0",
        "-1",
        str(EARLIEST_MS - 1),
        str(LATEST_MS),
        '"1970-01-01T00:00:00Z"',
        '"1999-12-31T23:59:59.999Z"',
        '"2100-01-01T00:00:00Z"',
        '"2099-12-31T23:30:00-01:00"',
        '"0001-01-01T00:00:00Z"',
        '"9999-12-31T23:59:59Z"',
        "9" * 30,
    ],
)
def test_an_instant_out_of_range_is_refused_as_number_and_as_text(stamp: str) -> None:
    with pytest.raises(ValidationError, match="timestamp"):
        read(timestamp=stamp)


@pytest.mark.parametrize(
    "stamp",
    [
        str(EARLIEST_MS),
        str(LATEST_MS - 1),
        '"2000-01-01T00:00:00Z"',
        '"1999-12-31T23:30:00-01:00"',
        '"2099-12-31T23:59:59.999Z"',
        '"2100-01-01T00:30:00+01:00"',
    ],
)
def test_the_first_and_the_last_instant_are_taken(stamp: str) -> None:
    taken = read(timestamp=stamp).timestamp
    assert EARLIEST_MS <= (taken if isinstance(taken, int) else round(taken.timestamp() * 1000)) < LATEST_MS


def test_a_fraction_finer_than_a_microsecond_is_cut_off() -> None:
    stamp = read(timestamp='"2025-07-12T18:07:59.999999999Z"').timestamp
    assert stamp == datetime(2025, 7, 12, 18, 7, 59, 999_999, tzinfo=UTC)
    read(timestamp='"2099-12-31T23:59:59.999999999Z"')


def test_a_datetime_made_in_python_is_taken_with_its_zone_only() -> None:
    naive = datetime(2025, 7, 12)  # noqa: DTZ001 - the point of the test
    assert Transaction(timestamp=naive.replace(tzinfo=UTC), status="a").timestamp == naive.replace(tzinfo=UTC)
    with pytest.raises(ValidationError, match="timezone"):
        Transaction(timestamp=naive, status="a")


WORDS = ["status", "auth_code", "scope"]


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("word", ["a", "00", "not sufficient funds", "ünï", "不足", "a-b_c.d/e", "x" * MAX_WORD])
def test_a_word_may_be_anything_readable(name: str, word: str) -> None:
    assert getattr(read(**{name: json.dumps(word)}), name) == word


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize(
    "word",
    ["", " ", "\u200b", "\x85", "\u2028", "a|b", "|", "a\nb", "a\n", "a\tb", "\x00", "a\x1f", "x" * 65, "\u0344" * 40],
)
def test_a_word_with_bars_or_control_characters_or_nothing_to_be_seen_is_refused(name: str, word: str) -> None:
    with pytest.raises(ValidationError, match=name):
        read(**{name: json.dumps(word)})


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("word", [" a", "a ", "a\x85", "\u2028a", "a\u200b", "\u202ea"])
def test_a_word_may_have_loose_spaces_and_what_cannot_be_seen(name: str, word: str) -> None:
    assert plain(getattr(read(**{name: json.dumps(word)}), name)) == "a"


@pytest.mark.parametrize(
    ("text", "digits"), [("51", "51"), ("10", "10"), ("51.0", "51"), ("999999999999999", "9" * 15)]
)
def test_an_auth_code_that_is_a_number_is_its_digits(text: str, digits: str) -> None:
    assert read(auth_code=text).auth_code == digits


@pytest.mark.parametrize("text", ["0", "5", "9.0", "-51", "51.5", "1000000000000000", "1e15"])
def test_an_auth_code_that_may_have_lost_a_zero_or_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="auth_code"):
        read(auth_code=text)


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("value", ["5", "true", "[]", '["denied"]', "{}"])
def test_a_word_that_is_no_text_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name):
        read(**{name: value})


@pytest.mark.parametrize("raw", [rb'"\ud800"', b'"\xff"', b'"\xc3"'])
def test_text_that_is_no_unicode_is_refused(raw: bytes) -> None:
    with pytest.raises(ValidationError):
        decode(Transaction, b'{"timestamp":1752343620000,"status":' + raw + b"}")


def test_a_new_status_needs_no_change() -> None:
    assert read(status='"chargeback"').status == "chargeback"


def test_an_auth_code_alone_is_enough_and_none_of_both_is_not() -> None:
    assert read(status="null", auth_code='"51"').status is None
    with pytest.raises(ValidationError, match="count nowhere"):
        read(status="null")


@pytest.mark.parametrize("missing", ['{"status":"denied"}', "{}"])
def test_a_record_without_a_timestamp_is_refused_by_name(missing: str) -> None:
    with pytest.raises(ValidationError, match="timestamp"):
        decode(Transaction, missing.encode())


def test_unknown_fields_are_ignored() -> None:
    assert read(merchant='"m-1"', nested='{"a":[1]}') == read()


@pytest.mark.parametrize("name", ["id", "source"])
def test_ids_and_sources_are_text_of_any_length(name: str) -> None:
    assert len(getattr(read(**{name: json.dumps("x" * 5000)}), name)) == 5000
    with pytest.raises(ValidationError, match=name):
        read(**{name: "5"})


@pytest.mark.parametrize("time", ["1752343620", str(LATEST_MS), "-1", '"2025-07-12T18:07:00Z"', "1.0", "null"])
def test_a_punctuation_is_milliseconds_in_range(time: str) -> None:
    assert decode(Punctuation, f'{{"punctuation":{AT_MS}}}'.encode()).punctuation == AT_MS
    with pytest.raises(ValidationError, match="punctuation"):
        decode(Punctuation, f'{{"punctuation":{time}}}'.encode())
