import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from schemas.alert import Alert, CloudEvent, envelope
from schemas.codec import encode
from schemas.dead_letter import DeadLetter
from schemas.export import FOLDER, RECORDS, exported, write
from schemas.minute import Minute
from schemas.transaction import Punctuation, Transaction
from tests.schemas.schema_samples import (
    AT_MS,
    PROPERTY,
    action,
    alert,
    alerts,
    by_model,
    by_schema,
    dead_letter,
    dead_letters,
    minute,
    minutes,
    near_transactions,
)

FILES = exported()
SCHEMAS: dict[str, dict[str, Any]] = {
    name.removesuffix(".schema.json"): json.loads(content)
    for name, content in FILES.items()
    if name.endswith(".schema.json")
}


def agree(name: str, value: object) -> bool:
    """What schema and model both say of `value`; fails when they differ."""
    said = by_schema(SCHEMAS[name], value), by_model(RECORDS[name], json.dumps(value).encode())
    assert said[0] == said[1], f"schema: {said[0]}, model: {said[1]}, for {value!r}"
    return said[0]


@pytest.mark.parametrize("name", FILES)
def test_the_exported_file_is_what_the_code_says(name: str) -> None:
    path = FOLDER / name
    assert path.is_file(), f"{name} is missing: run `python -m schemas.export` and commit the files"
    assert path.read_bytes() == FILES[name], f"{name} is old: run `python -m schemas.export` and commit the files"


def test_nothing_else_lies_among_the_exported_files() -> None:
    assert {path.name for path in FOLDER.iterdir()} == FILES.keys(), "run `python -m schemas.export`"


def test_an_export_removes_what_is_no_longer_exported(tmp_path: Path) -> None:
    (tmp_path / "old.schema.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("kept")
    written = write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, "notes.txt"}
    assert [path.read_bytes() for path in written] == list(FILES.values())


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_valid_schema_with_a_name_of_its_own(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMAS[name]["$id"] == f"urn:floodmark:schema:{name}"


@pytest.mark.parametrize(("name", "model"), RECORDS.items())
def test_every_field_of_the_model_is_in_the_schema(name: str, model: type[BaseModel]) -> None:
    assert list(SCHEMAS[name]["properties"]) == list(model.model_fields)


GOOD: dict[str, list[dict[str, Any]]] = {
    "transaction": [
        {"timestamp": AT_MS, "status": "denied"},
        {"timestamp": "2025-07-12T18:07:00Z", "auth_code": "51", "status": None},
        {"timestamp": "2025-07-12 20:07:00.5+02:00", "status": "x", "count": 0, "amount": 0, "scope": "m", "id": "1"},
        {"timestamp": AT_MS, "status": "denied", "unknown": {"nested": [1]}},
        {"timestamp": AT_MS, "auth_code": 51, "count": 2.0, "amount": 5.0},
        {"timestamp": AT_MS, "status": " denied\u200b"},
    ],
    "punctuation": [{"punctuation": AT_MS}, {"punctuation": AT_MS, "source": None}],
    "minute": [minute().model_dump(mode="json")],
    "alert": [alert().model_dump(mode="json")],
    "alert-event": [envelope(alert(state="resolved")).model_dump(mode="json")],
    "action": [
        action(note="we look").model_dump(mode="json"),
        action(action="feedback", verdict="missed", source="http 10.0.0.3").model_dump(mode="json"),
    ],
}

BAD_CHANGES: dict[str, list[dict[str, Any]]] = {
    "transaction": [
        {"timestamp": 1_752_343_620},
        {"timestamp": "2025-07-12T18:07:00"},
        {"timestamp": "1752343620000"},
        {"timestamp": "1970-01-01T00:00:00Z"},
        {"timestamp": "2200-01-01T00:00:00Z"},
        {"timestamp": None},
        {"count": True},
        {"count": "5"},
        {"count": 1.5},
        {"count": -1},
        {"count": 10**9 + 1},
        {"status": None},
        {"status": "a|b"},
        {"status": "a\n"},
        {"status": "\u200b"},
        {"auth_code": 5},
        {"auth_code": 51.5},
        {"auth_code": True},
        {"auth_code": 10**15},
        {"status": "x" * 65},
        {"scope": None},
        {"amount": 0.5},
        {"id": 5},
    ],
    "punctuation": [{"punctuation": 1}, {"punctuation": "2025-07-12T18:07:00Z"}, {"source": 5}],
    "minute": [
        {"count": "5"},
        {"count": 5.5},
        {"verdict": "odd"},
        {"dimension": "merchant"},
        {"score": 101},
        {"revision": 0},
        {"version": -1},
        {"unknown": 1},
        {"rules": "z_score"},
        {"terms": {"z_score": "3"}},
        {"offsets": {"0": 1.5}},
        {"share": "0.1"},
    ],
    "alert": [
        {"state": "open"},
        {"severity": "fatal"},
        {"since": None},
        {"observed": True},
        {"unknown": 1},
        {"estimated_loss": {"BRL": "1"}},
        {"attribution": [1]},
        {"summary": None},
    ],
    "action": [
        {"action": "delete"},
        {"verdict": "good"},
        {"by": ""},
        {"by": "x" * 101},
        {"at": None},
        {"incident_id": None},
        {"note": "x" * 2001},
        {"unknown": 1},
    ],
    "alert-event": [{"specversion": "0.3"}, {"data": None}, {"id": 5}, {"datacontenttype": "text/plain"}],
}


REQUIRED = [(name, field) for name in RECORDS for field in SCHEMAS[name]["required"]]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_schema_and_model_take_the_good_record(name: str, value: dict[str, Any]) -> None:
    assert agree(name, value)


@pytest.mark.parametrize(("name", "change"), [(name, c) for name, changes in BAD_CHANGES.items() for c in changes])
def test_schema_and_model_refuse_the_bad_record(name: str, change: dict[str, Any]) -> None:
    assert not agree(name, GOOD[name][0] | change)


@pytest.mark.parametrize(("name", "field"), REQUIRED)
def test_schema_and_model_refuse_a_record_without_a_required_field(name: str, field: str) -> None:
    assert not agree(name, {key: value for key, value in GOOD[name][0].items() if key != field})


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("value", [None, [], 5, "text", {}])
def test_schema_and_model_refuse_what_is_no_record(name: str, value: object) -> None:
    assert not agree(name, value)


@PROPERTY
@given(near_transactions)
def test_schema_and_model_agree_on_anything_like_a_transaction(value: dict[str, Any]) -> None:
    assume(not isinstance(value.get("timestamp"), float))
    stamp = str(value.get("timestamp"))
    assume(stamp[8:10] != "00" and stamp[:4] not in {"1999", "2100"} and stamp[:10] != "2099-12-31")
    agree("transaction", value)


@PROPERTY
@given(minutes)
def test_the_schema_takes_every_minute_we_send(record: Minute) -> None:
    assert by_schema(SCHEMAS["minute"], json.loads(encode(record)))


@PROPERTY
@given(alerts)
def test_the_schemas_take_every_alert_we_send(record: Alert) -> None:
    assert by_schema(SCHEMAS["alert"], json.loads(encode(record)))
    assert by_schema(SCHEMAS["alert-event"], json.loads(encode(envelope(record))))


@PROPERTY
@given(dead_letters)
def test_the_schema_takes_the_headers_of_every_dead_letter(record: DeadLetter) -> None:
    headers = {name: value.decode() for name, value in record.headers()}
    assert by_schema(SCHEMAS["dead-letter-headers"], headers)


@pytest.mark.parametrize("name", ["topic", "partition", "offset", "reason"])
def test_schema_and_model_refuse_headers_without_what_is_required(name: str) -> None:
    kept = [(key, value) for key, value in dead_letter().headers() if key != f"floodmark-{name}"]
    assert not by_schema(SCHEMAS["dead-letter-headers"], {key: value.decode() for key, value in kept})
    with pytest.raises(ValidationError, match=name):
        DeadLetter.from_headers(kept)


@pytest.mark.parametrize("value", ["", "two", "-", "1.5"])
def test_schema_and_model_refuse_headers_that_are_no_numbers(value: str) -> None:
    headers = dict(dead_letter().headers()) | {"floodmark-offset": value.encode()}
    assert not by_schema(SCHEMAS["dead-letter-headers"], {key: raw.decode() for key, raw in headers.items()})
    with pytest.raises(ValidationError, match="offset"):
        DeadLetter.from_headers(list(headers.items()))


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (Transaction, {"timestamp": AT_MS, "status": "\U000e0020"}),  # beyond what every reader of patterns knows
        (Transaction, {"timestamp": AT_MS, "status": "\u0344" * 33}),  # 66 characters when it is composed
        (Transaction, {"timestamp": float(AT_MS), "status": "denied"}),  # 1.0 is an integer to JSON Schema
        (Transaction, {"timestamp": "2025-02-30T00:00:00Z", "status": "denied"}),  # formats are notes
        (Transaction, {"timestamp": "2099-12-31T23:30:00-01:00", "status": "denied"}),  # needs arithmetic
        (Punctuation, {"punctuation": float(AT_MS)}),
    ],
)
def test_what_a_schema_cannot_say_the_model_still_refuses(model: type[BaseModel], value: dict[str, Any]) -> None:
    assert by_schema(SCHEMAS[model.__name__.lower()], value)
    assert not by_model(model, json.dumps(value).encode())


def test_the_schema_of_the_envelope_holds_the_schema_of_the_alert() -> None:
    inner = {k: v for k, v in SCHEMAS["alert"].items() if not k.startswith("$")}
    assert SCHEMAS["alert-event"]["$defs"]["Alert"] == inner
    assert CloudEvent.model_fields["data"].annotation is Alert
