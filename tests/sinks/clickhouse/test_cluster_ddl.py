"""The statements for a cluster: made from the migrations, and read by the engine itself."""

import re
from pathlib import Path

import pytest

from sinks.clickhouse.cluster import SHARDED_BY, cluster_ddl
from sinks.clickhouse.migrations import DAY, migrations
from sinks.clickhouse.roll_up import statement as roll_up
from tests.deploy.clickhouse_engine import ask

STATEMENTS = list(cluster_ddl("floodmark", "payments"))


def test_the_engine_reads_every_statement(tmp_path: object) -> None:
    quoted = [statement.replace("\\", "\\\\").replace("'", "\\'") for statement in STATEMENTS]
    answers = ask(tmp_path, [], [f"SELECT formatQuery('{text}') AS text" for text in quoted])  # type: ignore[arg-type]
    assert all(answer.rows[0]["text"] for answer in answers)
    tables = [a.rows[0]["text"] for a in answers if a.rows[0]["text"].startswith("CREATE TABLE")]
    assert all("ON CLUSTER payments" in table for table in tables)


CLUSTER_OF_ITSELF = """<clickhouse><tcp_port>9000</tcp_port><remote_servers><payments><shard><replica>
<host>localhost</host><port>9000</port></replica></shard></payments></remote_servers></clickhouse>"""
"""A cluster of one shard, which the engine takes for itself: nobody listens there."""


def on_one_shard(statement: str) -> str:
    """The statement without what needs a Keeper: replication, and telling the other servers."""
    alone = statement.replace(" ON CLUSTER payments", "")
    return re.sub(r"Replicated(\w+)\('[^']*', '[^']*'(?:, )?(\w*)\)", r"\1(\2)", alone)


@pytest.mark.store
def test_the_engine_runs_it_on_a_shard_of_its_own_and_what_is_written_reaches_shards_copies_and_views(
    tmp_path: Path,
) -> None:
    """All but replication, through `Distributed`, with the newest migrations; the views are those of one server."""
    config = tmp_path / "config.xml"
    config.write_text(CLUSTER_OF_ITSELF)
    alone = [
        statement.replace("{database}", "alone")
        for step in migrations()
        for statement in step.statements
        if DAY.search(statement) is None and not statement.startswith("INSERT")
    ]
    minutes = """INSERT INTO floodmark.minute_versions
        (minute, scope, dimension, key, count, total, verdict, score, revision, version, known_at)
        SELECT toDateTime(1752343200 + 60 * number, 'UTC'), 'all', 'status', 'denied', 1 + revised, 9, 'normal', 0,
        1 + revised, 10 * number + revised, now64(3) FROM numbers(5) ARRAY JOIN [0, 1] AS revised"""
    hours = roll_up("floodmark").replace("{hours:Array(DateTime('UTC'))}", "[toDateTime(1752343200, 'UTC')]")
    hours = hours.replace("{scopes:Array(String)}", "['all']")
    columns = "SELECT table, name, type FROM system.columns WHERE database = '{}' AND NOT endsWith(table, '_local')"
    queries = [
        "SELECT count() AS rows, sum(count) AS counted FROM floodmark.minutes",
        "SELECT count() AS rows FROM floodmark.minute_revisions_local",
        "SELECT count AS counted FROM floodmark.hours",
        columns.format("floodmark") + " AND table != 'schema_migrations'",
        columns.format("alone"),
        "SELECT max(version) AS version FROM floodmark.schema_migrations",
    ]
    made = [on_one_shard(statement) for statement in STATEMENTS]
    setup = [*made, *made, "CREATE DATABASE alone", *alone, minutes, hours]
    answers = [answer.rows for answer in ask(tmp_path / "store", setup, queries, config)]
    assert [(int(row["rows"]), int(row["counted"])) for row in answers[0]] == [(5, 10)]
    assert int(answers[1][0]["rows"]) == 10
    assert [int(row["counted"]) for row in answers[2]] == [10]
    through_cluster, on_one_server = (
        {(row["table"], row["name"], row["type"]) for row in rows} for rows in (answers[3], answers[4])
    )
    assert through_cluster == on_one_server
    assert len({table for table, _, _ in on_one_server}) > 20
    assert int(answers[5][0]["version"]) == migrations()[-1].version


def test_each_table_is_replicated_on_the_shards_and_reached_through_one_name() -> None:
    names = {
        statement.split("{database}.")[1].split("\n")[0].strip()
        for step in migrations()
        for statement in step.statements
        if statement.startswith("CREATE TABLE")
    } | {"schema_migrations"}
    made = "\n".join(STATEMENTS)
    for name in names:
        assert re.search(rf"CREATE TABLE IF NOT EXISTS floodmark\.{name}_local ON CLUSTER payments\n", made)
        assert f"ENGINE = Distributed(payments, floodmark, {name}_local, cityHash64({SHARDED_BY[name]}))" in made
        place = f"ReplicatedReplacingMergeTree('/clickhouse/tables/{{shard}}/floodmark/{name}', '{{replica}}'"
        assert place in made
    assert SHARDED_BY.keys() == names


def test_rows_that_replace_each_other_lie_on_one_shard() -> None:
    """What a table is sharded by is part of what makes two of its rows the same."""
    made = "\n".join(STATEMENTS)
    for name, columns in SHARDED_BY.items():
        found = re.search(rf"{name}_local ON CLUSTER.*?ORDER BY (.*?)(?:\n|$)", made, re.DOTALL)
        assert found
        assert set(columns.split(", ")) <= set(re.findall(r"\w+", found[1]))


def test_copies_stay_on_their_shard_and_columns_are_added_in_both_places() -> None:
    copier = next(s for s in STATEMENTS if "keep_revisions" in s)
    assert "TO floodmark.minute_revisions_local AS" in copier
    assert copier.endswith("FROM floodmark.minute_versions_local")
    changes = [s.split(" ON CLUSTER")[0] for s in STATEMENTS if s.startswith("ALTER") and "known_at" in s]
    assert "ALTER TABLE floodmark.minute_versions_local" in changes
    assert "ALTER TABLE floodmark.minute_versions" in changes


def test_a_copier_that_copies_otherwise_stays_on_its_shard() -> None:
    (changed,) = [s for s in STATEMENTS if "MODIFY QUERY" in s]
    assert changed.startswith("ALTER TABLE floodmark.keep_statements ON CLUSTER payments MODIFY QUERY")
    assert changed.endswith("FROM floodmark.alert_versions_local")


def test_views_are_changed_and_dropped_on_each_server_and_tables_on_the_shards_too() -> None:
    assert "DROP VIEW IF EXISTS floodmark.notifications ON CLUSTER payments" in STATEMENTS
    secured = [s for s in STATEMENTS if "SQL SECURITY" in s]
    assert secured
    assert "DROP TABLE IF EXISTS floodmark.notification_records_local ON CLUSTER payments" in STATEMENTS
    assert "DROP TABLE IF EXISTS floodmark.notification_records ON CLUSTER payments" in STATEMENTS
    assert all(re.fullmatch(r"ALTER TABLE \w+\.\w+(?<!_local) ON CLUSTER payments MODIFY .*", s) for s in secured)


@pytest.mark.parametrize("name", ["a b", "x;DROP", "", "1st"])
def test_a_name_that_is_no_identifier_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="plain identifier"):
        list(cluster_ddl("floodmark", name))
