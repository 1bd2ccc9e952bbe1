"""The report of a day, a week and a month: its figures are those of what was written."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from floodmark.analysis.period.period import Period, around
from floodmark.cli import app
from tests.sample_store import Filled
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.sink_kit import alert_at, minute_at


@pytest.fixture
def store(filled: Filled) -> Iterator[OnStore]:
    """A database of its own beside the sample's."""
    made = OnStore(filled.process)
    yield made
    made.close()


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
    assert f"{100 * rate:.2f} % approved" in told.stdout
    assert f"{now:,} transactions in " in told.stdout
    change = now / then - 1
    assert f"That is {100 * abs(change):.1f} % {'more' if change > 0 else 'fewer'} than in " in told.stdout
    page = (tmp_path / "a.html").read_text()
    assert f"{100 * rate:.2f} % approved" in page
    assert "<script" not in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)


def test_a_page_for_paper_is_light_and_broken_between_its_parts(filled: Filled, tmp_path: Path) -> None:
    place = tmp_path / "paper.html"
    told = run("week", "--date", "2025-03-04", "--dsn", filled.dsn, "--html", str(place), "--pdf-ready")
    assert told.exit_code == 0, told.stderr
    assert "@page { size: A4" in place.read_text()
    assert f"{len([a for a in filled.sample.incidents.values() if a.scope == 'all'])} incidents" in told.stdout


def test_a_scope_whose_name_begins_with_another_ones_is_another_scope(store: OnStore) -> None:
    store.write(minute_at(0, scope="a", count=3), minute_at(0, scope="a shop", count=5))
    loss = {"estimated_loss": {"transactions": 40.0}}
    store.write(alert_at(1, scope="a", **loss), alert_at(2, scope="a shop", **loss), alert_at(3, scope="a shop"))
    told = run("day", "--scope", "a", "--dsn", store.dsn)
    assert told.exit_code == 0, told.stderr
    assert "; 1 incident In short" in " ".join(told.stdout.replace("-", "").split())
    assert "Incidents cost 40 transactions" in told.stdout


def hours_drawn(page: str) -> int:
    """The points of the line of transactions."""
    (line,) = re.findall(r'class="line seen" d="([^"]*)"', page) or [""]
    return len(re.findall(r"[ML]", line))


def test_an_hour_that_is_not_whole_is_not_drawn_as_an_outage(store: OnStore, tmp_path: Path) -> None:
    """From 18:07 to 21:30: of four hours two are whole."""
    store.write(*(minute_at(n, count=10) for n in range(204)))
    told = run("day", "--dsn", store.dsn, "--html", str(tmp_path / "a.html"))
    assert told.exit_code == 0, told.stderr
    assert hours_drawn((tmp_path / "a.html").read_text()) == 2


def test_a_week_that_is_half_there_is_not_said_to_have_had_half_of_the_traffic(store: OnStore) -> None:
    a_week = 7 * 24 * 60
    store.write(*(minute_at(n, count=10) for n in range(20)), *(minute_at(a_week + n, count=10) for n in range(30)))
    told = " ".join(run("week", "--dsn", store.dsn).stdout.split())
    assert "more than in the week of 07 July 2025. That one has 20 judged minutes, with 10.0 transactions in" in told


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_day_without_a_transaction_is_said_to_be_one(store: OnStore, form: str, tmp_path: Path) -> None:
    store.write(minute_at(0, count=0, total=0, share=None, verdict="no_data", score=0.0))
    told = run("day", "--dsn", store.dsn, "--format", form, "--html", str(tmp_path / "a.html"))
    assert told.exit_code == 0, told.stderr
    assert "no transactions; 0 incidents" in told.stdout
    for text in (told.stdout, (tmp_path / "a.html").read_text()):
        assert "nan" not in text.lower().split()


def test_what_is_not_there_is_said_in_words(filled: Filled) -> None:
    told = run("month", "--date", "2020-01-01", "--dsn", filled.dsn)
    assert told.exit_code == 1
    assert "no minutes of January 2020; it has 2025-02-24 to 2025-03-04" in told.stderr
    nobody = run("day", "--scope", "nobody", "--dsn", filled.dsn)
    assert (nobody.exit_code, "no minutes of the scope 'nobody'" in nobody.stderr) == (1, True)
    assert run("day", "--pdf-ready").exit_code == 2
