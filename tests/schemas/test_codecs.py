import json

import pytest
from hypothesis import given
from pydantic import ValidationError

from schemas.alert import Alert, CloudEvent, envelope
from schemas.codec import alert_record, decode, decode_alert, encode, minute_record
from schemas.dead_letter import DeadLetter
from schemas.minute import Minute
from schemas.transaction import Transaction
from tests.schemas.schema_samples import (
    AT_MS,
    PROPERTY,
    alert,
    alerts,
    dead_letter,
    dead_letters,
    minute,
    minutes,
    words,
)


@PROPERTY
@given(minutes)
def test_a_minute_comes_back_equal(record: Minute) -> None:
    _, value = minute_record(record)
    assert decode(Minute, value) == record


@PROPERTY
@given(alerts)
def test_an_alert_comes_back_equal_from_its_envelope(record: Alert) -> None:
    _, value = alert_record(record)
    assert decode_alert(value) == record
    assert decode(CloudEvent, value) == envelope(record)


@PROPERTY
@given(dead_letters)
def test_the_headers_of_a_dead_letter_come_back_equal(record: DeadLetter) -> None:
    assert DeadLetter.from_headers(record.headers()) == record


@PROPERTY
@given(minutes)
def test_equal_minutes_are_equal_bytes(record: Minute) -> None:
    assert minute_record(record) == minute_record(Minute.model_validate(record.model_dump()))


def test_a_transaction_comes_back_equal() -> None:
    record = Transaction(timestamp=AT_MS, status="approved", count=3, amount=1999)
    assert decode(Transaction, encode(record)) == record


@PROPERTY
@given(words, words, words, words)
def test_keys_of_minutes_are_equal_only_for_the_same_series(a: str, b: str, c: str, d: str) -> None:
    one, _ = minute_record(minute(scope=a, key=b))
    other, _ = minute_record(minute(scope=c, key=d))
    assert (one == other) == ((a, b) == (c, d))


def test_the_key_of_a_minute_names_series_and_minute() -> None:
    assert minute_record(minute())[0] == b"all|status|reversed|1752343620000"


def test_the_envelope_says_the_same_id_again_for_a_repeat_and_another_for_the_next_revision() -> None:
    first, again, next_one = envelope(alert()), envelope(alert()), envelope(alert(revision=2))
    assert first.id == again.id == "1c5d:1"
    assert next_one.id == "1c5d:2"
    assert first.subject == next_one.subject == "1c5d"


def test_the_envelope_has_what_cloudevents_asks_for() -> None:
    event = json.loads(alert_record(alert(state="resolved"))[1])
    assert {"specversion", "id", "source", "type"} <= event.keys()
    assert event["specversion"] == "1.0"
    assert event["type"] == "floodmark.alert.resolved"
    assert event["time"] == "2025-07-12T18:07:00Z"


def test_the_key_of_a_dead_letter_is_the_place_it_came_from() -> None:
    assert dead_letter().key == b"transactions/2/7"


def test_foreign_headers_beside_ours_change_nothing() -> None:
    foreign = [("traceparent", b"\xff\xfe"), ("topic", b"other"), ("offset", b"x"), ("empty", None)]
    assert DeadLetter.from_headers([*dead_letter().headers(), *foreign]) == dead_letter()


def test_headers_that_are_not_a_dead_letter_are_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="partition"):
        DeadLetter.from_headers([("floodmark-topic", b"t"), ("floodmark-partition", b"two")])
    with pytest.raises(ValidationError, match="reason"):
        DeadLetter.from_headers(None)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_cannot_carry_is_refused_where_it_is_made(number: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        minute(z=number)
    with pytest.raises(ValidationError, match="finite"):
        alert(expected=number)


@pytest.mark.parametrize("raw", [b"NaN", b"Infinity", b'"5"', b"true"])
def test_a_count_that_is_no_integer_is_not_decoded(raw: bytes) -> None:
    value = encode(minute(count=777)).replace(b"777", raw)
    with pytest.raises(ValidationError, match="count"):
        decode(Minute, value)


def test_an_alert_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        alert(since="2025-07-12T18:07:00")


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{}", b"\xff", b'{"minute": 1'])
def test_what_is_no_record_is_refused(raw: bytes) -> None:
    for model in (Minute, Alert, CloudEvent, Transaction):
        with pytest.raises(ValidationError):
            decode(model, raw)
