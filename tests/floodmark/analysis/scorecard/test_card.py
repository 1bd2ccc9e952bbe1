"""The card: what must be, what is, and whether that is enough."""

from datetime import UTC, datetime

import pytest

from floodmark.analysis.scorecard.card import grid_of, lines_of, quiet_grid
from floodmark.analysis.scorecard.musts import MEASURES
from floodmark.analysis.scorecard.notices import Pager
from producers.simulate.feeds.catalogue import FEEDS
from schemas.alert import Alert
from schemas.alert_state import AlertState
from schemas.severity import Severity
from tests.floodmark.analysis.scorecard.feed_kit import notice, run, true


def alert(state: AlertState, severity: Severity, inhibited_by: str = "") -> Alert:
    at = datetime(2025, 5, 5, tzinfo=UTC)
    return Alert(
        incident_id="one",
        state=state,
        severity=severity,
        scope="all",
        dimension="status",
        key="denied",
        timestamp=at,
        since=at,
        last_seen=at,
        observed=9,
        summary="denied",
        inhibited_by=inhibited_by,
        rule_set="r",
        revision=1,
        version=0,
    )


def test_what_pages_is_what_opens_and_what_becomes_more_severe() -> None:
    pager = Pager()
    steps: list[tuple[AlertState, Severity, bool]] = [
        ("firing", "warning", True),
        ("updated", "warning", False),
        ("updated", "critical", True),
        ("updated", "critical", False),
        ("amended", "critical", False),
        ("resolved", "critical", False),
        ("firing", "info", False),
        ("withdrawn", "info", False),
    ]
    assert [pager.pages(alert(state, severity)) for state, severity, _ in steps] == [pages for _, _, pages in steps]


def test_what_is_hidden_by_another_incident_does_not_page() -> None:
    assert not Pager().pages(alert("firing", "warning", inhibited_by="two"))


def test_every_measure_is_taken_of_feeds_that_are_there_and_every_feed_is_measured() -> None:
    measured = {feed for measure in MEASURES for feed in measure.feeds}
    assert measured == set(FEEDS)
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)


def test_a_line_has_the_mean_and_the_spread_over_the_seeds() -> None:
    runs = [run([], [notice(2_000)], seed=1), run(seed=2), run([], [notice(2_000)], seed=3), run(seed=4)]
    (line,) = [line for line in lines_of(runs) if line.measure.name.startswith("false pages a day")]
    assert (line.mean, line.seeds) == (0.5, 4)
    assert line.spread == pytest.approx((1 / 3) ** 0.5)
    assert line.is_met is False
    assert line.words == "missed"


def test_a_line_is_met_at_its_bound_and_at_its_aim_beyond_that() -> None:
    def words(pages: int, days: int) -> str:
        runs = [run([], [notice(1_440 + i) for i in range(pages)], minutes=(days + 1) * 1_440)]
        return quiet_grid(runs).rows[0][-1]

    assert words(4, 20) == "missed"
    assert words(3, 20) == "met"
    assert words(1, 20) == "aim"
    assert words(0, 20) == "aim"


def test_a_measure_without_anything_to_be_taken_of_has_no_line() -> None:
    names = [line.measure.name for line in lines_of([run(feed="growth")])]
    assert "growth to total loss: critical ≤ 3 min after half" not in names
    assert list(lines_of([])) == []
    assert quiet_grid([run(feed="growth")]).rows == []


def test_the_tables_say_what_must_be_and_what_is() -> None:
    growing = true("growing_outage", 1_500, 1_560, half=1_522)
    runs = [run([growing], [notice(1_502, severity="critical")], feed="growth")]
    rows = grid_of(list(lines_of(runs))).rows
    assert list(rows[0]) == ["growth to total loss: critical ≤ 3 min after half", "≥ 0.95", "≥ 1", "1.000", "–", "aim"]
    outage = true("total_outage", 1_500, 1_529)
    quiet = quiet_grid([run([outage], [notice(1_511)], feed="sale")])
    assert [list(row) for row in quiet.rows] == [["sale", "0.000", "–", "≤ 0.15", "1.000", "0.000", "aim"]]
