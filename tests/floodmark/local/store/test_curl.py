"""The store, seen by curl and by whoever writes HTTP by hand."""

import gzip
import http.client
import json
import shutil
import subprocess
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path

import lz4.frame  # type: ignore[import-untyped]  # it ships no types
import pytest

from floodmark.local.store.coding import zstd
from tests.floodmark.local.store.store_kit import DEADLINE_S, StoreProcess, wait_until

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "lz4": lz4.frame.compress,
    "zstd": zstd.compress,
}
AT = b"2025-07-12 18:07:00"
ROWS = b"".join(b"%d,name %d,%s\n" % (n, n, AT) for n in range(5000))


def curl(*arguments: str, stdin: bytes = b"") -> tuple[int, str]:
    """The status and the body that curl gets."""
    done = subprocess.run(
        ["curl", "-sS", "--max-time", str(DEADLINE_S), "-w", "\n%{http_code}", *arguments],
        input=stdin,
        capture_output=True,
        check=True,
    )
    body, _, status = done.stdout.decode().rpartition("\n")
    return int(status), body


@pytest.fixture
def address(store: StoreProcess) -> str:
    return f"http://floodmark:{store.at.password}@127.0.0.1:{store.at.port}/"


@needs_curl
def test_a_query_is_taken_from_the_url_and_from_the_body(address: str) -> None:
    assert curl(address + "?query=SELECT%201") == (200, "1\n")
    assert curl(address, "-d", "SELECT 2") == (200, "2\n")
    assert curl(address + "?query=SELECT", "-d", "3") == (200, "3\n")


@needs_curl
def test_the_format_comes_from_the_query_or_a_parameter_or_a_header(address: str) -> None:
    assert curl(address, "-d", "SELECT 1 AS a, 'x' AS b FORMAT JSONEachRow") == (200, '{"a":1,"b":"x"}\n')
    assert curl(address + "?default_format=CSV", "-d", "SELECT 1, 'x'") == (200, '1,"x"\n')
    assert curl(address, "-H", "X-ClickHouse-Format: JSONEachRow", "-d", "SELECT 1 AS a") == (200, '{"a":1}\n')
    assert json.loads(curl(address, "-d", "SELECT 1 AS a FORMAT JSON")[1])["data"] == [{"a": 1}]


@needs_curl
@pytest.mark.parametrize(
    ("clause", "data"),
    [
        ("FORMAT CSV", b'1,"a",2025-07-12 18:07:00\n2,b,2025-07-12 18:08:00\n'),
        ("FORMAT TabSeparated", b"1\ta\t2025-07-12 18:07:00\n2\tb\t2025-07-12 18:08:00\n"),
        ("FORMAT JSONEachRow", b'{"id":1,"name":"a","at":1752343620}\n{"name":"b","id":2,"at":"2025-07-12 18:08:00"}'),
        ("VALUES", b"(1, 'a', 1752343620), (2, 'b', '2025-07-12 18:08:00')"),
        ("FORMAT Values", b"(1, 'a', 1752343620), (2, 'b', '2025-07-12 18:08:00');"),
    ],
)
def test_rows_go_in_from_the_command_line(address: str, table: str, clause: str, data: bytes) -> None:
    in_url = curl(
        f"{address}?query=INSERT%20INTO%20{table}%20{clause.replace(' ', '%20')}", "--data-binary", "@-", stdin=data
    )
    in_body = curl(address, "--data-binary", "@-", stdin=f"INSERT INTO {table} {clause}\n".encode() + data)
    assert (in_url, in_body) == ((200, ""), (200, ""))
    counted = curl(address, "-d", f"SELECT count(), sum(id), arraySort(groupUniqArray(name)), max(at) FROM {table}")
    assert counted == (200, "4\t6\t['a','b']\t2025-07-12 18:08:00\n")


@needs_curl
@pytest.mark.parametrize("coding", sorted(COMPRESS))
def test_a_compressed_body_is_an_insert_like_any_other(address: str, table: str, tmp_path: Path, coding: str) -> None:
    body = tmp_path / "body"
    body.write_bytes(COMPRESS[coding](f"INSERT INTO {table} FORMAT CSV\n".encode() + ROWS))
    sent = curl(address, "-H", f"Content-Encoding: {coding}", "--data-binary", f"@{body}")
    assert sent == (200, "")
    assert curl(address, "-d", f"SELECT count(), sum(id) FROM {table}") == (200, "5000\t12497500\n")


@needs_curl
def test_curl_gets_a_compressed_result_when_it_asks(address: str) -> None:
    query = "SELECT number FROM numbers(100000)"
    plain = curl(address, "-d", query)
    asked = f"{address}?enable_http_compression=1"
    assert curl(asked, "--compressed", "-d", query) == plain
    assert (
        "content-encoding: gzip"
        in curl(asked, "-i", "--compressed", "-H", "Accept-Encoding: gzip", "-d", "SELECT 1")[1]
    )


@needs_curl
def test_parameters_and_settings_come_in_the_url(address: str) -> None:
    assert curl(address + "?param_n=5&param_s=a%5Ctb", "-d", "SELECT {n:UInt8} + 1, {s:String}") == (200, "6\ta\\tb\n")
    assert curl(address + "?max_result_rows=1", "-d", "SELECT number FROM numbers(2)")[0] == 500


@needs_curl
def test_parameters_work_in_an_insert(address: str, table: str) -> None:
    sent = curl(
        address + f"?param_t={table}",
        "--data-binary",
        "@-",
        stdin=b"INSERT INTO {t:Identifier} FORMAT CSV\n1,a,2025-07-12 18:07:00",
    )
    assert sent == (200, "")
    assert curl(address, "-d", f"SELECT count() FROM {table}") == (200, "1\n")


@pytest.mark.parametrize("coding", ["", *sorted(COMPRESS)])
def test_a_response_is_coded_as_it_says(store: StoreProcess, coding: str) -> None:
    answer = store.ask(
        "SELECT number FROM numbers(300000)", headers={"Accept-Encoding": coding}, enable_http_compression="1"
    )
    decode = {"gzip": gzip.decompress, "deflate": zlib.decompress, "lz4": lz4.frame.decompress, "zstd": zstd.decompress}
    body = decode[coding](answer.body) if coding else answer.body
    assert answer.headers.get("content-encoding", "") == coding
    assert body.split() == [str(n).encode() for n in range(300_000)]


def test_a_response_is_plain_unless_compression_is_enabled(store: StoreProcess) -> None:
    answer = store.ask("SELECT 1", headers={"Accept-Encoding": "gzip"})
    assert (answer.body, "content-encoding" in answer.headers) == (b"1\n", False)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("SELEC 1", 400, 62),
        ("SELECT * FROM nothing", 404, 60),
        ("SELECT 1 FORMAT Nothing", 404, 73),
        ("SELECT throwIf(1)", 500, 395),
        ("INSERT INTO nothing FORMAT CSV", 404, 60),
        ("SELECT 1 INTO OUTFILE '/tmp/floodmark-outfile'", 500, 358),
        ("SELECT * FROM file('/etc/hostname', 'LineAsString')", 403, 497),
        ("CREATE TABLE x (a Int8) ENGINE = URL('http://127.0.0.1/', 'CSV')", 403, 497),
        ("", 400, 62),
        ("-- nothing", 400, 62),
        ("SELECT '\udcff", 400, 62),
    ],
)
def test_an_error_has_status_code_and_text_of_clickhouse(
    store: StoreProcess, query: str, status: int, code: int
) -> None:
    answer = store.ask(body=query.encode("utf-8", "surrogateescape") or b" ")
    assert (answer.status, answer.code) == (status, code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    assert not Path("/tmp/floodmark-outfile").exists()


def test_get_only_reads(store: StoreProcess, table: str) -> None:
    assert store.ask("SELECT 1", method="GET").text == "1\n"
    for query in (
        f"DROP TABLE {table}",
        f"INSERT INTO {table} VALUES (1, 'a', 0)",
        f"INSERT INTO {table} SELECT 1, '', 0",
    ):
        answer = store.ask(query, method="GET")
        assert (answer.status, answer.code) == (500, 164)
    assert store.rows(f"SELECT count() FROM {table}") == [[0]]


def test_a_user_may_say_who_it_is_in_three_ways(store: StoreProcess) -> None:
    at = store.at
    connection = http.client.HTTPConnection(at.host, at.port)
    ways: list[tuple[str, dict[str, str]]] = [
        ("/?query=SELECT%201", {"X-ClickHouse-User": "floodmark", "X-ClickHouse-Key": at.password}),
        (f"/?query=SELECT%201&user=reader&password={at.reader_password}", {}),
    ]
    for target, headers in ways:
        connection.request("GET", target, headers=headers)
        assert connection.getresponse().read() == b"1\n"
    wrong: list[tuple[str, dict[str, str]]] = [
        ("/?query=SELECT%201", {}),
        ("/?query=SELECT%201", {"X-ClickHouse-User": "floodmark", "X-ClickHouse-Key": at.reader_password}),
        ("/?query=SELECT%201&user=floodmark&password=no", {}),
        ("/?query=SELECT%201", {"Authorization": "Basic nonsense"}),
        ("/?query=SELECT%201", {"Authorization": "Bearer nonsense"}),
    ]
    for target, headers in wrong:
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        assert (response.status, response.headers["X-ClickHouse-Exception-Code"]) == (403, "516")
        assert b"Authentication failed" in response.read()
    connection.close()


@pytest.mark.parametrize(
    ("asked", "told"), [("a\r\nX-Evil: 1", r"a\r\nX-Evil: 1"), (" a\x00\x9b ", r"a\x00\x9b"), ("\u202ea", r"\u202ea")]
)
def test_an_id_that_no_header_can_hold_is_written_out(store: StoreProcess, asked: str, told: str) -> None:
    answer = store.ask("SELECT 1", query_id=asked)
    assert (answer.status, answer.headers["x-clickhouse-query-id"], answer.body) == (200, told, b"1\n")
    assert "x-evil" not in answer.headers


def test_a_response_says_what_was_done(store: StoreProcess, table: str) -> None:
    wrote = store.ask(f"INSERT INTO {table} FORMAT CSV", ROWS, query_id="my-id")
    summary = json.loads(wrote.headers["x-clickhouse-summary"])
    assert (summary["written_rows"], wrote.headers["x-clickhouse-query-id"]) == ("5000", "my-id")
    read = store.ask(f"SELECT id FROM {table} FORMAT CSV")
    summary = json.loads(read.headers["x-clickhouse-summary"])
    assert (summary["read_rows"], summary["result_rows"]) == ("5000", "5000")
    assert read.headers["x-clickhouse-format"] == "CSV"
    assert read.headers["content-type"].startswith("text/csv")
    assert read.headers["x-clickhouse-timezone"] == "UTC"


def test_a_body_above_the_limit_is_refused_before_it_is_sent(store: StoreProcess) -> None:
    connection = http.client.HTTPConnection(store.at.host, store.at.port)
    connection.putrequest("POST", f"/?user=floodmark&password={store.at.password}")
    connection.putheader("Content-Length", str(300 << 20))
    connection.endheaders()
    response = connection.getresponse()
    assert (response.status, response.headers["X-ClickHouse-Exception-Code"]) == (413, "307")
    connection.close()


def test_a_body_that_waits_on_disk_is_inserted_whole(store: StoreProcess, table: str) -> None:
    body = b"".join(b'%d,"%s",%s\n' % (n, b"x" * 200, AT) for n in range(60_000))
    assert len(body) > 12 << 20
    assert store.ask(f"INSERT INTO {table} FORMAT CSV", body).status == 200
    assert store.rows(f"SELECT count(), sum(id), min(length(name)) FROM {table}") == [[60_000, 1_799_970_000, 200]]


def test_what_is_not_served_is_refused_with_what_to_do(store: StoreProcess) -> None:
    own = store.ask("SELECT 1", compress="1")
    assert (own.code, "Content-Encoding" in own.text) == (344, True)
    brotli = store.ask(body=b"x", headers={"Content-Encoding": "br"})
    assert (brotli.status, brotli.code, "zstd" in brotli.text) == (501, 48, True)
    damaged = store.ask(body=b"x", headers={"Content-Encoding": "gzip"})
    assert (damaged.status, damaged.code) == (400, 271)


def test_ping_health_and_metrics_need_no_password(store: StoreProcess) -> None:
    def get(path: str) -> str:
        with urllib.request.urlopen(f"{store.at.url}{path}", timeout=DEADLINE_S) as response:
            return str(response.read().decode())

    assert get("/ping") == get("/") == "Ok.\n"
    assert json.loads(get("/healthz"))["healthy"] is True
    assert 'floodmark_store_queries_total{kind="insert",outcome="busy"} 0.0' in get("/metrics")


def test_every_query_is_counted_with_how_it_ended(store: StoreProcess) -> None:
    def counted() -> float:
        with urllib.request.urlopen(f"{store.at.url}/metrics", timeout=DEADLINE_S) as response:
            text = response.read().decode()
        return float(
            text.partition('floodmark_store_queries_total{kind="define",outcome="unknown_name"} ')[2].split()[0]
        )

    before = counted()
    store.ask("DROP TABLE nothing_there")
    wait_until(lambda: counted() == before + 1, "the query is counted")


def test_a_client_that_goes_away_frees_its_query(store: StoreProcess) -> None:
    connection = http.client.HTTPConnection(store.at.host, store.at.port)
    credentials = f"user=reader&password={store.at.reader_password}"
    connection.request("POST", f"/?{credentials}", b"SELECT number FROM numbers(1000000000) FORMAT RowBinary")
    assert len(connection.getresponse().read(1000)) == 1000
    connection.close()

    def alone() -> bool:
        return store.rows("SELECT count() FROM system.processes WHERE query LIKE '%numbers(1000000000)%RowBin%'") == [
            [1]
        ]

    wait_until(alone, "the query ends")
