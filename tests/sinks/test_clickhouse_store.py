"""The destination ClickHouse against a real store."""

import random
import threading
import uuid
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError, ProgrammingError

from floodmark.broker.ports import free_ports
from floodmark.store.locate import endpoint
from schemas.dead_letter import DeadLetter
from schemas.topics import Topics
from sinks.clickhouse.connection import Connection, StoreRefused
from sinks.clickhouse.destination import ClickHouse
from sinks.clickhouse.migrations import migrate, migrations
from sinks.clickhouse.tables import ALERTS, LATE, MINUTES, Table
from sinks.protocol import Busy, Partition, Record, Trouble
from tests.sinks.conftest import StoreProcess
from tests.sinks.sink_kit import AT, AT_MS, Bench, alert_at, minute_at

MINUTE_COLUMNS = "minute scope dimension key count total share expected low high mean std z score verdict revision"
ALERT_COLUMNS = (
    "incident_id state severity scope dimension key since last_seen observed expected z share rules score revision"
)


class Store:
    """A database of its own on the shared store, the destination on it, and a client to look."""

    def __init__(self, process: StoreProcess) -> None:
        self.database = f"t{uuid.uuid4().hex[:8]}"
        self.dsn = process.dsn(self.database)
        self.connection = Connection(lambda: self.dsn)
        self.sink = ClickHouse(Topics(), self.connection)
        self.client = clickhouse_connect.get_client(dsn=process.dsn("default"), autogenerate_session_id=False)

    def write(self, *records: Record) -> int:
        return self.sink.write([entry for record in records if (entry := self.sink.read(record)) is not None])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return list(self.client.query(query.replace("DB.", f"{self.database}.")).result_rows)

    def close(self) -> None:
        self.sink.close()
        self.client.command(f"DROP DATABASE IF EXISTS {self.database}")
        self.client.close()


@pytest.fixture
def store(shared_store: StoreProcess) -> Iterator[Store]:
    made = Store(shared_store)
    yield made
    made.close()


def test_the_view_minutes_has_the_public_columns_first(store: Store) -> None:
    store.connection.migrate()
    found = [row[0] for row in store.rows("DESCRIBE TABLE DB.minutes")]
    assert " ".join(found).startswith(MINUTE_COLUMNS + " ")


def test_the_view_alerts_has_the_public_columns_first(store: Store) -> None:
    store.connection.migrate()
    found = [row[0] for row in store.rows("DESCRIBE TABLE DB.alerts")]
    assert " ".join(found).startswith(ALERT_COLUMNS + " ")


def test_instants_are_datetimes_in_utc(store: Store) -> None:
    store.connection.migrate()
    types = {
        (view, row[0]): row[1] for view in ("minutes", "alerts") for row in store.rows(f"DESCRIBE TABLE DB.{view}")
    }
    for name in (("minutes", "minute"), ("alerts", "since"), ("alerts", "last_seen")):
        assert types[name] == "DateTime('UTC')"


@pytest.mark.parametrize("table", [MINUTES, ALERTS, LATE], ids=lambda table: table.name)
def test_the_columns_that_are_written_are_those_of_the_table(store: Store, table: Table[Any]) -> None:
    store.connection.migrate()
    found = [(row[0], row[1]) for row in store.rows(f"DESCRIBE TABLE DB.{table.name}")]
    assert found == list(zip(table.names, table.types, strict=True))


def test_a_minute_is_stored_as_it_is(store: Store) -> None:
    store.write(minute_at(0))
    row = store.rows(f"SELECT {MINUTE_COLUMNS.replace(' ', ', ')}, terms, rules, offsets, version FROM DB.minutes")
    assert row == [
        (
            AT.replace(tzinfo=None),
            "all",
            "status",
            "reversed",
            5,
            118,
            5 / 118,
            1.1667,
            0.0,
            4.7,
            1.1667,
            1.1769,
            3.2572,
            72.5,
            "critical",
            1,
            {"zscore": 72.5},
            ["zscore"],
            {"0": 12, "1": 9},
            7,
        )
    ]


def test_what_is_not_known_is_null(store: Store) -> None:
    store.write(minute_at(0, share=None, expected=None, low=None, high=None, mean=None, std=None, z=None))
    assert store.rows("SELECT share, expected, low, high, mean, std, z FROM DB.minutes") == [(None,) * 7]


def test_an_alert_is_stored_as_it_is(store: Store) -> None:
    store.write(alert_at(1, attribution=[{"key": "merchant", "share": 0.5}], estimated_loss={"BRL": 12.5}))
    assert store.rows(f"SELECT {ALERT_COLUMNS.replace(' ', ', ')}, attribution, estimated_loss FROM DB.alerts") == [
        (
            "incident-1",
            "firing",
            "critical",
            "all",
            "status",
            "reversed",
            AT.replace(tzinfo=None),
            AT.replace(tzinfo=None),
            5,
            1.1667,
            3.2572,
            0.0422,
            ["zscore"],
            72.5,
            1,
            '[{"key":"merchant","share":0.5}]',
            {"BRL": 12.5},
        )
    ]


def test_a_batch_written_again_changes_nothing(store: Store) -> None:
    records = [*(minute_at(n) for n in range(50)), *(alert_at(n) for n in range(5))]
    for _ in range(3):
        assert store.write(*records) == 55
    assert store.rows("SELECT count(), sum(count) FROM DB.minutes") == [(50, 250)]
    assert store.rows("SELECT count() FROM DB.alerts") == [(5,)]


def test_the_highest_version_of_a_minute_is_shown_whatever_the_order(store: Store) -> None:
    order = [3, 1, 4, 1, 5, 9, 2, 6]
    random.Random(1).shuffle(order)
    for version in order:
        store.write(minute_at(0, version=version, count=version * 10, revision=version))
    store.write(minute_at(0, version=2**63 + 5, count=77), minute_at(0, version=8, count=80))
    assert store.rows("SELECT count, version FROM DB.minutes") == [(77, 2**63 + 5)]


def test_of_one_version_of_an_alert_the_highest_revision_is_shown_whatever_the_order(store: Store) -> None:
    steps = [(5, 3, "updated"), (5, 4, "resolved"), (5, 2, "updated"), (4, 9, "firing"), (5, 1, "firing")]
    for version, revision, state in steps:
        store.write(alert_at(1, version=version, revision=revision, state=state))
    assert store.rows("SELECT state, version, revision FROM DB.alerts") == [("resolved", 5, 4)]


def test_the_view_stays_right_after_the_store_has_merged(store: Store) -> None:
    for version in (2, 3, 1):
        store.write(minute_at(0, version=version, count=version))
    store.client.command(f"OPTIMIZE TABLE {store.database}.minute_versions FINAL")
    store.write(minute_at(0, version=2, count=2))
    assert store.rows("SELECT count FROM DB.minutes") == [(3,)]


def test_minutes_of_many_months_fit_in_one_batch(store: Store) -> None:
    store.write(*(minute_at(n, minute=n * 86_400_000 * 31) for n in range(110)))
    assert store.rows("SELECT count() FROM DB.minutes") == [(110,)]


class Picky:
    """Stands for the connection: refuses every batch with a count above 1000 in it, as a constraint would."""

    def __init__(self) -> None:
        self.stored: list[int] = []
        self.statements = 0

    def insert(self, table: Table[Any], rows: Sequence[Any]) -> None:
        self.statements += 1
        if table is MINUTES and any(row.count > 1000 for row in rows):
            raise DatabaseError("refused", code=469)
        self.stored += [row.minute for row in rows] if table is MINUTES else []

    def close(self) -> None:
        pass


def test_rows_that_are_refused_are_found_by_halving_and_the_rest_is_written() -> None:
    picky = Picky()
    records = [minute_at(n, count=5000 if n in (3, 40, 41) else 1) for n in range(64)]
    bench = Bench([*records, alert_at(64)], ClickHouse(Topics(), picky))
    bench.run()
    assert sorted(bench.aside.offsets) == [3, 40, 41]
    assert "code 469" in bench.aside.records[0][2]
    assert len(set(picky.stored)) == 61
    assert picky.statements < 40
    assert bench.metric("refused_total", reason="unstorable") == 3


def test_when_nothing_fits_the_table_is_wrong_and_not_the_rows() -> None:
    bench = Bench([minute_at(n, count=5000) for n in range(150)], ClickHouse(Topics(), Picky()))
    with pytest.raises(DatabaseError, match="refused"):
        bench.run()
    assert bench.source.commits == []


class Failing:
    """Stands for clickhouse-connect's client: takes everything but the first insert into `minute_versions`."""

    def __init__(self, error: Exception) -> None:
        self.errors = [error]
        self.made = 0

    def connect(self, _dsn: str, _timeout_s: int) -> "Failing":
        self.made += 1
        return self

    def command(self, _sql: str) -> None:
        pass

    def query(self, _sql: str) -> Any:
        return SimpleNamespace(result_rows=[(step.version,) for step in migrations()])

    def insert(self, *_: Any, **__: Any) -> None:
        if self.errors:
            raise self.errors.pop()

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        *((DatabaseError("?", code=code), "overloaded") for code in (202, 241, 252)),
        *((DatabaseError("?", code=code), "timeout") for code in (159, 209)),
        *((DatabaseError("?", code=code), "server_error") for code in (60, 81, 210, 242, 319, 999, None)),
        (DatabaseError("?", code=243), "full"),
        (OperationalError("?"), "unreachable"),
        (ConnectionResetError(), "unreachable"),
    ],
    ids=repr,
)
def test_an_error_that_passes_holds_the_batch_and_makes_a_new_connection(error: Exception, trouble: str) -> None:
    client = Failing(error)
    bench = Bench([minute_at(0)], ClickHouse(Topics(), Connection(lambda: "clickhouse://h", connect=client.connect)))
    bench.run()
    assert bench.metric("errors_total", reason=trouble) == 1
    assert bench.source.committed == {Partition("minutes", 0): 1}
    assert bench.aside.records == []
    assert client.made == 2


@pytest.mark.parametrize("error", [DatabaseError("?", code=62), ProgrammingError("?"), DatabaseError("?", code=497)])
def test_an_error_of_ours_ends_the_sink(error: Exception) -> None:
    connection = Connection(lambda: "clickhouse://h", connect=Failing(error).connect)
    bench = Bench([minute_at(0)], ClickHouse(Topics(), connection))
    with pytest.raises(type(error)):
        bench.run()
    assert bench.source.commits == []


def test_a_password_that_was_changed_is_looked_up_anew() -> None:
    """Only when the store still names the password that it refuses is that an error."""
    dsns = iter(["clickhouse://u:old@h", *["clickhouse://u:new@h"] * 9])
    client = Failing(DatabaseError("?", code=516))
    bench = Bench([minute_at(0)], ClickHouse(Topics(), Connection(lambda: next(dsns), connect=client.connect)))
    bench.run()
    assert bench.metric("retries_total") == 1
    assert bench.source.committed == {Partition("minutes", 0): 1}


def test_late_records_are_stored_once_with_their_reason(store: Store) -> None:
    letter = DeadLetter(topic="transactions", partition=3, offset=41, reason="late", detail="20 min")
    value = b'{"timestamp":1752343620000,"status":"denied","count":3}'
    record = Record(Partition("transactions.late", 0), 0, letter.key, value, letter.headers())
    store.write(record)
    store.write(record)
    assert store.rows("SELECT toUnixTimestamp64Milli(timestamp), status, auth_code, count, reason FROM DB.late") == [
        (AT_MS, "denied", None, 3, "late")
    ]


class TestMigrations:
    def test_they_are_numbered_without_a_gap(self) -> None:
        assert [step.version for step in migrations()] == list(range(1, len(migrations()) + 1))

    def test_they_run_once(self, store: Store) -> None:
        assert [step.name for step in store.connection.migrate()] == ["minutes", "alerts", "late"]
        assert store.connection.migrate() == []

    def test_one_that_broke_off_is_run_again_and_keeps_the_data(self, store: Store) -> None:
        store.write(minute_at(0))
        store.client.command(f"TRUNCATE TABLE {store.database}.schema_migrations")
        store.client.command(f"DROP VIEW {store.database}.minutes")
        assert len(store.connection.migrate()) == 3
        assert store.rows("SELECT count() FROM DB.minutes") == [(1,)]

    def test_two_sinks_may_migrate_at_the_same_time(self, store: Store, shared_store: StoreProcess) -> None:
        errors: list[Exception] = []

        def one() -> None:
            client = clickhouse_connect.get_client(dsn=shared_store.dsn("default"), autogenerate_session_id=False)
            try:
                migrate(client, store.database)
            except Exception as error:
                errors.append(error)
            finally:
                client.close()

        threads = [threading.Thread(target=one) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert store.write(minute_at(0)) == 1


class TestStoreThatIsAway:
    def test_a_store_that_is_down_is_busy(self) -> None:
        sink = ClickHouse(Topics(), Connection(lambda: "clickhouse://u:hunter2@127.0.0.1:1/x"))
        entry = sink.read(minute_at(0))
        assert entry is not None
        with pytest.raises(Busy) as told:
            sink.write([entry])
        assert told.value.trouble is Trouble.UNREACHABLE
        assert "hunter2" not in str(told.value)

    def test_a_wrong_password_ends_the_sink_without_telling_it(self, shared_store: StoreProcess) -> None:
        dsn = shared_store.dsn("x").replace("://", "://intruder", 1).replace("intruder", "intruder-", 1)
        connection = Connection(lambda: dsn)
        with pytest.raises(StoreRefused, match="name and password") as told:
            connection.migrate()
        assert dsn.split(":")[2].split("@")[0] not in str(told.value)

    @pytest.mark.parametrize("database", ["a-b", "x;DROP", "1st"])
    def test_a_database_that_is_not_an_identifier_is_refused(self, database: str) -> None:
        with pytest.raises(StoreRefused, match="identifier"):
            Connection(lambda: f"clickhouse://127.0.0.1:1/{database}").migrate()

    def test_a_dsn_that_cannot_be_read_is_refused(self) -> None:
        with pytest.raises(StoreRefused, match="DSN"):
            Connection(lambda: "clickhouse://h:port").migrate()

    def test_a_store_that_was_emptied_is_set_up_again(self, store: Store) -> None:
        store.write(minute_at(0))
        store.client.command(f"DROP DATABASE {store.database}")
        bench = Bench([minute_at(1)], store.sink)
        bench.run()
        assert store.rows("SELECT count() FROM DB.minutes") == [(1,)]
        assert bench.metric("retries_total") == 1

    def test_a_store_that_comes_back_on_another_port_is_found(self, own_store: StoreProcess) -> None:
        def look() -> str:
            found = endpoint(own_store.data_dir)
            if found is None:
                raise Busy(Trouble.UNREACHABLE, "no store answers")
            return found.dsn

        sink = ClickHouse(Topics(), Connection(look))
        bench = Bench([minute_at(0)], sink)
        bench.source.on_hold = lambda: own_store.running or own_store.start()
        bench.run()
        own_store.stop()
        bench.source.on_hold = lambda: own_store.running or own_store.start(free_ports(1)[0])
        bench.stop.clear()
        bench.source.records = [minute_at(1)]
        bench.run()
        client = clickhouse_connect.get_client(dsn=look())
        assert client.query("SELECT count() FROM floodmark.minutes").result_rows == [(2,)]
        assert bench.source.committed == {Partition("minutes", 0): 2}
        client.close()
        sink.close()
