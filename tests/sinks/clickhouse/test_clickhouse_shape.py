"""The sink writes only into tables that are as it made them, and older tables become so with their rows kept."""

import clickhouse_connect
import pytest

from floodmark.operate.doctor.local import store as examined
from floodmark.settings import Settings
from schemas.topics import Topics
from sinks.clickhouse.connection import LOOKS_EVERY_S, Connection, StoreRefused
from sinks.clickhouse.destination import ClickHouse
from sinks.clickhouse.made import columns_made, views_made
from sinks.clickhouse.migrations import LEDGER, migrations
from sinks.clickhouse.shape import COPIES, differences, replaces
from sinks.protocol import Busy, Trouble
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.conftest import StoreProcess
from tests.sinks.sink_kit import minute_at


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "ALTER TABLE DB.minute_versions MODIFY COLUMN count UInt8",
            "the column count of DB.minute_versions is UInt8 and not Int64, so what it stores can be another number. "
            "Set it back: ALTER TABLE DB.minute_versions MODIFY COLUMN count Int64.",
        ),
        (
            "ALTER TABLE DB.alert_versions MODIFY COLUMN observed UInt16",
            "the column observed of DB.alert_versions is UInt16 and not UInt64",
        ),
        (
            "ALTER TABLE DB.late_records DROP COLUMN detail",
            "DB.late_records has no column detail. Add it: ALTER TABLE DB.late_records ADD COLUMN detail String.",
        ),
        ("DROP VIEW DB.late", "the view DB.late is not there. Have it made again: TRUNCATE TABLE DB.schema_migrations"),
        (
            "CREATE OR REPLACE VIEW DB.minutes AS SELECT toUInt8(count) AS count FROM DB.minute_versions FINAL",
            "the view DB.minutes does not show minute, scope, dimension, key, total, ",
        ),
        (
            "CREATE OR REPLACE VIEW DB.minutes AS "
            "SELECT * EXCEPT (count), toUInt8(count) AS count FROM DB.minute_versions FINAL",
            "the view DB.minutes shows count as UInt8 and not as Int64",
        ),
        (
            "CREATE OR REPLACE VIEW DB.minutes AS SELECT * FROM DB.minute_versions",
            "the view DB.minutes is without FINAL, so it shows rows more than once. Have it made again: TRUNCATE TABLE",
        ),
        ("DROP VIEW DB.days", "the view DB.days is not there."),
        ("DROP VIEW DB.minutes_as_of", "the view DB.minutes_as_of is not there."),
        (
            "RENAME TABLE DB.alert_versions TO DB.alerts_old",
            "the table DB.alert_versions is not there. Give it its name back, if it has another one by now: "
            "RENAME TABLE ... TO DB.alert_versions. Else have it made again, ",
        ),
        ("DROP TABLE DB.hour_versions", "the table DB.hour_versions is not there."),
        (
            "ALTER TABLE DB.hour_versions MODIFY COLUMN count UInt8",
            "the column count of DB.hour_versions is UInt8 and not Int64",
        ),
        ("ALTER TABLE DB.minute_revisions DROP COLUMN share", "DB.minute_revisions has no column share. Add it: "),
    ],
)
def test_a_change_by_hand_is_noticed_before_anything_is_written(store: OnStore, change: str, told: str) -> None:
    store.client.command(change.replace("DB.", f"{store.database}."))
    with pytest.raises(StoreRefused) as refused:
        Connection(lambda: store.dsn).migrate()
    text = str(refused.value).replace(f"{store.database}.", "DB.")
    assert text.startswith("The store was changed by hand, and nothing is written until it is as it was:\n- ")
    assert told in text
    assert text.endswith("write it again, with --from-beginning.")


def test_a_fresh_store_is_as_the_migrations_are_read(empty_store: OnStore) -> None:
    empty_store.connection.migrate()
    here = f"WHERE database = '{empty_store.database}'"
    query = f"SELECT table, groupArray((name, type)) FROM (SELECT * FROM system.columns {here} ORDER BY position)"
    found = {table: dict(columns) for table, columns in empty_store.rows(f"{query} GROUP BY table")}
    assert {name: columns_made(name) for name in COPIES} == {name: found[name] for name in COPIES}
    shown = {name: made.names for name, made in views_made().items() if name in found}
    assert shown == {name: tuple(found[name]) for name in shown}
    named = empty_store.rows(f"SELECT name FROM system.tables {here} AND engine IN ('View')")
    assert set(views_made()) == {name for (name,) in named}


def test_the_store_that_tests_begin_with_is_as_a_fresh_one(store: OnStore, empty_store: OnStore) -> None:
    empty_store.connection.migrate()
    query = "SELECT name, replace(create_table_query, 'DB.', '') FROM system.tables WHERE database = "
    made, copied = (each.rows(f"{query}'{each.database}' ORDER BY name") for each in (empty_store, store))
    assert copied == made
    assert store.connection.migrate() == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("ALTER TABLE DB.minute_versions MODIFY COLUMN count UInt8", "the column count of DB.minute_versions is UInt8"),
        ("DROP TABLE DB.minute_revisions", "the table DB.minute_revisions is not there."),
        ("CREATE OR REPLACE VIEW DB.hours AS SELECT 1 AS hour", "the view DB.hours does not show scope, "),
    ],
)
def test_a_change_while_the_sink_runs_is_noticed_within_seconds(store: OnStore, change: str, told: str) -> None:
    seconds = [0.0]
    connection = Connection(lambda: store.dsn, clock=lambda: seconds[0])
    connection.migrate()
    store.client.command(change.replace("DB.", f"{store.database}."))
    seconds[0] = LOOKS_EVERY_S
    sink = ClickHouse(Topics(), connection)
    with pytest.raises(Busy) as held:
        sink.write([entry for entry in (sink.read(minute_at(0, count=3003)),) if entry is not None])
    assert told in str(held.value).replace(f"{store.database}.", "DB.")
    assert held.value.trouble is Trouble.REFUSED
    sink.close()
    assert store.rows("SELECT count() FROM DB.minute_versions") == [(0,)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("ALTER TABLE DB.minute_versions DROP COLUMN offsets", "DB.minute_versions has no column offsets. Add it: "),
        ("ALTER TABLE DB.minute_versions MODIFY COLUMN verdict UInt8", "the column verdict of DB.minute_versions is"),
        ("ALTER TABLE DB.hour_versions DROP COLUMN expected", "DB.hour_versions has no column expected. Add it: "),
    ],
)
def test_no_row_is_blamed_for_what_a_change_by_hand_refuses(store: OnStore, change: str, told: str) -> None:
    store.connection.migrate()
    store.client.command(change.replace("DB.", f"{store.database}."))
    with pytest.raises(Busy) as held:
        store.write(minute_at(0))
    assert told in str(held.value).replace(f"{store.database}.", "DB.")


def test_a_sink_that_runs_goes_on_by_itself_when_the_change_is_mended(store: OnStore) -> None:
    store.write(minute_at(0))
    store.client.command(f"ALTER TABLE {store.database}.minute_versions RENAME COLUMN offsets TO held")
    for _ in range(2):
        with pytest.raises(Busy, match="has no column offsets"):
            store.write(minute_at(1))
    store.client.command(f"ALTER TABLE {store.database}.minute_versions RENAME COLUMN held TO offsets")
    assert store.write(minute_at(1)) == 1
    assert store.rows("SELECT count() FROM DB.minutes") == [(2,)]


def test_a_store_that_was_emptied_is_made_again_while_the_sink_runs(store: OnStore) -> None:
    seconds = [0.0]
    connection = Connection(lambda: store.dsn, clock=lambda: seconds[0])
    connection.migrate()
    store.client.command(f"DROP DATABASE {store.database}")
    seconds[0] = LOOKS_EVERY_S
    sink = ClickHouse(Topics(), connection)
    assert sink.write([entry for entry in (sink.read(minute_at(0)),) if entry is not None]) == 1
    sink.close()
    assert store.rows("SELECT count() FROM DB.minutes") == [(1,)]


@pytest.mark.parametrize("table", ["minute_revisions", "hour_versions"])
def test_a_table_of_copies_that_is_made_again_holds_what_it_held(store: OnStore, table: str) -> None:
    store.write(minute_at(0), minute_at(1))
    before = store.rows("SELECT count() FROM DB.revisions"), store.rows("SELECT sum(minutes), sum(count) FROM DB.hours")
    store.client.command(f"DROP TABLE {store.database}.{table} SYNC")
    store.client.command(f"TRUNCATE TABLE {store.database}.schema_migrations")
    assert len(Connection(lambda: store.dsn).migrate()) == len(migrations())
    assert store.write(minute_at(1)) == 1
    after = store.rows("SELECT count() FROM DB.revisions"), store.rows("SELECT sum(minutes), sum(count) FROM DB.hours")
    assert after == before


def test_the_doctor_names_a_change_by_hand_and_its_remedy(own_store: StoreProcess) -> None:
    own_store.start()
    connection = Connection(lambda: own_store.dsn("floodmark"))
    connection.migrate()
    settings = Settings(data_dir=own_store.data_dir)
    assert [each.level for each in examined(settings)] == ["ok"]
    with clickhouse_connect.get_client(dsn=own_store.dsn("floodmark")) as client:
        client.command("DROP VIEW floodmark.hours")
    _, schema = examined(settings)
    assert (schema.level, schema.found) == ("fail", "changed by hand: the view floodmark.hours is not there")
    assert schema.advice.startswith("Have it made again: TRUNCATE TABLE floodmark.schema_migrations, and the sink")
    connection.close()


def test_the_remedy_that_is_named_is_one(store: OnStore) -> None:
    store.write(minute_at(0, count=3003))
    store.client.command(f"ALTER TABLE {store.database}.minute_versions MODIFY COLUMN count UInt8")
    (told,) = differences(store.client, store.database)
    store.client.command(told.rpartition("Set it back: ")[2])
    assert Connection(lambda: store.dsn).migrate() == []
    store.write(minute_at(0, count=3003))
    assert store.rows("SELECT count FROM DB.minutes") == [(3003,)]


def test_a_view_is_made_again_by_what_is_said(store: OnStore) -> None:
    store.write(minute_at(0))
    store.client.command(f"DROP VIEW {store.database}.minutes")
    store.client.command(f"TRUNCATE TABLE {store.database}.schema_migrations")
    assert len(Connection(lambda: store.dsn).migrate()) == len(migrations())
    assert store.rows("SELECT count() FROM DB.minutes") == [(1,)]


def test_a_table_that_does_not_replace_rows_by_their_version_is_refused(store: OnStore) -> None:
    store.connection.migrate()
    store.client.command(f"DROP TABLE {store.database}.minute_versions")
    kinds = ", ".join(f"{column} {kind}" for column, kind in minutes_columns(store))
    store.client.command(f"CREATE TABLE {store.database}.minute_versions ({kinds}) ENGINE = MergeTree ORDER BY minute")
    (told,) = differences(store.client, store.database)
    assert "is MergeTree ORDER BY (minute) and not ReplacingMergeTree(version) ORDER BY (scope," in told


def minutes_columns(store: OnStore) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in store.rows("DESCRIBE TABLE DB.minutes")]


def test_columns_that_others_have_added_are_theirs(store: OnStore) -> None:
    store.connection.migrate()
    store.client.command(f"ALTER TABLE {store.database}.minute_versions ADD COLUMN note String DEFAULT ''")
    assert Connection(lambda: store.dsn).migrate() == []


@pytest.mark.parametrize(
    ("engine", "wanted", "same"),
    [
        ("ReplacingMergeTree(version)", "ReplacingMergeTree(version)", True),
        ("ReplacingMergeTree(revision)", "ReplacingMergeTree(version)", False),
        ("ReplacingMergeTree", "ReplacingMergeTree(version)", False),
        ("MergeTree", "ReplacingMergeTree", False),
        ("ReplicatedReplacingMergeTree('/clickhouse/t', '{replica}', version)", "ReplacingMergeTree(version)", True),
        ("SharedReplacingMergeTree('/t', '{replica}', rank)", "ReplacingMergeTree(version)", False),
        ("SharedReplacingMergeTree('/t', '{replica}')", "ReplacingMergeTree", True),
    ],
)
def test_a_replicated_table_replaces_rows_as_well(engine: str, wanted: str, *, same: bool) -> None:
    assert replaces(engine, wanted) is same


class TestAmounts:
    @pytest.mark.parametrize("amount", [2**63, 2**64, -(2**63) - 1, 2**127 - 1])
    def test_sums_beyond_64_bits_are_stored_exactly_with_their_row(self, store: OnStore, amount: int) -> None:
        assert store.write(minute_at(0, amount=amount), minute_at(1, amount=1)) == 2
        assert store.rows("SELECT minute, amount FROM DB.minutes ORDER BY minute")[0][1] == amount
        assert store.rows("SELECT sum(count), count() FROM DB.minutes") == [(10, 2)]

    def test_a_store_of_before_gets_wider_and_keeps_its_rows(self, empty_store: OnStore) -> None:
        database = empty_store.database
        empty_store.client.command(f"CREATE DATABASE {database}")
        empty_store.client.command(LEDGER.format(database=database))
        for step in migrations()[:5]:
            for statement in step.statements:
                empty_store.client.command(statement.replace("{database}", database))
            empty_store.client.command(
                f"INSERT INTO {database}.schema_migrations (version, name) SELECT {step.version}, '{step.name}'"
            )
        empty_store.client.command(
            f"INSERT INTO {database}.minute_versions (minute, scope, key, count, amount, version) "
            f"SELECT 1752343620, 'all', 'denied', 3, -9223372036854775808, 5"
        )
        assert "amounts" in [step.name for step in empty_store.connection.migrate()]
        assert empty_store.rows("SELECT key, count, amount FROM DB.minutes") == [("denied", 3, -(2**63))]
        empty_store.write(minute_at(0, key="denied", amount=2**63, version=6))
        assert empty_store.rows("SELECT max(amount) FROM DB.minutes") == [(2**63,)]

    def test_an_amount_is_a_number_in_json(self, store: OnStore) -> None:
        store.write(minute_at(0, amount=2**63))
        text = store.client.raw_query(f"SELECT amount FROM {store.database}.minutes FORMAT JSONEachRow")
        assert text == b'{"amount":9223372036854775808}\n'
