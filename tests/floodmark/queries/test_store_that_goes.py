"""A store that goes away between two questions is told in words."""

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError

from floodmark.queries.ask import store_error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OperationalError("Error HTTPConnectionPool(host='h', port=1): Max retries"), "nobody answers at h:1."),
        (
            DatabaseError("Code: 60. DB::Exception: no such table. (UNKNOWN_TABLE) (for url http://h:1)"),
            "no such table",
        ),
        (ClickHouseError("odd"), "odd"),
    ],
    ids=["gone", "refused", "odd"],
)
def test_what_goes_wrong_names_the_place_and_not_the_library(error: ClickHouseError, text: str) -> None:
    found = store_error(error, "h:1")
    assert text in found.text
    assert "HTTPConnectionPool" not in found.text
