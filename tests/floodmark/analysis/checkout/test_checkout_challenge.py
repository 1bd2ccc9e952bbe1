"""The challenge's checkout files: the incidents an analyst sees in them, and no others."""

from typing import Any

import pytest

from tests.floodmark.analysis.checkout.checkout_kit import as_json, told
from tests.paths import SHARED_FILES

DATA = SHARED_FILES / "data"

pytestmark = pytest.mark.skipif(
    not (DATA / "checkout_1.csv").exists(), reason="the challenge's files are not beside the project (../shared/data)"
)


def only(file: str) -> dict[str, Any]:
    (incident,) = as_json(DATA / file)["incidents"]
    assert isinstance(incident, dict)
    return incident


def test_the_first_day_has_a_trough_at_eight_and_a_rebound_at_ten() -> None:
    incident = only("checkout_1.csv")
    assert (incident["kind"], incident["hours"], incident["seen"]) == ("drop", [8, 9], 2)
    assert incident["rebound"]["hours"] == [10]
    assert 40 < incident["gross_loss"] < 47
    assert incident["net_loss"] == pytest.approx(incident["gross_loss"] - incident["rebound"]["extra"], abs=0.02)
    assert 25 < incident["net_loss"] < 40
    assert incident["probability"] < 1e-6


def test_the_second_day_has_an_outage_from_fifteen_to_seventeen_and_nothing_came_back() -> None:
    incident = only("checkout_2.csv")
    assert (incident["kind"], incident["hours"], incident["seen"]) == ("outage", [15, 16, 17], 0)
    assert (incident["edges_before"], incident["edges_after"]) == ([14], [18])
    assert incident["rebound"] is None
    assert 100 < incident["gross_loss"] == incident["net_loss"] < 130


def test_yesterdays_outage_is_no_surge_of_today() -> None:
    hours = as_json(DATA / "checkout_2.csv")["hours"]
    assert [hours[8]["left_out"], hours[9]["left_out"]] == ["yesterday", "yesterday"]
    assert hours[8]["role"] == hours[9]["role"] == "in line"


@pytest.mark.parametrize(
    ("file", "sentences"),
    [
        (
            "checkout_1.csv",
            [
                "1 incident: Trough 08–09 h, rebound 10 h.",
                "By hour: 08 h 0 of 16, 09 h 2 of 29.",
                "Since 08 h. 07 h was already low (2 of 8.1)",
                "Possibly a rebound: 10 h 55 of 44",
                "net loss is about 33",
            ],
        ),
        (
            "checkout_2.csv",
            [
                "1 incident: Outage 15–17 h, no rebound.",
                "0 seen where about 114 were expected",
                "probably began within that hour, at about 14:35.",
                "probably ended within that hour, at about 18:35.",
                "No rebound: 19 h saw 32 of 31 expected.",
            ],
        ),
    ],
)
def test_the_report_says_so(file: str, sentences: list[str]) -> None:
    text = told(DATA / file)
    for sentence in sentences:
        assert sentence in text
