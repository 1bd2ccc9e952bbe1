"""The store, seen by clickhouse-connect's own HTTP client, unchanged."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError

from tests.floodmark.local.store.store_kit import StoreProcess

NOON = datetime(2025, 7, 12, 12, 0)  # noqa: DTZ001  # the client gives instants in UTC without a zone


@pytest.fixture(params=[True, False, "lz4", "zstd", "gzip"], ids=str)
def any_client(store: StoreProcess, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client for each way to compress."""
    client = clickhouse_connect.get_client(dsn=store.at.dsn, compress=request.param)
    yield client
    client.close()


@pytest.fixture
def client(store: StoreProcess) -> Iterator[Client]:
    client = clickhouse_connect.get_client(dsn=store.at.dsn)
    yield client
    client.close()


@pytest.fixture
def reader(store: StoreProcess) -> Iterator[Client]:
    client = clickhouse_connect.get_client(dsn=store.at.reader_dsn)
    yield client
    client.close()


def test_rows_come_back_as_they_were_inserted_in_any_compression(any_client: Client, table: str) -> None:
    rows = [(n, f"näme {n}\n\t'\\", NOON + timedelta(minutes=n)) for n in range(20_000)]
    summary = any_client.insert(table, rows, column_names=["id", "name", "at"])
    assert summary.written_rows == 20_000
    assert any_client.query(f"SELECT id, name, at FROM {table} ORDER BY id").result_rows == rows


def test_a_data_frame_goes_in_and_comes_out(client: Client, table: str) -> None:
    # Imported here: every process of a run imports every file of tests, and one of them needs frames.
    import pandas as pd

    frame = pd.DataFrame(
        {"id": pd.array([1, 2], dtype="uint32"), "name": ["a", "b"], "at": pd.to_datetime([NOON, NOON])}
    )
    client.insert_df(table, frame)
    back = client.query_df(f"SELECT * FROM {table} ORDER BY id")
    assert back["name"].tolist() == ["a", "b"]
    assert back["at"].dt.to_pydatetime().tolist() == [NOON, NOON]


def test_types_of_every_kind_survive(client: Client, table: str) -> None:
    typed = f"{table}_typed"
    client.command(
        f"CREATE TABLE {typed} (a LowCardinality(String), b Nullable(Float64), c Array(UInt64), d Map(String, Int8), "
        "e DateTime64(3, 'UTC'), f Decimal(18, 4), g Enum8('x' = 1, 'y' = 2), h Tuple(Int32, String), i UUID, j Bool) "
        "ENGINE = MergeTree ORDER BY a"
    )
    query = (
        "SELECT 'q', NULL, [1, 2], map('k', -1), toDateTime64('2025-07-12 18:07:00.123', 3, 'UTC'), "
        "toDecimal64(1.5, 4), 'y', (1, 'z'), toUUID('00000000-0000-0000-0000-000000000001'), true"
    )
    row = client.query(query).result_rows[0]
    client.insert(typed, [row], column_names=list("abcdefghij"))
    assert client.query(f"SELECT * FROM {typed}").result_rows == [row]


def test_parameters_are_bound_by_the_engine(client: Client) -> None:
    given = {"s": "it's \\ \t and\nmore", "n": 7, "a": [1, 2], "t": NOON, "none": None, "id": "one"}
    query = (
        "SELECT {s:String} AS s, {n:UInt8} + 1, {a:Array(UInt8)}, {t:DateTime}, {none:Nullable(String)} "
        "FROM system.{id:Identifier}"
    )
    rows = client.query(query, parameters=given).result_rows
    assert rows == [(given["s"], 8, [1, 2], NOON, None)]


def test_a_parameter_too_long_for_an_url_comes_as_a_form(client: Client) -> None:
    long = "ä,\r\n--x " * 3000
    assert client.query("SELECT {s:String} AS s", parameters={"s": long}).result_rows == [(long,)]


@pytest.mark.parametrize(
    ("query", "code", "name"),
    [
        ("SELECT * FROM nothing_there", 60, "UNKNOWN_TABLE"),
        ("SELECT nothing FROM system.one", 47, "UNKNOWN_IDENTIFIER"),
        ("SELECT 1 FROM )", 62, "SYNTAX_ERROR"),
        ("SELECT 1; SELECT 2", 62, "SYNTAX_ERROR"),
        ("SELECT toUInt8('x')", 6, "CANNOT_PARSE_TEXT"),
        ("SELECT throwIf(1)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
    ],
)
def test_an_error_has_the_code_and_name_of_clickhouse(client: Client, query: str, code: int, name: str) -> None:
    with pytest.raises(DatabaseError) as failed:
        client.query(query)
    assert (failed.value.code, failed.value.name) == (code, name)


def test_settings_reach_the_engine_for_one_query_only(client: Client) -> None:
    value = "SELECT value FROM system.settings WHERE name = 'max_threads'"
    before = client.command(value)
    assert client.query(value, settings={"max_threads": 3}).result_rows == [("3",)]
    assert client.command(value) == before
    with pytest.raises(DatabaseError) as failed:
        client.query("SELECT 1", settings={"no_such_setting": 1})
    assert failed.value.code == 115


def test_a_large_result_streams_block_by_block(client: Client) -> None:
    with client.query_row_block_stream("SELECT number FROM numbers(3000000)") as blocks:
        sizes, last = [], 0
        for block in blocks:
            sizes.append(len(block))
            last = block[-1][0]
    assert sum(sizes) == 3_000_000
    assert last == 2_999_999
    assert max(sizes) < 100_000


def test_an_error_half_way_through_a_stream_is_an_error(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    blocks = client.query_row_block_stream("SELECT throwIf(number = 5000000) FROM numbers(10000000)")
    with pytest.raises(StreamFailureError) as failed, blocks:
        for _ in blocks:
            pass
    assert failed.value.code == 395
    caplog.clear()  # the client logs the broken stream as well, with a traceback


def test_an_empty_result_is_empty_and_its_columns_can_be_asked(client: Client, table: str) -> None:
    assert client.query(f"SELECT * FROM {table}").result_rows == []
    assert client.query(f"SELECT * FROM {table} LIMIT 0").column_names == ("id", "name", "at")


def test_a_bad_row_says_where_and_leaves_nothing_behind(client: Client, table: str) -> None:
    with pytest.raises(DatabaseError, match="row 2") as failed:
        client.raw_insert(table, ["id", "name", "at"], "1,a,2025-07-12 18:07:00\nx,b,2025-07-12 18:08:00\n", fmt="CSV")
    assert failed.value.code in (27, 72, 117)
    assert client.command(f"SELECT count() FROM {table}") == 0


def test_commands_of_all_kinds_work(client: Client, table: str) -> None:
    client.insert(table, [[1, "a", NOON]], column_names=["id", "name", "at"])
    client.command(f"ALTER TABLE {table} ADD COLUMN extra UInt8 DEFAULT 5")
    client.command(f"CREATE OR REPLACE VIEW {table}_view AS SELECT id, extra FROM {table}")
    assert client.query(f"SELECT * FROM {table}_view").result_rows == [(1, 5)]
    client.command(f"INSERT INTO {table} SELECT id + 1, name, at, extra FROM {table}")
    assert client.command(f"SELECT count() FROM {table}") == 2
    client.command(f"OPTIMIZE TABLE {table} FINAL")
    client.command(f"TRUNCATE TABLE {table}")
    client.command(f"DROP TABLE {table} SYNC")
    assert client.command(f"EXISTS {table}") == 0


def test_a_database_of_its_own_is_used_when_the_dsn_names_it(store: StoreProcess, client: Client) -> None:
    client.command("CREATE DATABASE IF NOT EXISTS elsewhere")
    there = clickhouse_connect.get_client(dsn=store.at.dsn.rpartition("/")[0] + "/elsewhere")
    assert there.command("SELECT currentDatabase()") == "elsewhere"
    there.close()
    assert client.command("SELECT currentDatabase()") == "floodmark"


def test_a_database_that_is_not_there_is_named(store: StoreProcess) -> None:
    answer = store.ask("SELECT 1", database="nowhere`; DROP DATABASE floodmark; --")
    assert (answer.status, answer.code) == (404, 81)
    assert store.ask("SELECT 1").status == 200


def test_reading_raw_formats_works(client: Client) -> None:
    query = "SELECT number, toString(number) AS text FROM numbers(2)"
    assert client.raw_query(query, fmt="CSVWithNames") == b'"number","text"\n0,"0"\n1,"1"\n'
    assert client.query_arrow(query).column("text").to_pylist() == ["0", "1"]


def test_the_reader_reads_with_the_same_client(reader: Client, client: Client, table: str) -> None:
    client.insert(table, [[1, "a", NOON]], column_names=["id", "name", "at"])
    assert reader.query(f"SELECT * FROM {table} WHERE id = {{n:UInt8}}", parameters={"n": 1}).result_rows == [
        (1, "a", NOON)
    ]
    with pytest.raises(DatabaseError) as refused:
        reader.insert(table, [[1]], column_names=["id"], column_type_names=["UInt32"])
    assert refused.value.code == 164


def test_a_wrong_password_is_told_as_such(store: StoreProcess) -> None:
    dsn = store.at.dsn.replace(store.at.password, "wrong")
    with pytest.raises(DatabaseError) as refused:
        clickhouse_connect.get_client(dsn=dsn)
    assert refused.value.code == 516


def test_the_asynchronous_client_works_as_well(store: StoreProcess, table: str) -> None:
    async def round_trip() -> list[tuple[object, ...]]:
        async with await clickhouse_connect.get_async_client(dsn=store.at.dsn) as client:
            await client.insert(table, [[1, "a", NOON]], column_names=["id", "name", "at"])
            result = await client.query(f"SELECT * FROM {table}")
            return list(result.result_rows)

    assert asyncio.run(round_trip()) == [(1, "a", NOON)]


def test_instants_are_utc(client: Client) -> None:
    assert client.command("SELECT timezone()") == "UTC"
    row = client.query("SELECT now(), toDateTime(0)").result_rows[0]
    assert abs(row[0].replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=1)
    assert row[1].isoformat() == "1970-01-01T00:00:00"
