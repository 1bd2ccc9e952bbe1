"""The store as a process: it owns its directory, comes back on its port, stops cleanly, and survives its own death."""

import http.client
import json
import signal
import socket
import stat
import threading
from pathlib import Path

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError

from floodmark.local.store.locate import endpoint
from tests.floodmark.local.store.store_kit import Answer, StoreProcess, run, wait_until


def listener(port: int = 0) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))


def test_it_says_where_it_listens_and_makes_its_own_passwords(store: StoreProcess) -> None:
    at = store.at
    assert f"store: listening on http://127.0.0.1:{at.port}, data in {store.files}" in store.log
    assert stat.S_IMODE((store.files / "credentials.json").stat().st_mode) == 0o600
    said = json.loads((store.files / "endpoint.json").read_text())
    assert (said["host"], said["port"], said["pid"], said["metrics"]) == ("127.0.0.1", at.port, at.pid, at.url)
    assert at.password not in repr(at)
    assert at.reader_password not in repr(at)


def test_a_signal_stops_it_cleanly_and_it_comes_back_as_it_was(own_store: StoreProcess) -> None:
    own_store.start()
    before = own_store.at
    own_store.ask("CREATE TABLE kept (a Int32) ENGINE = MergeTree ORDER BY a")
    own_store.ask("INSERT INTO kept VALUES (1), (2)")
    assert own_store.stop(signal.SIGINT) == 0
    assert endpoint(own_store.data_dir) is None
    assert not (own_store.files / "endpoint.json").exists()
    own_store.start()
    after = own_store.at
    assert (after.port, after.password, after.reader_password) == (before.port, before.password, before.reader_password)
    assert own_store.rows("SELECT sum(a) FROM kept") == [[3]]


def test_an_insert_that_runs_at_the_signal_is_finished_and_a_read_is_not_waited_for(own_store: StoreProcess) -> None:
    own_store.start()
    own_store.ask("CREATE TABLE slow (a UInt64) ENGINE = MergeTree ORDER BY a")
    answers: dict[str, Answer] = {}

    def ask(name: str, query: str, user: str) -> threading.Thread:
        thread = threading.Thread(target=lambda: answers.update({name: own_store.ask(query, user=user)}))
        thread.start()
        return thread

    slow = "SETTINGS function_sleep_max_microseconds_per_block = 0"
    threads = [
        ask("insert", f"INSERT INTO slow SELECT number + sleepEachRow(0.06) FROM numbers(100) {slow}", "floodmark"),
        ask("read", "SELECT sum(cityHash64(number, rand())) FROM numbers(1000000000000)", "reader"),
    ]
    running = "SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow%' OR query LIKE '%cityHash64%'"
    wait_until(lambda: own_store.rows(running) == [[3]], "both run")
    assert own_store.stop() == 0
    for thread in threads:
        thread.join()
    assert answers["insert"].status == 200
    assert answers["read"].code in (394, 1001)
    own_store.start()
    assert own_store.rows("SELECT count() FROM slow") == [[100]]


def test_no_acknowledged_insert_is_lost_when_it_is_killed(own_store: StoreProcess) -> None:
    own_store.start()
    own_store.ask("CREATE TABLE facts (batch UInt32, n UInt32) ENGINE = MergeTree ORDER BY (batch, n)")
    acknowledged: list[int] = []
    client = clickhouse_connect.get_client(dsn=own_store.at.dsn)

    def write() -> None:
        for batch in range(100_000):
            try:
                client.insert("facts", [[batch, n] for n in range(500)], column_names=["batch", "n"])
            except ClickHouseError:
                return
            acknowledged.append(batch)

    writer = threading.Thread(target=write)
    writer.start()
    wait_until(lambda: len(acknowledged) >= 20, "inserts are acknowledged")
    own_store.kill()
    writer.join()
    assert endpoint(own_store.data_dir) is None
    own_store.start()
    stored = {
        int(str(batch)): int(str(rows))
        for batch, rows in own_store.rows("SELECT batch, count() FROM facts GROUP BY batch")
    }
    assert {batch: stored.get(batch) for batch in acknowledged} == dict.fromkeys(acknowledged, 500)
    # The one that was under way when it died may be there as well, then whole.
    assert set(stored) - set(acknowledged) <= {len(acknowledged)}
    assert set(stored.values()) == {500}


def test_a_directory_has_one_owner(store: StoreProcess) -> None:
    at = store.at
    second = run("store", "--data-dir", str(store.data_dir))
    assert second.returncode == 1
    assert f"at {at.url} (pid {at.pid}). Stop that process, or give another --data-dir." in second.stderr
    assert store.ask("SELECT 1").text == "1\n"


def test_a_port_that_is_taken_is_named_when_it_was_asked_for(tmp_path: Path) -> None:
    with listener() as taken:
        port = taken.getsockname()[1]
        failed = run("store", "--data-dir", str(tmp_path / "data"), "--port", str(port))
    assert failed.returncode == 1
    assert f"Is port {port} taken?" in failed.stderr


def test_another_program_on_the_port_of_a_killed_store_is_not_taken_for_it_and_keeps_it(
    own_store: StoreProcess,
) -> None:
    own_store.start()
    port = own_store.at.port
    own_store.kill()
    assert (own_store.files / "endpoint.json").exists()
    heard: list[bytes] = []

    def impostor(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            heard.append(connection.recv(10_000))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nOk.\n")

    with listener(port) as server:
        thread = threading.Thread(target=impostor, args=(server,))
        thread.start()
        assert endpoint(own_store.data_dir) is None
        thread.join()
        passwords = json.loads((own_store.files / "credentials.json").read_text())
        assert all(password.encode() not in heard[0] for password in passwords.values())
        own_store.start()
        assert own_store.at.port != port


def test_a_path_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    failed = run("store", "--data-dir", str(tmp_path / "what?"))
    assert failed.returncode == 2
    assert "has a ? in it" in failed.stderr


def test_readers_beside_a_writer_see_whole_batches_and_never_fewer(store: StoreProcess, table: str) -> None:
    at, batches, rows = store.at, 25, 2000
    done = threading.Event()
    problems: list[str] = []
    looks = [0] * 4

    def write() -> None:
        client = clickhouse_connect.get_client(dsn=at.dsn)
        for batch in range(batches):
            data = [[batch * rows + n, "x", 0] for n in range(rows)]
            client.insert(table, data, column_names=["id", "name", "at"])
        done.set()

    def read(reader: int) -> None:
        client = clickhouse_connect.get_client(dsn=at.reader_dsn)
        before = 0
        while True:
            last = done.is_set()
            seen = client.query(f"SELECT count(), uniqExact(id) FROM {table}").result_rows[0]
            if seen[0] < before or seen[0] % rows or seen[0] != seen[1]:
                problems.append(f"after {before}: {seen}")
            before = seen[0]
            looks[reader] += 1
            if last:
                if before != batches * rows:
                    problems.append(f"ended with {before}")
                return

    threads = [threading.Thread(target=read, args=(n,)) for n in range(4)] + [threading.Thread(target=write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert problems == []
    assert min(looks) > 3


def test_slow_readers_do_not_hold_up_an_insert(store: StoreProcess, table: str) -> None:
    slow = "SELECT sleep(2) FROM numbers(5)"  # ten seconds, as each is a block of its own
    how = {"user": "reader", "max_block_size": "1"}
    readers = [threading.Thread(target=store.ask, args=(slow,), kwargs=how) for _ in range(10)]
    for reader in readers:
        reader.start()
    running = f"SELECT count() FROM system.processes WHERE query LIKE '{slow}%'"
    wait_until(lambda: store.rows(running) == [[8]], "eight of ten run")
    assert store.ask(f"INSERT INTO {table} VALUES (1, 'a', 1752343620)").status == 200
    assert store.rows(running) == [[8]]
    for reader in readers:
        reader.join()


def test_a_half_sent_body_inserts_nothing(store: StoreProcess, table: str) -> None:
    connection = http.client.HTTPConnection(store.at.host, store.at.port)
    connection.putrequest("POST", f"/?user=floodmark&password={store.at.password}")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(f"INSERT INTO {table} FORMAT CSV\n1,a,2025-07-12 18:07:00\n".encode())
    connection.close()
    assert store.rows(f"SELECT count() FROM {table}") == [[0]]
