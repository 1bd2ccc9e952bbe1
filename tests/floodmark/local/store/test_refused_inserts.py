"""Inserts that parse and are refused all the same: whoever sends one must be told, and nothing may seem stored."""

import asyncio
import uuid
from collections.abc import Callable

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from floodmark.local.store.coding import COMPRESSORS
from tests.floodmark.local.store.store_kit import StoreProcess

PART = 1_048_449
"""Rows from which on an insert is written in more than one block (ClickHouse's `min_insert_block_size_rows`)."""
REFUSED = [
    pytest.param(
        "(a Int64, CONSTRAINT small CHECK a < 1000) ENGINE = MergeTree ORDER BY a",
        [1, 5000],
        {},
        469,
        "VIOLATED_CONSTRAINT",
        id="constraint",
    ),
    pytest.param(
        "(a Int64) ENGINE = MergeTree ORDER BY a PARTITION BY a",
        list(range(101)),
        {},
        252,
        "TOO_MANY_PARTS",
        id="partitions",
    ),
    pytest.param(
        "(a Int64, b Int64 DEFAULT intDiv(1, a)) ENGINE = MergeTree ORDER BY a",
        [1, 0],
        {},
        153,
        "ILLEGAL_DIVISION",
        id="default",
    ),
    pytest.param(
        "(a Int64, b UInt8 MATERIALIZED throwIf(a = 7)) ENGINE = MergeTree ORDER BY a",
        [1, 7],
        {},
        395,
        "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO",
        id="materialized",
    ),
    pytest.param(
        "(a Int64, b UInt64 MATERIALIZED length(arraySort(range(a + 50000000)))) ENGINE = MergeTree ORDER BY a",
        [1],
        {"max_memory_usage": "100000000"},
        241,
        "MEMORY_LIMIT_EXCEEDED",
        id="memory",
    ),
]


def made(store: StoreProcess, definition: str) -> str:
    """A new table, by name."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    answer = store.ask(f"CREATE TABLE {name} {definition}")
    assert answer.status == 200, answer.text
    return name


def count(store: StoreProcess, table: str) -> object:
    return store.rows(f"SELECT count() FROM {table}")[0][0]


def lines(*values: int) -> bytes:
    return b"".join(b"%d\n" % value for value in values)


@pytest.mark.parametrize(("definition", "values", "settings", "code", "name"), REFUSED)
def test_a_refused_insert_is_an_error_and_stores_nothing(
    store: StoreProcess, definition: str, values: list[int], settings: dict[str, str], code: int, name: str
) -> None:
    table = made(store, definition)
    answer = store.ask(f"INSERT INTO {table} (a) FORMAT TSV", lines(*values), **settings)
    assert answer.status == 500
    assert answer.code == code
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    assert answer.text.endswith(f"({name})\n")
    assert "x-clickhouse-summary" not in answer.headers
    assert count(store, table) == 0


@pytest.mark.parametrize(("definition", "values", "settings", "code", "name"), REFUSED)
def test_clickhouse_connect_raises_what_was_refused(
    store: StoreProcess, definition: str, values: list[int], settings: dict[str, str], code: int, name: str
) -> None:
    table = made(store, definition)
    client = clickhouse_connect.get_client(dsn=store.at.dsn)
    with pytest.raises(DatabaseError) as refused:
        client.insert(table, [values], column_names=["a"], column_oriented=True, settings=settings)
    client.close()
    assert (refused.value.code, refused.value.name) == (code, name)
    assert count(store, table) == 0


def test_the_asynchronous_client_raises_as_well(store: StoreProcess) -> None:
    table = made(store, "(a Int64, CONSTRAINT small CHECK a < 1000) ENGINE = MergeTree ORDER BY a")

    async def insert() -> None:
        async with await clickhouse_connect.get_async_client(dsn=store.at.dsn) as client:
            await client.insert(table, [[5000]], column_names=["a"])

    with pytest.raises(DatabaseError) as refused:
        asyncio.run(insert())
    assert refused.value.code == 469


def test_after_a_refused_insert_the_next_one_is_stored(store: StoreProcess) -> None:
    table = made(store, "(a Int64, CONSTRAINT small CHECK a < 1000) ENGINE = MergeTree ORDER BY a")
    for value in (5000, 1, 6000, 2):
        store.ask(f"INSERT INTO {table} FORMAT CSV", lines(value))
    assert store.rows(f"SELECT a FROM {table} ORDER BY a") == [[1], [2]]


def test_a_refusal_in_the_last_row_of_a_block_leaves_nothing_of_it(store: StoreProcess) -> None:
    table = made(store, "(a Int64, CONSTRAINT whole CHECK a >= 0) ENGINE = MergeTree ORDER BY a")
    answer = store.ask(f"INSERT INTO {table} FORMAT CSV", lines(*range(500_000), -1))
    assert answer.code == 469
    assert "is violated at row 500001" in answer.text
    assert count(store, table) == 0


def test_a_refusal_in_a_later_block_leaves_whole_blocks_of_the_others(store: StoreProcess) -> None:
    """How many and which is a matter of timing, none among them; the answer is an error in any case."""
    table = made(store, "(a Int64, CONSTRAINT whole CHECK a >= 0) ENGINE = MergeTree ORDER BY a")
    answer = store.ask(f"INSERT INTO {table} FORMAT CSV", lines(*range(3 * PART), -1))
    assert answer.code == 469
    [[kept, distinct, stretches]] = store.rows(
        f"SELECT count(), uniqExact(a), countIf(a - 1 NOT IN (SELECT a FROM {table})) FROM {table}"
    )
    assert kept == distinct
    assert int(str(kept)) < 3 * PART
    assert int(str(stretches)) * PART <= int(str(kept))


def test_a_view_that_refuses_is_an_error_though_its_source_has_the_rows(store: StoreProcess) -> None:
    source = made(store, "(a Int64) ENGINE = MergeTree ORDER BY a")
    target = made(store, "(b Int64) ENGINE = MergeTree ORDER BY b")
    view = f"CREATE MATERIALIZED VIEW {source}_mv TO {target} AS SELECT intDiv(1, a) AS b FROM {source}"
    assert store.ask(view).status == 200
    answer = store.ask(f"INSERT INTO {source} FORMAT CSV", lines(1, 0))
    assert answer.code == 153
    assert (count(store, source), count(store, target)) == (2, 0)


def test_an_insert_from_a_query_is_refused_alike(store: StoreProcess) -> None:
    table = made(store, "(a Int64, CONSTRAINT small CHECK a < 1000) ENGINE = MergeTree ORDER BY a")
    assert store.ask(f"INSERT INTO {table} SELECT 5000").code == 469
    assert count(store, table) == 0


@pytest.mark.parametrize("damage", [lambda body: body[:-20], lambda body: body[:-20] + bytes(20)], ids=["cut", "wrong"])
def test_a_damaged_body_stores_nothing(store: StoreProcess, damage: Callable[[bytes], bytes]) -> None:
    table = made(store, "(a Int64) ENGINE = MergeTree ORDER BY a")
    gzip = COMPRESSORS["gzip"]()
    body = damage(gzip.compress(lines(*range(2 * PART))) + gzip.flush())
    answer = store.ask(f"INSERT INTO {table} FORMAT CSV", body, headers={"Content-Encoding": "gzip"})
    assert answer.code == 271
    assert count(store, table) == 0


def test_a_bad_row_does_not_name_a_file_that_the_sender_never_saw(store: StoreProcess) -> None:
    table = made(store, "(a Int64) ENGINE = MergeTree ORDER BY a")
    answer = store.ask(f"INSERT INTO {table} FORMAT CSV", b"1\nx\n")
    assert answer.text.count("Code: ") == 1
    assert "/dev/fd" not in answer.text
    assert "Row 2" in answer.text
