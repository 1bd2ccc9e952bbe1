"""The queries of the runbook pages run on the store as they are printed."""

import re

from tests.paths import ROOT
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.sink_kit import minute_at

PAGES = ROOT / "docs" / "runbooks"
QUERIES = sorted(
    {
        " ".join(query.split())
        for page in PAGES.glob("*.md")
        for query in re.findall(r'floodmark sql "(.*?)"', page.read_text(encoding="utf-8"), re.DOTALL)
    }
)


def test_they_run_and_find_what_they_are_to_find(store: OnStore) -> None:
    store.connection.migrate()
    store.write(minute_at(0, scope="SCOPE", key="KEY"), minute_at(1, scope="SCOPE", dimension="auth_code", key="51"))
    assert len(QUERIES) == 4
    for query in QUERIES:
        filled = query.replace("SINCE", "2025-07-12 18:07:00").replace("'DIMENSION'", "'status'")
        (row,) = store.rows(filled.replace("FROM minutes", "FROM DB.minutes"))
        assert 5 in row
