"""Older minutes come from the store's views; what others named them is quoted, and errors say what to do."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from floodmark.gateway.state.history import MinutesWanted, NoRevisions, StoreAway, StoredHistory
from floodmark.queries.ask import Ask, Unreachable
from floodmark.queries.errors import StoreError
from runtime.exits import Exit
from tests.floodmark.gateway.topic_kit import M0, start

ROW = [
    M0 * 60,
    "all",
    "status",
    "denied",
    5,
    100,
    0,
    4.5,
    0.0,
    12.5,
    None,
    None,
    None,
    60.0,
    "warning",
    ["r"],
    {"r": 60.0},
]


class Store:
    """Answers one row, or an error; remembers what it was asked."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.asked, self.connected = list(errors), list[str](), 0

    def connect(self) -> Ask:
        self.connected += 1
        return self.ask

    def ask(self, sql: str, output_format: str, settings: Mapping[str, str]) -> Iterator[bytes]:
        self.asked.append(sql)
        if self.errors:
            raise self.errors.pop(0)
        yield json.dumps([*ROW, 1, 7, "v1"]).encode() + b"\n"


def history(store: Store) -> StoredHistory:
    return StoredHistory(store.connect, "floodmark")


def test_a_stored_minute_is_read_as_one_of_the_topic() -> None:
    store = Store()
    (seen,) = history(store).minutes(MinutesWanted(M0, M0, "it's \\ one", "status", "denied", 10))
    assert (seen.minute, seen.key, seen.count, seen.score, seen.rules, seen.version) == (
        M0 * 60_000,
        "denied",
        5,
        60.0,
        ["r"],
        7,
    )
    (sql,) = store.asked
    assert f"minute >= toDateTime({M0 * 60}, 'UTC') AND minute <= toDateTime({M0 * 60}, 'UTC')" in sql
    assert "scope = 'it\\'s \\\\ one' AND dimension = 'status' AND key = 'denied'" in sql
    assert sql.endswith("LIMIT 10")
    assert " FROM floodmark.minutes WHERE" in sql


def test_what_was_known_at_an_instant_is_asked_from_the_revisions() -> None:
    store = Store()
    history(store).minutes(MinutesWanted(M0, M0, as_of=start(M0)))
    assert " FROM floodmark.minutes_as_of(known = '2025-07-12 18:07:00.000') WHERE" in store.asked[0]


@pytest.mark.parametrize(
    ("error", "as_of", "raises"),
    [
        (StoreError(46, "UNKNOWN_FUNCTION", "no minutes_as_of"), start(M0), NoRevisions),
        (StoreError(60, "UNKNOWN_TABLE", "no minutes"), None, StoreAway),
        (Unreachable("nobody answers", Exit.UNREACHABLE), None, StoreAway),
    ],
)
def test_a_store_that_cannot_answer_is_told_apart_and_asked_anew(
    error: Exception, as_of: Any, raises: type[Exception]
) -> None:
    store = Store(error)
    asked = history(store)
    with pytest.raises(raises):
        asked.minutes(MinutesWanted(M0, M0, as_of=as_of))
    assert len(asked.minutes(MinutesWanted(M0, M0))) == 1
    assert store.connected == (1 if raises is NoRevisions else 2)
