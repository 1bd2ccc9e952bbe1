"""The `[calendar]` of a rule file: what it resolves to, what it changes, and errors that say where."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from floodmark.analysis.rule_files.calendar import calendar_lines
from floodmark.analysis.rule_files.trial import try_case
from floodmark.cli import app
from processors.domain.calendar import Calendar
from processors.rules import RuleError, load, read
from runtime.special_days import special_days
from tests.rule_texts import many

RULES = many(9) + "\n"
CALENDAR = """\
[calendar]
time_zone = "America/Sao_Paulo"
country = "BR"
pay_days = [5, 20, -1]

[[calendar.maintenance]]
name = "acquirer's night work"
days = ["sun", "Mon"]
from = "02:00"
to = "04:00"
first = 2026-01-04
last = "2026-12-31"
scopes = ["shop"]
keys = ["FAILED"]

[[calendar.maintenance]]
name = "batch"
from = 23:30:00
to = "00:30"
time_zone = "UTC"

[[calendar.event]]
name = "Black Friday"
from = "2026-11-27T00:00"
to = 2026-11-28

[[calendar.event]]
name = "flash sale"
from = "2026-12-10T20:00-05:00"
to = 2026-12-10T23:00:00-05:00
scopes = ["shop"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def calendar(folder: Path, text: str) -> Calendar:
    made = load(written(folder, RULES + text)).calendar
    assert made is not None
    return made


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["rules", *map(str, words)], env={"COLUMNS": "300"})


def m(text: str) -> int:
    """The minute that begins then, in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) // 60


def names(days: dict[int, str], first: str, last: str) -> dict[str, str]:
    """The special days from `first` to `last`."""
    found = ((date.fromordinal(day).isoformat(), name) for day, name in sorted(days.items()))
    return {day: name for day, name in found if first <= day <= last}


# --- what it resolves to ---------------------------------------------------------------------------------------------


def test_a_file_says_which_minutes_are_special_and_which_are_closed(tmp_path: Path) -> None:
    made = calendar(tmp_path, CALENDAR)
    assert made.at(m("2026-11-27T03:00"), "all").special == ("Black Friday",)
    assert made.at(m("2026-11-28T02:59"), "all").special == ("Black Friday",)
    assert made.at(m("2026-11-28T03:00"), "all").special == ()
    assert made.at(m("2026-12-11T01:00"), "shop").special == ("flash sale",)
    assert made.at(m("2026-12-11T04:00"), "shop").special == ()
    assert made.at(m("2026-12-25T12:00"), "all").special == ("Christmas Day",)
    assert made.at(m("2026-12-21T12:00"), "all").special == ("pay day",)
    work, batch = made.maintenance
    assert (work.days, work.keys, work.scopes) == ((0, 6), ("failed",), ("shop",))
    assert made.at(m("2026-06-07T05:00"), "shop").maintenance == (work,)
    assert made.at(m("2026-06-07T00:29"), "all").maintenance == (batch,)
    assert made.at(m("2027-01-03T05:00"), "shop").maintenance == ()


def test_scopes_and_keys_are_compared_as_those_of_records_are(tmp_path: Path) -> None:
    text = CALENDAR.replace('["shop"]', '[" SHOP-\u00c9\u200b"]').replace('["FAILED"]', '["Faile\u0301"]')
    made = calendar(tmp_path, text)
    assert [window.scopes for window in made.maintenance] == [("shop-\u00e9",), ()]
    assert [event.scopes for event in made.events] == [(), ("shop-\u00e9",)]
    assert made.maintenance[0].keys == ("fail\u00e9",)


def test_a_calendar_without_a_zone_is_in_utc(tmp_path: Path) -> None:
    made = calendar(tmp_path, '[calendar]\nevent = [{ name = "sale", from = "2026-01-01", to = "2026-01-02T00:00" }]\n')
    assert made.at(m("2026-01-01T00:00"), "all").special == ("sale",)
    assert made.at(m("2026-01-02T00:00"), "all").special == ()


def test_a_pay_day_on_a_sunday_moves_to_the_next_working_day_or_the_one_before() -> None:
    """2026-09-05 is a Saturday, 2026-09-07 (Monday) a holiday in Brazil; 2026-09-20 is a Sunday."""
    around = "2026-09-01", "2026-09-25"
    assert names(special_days("BR", "", [5, 20], "next"), *around) == {
        "2026-09-07": "Independence Day",
        "2026-09-08": "pay day",
        "2026-09-21": "pay day",
    }
    assert names(special_days("BR", "", [5, 20], "previous"), *around) == {
        "2026-09-04": "pay day",
        "2026-09-07": "Independence Day",
        "2026-09-18": "pay day",
    }
    assert names(special_days("", "", [5, 7, 20], "never"), *around) == {
        "2026-09-05": "pay day",
        "2026-09-07": "pay day",
        "2026-09-20": "pay day",
    }
    assert names(special_days("BR", "", [7], "never"), *around) == {"2026-09-07": "Independence Day, pay day"}


def test_a_month_that_lacks_the_day_pays_on_its_last() -> None:
    days = special_days("", "", [31], "never")
    assert list(names(days, "2028-01-01", "2028-05-01")) == ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]
    assert special_days("", "", [-1], "never") == days
    assert list(names(special_days("", "", [-31], "never"), "2028-02-01", "2028-02-29")) == ["2028-02-01"]


def test_a_weekend_is_that_of_the_country() -> None:
    """In Saudi Arabia Friday and Saturday; 2026-05-01 is a Friday."""
    assert "2026-05-03" in names(special_days("SA", "", [1], "next"), "2026-05-01", "2026-05-10")
    assert "2026-05-04" in names(special_days("", "", [2], "next"), "2026-05-01", "2026-05-10")


def test_a_subdivision_has_holidays_of_its_own() -> None:
    around = "2026-01-25", "2026-07-09"
    assert "2026-07-09" in names(special_days("BR", "SP", [], "next"), *around)
    assert "2026-07-09" not in names(special_days("BR", "", [], "next"), *around)


def test_a_country_of_which_few_years_are_known_is_read_without_a_word() -> None:
    assert names(special_days("IN", "", [], "next"), "2026-01-26", "2026-01-26") == {"2026-01-26": "Republic Day"}


# --- the version -----------------------------------------------------------------------------------------------------


def test_a_calendar_that_names_no_day_is_none_and_changes_no_version(tmp_path: Path) -> None:
    bare = load(written(tmp_path, RULES))
    empty = load(written(tmp_path, RULES + '[calendar]\ntime_zone = "Africa/Abidjan"\n'))
    assert bare.calendar is None
    assert empty.calendar is None
    assert empty.version == bare.version


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Tokyo"])
def test_a_zone_that_is_not_utc_is_followed_by_habits_and_so_in_the_version(tmp_path: Path, zone: str) -> None:
    bare = load(written(tmp_path, RULES))
    zoned = load(written(tmp_path, RULES + f'[calendar]\ntime_zone = "{zone}"\n'))
    assert bare.clock is None
    assert zoned.clock is not None
    assert zoned.version != bare.version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", RULES),
        ("America/Sao_Paulo", "America/Bahia"),
        ('"BR"', '"AR"'),
        ("[5, 20, -1]", "[5, 20]"),
        ('["sun", "Mon"]', '["sun"]'),
        ('"02:00"', '"02:01"'),
        ("2026-01-04", "2026-01-05"),
        ("batch", "batches"),
        ("2026-11-28", "2026-11-29"),
        ('keys = ["FAILED"]', 'keys = ["denied"]'),
    ],
)
def test_all_that_a_calendar_says_is_in_the_version(tmp_path: Path, old: str, new: str) -> None:
    changed = CALENDAR.replace(old, new, 1) if old else ""
    assert changed != CALENDAR
    assert load(written(tmp_path, RULES + changed)).version != load(written(tmp_path, RULES + CALENDAR)).version


def test_the_same_file_means_the_same_in_any_language_and_zone(tmp_path: Path) -> None:
    path = written(tmp_path, RULES + CALENDAR)
    code = "import sys, pathlib, processors.rules as r; print(r.load(pathlib.Path(sys.argv[1])).version)"
    said = {
        subprocess.run(
            [sys.executable, "-c", code, str(path)],
            env={**os.environ, "LANG": language, "LANGUAGE": language, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for language, zone in (("pt_BR", "Asia/Tokyo"), ("C", "UTC"))
    }
    assert said == {load(path).version}


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "[calendar]\n",
            "[calendar]\nzone = 5\n",
            "8: [calendar] zone: is not known here; known are: country, event, ",
        ),
        ('"America/Sao_Paulo"', '"America/Sao Paulo"', "8: [calendar] time_zone: must be the name of a time zone"),
        ('"America/Sao_Paulo"', '"America"', "8: [calendar] time_zone: must be the name of a time zone"),
        ('"America/Sao_Paulo"', '""', "8: [calendar] time_zone: must be the name of a time zone"),
        ('"America/Sao_Paulo"', "3", "8: [calendar] time_zone: must be a text; it is 3"),
        ('"BR"', '"ZZ"', "9: [calendar] country: is not known to the package holidays: Country ZZ not available"),
        ('"BR"', '"BR"\nsubdivision = "ZZ"', "10: [calendar] subdivision: is not known"),
        ('country = "BR"', 'subdivision = "SP"', "9: [calendar] subdivision: needs a country"),
        ("[5, 20, -1]", "[5, 0]", "10: [calendar] pay_days: must be days of the month"),
        ("[5, 20, -1]", "[32]", "10: [calendar] pay_days: must be days of the month"),
        ("[5, 20, -1]", "[true]", "10: [calendar] pay_days: must be days of the month"),
        ("[5, 20, -1]", "5", "10: [calendar] pay_days: must be days of the month"),
        ("-1]", '-1]\npay_day_moves = "back"', "11: [calendar] pay_day_moves: must be one of next, previous, never"),
        ("pay_days = [5, 20, -1]", 'pay_day_moves = "next"', "10: [calendar] pay_day_moves: means nothing without"),
        ('name = "batch"\n', "", "22: [[calendar.maintenance]] name: is missing or empty"),
        ('"batch"', '"acquirer\'s night work"', "23: [[calendar.maintenance]] name: the name \"acquirer's night"),
        ('"flash sale"', '"batch"', "34: [[calendar.event]] name: the name 'batch' is taken above"),
        ('["sun", "Mon"]', '["sonntag"]', "14: [[calendar.maintenance]] days: must be some of mon, tue"),
        ('["sun", "Mon"]', "[]", "14: [[calendar.maintenance]] days: must be some of mon, tue"),
        ('["sun", "Mon"]', "[6]", "14: [[calendar.maintenance]] days: must be a list of texts"),
        ('"02:00"', '"2:00"', "15: [[calendar.maintenance]] from: must be a time of the day"),
        ('"02:00"', '"24:00"', "15: [[calendar.maintenance]] from: must be before 24:00"),
        ("23:30:00", "23:30:01", "24: [[calendar.maintenance]] from: must be a time of the day"),
        ('from = "02:00"\n', "", "12: [[calendar.maintenance]] from: is missing"),
        ('"04:00"', '"02:00"', "16: [[calendar.maintenance]] to: must differ from `from`"),
        ("2026-01-04", '"soon"', "17: [[calendar.maintenance]] first: must be a date"),
        ("2026-01-04", "2026-01-04T00:00:00", "17: [[calendar.maintenance]] first: must be a date"),
        ("2026-01-04", "2027-01-04", "18: [[calendar.maintenance]] last: must not be before `first`"),
        ('["shop"]', "[5]", "19: [[calendar.maintenance]] scopes: must be a list of texts"),
        ('["shop"]', '[" "]', "19: [[calendar.maintenance]] scopes: must be words with something to be seen"),
        ('["FAILED"]', '"FAILED"', "20: [[calendar.maintenance]] keys: must be a list of texts"),
        ('keys = ["FAILED"]', 'key = "failed"', "20: [[calendar.maintenance]] key: is not known here"),
        ("2026-11-28", "2026-11-27", "31: [[calendar.event]] to: must be after `from`"),
        ("2026-11-28", '"2026-11-28T00:00:30"', "31: [[calendar.event]] to: must be a date and a full minute"),
        ("2026-11-28", "12:00:00", "31: [[calendar.event]] to: must be a date and a full minute"),
        ("2026-11-28", "9", "31: [[calendar.event]] to: must be a date and a full minute"),
        ("2026-11-28", "3026-11-28", "31: [[calendar.event]] to: must be a date and a full minute"),
        ("to = 2026-11-28\n", "", "28: [[calendar.event]] to: is missing"),
    ],
)
def test_an_error_names_the_file_the_line_and_the_key(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in CALENDAR
    path = written(tmp_path, RULES + CALENDAR.replace(old, new, 1))
    with pytest.raises(RuleError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:{says}")
    assert run("check", path).exit_code == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("calendar = 5\n", "1: [calendar]: must be a table"),
        ("[calendar]\nmaintenance = 5\n", "2: [calendar] maintenance: must be tables, each headed [[calendar.maint"),
        ("[calendar]\nmaintenance = [5]\n", "2: [[calendar.maintenance]]: must be a table"),
        ('[calendar]\n\nevent = [{ name = "a" }]\n', "3: [[calendar.event]] from: is missing"),
    ],
)
def test_an_error_is_found_in_other_ways_of_writing_it_too(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(RuleError) as caught:
        load(written(tmp_path, text + RULES))
    assert str(caught.value).removeprefix(f"{tmp_path}/mine.toml:").startswith(says)


# --- what people see -------------------------------------------------------------------------------------------------


def test_the_calendar_is_shown(tmp_path: Path) -> None:
    shown = run("show", written(tmp_path, RULES + CALENDAR)).stdout
    assert "event        Black Friday: Fri 2026-11-27 00:00 to Sat 2026-11-28 00:00 (America/Sao_Paulo)\n" in shown
    assert "maintenance  batch: every day 23:30 to 00:30 of the next day (UTC)\n" in shown
    window = (
        "mon sun 02:00 to 04:00 (America/Sao_Paulo) from 2026-01-04 until 2026-12-31, scopes shop; keys failed only"
    )
    assert f"maintenance  acquirer's night work: {window}\n" in shown
    assert "special days" in shown
    assert "special days" not in run("show", "default").stdout


def test_the_next_special_days_are_shown_and_how_many_more_there_are(tmp_path: Path) -> None:
    (_, text), *_ = calendar_lines(calendar(tmp_path, CALENDAR), date(2026, 12, 22))
    assert text.startswith("(America/Sao_Paulo) Fri 2026-12-25 Christmas Day; Thu 2026-12-31 pay day; ")
    assert text.endswith(" more until 2100")
    few = Calendar(days={date(2026, 1, 1).toordinal(): "New Year"})
    assert list(calendar_lines(few, date(2026, 1, 1))) == [("special days", "(UTC) Thu 2026-01-01 New Year")]
    assert list(calendar_lines(few, date(2026, 1, 2))) == []


def test_programs_get_all_of_the_calendar(tmp_path: Path) -> None:
    said = json.loads(run("show", written(tmp_path, RULES + CALENDAR), "--json").stdout)["calendar"]
    assert said["time_zone"] == "America/Sao_Paulo"
    assert said["days"]["2026-12-25"] == "Christmas Day"
    assert said["maintenance"][1]["to"] == "00:30"
    assert said["events"][0]["from"] == "2026-11-27T03:00:00+00:00"
    assert json.loads(run("show", "default", "--json").stdout)["calendar"] is None


def test_a_test_case_is_placed_on_a_special_day_or_in_maintenance_by_its_start(tmp_path: Path) -> None:
    test = """
[[test]]
name = "{}"
start = "{}"
quiet = 10
status = {{ approved = 60 }}
then = [{{ minutes = 5, status = {{ failed = 20 }} }}]
expect = {}
"""
    text = CALENDAR + test.format("on a busy day", "2026-11-27T12:00:00-03:00", '["failed"]')
    text += test.format("in the night", "2026-11-25T23:25:00Z", "[]")
    file = read(written(tmp_path, RULES + text))
    busy, night = (try_case(case, file.rules) for case in file.cases)
    assert (busy.faults, night.faults) == ((), ())
    assert busy.incidents[0].because[-1] == "on a special day: Black Friday"
