"""Every query of the library, all its columns, held against a count of the records in plain Python."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from floodmark.queries.library import names, query
from tests.floodmark.queries.query_kit import ask
from tests.recounted.cells import differences, rows_of
from tests.recounted.facts import DAY
from tests.recounted.of_sample import facts_of
from tests.recounted.queries import QUERIES, Asked
from tests.sample_store import Filled

BEGIN: Final = int(datetime(2025, 3, 3, 20, 17, 30, tzinfo=UTC).timestamp())
PART: Final = (BEGIN, BEGIN + 15 * 3600 + 11)
KNOWN: Final = BEGIN + 6 * 3600
CASES: Final = {
    # Another test of the same store adds what somebody does in 2030.
    "all that is there": Asked(to_s=BEGIN + 365 * DAY, more={"known": KNOWN}),
    "fifteen hours": Asked(*PART, more={"known": KNOWN + 1800, "objective": 0.97, "limit": 3, "codes": 1, "least": 2,
                                        "severity": "warning", "minutes": 17, "times": 2.5}),
    "the other scope": Asked(PART[0] - 3 * 3600, PART[1], "kiosk", {"known": KNOWN, "dimension": "auth_code"}),
}  # fmt: skip


def given(asked: Asked, name: str) -> dict[str, Any]:
    """The parameters of this query, as people write them."""
    at = lambda second: datetime.fromtimestamp(second, UTC).isoformat()  # noqa: E731
    known = {each.name for each in query(name).parameters}
    every = {"from": at(asked.from_s), "to": at(asked.to_s), "scope": asked.scope, **asked.more}
    every["known"] = at(asked.more["known"])
    return {key: value for key, value in every.items() if key in known}


def instants(name: str, row: dict[str, Any]) -> list[Any]:
    """The cells of a row of JSON; what is declared as an instant is one, and what is a number too."""
    cells: list[Any] = []
    for column, kind in query(name).columns.items():
        cell = row[column]
        if "DateTime" in kind and cell is not None:
            cell = datetime.fromisoformat(cell)
        cells.append(int(cell) if kind == "Int128" else cell)
    return cells


def test_every_query_is_counted_anew() -> None:
    assert set(QUERIES) == set(names())


@pytest.mark.parametrize("asked", CASES.values(), ids=CASES)
@pytest.mark.parametrize("name", names())
def test_a_query_answers_what_was_counted(filled: Filled, name: str, asked: Asked) -> None:
    found = rows_of(instants(name, row) for row in ask(filled, name, **given(asked, name)))
    assert not differences(found, QUERIES[name](facts_of(filled.sample), asked))
