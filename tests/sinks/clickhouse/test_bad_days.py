"""What the store answers of bad days (see `tests.recounted.oddities`) is what their records in Python come to.

They are written in parts, in any order, and asked for at once: the engine has put together some of it, and some not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import clickhouse_connect
import pytest

from floodmark.queries.library import library
from grafana.generate import BOARDS
from tests.deploy.grafana_macros import View
from tests.deploy.test_panels_recounted import ROUNDED
from tests.recounted.cells import differences, rows_of
from tests.recounted.facts import DAY, Facts
from tests.recounted.oddities import MIDNIGHT, oddities
from tests.recounted.panels import PANELS
from tests.recounted.queries import QUERIES, Asked
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.conftest import StoreProcess

CHOSEN: Final = {"scope": "all", "status": "denied", "code": "51", "objective": "0.9"}
VIEWS: Final = (
    View(MIDNIGHT - 7_000, MIDNIGHT + 11_000, 60, CHOSEN),
    View(
        MIDNIGHT - 1_111,
        MIDNIGHT + 4_555,
        300,
        {**CHOSEN, "scope": "a", "status": "failed", "code": "N7", "objective": "0.5"},
    ),
    View(MIDNIGHT - 9 * DAY, MIDNIGHT + DAY, 3_600, {**CHOSEN, "scope": "a shop"}),
)
ASKED: Final = (
    Asked(more={"known": MIDNIGHT + 1_234.567}),
    Asked(
        MIDNIGHT - 1_111,
        MIDNIGHT + 5_000,
        "a",
        {
            "known": MIDNIGHT - 77,
            "limit": 4,
            "severity": "warning",
            "least": 2,
            "times": 1.5,
            "objective": 0.5,
            "codes": 2,
            "dimension": "auth_code",
        },
    ),
    Asked(
        MIDNIGHT - 9 * DAY,
        MIDNIGHT + 3_601,
        "a shop",
        {"known": MIDNIGHT + 9 * DAY, "minutes": 7, "severity": "info"},
    ),
    Asked(scope="never", more={"known": MIDNIGHT, "least": 1}),
)


@dataclass(frozen=True)
class BadDays:
    """A store with them in it, and what they are."""

    store: OnStore
    client: Any
    facts: Facts

    def rows(self, sql: str, values: dict[str, str] | None = None) -> list[tuple[Any, ...]]:
        """What the store answers; dashboards name a database, and queries name none."""
        text = sql.replace("floodmark.", f"{self.store.database}.")
        return rows_of(self.client.query(text, parameters=values).result_rows)


@pytest.fixture(scope="module", params=[11, 12])
def bad(shared_store: StoreProcess, request: pytest.FixtureRequest) -> Iterator[BadDays]:
    """Written in batches, in any order, some records twice."""
    store = OnStore(shared_store)
    store.connection.migrate()
    made = oddities(request.param)
    for at in range(0, len(made.records), 2_500):
        store.write(*made.records[at : at + 2_500])
    client = clickhouse_connect.get_client(dsn=store.dsn, autogenerate_session_id=False)
    yield BadDays(store, client, made.facts)
    client.close()
    store.close()


@pytest.mark.parametrize("view", VIEWS, ids=["hours", "minutes of another", "days"])
def test_every_panel_shows_what_was_counted(bad: BadDays, view: View) -> None:
    odd = {}
    for board in BOARDS:
        for panel in board.panels:
            if isinstance(panel.query, str):
                wanted = PANELS[board.name, panel.title, panel.kind](bad.facts, view)
                found = bad.rows(view.expand(panel.query))
                odd[board.name, panel.title] = differences(found, wanted, ROUNDED.get(panel.title, 0.0))
    assert {name: what[:3] for name, what in odd.items() if what} == {}
    assert len(odd) > 60


@pytest.mark.parametrize("asked", ASKED, ids=["all", "a part", "days", "no transaction"])
def test_every_query_answers_what_was_counted(bad: BadDays, asked: Asked) -> None:
    odd = {}
    for each in library():
        params = {p.name: p for p in each.parameters}
        told = {"from": iso(asked.from_s), "to": iso(asked.to_s), "scope": asked.scope, **asked.more}
        told["known"] = iso(asked.more["known"])
        values = each.values({name: str(value) for name, value in told.items() if name in params})
        found = bad.rows(each.sql, {name.removeprefix("param_"): value for name, value in values.items()})
        odd[each.name] = differences(found, QUERIES[each.name](bad.facts, asked))
    assert {name: what[:3] for name, what in odd.items() if what} == {}


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
