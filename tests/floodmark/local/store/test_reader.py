"""A reader reads, within limits, whatever it says."""

from pathlib import Path

import pytest

from tests.floodmark.local.store.store_kit import StoreProcess


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO {t} VALUES (1, 'a', 0)",
        "INSERT INTO {t} FORMAT CSV\n1,a,0",
        "INSERT INTO {t} SELECT 1, 'a', 0",
        "INSERT INTO FUNCTION file('/tmp/floodmark-reader.csv', 'CSV', 'a Int8') VALUES (1)",
        "CREATE TABLE {t}_2 (a Int8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE {t}_2 (a Int8)",
        "CREATE VIEW {t}_v AS SELECT 1",
        "ALTER TABLE {t} DELETE WHERE 1",
        "DELETE FROM {t} WHERE 1",
        "UPDATE {t} SET name = 'x' WHERE 1",
        "TRUNCATE TABLE {t}",
        "DROP TABLE {t}",
        "DROP DATABASE floodmark",
        "OPTIMIZE TABLE {t} FINAL",
        "RENAME TABLE {t} TO {t}_2",
        "SYSTEM FLUSH LOGS",
        "KILL QUERY WHERE 1",
        "SET readonly = 0",
        "SET max_execution_time = 0",
        "USE system",
        "BACKUP TABLE {t} TO File('/tmp/floodmark-backup')",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 SETTINGS max_execution_time = 0",
        "SELECT 1 SETTINGS profile = 'default', max_memory_usage = 0",
    ],
)
def test_a_reader_cannot_change_anything(store: StoreProcess, table: str, query: str) -> None:
    answer = store.ask(body=query.format(t=table).encode(), user="reader")
    assert answer.code == 164, answer.text
    assert store.rows(f"SELECT count() FROM {table}") == [[0]]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM file('{p}', 'LineAsString')",
        "SELECT file('{p}')",
        "SELECT `file`('{p}')",
        "SELECT \"f\\x69le\"('{p}')",
        "SELECT file /* a comment */ ('{p}')",
        "SELECT FILE('{p}')",
        "SELECT * FROM (SELECT (SELECT file('{p}')))",
        "WITH (SELECT file('{p}')) AS x SELECT x",
        "SELECT count() FROM system.one WHERE file('{p}') != ''",
        "SELECT '(' FROM system.one WHERE file('{p}') != ')'",
        "SELECT 1 AS `'` FROM system.one WHERE file('{p}') != '' AND `'` = 1",
        "DESCRIBE TABLE file('{p}', 'LineAsString')",
        "EXPLAIN SELECT file('{p}')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT * FROM s3('http://bucket.s3.amazonaws.com/a', 'LineAsString')",
        "SELECT * FROM remote('127.0.0.1:1', system.one)",
        "SELECT * FROM cluster('default', system.one)",
        "SELECT * FROM executable('id', 'TSV', 'a String')",
        "SELECT * FROM python(os)",
        "SELECT * FROM Python(self)",
        "SELECT * FROM sqlite('{p}', 't')",
        "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "SELECT * FROM filesystem('/etc')",
        "SELECT * FROM eval('SELECT 1')",
        "SELECT * FROM fileCluster('default', '{p}', 'LineAsString')",
        "SELECT catboostEvaluate('{p}', 1)",
        "SELECT aiGenerate('say something')",
        "SELECT arrayMap(x -> file(x), ['{p}'])",
        "SHOW TABLES WHERE name = file('{p}')",
        "SELECT b FROM values('a String, b String ALIAS file(\\'{p}\\')', ('x'))",
        "SELECT b FROM generateRandom('a String, b String ALIAS file(\\'{p}\\')') LIMIT 1",
        "SELECT * FROM null('a String')",
    ],
)
def test_a_reader_cannot_leave_the_store(store: StoreProcess, tmp_path: Path, query: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    answer = store.ask(body=query.format(p=secret).encode(), user="reader")
    assert answer.status >= 400
    assert answer.code == 497, answer.text
    assert "the secret" not in answer.text


@pytest.mark.parametrize("user", ["floodmark", "reader"])
@pytest.mark.parametrize(
    "query",
    [
        "SELECT * APPLY(file) FROM (SELECT '{p}' AS a)",
        "SELECT COLUMNS('a') APPLY file FROM (SELECT '{p}' AS a)",
        "SELECT arrayMap(file, ['{p}'])",
        "SELECT * APPLY(x -> `file`(x)) FROM (SELECT '{p}' AS a)",
    ],
)
def test_a_file_cannot_be_read_by_a_function_whose_name_is_no_call(
    store: StoreProcess, tmp_path: Path, user: str, query: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    answer = store.ask(body=query.format(p=secret).encode(), user=user)
    assert (answer.status, answer.code in (497, 800)) == (403, True)
    assert "the secret" not in answer.text
    assert ".py" not in answer.text


@pytest.mark.parametrize(
    "query", ["SELECT * FROM '{p}'", "SELECT * FROM `{p}`", "SELECT * FROM default.`{p}`", "SELECT file"]
)
def test_a_file_cannot_be_named_as_a_table(store: StoreProcess, tmp_path: Path, query: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("the secret")
    answer = store.ask(body=query.format(p=secret).encode(), user="reader")
    assert answer.status >= 400
    assert "the secret" not in answer.text


@pytest.mark.parametrize("user", ["floodmark", "reader"])
@pytest.mark.parametrize(
    "query",
    ["SELECT 1 INTO OUTFILE '{p}'", "EXPLAIN SELECT 1 INTO OUTFILE '{p}'", "SELECT 1 into--\noutfile '{p}' FORMAT CSV"],
)
def test_nobody_writes_a_result_to_a_file(store: StoreProcess, tmp_path: Path, user: str, query: str) -> None:
    answer = store.ask(body=query.format(p=tmp_path / "out").encode(), user=user)
    assert answer.code == 358
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "query", ["SELECT 1; DROP TABLE {t}", "SELECT 1; SELECT 2", "SELECT 1;;SELECT 1 INTO OUTFILE 'x'"]
)
def test_a_second_statement_does_not_run(store: StoreProcess, table: str, query: str) -> None:
    assert store.ask(body=query.format(t=table).encode(), user="reader").code in (62, 358)
    assert store.rows(f"SELECT count() FROM {table}") == [[0]]


@pytest.mark.parametrize(
    "query",
    [
        "SHOW TABLES",
        "DESCRIBE TABLE {t}",
        "EXISTS {t}",
        "EXPLAIN SELECT * FROM {t}",
        "SHOW CREATE TABLE {t}",
        "SELECT * FROM numbers(3)",
        "SELECT * FROM view(SELECT 1)",
        "SELECT 'file(1)', `url(` FROM (SELECT 1 AS `url(`)",
        "WITH file AS (SELECT 1) SELECT * FROM file",
        "SELECT format('{{}}', 1), quantile(0.5)(id) FROM {t}",
        "(SELECT 1) UNION ALL (SELECT 2);",
        "SELECT count() FROM system.tables",
        "SELECT count(*), sum(total_bytes * 2) FROM system.tables",
        "SELECT name, create_table_query FROM system.tables",
        "SELECT sum(rows) FROM system.parts",
        "SELECT * FROM system.columns LIMIT 1",
    ],
)
def test_a_reader_reads_what_is_in_the_store(store: StoreProcess, table: str, query: str) -> None:
    answer = store.ask(body=query.format(t=table).encode(), user="reader")
    assert answer.status == 200, answer.text


@pytest.mark.parametrize(
    "query",
    [
        "SELECT data_paths FROM system.tables",
        'SELECT toString(t."data_paths") FROM system.tables AS t',
        "SELECT * FROM system.tables",
        "SELECT t.* FROM system.tables AS t",
        "SELECT * EXCEPT (name) FROM system.tables",
        "SELECT 1, * FROM system.tables",
        "SELECT DISTINCT * FROM system.parts",
        "SELECT tuple(*) FROM system.tables",
        "SELECT formatRow('CSV', *) FROM system.tables",
        "SELECT COLUMNS('path') FROM system.tables",
        "SELECT name FROM system.tables ARRAY JOIN data_paths AS name",
        "SELECT * FROM (SELECT * FROM system.databases)",
        "SELECT path FROM system.parts",
        "SELECT any(path) FROM `system`.parts_columns",
        "SELECT x FROM (SELECT data_path AS x FROM system.databases)",
        "SELECT name FROM system.databases WHERE metadata_path LIKE '/%'",
        "SELECT {c:Identifier} FROM system.databases",
        "SELECT getServerSetting('path')",
    ],
)
def test_a_reader_is_not_told_where_the_store_is(store: StoreProcess, query: str) -> None:
    store.ask("CREATE TABLE IF NOT EXISTS somewhere (id UInt32) ENGINE = MergeTree ORDER BY id")
    answer = store.ask(body=query.encode(), user="reader", param_c="data_path")
    assert (answer.status, answer.code) == (403, 497), answer.text
    assert str(store.data_dir) not in answer.text


def test_a_row_as_a_whole_has_no_name(store: StoreProcess) -> None:
    """Without an asterisk there is no way to columns that are not named."""
    for query in (
        "SELECT tables FROM system.tables",
        "SELECT t FROM system.tables AS t",
        "SELECT untuple(t) FROM system.tables AS t",
        "SELECT a FROM system.tables AS t(a, b, c, d, e, f)",
        "SELECT f FROM (FROM system.tables) AS t(a, b, c, d, e, f)",
        "FROM system.tables",
        "TABLE system.tables",
        "SELECT tables.6 FROM system.tables",
    ):
        answer = store.ask(body=query.encode(), user="reader")
        assert answer.status >= 400, query
        assert str(store.data_dir) not in answer.text


def test_a_readers_query_ends_at_its_time_limit(store: StoreProcess) -> None:
    query = "SELECT sum(cityHash64(number, rand())) FROM numbers(1000000000000)"
    answer = store.ask(query, user="reader", max_execution_time="1")
    assert (answer.status, answer.code) == (408, 159)


def test_the_profile_of_the_engine_does_not_lift_the_limits(store: StoreProcess) -> None:
    answer = store.ask("SELECT sleep(2) SETTINGS profile = 'default'", user="reader", max_execution_time="1")
    assert answer.code in (159, 164)


def test_a_readers_query_ends_at_its_memory_limit(store: StoreProcess) -> None:
    query = "SELECT length(groupArray(number)) FROM numbers(100000000)"
    answer = store.ask(query, user="reader", max_memory_usage="20000000")
    assert answer.code == 241


def test_a_result_built_in_memory_is_bounded(store: StoreProcess) -> None:
    answer = store.ask("SELECT repeat(toString(number), 200) FROM numbers(1000000) FORMAT JSON")
    assert (answer.status, answer.code) == (500, 396)


def test_the_owner_can_hold_itself_back(store: StoreProcess, table: str) -> None:
    for query in (f"DROP TABLE {table}", "SELECT file('/etc/hostname')", f"INSERT INTO {table} FORMAT CSV\n1,a,0"):
        assert store.ask(body=query.encode(), readonly="1").code in (164, 497)
