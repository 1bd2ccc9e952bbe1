"""What the destination ClickHouse makes of an error: a row's fault, ours, or one that passes."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError, ProgrammingError

from schemas.topics import Topics
from sinks.clickhouse.connection import Connection
from sinks.clickhouse.destination import ClickHouse
from sinks.clickhouse.dsn import Dsn
from sinks.clickhouse.made import columns_made, views_made
from sinks.clickhouse.migrations import migrations
from sinks.clickhouse.roll_up import TouchedHours
from sinks.clickhouse.shape import COPIERS, COPIES, REPLACING, TABLES
from sinks.clickhouse.tables import MINUTES, Table
from sinks.protocol import Partition
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.sink_kit import Bench, alert_at, minute_at


class Picky:
    """Stands for the connection: refuses every batch with a count above 1000 in it, as a constraint would."""

    def __init__(self) -> None:
        self.stored: list[int] = []
        self.statements = 0

    def roll_up(self, _touched: TouchedHours) -> None:
        pass

    def insert(self, table: Table[Any], rows: Sequence[Any], _known_ms: Sequence[int]) -> None:
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
    assert sorted(bench.dead_letters.offsets) == [3, 40, 41]
    assert "code 469" in bench.dead_letters.records[0][2]
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

    def connect(self, _place: Dsn, _timeout_s: int) -> "Failing":
        self.made += 1
        return self

    def command(self, _sql: str, **_given: Any) -> None:
        pass

    def query(self, sql: str) -> Any:
        rows: list[Any] = [(step.version,) for step in migrations()]
        if "system.columns" in sql:
            made = {t.name: dict(zip(t.names, t.types, strict=True)) for t in TABLES}
            made |= {name: dict(columns_made(name)) for name in COPIES}
            rows = [(name, *column) for name, columns in made.items() for column in columns.items()]
        elif "system.tables" in sql:
            rows = [(name, engine, key, "") for name, (engine, key) in REPLACING.items()]
            rows += [(name, "", "", "FINAL") for name in (*COPIERS, *views_made())]
        return SimpleNamespace(result_rows=rows)

    write_compression = None

    def raw_insert(self, *_: Any, **__: Any) -> None:
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
    assert bench.dead_letters.records == []
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


class TestRefusedByARealStore:
    """The store must say that it refuses, or the sink would commit what was never stored."""

    def test_rows_that_a_constraint_refuses_are_put_aside_and_the_rest_is_stored(self, store: OnStore) -> None:
        store.connection.migrate()
        store.client.command(f"ALTER TABLE {store.database}.minute_versions ADD CONSTRAINT small CHECK count < 1000")
        records = [minute_at(n, count=5000 if n in (3, 40, 41) else 1) for n in range(64)]
        bench = Bench([*records, alert_at(64)], store.sink)
        bench.run()
        assert sorted(bench.dead_letters.offsets) == [3, 40, 41]
        assert {detail for _, _, detail in bench.dead_letters.records} == {
            "the store refuses the row (DatabaseError, code 469)"
        }
        assert store.rows("SELECT count(), uniqExact(minute), max(count) FROM DB.minutes") == [(61, 61, 1)]
        assert store.rows("SELECT count() FROM DB.alerts") == [(1,)]
        assert bench.metric("refused_total", reason="unstorable") == 3
        assert bench.source.committed == {Partition("minutes", 0): 64, Partition("alerts", 0): 65}

    def test_when_it_refuses_everything_nothing_is_committed(self, store: OnStore) -> None:
        store.connection.migrate()
        store.client.command(f"ALTER TABLE {store.database}.minute_versions ADD CONSTRAINT none CHECK count < 0")
        bench = Bench([minute_at(n) for n in range(150)], store.sink)
        with pytest.raises(DatabaseError):
            bench.run()
        assert bench.source.commits == []
        assert store.rows("SELECT count() FROM DB.minutes") == [(0,)]

    def test_what_is_no_fault_of_a_row_ends_the_sink_and_nothing_is_committed(self, store: OnStore) -> None:
        store.connection.migrate()
        column = "extra UInt8 DEFAULT throwIf(count = 5000)"
        store.client.command(f"ALTER TABLE {store.database}.minute_versions ADD COLUMN {column}")
        bench = Bench([minute_at(0), minute_at(1, count=5000)], store.sink)
        with pytest.raises(DatabaseError) as told:
            bench.run()
        assert told.value.code == 395
        assert bench.source.commits == []
