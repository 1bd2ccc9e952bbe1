"""Instants are shown in one way everywhere."""

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from schemas.instants import (
    clock,
    clock_to_the_second,
    in_column,
    instant,
    instant_of,
    instant_of_ms,
    stretch,
    stretch_of_ms,
    to_the_second,
    without_year,
)
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


def test_two_instants_name_the_second_day_only_where_it_is_another_one() -> None:
    later = AT + timedelta(minutes=24)
    assert stretch(AT, later) == stretch_of_ms(AT_MS, AT_MS + 24 * 60_000) == "2025-07-12 18:07 to 18:31 UTC"
    night = datetime(2025, 7, 12, 23, 30, tzinfo=timezone(timedelta(hours=-3)))
    assert stretch(AT, night) == "2025-07-12 18:07 to 2025-07-13 02:30 UTC"


def test_what_stands_beside_an_instant_may_say_a_part_of_it() -> None:
    there = AT.astimezone(timezone(timedelta(hours=-3)))
    assert (in_column(there), without_year(there)) == ("2025-07-12 18:07", "07-12 18:07")
    assert (clock(there), clock_to_the_second(there)) == ("18:07", "18:07:59")


ELSEWHERE = {
    "floodmark/analysis/duty/stretch.py": "a shift, on the clock of its zone, with weekdays",
    "floodmark/analysis/duty/words.py": "the same in other languages",
    "floodmark/analysis/rule_files/calendar.py": "days of a calendar, on the clock of its zone, with weekdays",
    "floodmark/gateway/routes/evidence.py": "SQL",
    "floodmark/gateway/state/history.py": "SQL",
    "floodmark/operate/api_keys.py": "JSON",
    "floodmark/processes/scheduled_reports.py": "options of a command",
    "floodmark/queries/library/__init__.py": "SQL",
    "floodmark/analysis/train/run.py": "the head of a model file",
    "producers/simulate/feeds/files.py": "CSV",
    "producers/simulate/files.py": "CSV",
    "producers/simulate/labels.py": "JSON",
    "processors/rules/calendar.py": "a clock as rule files have it",
    "runtime/typed_times.py": "a clock as people type it",
    "schemas/instants.py": "all others",
    "sinks/notify/routing/matching.py": "the clock of a team, with its weekday",
}
"""Where instants are put into text by themselves, and what for."""


def test_no_other_module_puts_an_instant_into_words_by_itself() -> None:
    areas = ("floodmark", "processors", "producers", "runtime", "schemas", "sinks")
    files = [path for area in areas for path in (ROOT / area).rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix() for path in files if "%H:%M" in path.read_text("utf-8")}
    assert found == set(ELSEWHERE)
