"""A store that older versions have filled becomes one of today, with its rows; one of tomorrow is refused in words."""

import pytest

from sinks.clickhouse.connection import Connection, StoreRefused
from sinks.clickhouse.keeping import KEPT, KeepSettings, keep
from sinks.clickhouse.migrations import LEDGER, migrations
from sinks.clickhouse.roll_up import statement as adding_up
from sinks.clickhouse.roll_up import touched
from sinks.clickhouse.rows import MinuteRow
from sinks.clickhouse.shape import differences
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.sink_kit import minute_at

BEFORE = 7
"""The last schema without revisions and roll-ups."""


def of_before(store: OnStore) -> None:
    """The database as the sink of schema 7 made it."""
    store.client.command(f"CREATE DATABASE {store.database}")
    store.client.command(LEDGER.format(database=store.database))
    for step in migrations()[:BEFORE]:
        for statement in step.statements:
            store.client.command(statement.replace("{database}", store.database))
        store.client.command(
            f"INSERT INTO {store.database}.schema_migrations (version, name) SELECT {step.version}, '{step.name}'"
        )


def test_a_store_of_before_keeps_its_rows_and_gets_hours_and_incidents(empty_store: OnStore) -> None:
    of_before(empty_store)
    database = empty_store.database
    empty_store.client.command(
        f"INSERT INTO {database}.minute_versions (minute, scope, dimension, key, count, total, verdict,"
        " revision, version) SELECT 1752343200 + 60 * number, 'all', 'status', 'denied', number % 7, 100, 'normal', 1,"
        " number + 1 FROM numbers(4000)"
    )
    empty_store.client.command(
        f"INSERT INTO {database}.minute_versions (minute, scope, dimension, key, count, total, verdict,"
        " revision, version) VALUES (1752343200, 'all', 'status', 'denied', 50, 100, 'critical', 2, 9000)"
    )
    empty_store.client.command(
        f"INSERT INTO {database}.alert_versions (incident_id, state, severity, timestamp, since, last_seen,"
        " version, revision, rank) VALUES ('i', 'firing', 'critical', 1752343260, 1752343200, 1752343260, 8, 1, 8)"
    )
    assert [step.version for step in empty_store.connection.migrate()] == list(range(BEFORE + 1, len(migrations()) + 1))
    counts = "SELECT count(), sum(count), max(count) FROM DB."
    assert empty_store.rows(f"{counts}minutes") == [(4000, 12044, 50)]
    assert empty_store.rows("SELECT sum(minutes), sum(count), max(most) FROM DB.hours") == [(4000, 12044, 50)]
    assert empty_store.rows("SELECT sum(minutes), sum(count), count() FROM DB.days") == [(4000, 12044, 4)]
    assert empty_store.rows(f"{counts}minutes_as_of(known = '2000-01-01 00:00:00')") == [(4000, 12044, 50)]
    assert empty_store.rows("SELECT incident_id, statements, seconds_to_acknowledge FROM DB.incidents") == [
        ("i", 1, None)
    ]
    # What was made twice by a sink that broke off is there once.
    empty_store.client.command(f"TRUNCATE TABLE {empty_store.database}.schema_migrations")
    assert len(empty_store.connection.migrate()) == len(migrations())
    assert empty_store.rows("SELECT sum(minutes), sum(count) FROM DB.hours") == [(4000, 12044)]
    assert empty_store.rows(f"{counts}revisions") == empty_store.rows(f"{counts}minute_revisions FINAL")
    # And it is written to as any other.
    empty_store.write(minute_at(0, key="denied", count=60, version=10_000))
    assert empty_store.rows("SELECT max(most), sum(minutes) FROM DB.hours") == [(60, 4000)]


def test_a_schema_of_a_newer_program_is_refused_in_words_and_nothing_is_touched(store: OnStore) -> None:
    store.connection.migrate()
    newest = len(migrations())
    store.client.command(
        f"INSERT INTO {store.database}.schema_migrations (version, name) SELECT {newest + 3}, 'of tomorrow'"
    )
    with pytest.raises(
        StoreRefused, match=f"schema {newest + 3}, made by a newer Floodmark; this one knows schema {newest}"
    ):
        Connection(lambda: store.dsn).migrate()
    store.sink.close()
    with pytest.raises(StoreRefused, match="Run the newer version, or name another database"):
        store.write(minute_at(0))
    assert store.rows("SELECT count() FROM DB.minutes") == [(0,)]


def test_rows_are_kept_as_long_as_the_settings_say_and_the_table_is_changed_only_then(store: OnStore) -> None:
    def kept() -> dict[str, str]:
        found = store.rows(f"SELECT name, engine_full FROM system.tables WHERE database = '{store.database}'")
        return {name: full.partition(" TTL ")[2].partition(" SETTINGS")[0] for name, full in found}

    Connection(lambda: store.dsn, keeping=KeepSettings()).migrate()
    assert not any(kept()[each.table] for each in KEPT)
    days = KeepSettings(keep_minutes_days=90, keep_hours_days=800, keep_transactions_days=3)
    store.write(minute_at(0), minute_at(525_600 * 70))
    for _ in range(2):
        Connection(lambda: store.dsn, keeping=days).migrate()
        assert kept()["minute_revisions"] == kept()["minute_versions"] == "toDateTime(minute) + toIntervalDay(90)"
        assert kept()["hour_versions"] == "toDateTime(hour) + toIntervalDay(800)"
        assert kept()["transaction_records"] == "toDateTime(timestamp) + toIntervalDay(3)"
        assert kept()["alert_versions"] == ""
    store.client.command(f"OPTIMIZE TABLE {store.database}.minute_versions FINAL")
    assert len(store.rows("SELECT minute FROM DB.minutes")) == 1
    Connection(lambda: store.dsn, keeping=KeepSettings()).migrate()
    assert not any(kept()[each.table] for each in KEPT)


def test_a_transaction_that_came_months_late_is_kept_from_when_it_came(store: OnStore) -> None:
    store.connection.migrate()
    told = [(900, 1), (900, 900), (1, 1)]
    for offset, (event_days, known_days) in enumerate(told):
        store.client.command(
            f"INSERT INTO {store.database}.late_records (timestamp, known_at, topic, partition, offset)"
            f" SELECT now64(3) - toIntervalDay({event_days}), now64(3) - toIntervalDay({known_days}), 't', 0, {offset}"
        )
    days = KeepSettings(keep_records_days=90)
    assert "late_records" in keep(store.client, store.database, days)
    assert keep(store.client, store.database, days) == []
    store.client.command(f"OPTIMIZE TABLE {store.database}.late_records FINAL")
    assert store.rows("SELECT offset FROM DB.late ORDER BY offset") == [(0,), (2,)]


def test_every_table_has_a_time_for_which_it_is_kept() -> None:
    made = {
        statement.split("{database}.")[1].split("\n")[0].strip()
        for step in migrations()
        for statement in step.statements
        if statement.startswith("CREATE TABLE")
    }
    gone = {
        statement.split("{database}.")[1]
        for step in migrations()
        for statement in step.statements
        if statement.startswith("DROP TABLE")
    }
    assert made - gone == {each.table for each in KEPT}


OLD_MINUTES = """INSERT INTO DB.minute_versions
    (minute, scope, dimension, key, count, total, verdict, revision, version, amount)
    SELECT 1752343200 + 60 * number, 'all', 'status', key, number % 7, 100, 'normal', 1, number + 1, number
    FROM numbers(200) ARRAY JOIN ['denied', 'failed'] AS key
    UNION ALL SELECT 1752343200, 'all', 'status', 'denied', 50, 100, 'critical', 2, 9000, 77"""
OLD_WORDS = """INSERT INTO DB.alert_versions
    (incident_id, state, severity, scope, timestamp, since, last_seen, version, revision, rank)
    VALUES ('i', 'firing', 'warning', 'all', 1752343260, 1752343200, 1752343260, 8, 1, 8 * 4294967296 + 1),
           ('i', 'resolved', 'critical', 'all', 1752343500, 1752343200, 1752343380, 9, 2, 9 * 4294967296 + 2),
           ('o', 'firing', 'warning', 'all', 1752343260, 1752343260, 1752343260, 8, 1, 8 * 4294967296 + 1)"""
OLD_LATE = """INSERT INTO DB.late_records (timestamp, scope, status, count, reason, topic, partition, offset)
    VALUES ('2025-07-12 18:00:00', 'all', 'denied', 3, 'too_late', 'transactions', 0, 5)"""


BEGINNINGS = (1, 3, 5, 7, 8, 10, 12, 15)
"""Some of the schemas that there have been; from the first of them every step meets rows."""


@pytest.mark.parametrize("before", [*BEGINNINGS, len(migrations())])
def test_a_store_of_an_older_schema_becomes_one_of_today_with_its_rows(empty_store: OnStore, before: int) -> None:
    empty_store.client.command(f"CREATE DATABASE {empty_store.database}")
    empty_store.client.command(LEDGER.format(database=empty_store.database))
    for step in migrations()[:before]:
        for made in step.statements:
            if "{day of" not in made:
                empty_store.client.command(made.replace("{database}", empty_store.database))
        empty_store.client.command(
            f"INSERT INTO {empty_store.database}.schema_migrations (version, name) SELECT {step.version}, '{step.name}'"
        )
    for needs, insert in ((1, OLD_MINUTES), (2, OLD_WORDS), (3, OLD_LATE)):
        if before >= needs:
            empty_store.client.command(insert.replace("DB.", f"{empty_store.database}."))
    # The sink of then added up the hours that it wrote.
    for part in touched([MinuteRow(1_752_343_200_000 + 60_000 * n, "all", "status", "denied", 0, 0, None, "normal")
                         for n in range(200)] if before >= 10 else []):  # fmt: skip
        empty_store.client.command(adding_up(empty_store.database), parameters=dict(part.parameters))
    assert [step.version for step in Connection(lambda: empty_store.dsn).migrate()] == [
        step.version for step in migrations()[before:]
    ]
    assert empty_store.rows("SELECT count(), sum(count), max(count), sum(amount) FROM DB.minutes") == [
        (400, 2 * 594 + 50, 50, 2 * 19_900 + 77)
    ]
    assert empty_store.rows("SELECT sum(minutes), sum(count), max(most), sum(amount) FROM DB.hours") == [
        (400, 2 * 594 + 50, 50, 2 * 19_900 + 77)
    ]
    assert empty_store.rows("SELECT count(), sum(count) FROM DB.minutes_as_of(known = '2000-01-01 00:00:00')") == [
        (400, 2 * 594 + 50)
    ]
    words = [("i", "resolved", "critical"), ("o", "firing", "warning")] if before >= 2 else []
    assert empty_store.rows("SELECT incident_id, state, peak_severity FROM DB.incidents ORDER BY incident_id") == words
    assert empty_store.rows("SELECT count, offset FROM DB.late") == ([(3, 5)] if before >= 3 else [])
    assert not differences(empty_store.client, empty_store.database)
