"""Settings, formats, engines and names are an input surface: what is not on a list is refused, for every user."""

from pathlib import Path

import pytest

from floodmark.local.store.allowed import FORMATS, OWNER_SETTINGS, READER_SETTINGS
from floodmark.local.store.engineconfig import SET_BY_THE_LIBRARY
from tests.floodmark.local.store.store_kit import StoreProcess

BOTH = pytest.mark.parametrize("user", ["floodmark", "reader"])


@BOTH
@pytest.mark.parametrize("name", ["output_format_schema", "format_schema", "format_template_row"])
@pytest.mark.parametrize("output", ["Protobuf", "ProtobufList", "Template", "CapnProto", "CSV"])
def test_no_setting_makes_the_engine_write_or_read_a_file(
    store: StoreProcess, tmp_path: Path, user: str, name: str, output: str
) -> None:
    target = tmp_path / "planted.proto"
    query = "SELECT 'x' AS a"
    answers = [
        store.ask(f"{query} FORMAT {output}", user=user, **{name: str(target)}),
        store.ask(query, user=user, default_format=output, **{name: str(target)}),
        store.ask(query, user=user, headers={"X-ClickHouse-Format": output}, **{name: str(target)}),
        store.ask(body=f"{query} FORMAT {output} SETTINGS {name} = '{target}'".encode(), user=user),
        store.ask(body=f"{query} SETTINGS {name} = '{target}' FORMAT {output}".encode(), user=user),
        store.ask(f"SELECT * FROM ({query} SETTINGS {name} = '{target}') FORMAT {output}", user=user),
        store.ask(f"SELECT formatRow('{output}', a) FROM ({query} SETTINGS {name} = '{target}')", user=user),
        store.ask(f"SET {name} = '{target}'", user=user),
    ]
    assert {answer.code for answer in answers} == {115 if user == "floodmark" else 164}
    assert list(tmp_path.iterdir()) == []


@BOTH
def test_the_engine_keeps_to_the_list_also_where_no_text_is_seen(store: StoreProcess, user: str) -> None:
    """Nobody but the store's own list decides which settings can be changed."""
    answer = store.ask("SELECT name FROM system.settings WHERE NOT readonly FORMAT TSV", user="floodmark")
    changeable = set(answer.text.split())
    assert changeable == set(OWNER_SETTINGS | SET_BY_THE_LIBRARY)
    assert user == "floodmark" or changeable > READER_SETTINGS


@BOTH
@pytest.mark.parametrize(
    "output", ["Protobuf", "ProtobufSingle", "AvroConfluent", "Template", "MySQLWire", "PostgreSQLWire", "ODBCDriver2"]
)
def test_a_format_that_is_not_on_the_list_is_refused_wherever_it_is_named(
    store: StoreProcess, user: str, output: str
) -> None:
    answers = [
        store.ask(f"SELECT 1 AS a FORMAT {output}", user=user),
        store.ask(f"SELECT 1 AS a FORMAT /* so */ {output}", user=user),
        store.ask("SELECT 1 AS a", user=user, default_format=output),
        store.ask("SELECT 1 AS a", user=user, headers={"X-ClickHouse-Format": output}),
    ]
    assert {answer.code for answer in answers} == {73}


def test_every_format_on_the_list_is_one_of_the_engine(store: StoreProcess) -> None:
    assert {str(name) for (name,) in store.rows("SELECT lower(name) FROM system.formats")} >= FORMATS


@pytest.mark.parametrize("output", ["Protobuf", "Template", "CapnProto"])
def test_data_come_in_a_format_of_the_list(store: StoreProcess, table: str, output: str) -> None:
    assert store.ask(f"INSERT INTO {table} FORMAT {output}", b"x").code == 73
    assert store.ask(f"INSERT INTO {table} SETTINGS format_schema = '/etc/passwd' FORMAT CSV", b"1,a,0").code == 115


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE DICTIONARY d (a UInt64, b String) PRIMARY KEY a SOURCE(EXECUTABLE(command 'touch {p}' format 'CSV')) "
        "LAYOUT(FLAT()) LIFETIME(0)",
        "CREATE DICTIONARY d (a UInt64, b String) PRIMARY KEY a SOURCE(HTTP(url 'http://127.0.0.1:1/' format 'CSV')) "
        "LAYOUT(FLAT()) LIFETIME(0)",
        "CREATE DICTIONARY d (a UInt64, b String) PRIMARY KEY a SOURCE(CLICKHOUSE(query 'SELECT 1, 2')) "
        "LAYOUT(FLAT()) LIFETIME(0)",
        "CREATE TABLE d (a String) ENGINE = Executable('x.sh', 'TSV')",
        "CREATE TABLE d (a String) ENGINE = `Executable`('x.sh', 'TSV')",
        "CREATE TABLE d (a String) ENGINE = ExecutablePool('x.sh', 'TSV')",
        "CREATE TABLE d (a String) ENGINE = File(CSV, '{p}')",
        "CREATE DATABASE d ENGINE = Filesystem('/')",
        "CREATE DATABASE d ENGINE = SQLite('{p}')",
        "CREATE FUNCTION d AS (x) -> x",
        "CREATE NAMED COLLECTION d AS a = 1",
        "CREATE USER d",
        "SELECT * FROM python(self)",
        "CREATE VIEW d AS SELECT * FROM python(self)",
        "SELECT * FROM executable('x.sh', 'TSV', 'a String')",
        "SELECT * FROM eval('SELECT 1')",
        "SYSTEM SHUTDOWN",
        "SYSTEM RELOAD DICTIONARIES",
    ],
)
def test_the_owner_makes_nothing_that_runs_or_reaches_anything_outside(
    store: StoreProcess, tmp_path: Path, statement: str
) -> None:
    answer = store.ask(body=statement.format(p=tmp_path / "made").encode())
    assert answer.code == 497, answer.text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "condition",
    [
        "engine = 'View'",
        "`engine` = 'File'",
        "(engine = name) OR engine = lower('File')",
        "engine = $$File$$",
        "name IN (SELECT name FROM system.tables WHERE engine = concat('Fi', 'le'))",
    ],
)
def test_tables_are_asked_for_by_their_engine(store: StoreProcess, condition: str) -> None:
    answer = store.ask(body=f"SELECT count() >= 0 FROM system.tables WHERE {condition} FORMAT TSV".encode())
    assert (answer.status, answer.text) == (200, "1\n")


def test_a_view_may_compare_engines_with_words(store: StoreProcess) -> None:
    made = store.ask(body=b"CREATE VIEW by_engine AS SELECT name FROM system.tables WHERE engine = 'View'")
    assert made.text == ""
    assert "by_engine" in store.ask("SELECT name FROM by_engine FORMAT TSV").text
    assert store.ask("DROP VIEW by_engine").text == ""


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("CREATE TABLE d (a String) engine = /* 'View' */ File(CSV, '{p}')", {497}),
        ("CREATE TABLE d (a String) ENGINE File(CSV, '{p}')", {497}),
        ("CREATE TABLE d (a String) ENGINE = \"File\"(CSV, '{p}')", {497}),
        ("CREATE TABLE d ENGINE = File(CSV, '{p}') AS SELECT name FROM system.tables WHERE engine = 'View'", {497}),
        ("CREATE TABLE d (a String) ENGINE = 'File'(CSV, '{p}')", {62}),
        ("CREATE TABLE d (a String) ENGINE = $$File$$(CSV, '{p}')", {62}),
        ("CREATE TEMPORARY TABLE d (a String) ENGINE = File(CSV, '{p}')", {497}),
        ("EXPLAIN PLAN CREATE TABLE d (a String) ENGINE = File(CSV, '{p}')", {48, 62, 497}),
        ("SELECT * FROM (CREATE TABLE d (a String) ENGINE = File(CSV, '{p}'))", {62}),
        ("ATTACH TABLE d (a String) ENGINE = File(CSV, '{p}')", {497}),
    ],
)
def test_no_engine_slips_through_beside_a_comparison(
    store: StoreProcess, tmp_path: Path, statement: str, codes: set[int]
) -> None:
    answer = store.ask(body=statement.replace("{p}", str(tmp_path / "made")).encode())
    assert answer.code in codes, answer.text
    assert list(tmp_path.iterdir()) == []
    assert store.ask("EXISTS TABLE d FORMAT TSV").text == "0\n"


def test_a_table_cannot_be_put_on_a_disk_of_its_own(store: StoreProcess, tmp_path: Path) -> None:
    disk = f"disk(type = local, path = '{tmp_path}/disk/')"
    answer = store.ask(body=f"CREATE TABLE d (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = {disk}".encode())
    assert answer.code == 115
    assert list(tmp_path.iterdir()) == []


def test_a_table_may_be_tuned(store: StoreProcess, table: str) -> None:
    made = f"CREATE TABLE {table}_x (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS index_granularity = 1024"
    assert store.ask(made).text == ""


@pytest.mark.parametrize(
    ("query", "params"),
    [
        ("SELECT * FROM system.processes", {}),
        ("SELECT * FROM `system`.`processes`", {}),
        ("SELECT 1 WHERE 1 IN system.processes", {}),
        ("SHOW PROCESSLIST", {}),
        ("SELECT * FROM processes", {"database": "system"}),
        ("SELECT * FROM {t:Identifier}", {"param_t": "system.processes"}),
        ("SELECT * FROM {d:Identifier}.processes", {"param_d": "system"}),
        ("SELECT * FROM merge('system', 'processes')", {}),
        ("SELECT * FROM system.stack_trace", {}),
        ("SELECT * FROM system.server_settings", {}),
        ("SELECT * FROM system.users", {}),
        ("SELECT * FROM system.disks", {}),
        ("SELECT * FROM view(SELECT * FROM system.user_directories)", {}),
        ("SELECT logTrace('x')", {}),
    ],
)
def test_a_reader_sees_no_queries_of_others_and_nothing_of_the_machine(
    store: StoreProcess, query: str, params: dict[str, str]
) -> None:
    answer = store.ask(body=query.encode(), user="reader", **params)
    assert answer.code == 497, answer.text


def test_a_statement_longer_than_the_limit_is_refused(store: StoreProcess) -> None:
    for user in ("floodmark", "reader"):
        answer = store.ask(body=b"SELECT '" + b"x" * 262_144 + b"'", user=user)
        assert (answer.code, answer.text.count("longer than 262144 bytes")) == (62, 1)


def test_a_name_of_many_letters_is_not_repeated_whole(store: StoreProcess) -> None:
    answer = store.ask(body=b"SELECT `" + b" " * 200_000 + b"x`", user="reader")
    assert answer.code == 47
    assert len(answer.body) < 20_000
