"""The reference says what the code does."""

import hashlib
import re
import time
from typing import Any

from floodmark.environment import known
from floodmark.reference.alerts import CHECK
from floodmark.reference.page import EXIT_CODES, PLACE, page
from schemas.alert import Alert
from sinks.http.signature import sign

TEXT = page()


def test_the_reference_is_current() -> None:
    assert PLACE.read_text("utf-8") == TEXT, "run `python -m floodmark.reference`"


def test_every_variable_and_every_field_of_an_alert_is_there_with_its_meaning_beside_it() -> None:
    assert [name for name in known() if f"| `{name}` |" not in TEXT] == []
    assert [name for name in Alert.model_fields if f"| `{name}` |" not in TEXT] == []
    section = TEXT.partition("## Settings")[2].partition("## Exit codes")[0]
    assert [line for line in section.splitlines() if line.startswith("| `") and line.endswith("|  |")] == []


def test_limits_and_defaults_are_those_of_the_settings() -> None:
    assert "| `FLOODMARK_PARTITIONS` | `6` | ≥ 1, ≤ 1000 |" in TEXT
    assert "| `FLOODMARK_LINGER_S` | `0.25` | ≥ 0, ≤ 5 |" in TEXT


def test_a_default_that_each_machine_makes_is_left_to_the_words_beside_it() -> None:
    assert "| `FLOODMARK_GATEWAY_NAME` |  |  | Name of this gateway" in TEXT
    assert "Undefined" not in TEXT


def test_options_are_as_they_are_typed() -> None:
    form = "KIND@START+MINUTES, then if wanted xFACTOR and /SCOPE"
    assert f"| `--incident TEXT` |  | {form}; may be given several times. |" in TEXT
    assert "| `--format table/json` | `table` |" in TEXT
    assert "| `--fresh` |  | Empty the data directory first. |" in TEXT


def test_every_exit_code_that_a_command_speaks_of_has_its_meaning() -> None:
    commands = TEXT.partition("## Commands")[2].partition("## Alerts")[0]
    sentences = re.findall(r"Exits with [^|]*?\.(?:\n|$)", commands)
    numbers = {
        int(n)
        for text in sentences
        for n in re.findall(r"(?:with|and|,) (\d{1,3})(?= (?:when|for|after|which|\w))", text)
    }
    assert {1, 2, 3, 75} <= numbers <= set(EXIT_CODES)


def checked(secret: bytes, header: str, body: bytes) -> Any:
    scope: dict[str, Any] = {}
    exec(CHECK, scope)
    return scope["is_from_floodmark"](secret, header, body)


def test_the_example_of_the_signature_takes_what_we_sign_and_nothing_else() -> None:
    body, now = b'{"id":"1"}', int(time.time())
    assert checked(b"new", sign([b"new", b"old"], body, now), body)
    assert checked(b"old", sign([b"new", b"old"], body, now), body)
    assert not checked(b"other", sign([b"new"], body, now), body)
    assert not checked(b"new", sign([b"new"], body, now), body + b" ")
    assert not checked(b"new", sign([b"new"], body, now - 301), body)
    assert not checked(b"new", f"t={now},v1={hashlib.sha256(body).hexdigest()}", body)
    assert not checked(b"new", "nonsense", body)
