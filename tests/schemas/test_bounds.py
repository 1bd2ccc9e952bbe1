import json
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.alert import percent_of
from schemas.codec import decode_alert, decode_event, encode
from tests.schemas.schema_samples import alert

DIGITS = 10**4_000


def alert_with(name: str, value: Any) -> bytes:
    """An alert as somebody else may have written it."""
    event = {
        "id": "i:1",
        "type": "floodmark.alert.firing",
        "subject": "i",
        "time": "2026-01-07T12:00:00Z",
        "data": json.loads(encode(alert())) | {name: value},
    }
    return json.dumps(event).encode()


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "0001-12-31T00:00:00Z", "9999-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"]
)
@pytest.mark.parametrize("name", ["timestamp", "since", "last_seen", "acknowledged_at", "acknowledged_until"])
def test_an_instant_without_a_year_on_either_side_makes_no_alert(name: str, at: str) -> None:
    with pytest.raises(ValidationError, match=f"data.{name}"):
        decode_alert(alert_with(name, at))


@pytest.mark.parametrize("at", ["0002-02-01T00:00:00Z", "9998-11-30T23:59:59-14:00"])
def test_an_instant_with_a_year_on_either_side_is_one(at: str) -> None:
    assert decode_alert(alert_with("since", at)) is not None


@pytest.mark.parametrize("value", [-1, 2**64, DIGITS])
@pytest.mark.parametrize("name", ["observed", "revision", "version"])
def test_a_number_that_no_reader_has_a_place_for_makes_no_alert(name: str, value: int) -> None:
    with pytest.raises(ValidationError, match=f"data.{name}"):
        decode_alert(alert_with(name, value))


def test_a_drill_of_a_team_with_a_name_that_no_team_has_is_none() -> None:
    drill = json.loads(alert_with("revision", 1)) | {"drill": "t" * 65}
    with pytest.raises(ValidationError, match="drill"):
        decode_event(json.dumps(drill).encode())


def test_the_largest_numbers_that_the_store_holds_are_read() -> None:
    read = decode_alert(alert_with("version", 2**64 - 1))
    assert read is not None
    assert read.version == 2**64 - 1


@pytest.mark.parametrize("percent", [DIGITS, -DIGITS, float("inf"), float("nan"), "80", None, [80]])
def test_a_percentage_that_nobody_can_show_is_none(percent: Any) -> None:
    assert percent_of({"percent": percent}) is None


@pytest.mark.parametrize("percent", [0, 80, 79.5, 1_200])
def test_a_percentage_is_what_it_is(percent: float) -> None:
    assert percent_of({"percent": percent}) == percent
