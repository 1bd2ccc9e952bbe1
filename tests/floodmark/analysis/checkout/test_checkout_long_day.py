"""The day on which clocks go back has 25 hours."""

from pathlib import Path

import pytest

from tests.floodmark.analysis.checkout.checkout_kit import HEADER, as_json, told
from tests.paths import SHARED_FILES

SHARED = SHARED_FILES / "cases"


def long_day(folder: Path, twice: int, seen: dict[int, int]) -> Path:
    """A file whose hour `twice` comes twice; what its rows saw, by their place, is 40 where `seen` does not say it."""
    hours = [*range(twice + 1), *range(twice, 24)]
    file = folder / "c.csv"
    rows = (f"{hour:02}h,{seen.get(place, 40)},40,40,20,20\n" for place, hour in enumerate(hours))
    file.write_text(HEADER + "".join(rows))
    return file


@pytest.mark.parametrize("twice", [0, 1, 2, 22])
def test_both_rows_of_the_hour_are_there_in_order_and_the_next_ones_keep_their_names(
    tmp_path: Path, twice: int
) -> None:
    answer = as_json(long_day(tmp_path, twice, {twice: 41, twice + 1: 42}))
    assert [hour["hour"] for hour in answer["hours"]] == [*range(twice + 1), *range(twice, 24)]
    assert [hour["seen"] for hour in answer["hours"] if hour["hour"] == twice] == [41, 42]
    said = f"{twice:02} h is there twice: it is taken for the hour that comes twice when clocks go back."
    assert said in answer["notes"]


def test_an_incident_after_the_hour_is_told_by_the_clock(tmp_path: Path) -> None:
    text = told(long_day(tmp_path, 1, {14: 0, 15: 0, 16: 0}))
    assert "1 incident: Outage 13–15 h, no rebound." in text
    assert "Since 13 h; the hour before was in line." in text


def test_an_outage_of_both_hours_counts_both(tmp_path: Path) -> None:
    (incident,) = as_json(long_day(tmp_path, 1, {1: 0, 2: 0}))["incidents"]
    assert (incident["hours"], incident["gross_loss"]) == ([1, 1], 80)


def test_the_page_names_the_hours_by_the_clock(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    told(long_day(tmp_path, 1, {}), "--html", page)
    assert page.read_text().count('text-anchor="middle">01</text>') == 2
    assert 'text-anchor="middle">24</text>' not in page.read_text()


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared cases are not here: {SHARED}")
def test_the_day_of_the_trial_is_reported() -> None:
    answer = as_json(SHARED / "19-hour-25" / "day.csv")
    assert [hour["hour"] for hour in answer["hours"]][:4] == [0, 1, 1, 2]
