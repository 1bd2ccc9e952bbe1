"""How the destination ClickHouse gets to its store: migrations, stores that are away, and no detours."""

import threading

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from floodmark.local.store.locate import endpoint
from runtime.ports import free_ports
from schemas.topics import Topics
from sinks.clickhouse.connection import Connection, StoreRefused
from sinks.clickhouse.destination import ClickHouse
from sinks.clickhouse.migrations import DAY, migrate, migrations
from sinks.protocol import Busy, Partition, Trouble
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.conftest import StoreProcess
from tests.sinks.http_kit import Reply, receiving
from tests.sinks.sink_kit import Bench, minute_at


class TestMigrations:
    def test_they_are_numbered_without_a_gap(self) -> None:
        assert [step.version for step in migrations()] == list(range(1, len(migrations()) + 1))

    def test_they_run_once(self, empty_store: OnStore) -> None:
        names = ["minutes", "alerts", "late", "acknowledged", "inhibited", "amounts", "damage"]
        names += ["known_at", "revisions", "hours", "incidents", "records", "reading", "receipts"]
        names += ["first_acknowledged", "until_and_assignee", "known_since_the_first_time"]
        assert [step.name for step in empty_store.connection.migrate()] == names
        assert empty_store.connection.migrate() == []

    def test_one_that_broke_off_is_run_again_and_keeps_the_data(self, store: OnStore) -> None:
        store.write(minute_at(0))
        store.client.command(f"TRUNCATE TABLE {store.database}.schema_migrations")
        store.client.command(f"DROP VIEW {store.database}.minutes")
        assert len(store.connection.migrate()) == len(migrations())
        assert store.rows("SELECT count() FROM DB.minutes") == [(1,)]

    def test_two_sinks_may_migrate_at_the_same_time(self, empty_store: OnStore, shared_store: StoreProcess) -> None:
        errors: list[Exception] = []

        def one() -> None:
            client = clickhouse_connect.get_client(dsn=shared_store.dsn("default"), autogenerate_session_id=False)
            try:
                migrate(client, empty_store.database)
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
        assert empty_store.write(minute_at(0)) == 1

    def test_a_statement_that_crosses_that_of_another_sink_is_run_again(self) -> None:
        client = CrossedClient(218, 60)
        assert [step.version for step in migrate(client, "db")] == [step.version for step in migrations()]
        assert client.crossed == []
        statements = [each.replace("{database}", "db") for step in migrations() for each in step.statements]
        assert client.ran[2:] == [each for each in statements if not DAY.search(each)], "each in order, and once"

    def test_a_statement_that_is_refused_ends_it(self) -> None:
        with pytest.raises(DatabaseError, match="by another sink"):
            migrate(CrossedClient(62), "db")


class CrossedClient:
    """A client of a new store, in which statements on views fail with these numbers first, each once."""

    def __init__(self, *codes: int) -> None:
        self.crossed = list(codes)
        self.ran: list[str] = []

    def command(self, statement: str) -> None:
        if statement.startswith("ALTER TABLE db.minutes ") and self.crossed:
            raise DatabaseError("replaced by another sink", code=self.crossed.pop())
        self.ran.append(statement)

    def query(self, _statement: str) -> "CrossedClient":
        return self

    @property
    def result_rows(self) -> list[tuple[int]]:
        return []

    def insert(self, *_: object, **__: object) -> None:
        """The step is noted."""


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

    def test_a_store_that_was_emptied_is_set_up_again(self, store: OnStore) -> None:
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

    @pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
    def test_no_proxy_is_asked_for_a_store_on_this_machine(
        self, store: OnStore, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_ports(1)[0]}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert store.write(minute_at(0)) == 1

    def test_a_proxy_is_asked_for_a_store_elsewhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A name that nobody has: only the proxy could answer for it."""
        for name in ("NO_PROXY", "no_proxy", "http_proxy"):
            monkeypatch.delenv(name, raising=False)
        with receiving() as proxy:
            proxy.answer = lambda _request: Reply(400)
            monkeypatch.setenv("HTTP_PROXY", proxy.url(""))
            with pytest.raises((Busy, StoreRefused)):
                Connection(lambda: "clickhouse://u:p@store.invalid:8123/x").migrate()
        assert proxy.requests[0].path.startswith("http://store.invalid:8123/")
