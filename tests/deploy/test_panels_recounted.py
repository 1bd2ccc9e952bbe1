"""Every panel that asks the store, held against a count of the records in plain Python, in several time ranges."""

import math
from typing import Final

import pytest

from grafana.kit import Panel
from tests.deploy.grafana_macros import View
from tests.deploy.test_boards import CHOSEN, FAR, FROM_S, NEAR, PANELS, TO_S
from tests.recounted.cells import differences, rows_of
from tests.recounted.of_sample import facts_of
from tests.recounted.panels import PANELS as RECOUNTS
from tests.sample_store import Filled

ASKED = [(board.name, panel) for board, panel in PANELS if isinstance(panel.query, str)]
ROUNDED: Final = {
    "Last hour against what was expected": 0.11,
    "Codes above what was expected": 0.11,
    "Incidents in the time range": 0.11,
    "Incidents by series": 1.0,
    "Dearest incidents": 1.0,
    "Hour by day of the week": 1.0,
    "Days of the week": 1.0,
}
"""Panels that round: two roundings of nearly the same number may be one step apart."""
VIEWS: Final = {
    "a day": NEAR,
    "nine days": FAR,
    # It begins and ends within an hour, and within a point; other choices than those of the others.
    "some hours": View(
        FROM_S + 4 * 3600 + 137,
        TO_S - 5 * 3600 - 77,
        300,
        {"scope": "all", "status": "failed", "code": "00", "objective": "0.97"},
    ),
    "points of two hours": View(FROM_S - 86_400 + 1_801, TO_S - 9_999, 7_200, {**CHOSEN, "scope": "kiosk"}),
}


def test_every_panel_that_asks_the_store_is_counted_anew() -> None:
    assert {(board, panel.title, panel.kind) for board, panel in ASKED} == set(RECOUNTS)


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize(("board", "panel"), [pytest.param(b, p, id=f"{b}: {p.title}") for b, p in ASKED])
def test_a_panel_shows_what_was_counted(filled: Filled, board: str, panel: Panel, view: View) -> None:
    wanted = RECOUNTS[board, panel.title, panel.kind](facts_of(filled.sample), view)
    found = rows_of(filled.client.query(view.expand(str(panel.query))).result_rows)
    assert not differences(found, wanted, ROUNDED.get(panel.title, 0.0))


@pytest.mark.parametrize(("board", "panel"), [pytest.param(b, p, id=f"{b}: {p.title}") for b, p in ASKED])
def test_where_nothing_is_a_panel_says_so_and_shows_no_figure_that_is_none(
    filled: Filled, board: str, panel: Panel
) -> None:
    """0 / 0 is NaN, which Grafana shows as NaN and not as what is to be said of nothing."""
    nobody = View(FROM_S + 10**8, TO_S + 10**8, 60, {**CHOSEN, "scope": "nobody"})
    found = filled.client.query(nobody.expand(str(panel.query))).result_rows
    assert not [cell for row in found for cell in row if isinstance(cell, float) and math.isnan(cell)]
    if board == "slo":
        assert all(row[-1] is None for row in found), "what was not measured is no figure"
