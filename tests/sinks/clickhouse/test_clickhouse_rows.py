"""The fast struct agrees with the model, which stays the contract."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.codec import decode, encode
from schemas.dead_letter import DeadLetter
from schemas.minute import Dimension, Minute, Verdict
from sinks.clickhouse.rows import LAST_MS, MinuteRow, action_row, alert_row, dead_row, late_row, minute_row, raw_row
from sinks.clickhouse.tables import ALERTS, DEAD, LATE, TRANSACTIONS
from sinks.protocol import Partition, Record, UnreadableRecord
from tests.sinks.sink_kit import AT_MS, alert_at, minute, minute_at, plain
from tests.sinks.sink_kit import MINUTES as MINUTES_TOPIC

INT64 = st.integers(min_value=-(2**63), max_value=2**63 - 1)
UINT64 = st.integers(min_value=0, max_value=2**64 - 1)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(max_size=8)
MINUTE_VALUES = st.builds(
    Minute,
    minute=st.integers(min_value=0, max_value=LAST_MS - 1),
    scope=WORDS,
    dimension=st.sampled_from(get_args(Dimension)),
    key=WORDS,
    count=INT64,
    total=INT64,
    share=st.none() | NUMBER,
    amount=st.integers(min_value=-(2**127) + 1, max_value=2**127 - 1),
    expected=st.none() | NUMBER,
    low=st.none() | NUMBER,
    high=st.none() | NUMBER,
    mean=st.none() | NUMBER,
    std=st.none() | NUMBER,
    z=st.none() | NUMBER,
    score=st.floats(min_value=0, max_value=100),
    terms=st.dictionaries(WORDS, NUMBER, max_size=3),
    verdict=st.sampled_from(get_args(Verdict)),
    rules=st.lists(WORDS, max_size=3),
    revision=st.integers(min_value=1, max_value=2**64 - 1),
    version=UINT64,
    rule_set=WORDS,
    offsets=st.dictionaries(WORDS, INT64, max_size=3),
)
JUNK: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    NUMBER,
    WORDS,
    st.lists(st.integers(), max_size=2),
    st.dictionaries(WORDS, WORDS, max_size=2),
)


def at(value: bytes) -> Record:
    return Record(MINUTES_TOPIC, 0, None, value)


def test_struct_and_model_have_the_same_fields_and_defaults() -> None:
    wanted = minute().model_dump(include=set(MinuteRow.__struct_fields__))
    assert set(wanted) == set(Minute.model_fields) == set(MinuteRow.__struct_fields__)
    required = {name for name, field in Minute.model_fields.items() if field.is_required()}
    bare = encode(minute()).decode()
    short = {name: value for name, value in json.loads(bare).items() if name in required}
    row, _ = minute_row(at(json.dumps(short).encode()))
    model = Minute(**short)
    assert {name: getattr(row, name) for name in wanted} == model.model_dump()


@given(MINUTE_VALUES)
def test_what_the_model_writes_the_struct_reads_equal(model: Minute) -> None:
    row, event_ms = minute_row(at(encode(model)))
    assert {name: getattr(row, name) for name in MinuteRow.__struct_fields__} == decode(
        Minute, encode(model)
    ).model_dump()
    assert event_ms == model.minute


@given(st.sampled_from(sorted(Minute.model_fields)), JUNK)
def test_what_the_struct_reads_the_model_reads_too(field: str, junk: object) -> None:
    raw = json.dumps(json.loads(encode(minute())) | {field: junk}).encode()
    try:
        row, _ = minute_row(at(raw))
    except UnreadableRecord:
        return
    assert decode(Minute, raw).model_dump() == {name: getattr(row, name) for name in MinuteRow.__struct_fields__}


@given(st.sampled_from(sorted(Minute.model_fields)), JUNK)
def test_what_the_model_refuses_the_struct_refuses_too(field: str, junk: object) -> None:
    raw = json.dumps(json.loads(encode(minute())) | {field: junk}).encode()
    try:
        decode(Minute, raw)
    except ValidationError:
        with pytest.raises(UnreadableRecord):
            minute_row(at(raw))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"minute": 1e999}',
        encode(minute()).replace(b'"key":"', b'"key":"\xff'),
        encode(minute()).replace(b"{", b'{"unasked":' + b"[" * 5000 + b"]" * 5000 + b",", 1),
        encode(minute()).replace(b'"count":5', b'"count":NaN'),
        encode(minute()).replace(b'"count":5', b'"count":true'),
        encode(minute()).replace(b'"count":5', b'"count":9223372036854775808'),
        encode(minute(amount=7)).replace(b'"amount":7', b'"amount":%d' % 2**127),
        encode(minute(amount=7)).replace(b'"amount":7', b'"amount":7.5'),
        encode(minute()).replace(b'"version":7', b'"version":18446744073709551616'),
        encode(minute()).replace(b'"key"', b'"clef"'),
        encode(minute()).replace(str(AT_MS).encode(), str(LAST_MS).encode()),
        encode(minute()).replace(str(AT_MS).encode(), b"-1"),
    ],
)
def test_a_minute_that_cannot_be_stored_is_unreadable(raw: bytes) -> None:
    with pytest.raises(UnreadableRecord):
        minute_row(at(raw))


@pytest.mark.parametrize(
    "changes",
    [
        {"since": "1969-12-31T23:59:59Z"},
        {"last_seen": "2106-02-07T06:28:16Z"},
        {"acknowledged_at": "2106-02-07T06:28:16Z"},
        {"acknowledged_until": "2106-02-07T06:28:16Z"},
    ],
)
def test_an_alert_that_cannot_be_stored_is_unreadable(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableRecord, match="not storable"):
        alert_row(alert_at(1, **changes))


@pytest.mark.parametrize(
    ("field", "value"), [("observed", -1), ("version", 2**64), ("revision", 2**64), ("revision", -1)]
)
def test_an_alert_with_a_number_that_nobody_can_have_meant_is_unreadable_and_the_number_is_named(
    field: str, value: int
) -> None:
    event = json.loads(alert_at(1).value or b"")
    assert field in event["data"]
    event["data"][field] = value
    with pytest.raises(UnreadableRecord, match=field):
        alert_row(plain(1, json.dumps(event).encode()))


def test_an_unreadable_alert_is_told_without_its_values() -> None:
    with pytest.raises(UnreadableRecord) as told:
        alert_row(plain(1, (alert_at(1).value or b"").replace(b'"firing"', b'"hunter2"')))
    assert "state" in str(told.value)
    assert "hunter2" not in str(told.value)


def test_an_alert_ranks_by_version_and_then_by_revision() -> None:
    of = next(column.of for column in ALERTS.columns if column.name == "rank")
    order = [(0, 1), (0, 2), (1, 1), (2**64 - 1, 1), (2**64 - 1, 2**32 - 1)]
    ranks = of([alert_row(alert_at(1, version=v, revision=r))[0] for v, r in order])
    assert ranks == sorted(set(ranks))


def late(value: bytes, **changes: Any) -> Record:
    letter = DeadLetter(topic="transactions", partition=3, offset=41, reason="late", detail="20 min")
    headers = [("trace-id", b"x"), *letter.model_copy(update=changes).headers()]
    return Record(plain(0).partition, 0, letter.key, value, headers)


@pytest.mark.parametrize("at_text", ["1752343620000", '"2025-07-12T18:07:00Z"', '"2025-07-12T15:07:00-03:00"'])
def test_a_late_record_keeps_its_place_and_its_event_time(at_text: str) -> None:
    raw = f'{{"timestamp":{at_text},"status":"Denied","count":3,"amount":1250}}'.encode()
    row, event_ms = late_row(late(raw))
    columns = {column.name: column.of([row])[0] for column in LATE.columns}
    assert event_ms == AT_MS == columns["timestamp"]
    assert (columns["status"], columns["auth_code"], columns["count"], columns["amount"]) == ("denied", None, 3, 1250)
    assert (columns["topic"], columns["partition"], columns["offset"]) == ("transactions", 3, 41)
    assert columns["record"] == raw.decode()


@pytest.mark.parametrize(
    "city", [b'"S\xe3o Paulo"', b"[" * 500 + b"]" * 500, b"9" * 5_000], ids=["latin", "deep", "long"]
)
def test_a_transaction_that_workers_read_is_stored_whatever_its_unknown_fields_hold(city: bytes) -> None:
    raw = b'{"timestamp":%d,"status":"denied","city":%s}' % (AT_MS, city)
    row, event_ms = late_row(late(raw))
    assert (row.transaction.status, row.raw, event_ms) == ("denied", raw.decode(errors="backslashreplace"), AT_MS)
    kept = raw_row(Record(Partition("transactions", 2), 7, None, raw, (), -1, -1))
    assert kept is not None
    assert (kept[0].transaction.status, kept[1]) == ("denied", AT_MS)


@pytest.mark.parametrize(
    "record", [plain(0, b'{"timestamp":1752343620000,"status":"denied"}'), late(b"{}"), late(b"{"), late(b"\xff")]
)
def test_a_late_record_without_headers_or_transaction_is_unreadable(record: Record) -> None:
    with pytest.raises(UnreadableRecord, match="not a late record"):
        late_row(record)


def test_event_time_is_the_minute() -> None:
    assert minute_row(minute_at(2))[1] == AT_MS + 120_000


def test_a_dead_letter_keeps_its_place_its_reason_and_its_size_and_not_what_lay_in_it() -> None:
    letter = DeadLetter(topic="transactions", partition=3, offset=41, reason="json", field="count", detail="not JSON")
    found = dead_row(Record(Partition("transactions.dlq", 0), 7, None, b"4111111111111111", letter.headers(), -1, 99))
    assert found is not None
    row, event_ms = found
    assert (row.letter, row.bytes, event_ms) == (letter, 16, 99)
    assert all("4111" not in str(column.of([row])) for column in DEAD.columns)


@pytest.mark.parametrize("changes", [{}, {"partition": 2**40}, {"offset": 2**70}])
def test_what_is_no_dead_letter_is_passed_over_as_putting_it_aside_would_make_another(changes: dict[str, int]) -> None:
    headers = DeadLetter(**{"topic": "t", "partition": 0, "offset": 1, "reason": "json"} | changes).headers()
    assert dead_row(Record(Partition("transactions.dlq", 0), 7, None, b"x", headers if changes else ())) is None


def test_a_transaction_is_kept_as_it_came_and_one_that_cannot_be_read_is_for_the_workers() -> None:
    at = Partition("transactions", 2)
    good = b'{"timestamp":1752343620000,"status":"Denied ","count":3,"id":"x1"}'
    found = raw_row(Record(at, 5, None, good))
    assert found is not None
    row, event_ms = found
    values = {column.name: column.of([row])[0] for column in TRANSACTIONS.columns}
    assert event_ms == values["timestamp"] == 1752343620000
    assert (values["status"], values["count"], values["id"], values["offset"]) == ("denied", 3, "x1", 5)
    assert raw_row(Record(at, 6, None, b"{")) is None


@pytest.mark.parametrize("value", [b"", b"{}", b'{"incident_id":"i"}', b"nonsense"])
def test_what_is_no_action_is_refused_with_the_field(value: bytes) -> None:
    with pytest.raises(UnreadableRecord, match="not an action"):
        action_row(at(value))


def test_an_action_outside_of_what_the_store_can_hold_is_refused() -> None:
    done = {"action_id": "a", "incident_id": "i", "action": "comment", "by": "ann", "at": "2200-01-01T00:00:00Z"}
    with pytest.raises(UnreadableRecord, match="at is outside of 1970 to 2106"):
        action_row(at(json.dumps(done).encode()))
    taken = done | {"action": "acknowledge", "at": "2029-01-01T00:00:00Z", "until": "2200-01-01T00:00:00Z"}
    with pytest.raises(UnreadableRecord, match="until is outside of 1970 to 2106"):
        action_row(at(json.dumps(taken).encode()))
