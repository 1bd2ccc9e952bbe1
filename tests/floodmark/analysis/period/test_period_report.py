"""The report of a day, a week and a month: its figures are those of what was written."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from floodmark.analysis.period.period import Period, around
from floodmark.cli import app
from tests.sample_store import Filled


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["report", *words], env={"COLUMNS": "200", "FLOODMARK_STORE_DSN": ""})


def total(filled: Filled, first: date, end: date, *keys: str) -> int:
    return sum(
        m.count
        for m in filled.sample.of()
        if first <= datetime.fromtimestamp(m.minute / 1000, UTC).date() < end and (not keys or m.key in keys)
    )


@pytest.mark.parametrize(
    ("length", "day", "first", "end", "before"),
    [
        ("day", date(2025, 3, 4), date(2025, 3, 4), date(2025, 3, 5), date(2025, 2, 25)),
        ("week", date(2025, 3, 4), date(2025, 3, 3), date(2025, 3, 10), date(2025, 2, 24)),
        ("month", date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1), date(2024, 1, 1)),
        ("month", date(2025, 1, 31), date(2025, 1, 1), date(2025, 2, 1), date(2024, 12, 1)),
    ],
)
def test_a_period_is_of_whole_days_and_knows_the_one_before(
    length: str, day: date, first: date, end: date, before: date
) -> None:
    period = around(day, length)  # type: ignore[arg-type]
    assert period == Period(length, first, end)  # type: ignore[arg-type]
    assert period.before.first == before


@pytest.mark.parametrize("length", ["day", "week", "month"])
def test_the_figures_are_those_of_the_minutes(filled: Filled, length: str, tmp_path: Path) -> None:
    told = run(length, "--date", "2025-03-03", "--dsn", filled.dsn, "--html", str(tmp_path / "a.html"))
    assert told.exit_code == 0, told.stderr
    period = around(date(2025, 3, 3), length)  # type: ignore[arg-type]
    now, then = (total(filled, each.first, each.end) for each in (period, period.before))
    rate = total(filled, period.first, period.end, "approved") / now
    assert f"{rate:.2%} approved" in told.stdout
    assert f"{now:,} transactions in " in told.stdout
    change = now / then - 1
    assert f"That is {abs(change):.1%} {'more' if change > 0 else 'fewer'} than in " in told.stdout
    page = (tmp_path / "a.html").read_text()
    assert f"{rate:.2%} approved" in page
    assert "<script" not in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)


def test_a_page_for_paper_is_light_and_broken_between_its_parts(filled: Filled, tmp_path: Path) -> None:
    place = tmp_path / "paper.html"
    told = run("week", "--date", "2025-03-04", "--dsn", filled.dsn, "--html", str(place), "--pdf-ready")
    assert told.exit_code == 0, told.stderr
    assert "@page { size: A4" in place.read_text()
    assert f"{len([a for a in filled.sample.incidents.values() if a.scope == 'all'])} incidents" in told.stdout


def test_what_is_not_there_is_said_in_words(filled: Filled) -> None:
    told = run("month", "--date", "2020-01-01", "--dsn", filled.dsn)
    assert told.exit_code == 1
    assert "no minutes of January 2020; it has 2025-02-24 to 2025-03-04" in told.stderr
    nobody = run("day", "--scope", "nobody", "--dsn", filled.dsn)
    assert (nobody.exit_code, "no minutes of the scope 'nobody'" in nobody.stderr) == (1, True)
    assert run("day", "--pdf-ready").exit_code == 2
