"""Instants are shown in one way everywhere."""

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from schemas.instants import instant, instant_of, instant_of_ms, to_the_second
from tests.paths import ROOT

AT = datetime(2025, 7, 12, 18, 7, 59, 999_999, tzinfo=UTC)
AT_MS = 1_752_343_679_999


def test_they_are_told_to_the_minute_with_their_zone_and_nothing_is_rounded_up() -> None:
    assert instant(AT) == instant_of_ms(AT_MS) == "2025-07-12 18:07 UTC"
    assert instant(AT.astimezone(timezone(timedelta(hours=-3)))) == "2025-07-12 18:07 UTC"
    assert instant(AT, ZoneInfo("Europe/Madrid")) == "2025-07-12 20:07 CEST"
    assert to_the_second(AT) == "2025-07-12 18:07:59 UTC"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2025-07-12T18:07:59.123456Z", "2025-07-12 18:07 UTC"),
        ("2025-07-12T15:07:00-03:00", "2025-07-12 18:07 UTC"),
        ("2025-07-12T18:07", "2025-07-12 18:07 UTC"),
        ("yesterday", "yesterday"),
    ],
)
def test_what_is_written_for_programs_is_shown_to_people_in_the_same_way(text: str, words: str) -> None:
    assert instant_of(text) == words


def test_nobody_who_speaks_to_people_writes_an_instant_for_a_program() -> None:
    """Commands and their words; JSON has ISO 8601, and formats of days and clocks are no instants."""
    speaking = [*(ROOT / "floodmark/commands").rglob("*.py"), *(ROOT / "floodmark/operate").rglob("*.py")]
    found = [
        path.relative_to(ROOT).as_posix()
        for path in speaking
        if re.search(r"%dT%H|%H:%M:%S|%d %b|%Y-%m-%d %H", path.read_text("utf-8"))
    ]
    assert found == ["floodmark/operate/api_keys.py"], "which has it for JSON"
