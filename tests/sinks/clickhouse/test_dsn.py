"""Every part of a DSN is read, and what cannot be read is said in a sentence."""

from pathlib import Path
from typing import Any

import pytest

from floodmark.local.store.ask import asking
from floodmark.queries.ask import Unreachable
from runtime.ports import free_ports
from sinks.clickhouse.connection import Connection, StoreRefused
from sinks.clickhouse.dsn import OPTIONS, DsnError, parse
from tests.sinks.conftest import StoreProcess


def read(dsn: str) -> tuple[str, int, bool, str, str, str]:
    found = parse(dsn)
    return found.host, found.port, found.secure, found.username, found.password, found.database


@pytest.mark.parametrize(
    ("dsn", "parts"),
    [
        ("clickhouse://h", ("h", 8123, False, "", "", "")),
        ("clickhousedb://me:pw@h:9/db", ("h", 9, False, "me", "pw", "db")),
        ("http://:pw@h/", ("h", 8123, False, "default", "pw", "")),
        ("clickhouses://h/db", ("h", 8443, True, "", "", "db")),
        ("https://h:9", ("h", 9, True, "", "", "")),
        ("clickhouse://h/db?secure=true", ("h", 8443, True, "", "", "db")),
        ("clickhouse://h?secure=1&database=db", ("h", 8443, True, "", "", "db")),
        ("clickhouse://h/db?secure=off", ("h", 8123, False, "", "", "db")),
        ("clickhouse://m%40x:p%2F%23%3A@[::1]:9/d%2Fb", ("::1", 9, False, "m@x", "p/#:", "d/b")),
        (" clickhouse://h \n", ("h", 8123, False, "", "", "")),
    ],
)
def test_an_address_is_read(dsn: str, parts: tuple[str, int, bool, str, str, str]) -> None:
    assert read(dsn) == parts


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("verify=false", {"verify": False}),
        ("connect_timeout=3&send_receive_timeout=4", {"connect_timeout": 3, "send_receive_timeout": 4}),
        ("compress=zstd", {"compress": "zstd"}),
        ("compression=no", {"compress": False}),
        ("server_host_name=x&client_name=y", {"server_host_name": "x", "client_name": "y"}),
        ("http_proxy=http://p:1&https_proxy=p:2", {"http_proxy": "http://p:1", "https_proxy": "p:2"}),
        ("proxy_path=/click", {"proxy_path": "/click"}),
        (f"ca_cert={__file__}", {"ca_cert": __file__}),
        ("ca_cert=certifi", {"ca_cert": "certifi"}),
        (f"client_cert={__file__}&client_cert_key={__file__}", {"client_cert": __file__, "client_cert_key": __file__}),
    ],
)
def test_an_option_becomes_what_the_client_is_told(option: str, told: dict[str, Any]) -> None:
    place = parse(f"clickhouses://me:pw@h/db?{option}")
    assert dict(place.options) == told
    arguments = place.arguments(connect_timeout=5, query_retries=0)
    assert arguments.items() >= told.items()
    assert (arguments["interface"], arguments["username"], arguments["query_retries"]) == ("https", "me", 0)


@pytest.mark.parametrize(
    ("dsn", "told"),
    [
        ("", "begins with no scheme"),
        ("localhost:8123", "begins with localhost://"),
        ("tcp://h:9000", "begins with tcp://: write clickhouse://HOST:PORT/DATABASE, or clickhouses:// for TLS"),
        ("clickhouse://", "names no host"),
        ("clickhouse://me:hunter2@/db", "names no host"),
        ("clickhouse://me:hunter2@h:abc/db", "cannot be read"),
        ("clickhouse://me:hunter2@h:99999/db", "cannot be read"),
        ("clickhouse://me:hunter2@[::1/db", "cannot be read"),
        ("clickhouse://me:hunter#2@h/db", "# as %23"),
        ("clickhouse://me:hunter/2@h/db", "/ as %2F"),
        ("clickhouse://me@h/db#hunter", "write %23"),
        ("clickhouse://h/a/b", "more than one database"),
        ("clickhouses://h?secure=false", "write clickhouse:// for a server without TLS"),
        ("clickhouse://h?secure=maybe", "secure must be true or false"),
        ("clickhouse://h?verify=", "verify must be true or false"),
        ("clickhouse://h?secure=1&secure=1", "the option secure twice"),
        ("clickhouse://h?connect_timeout=abc", "connect_timeout must be whole seconds from 1 to 86400"),
        ("clickhouse://h?send_receive_timeout=0", "send_receive_timeout must be whole seconds"),
        ("clickhouse://h?connect_timeout=" + "9" * 5000, "connect_timeout must be whole seconds"),
        ("clickhouse://h?compress=brotli", "compress must be true, false or one of lz4"),
        ("clickhouse://h?ca_cert=/nowhere", "names a file that is not there: /nowhere"),
        (f"clickhouses://h?client_cert={__file__}", "has a client_cert and no user"),
        (f"clickhouse://me@h?client_cert={__file__}", "shown only over TLS"),
        ("clickhouse://h?client_name=", "client_name is empty"),
        ("clickhouse://h?password=hunter2", "name and password stand before the @. There are: secure, verify, ca_cert"),
        ("clickhouse://h?pool_mgr=x", "an option pool_mgr that is not known"),
    ],
)
def test_what_cannot_be_read_is_told_without_secrets(dsn: str, told: str) -> None:
    with pytest.raises(DsnError) as refused:
        parse(dsn)
    assert told in str(refused.value)
    assert "hunter" not in str(refused.value)
    with pytest.raises(StoreRefused) as by_the_sink:
        Connection(lambda: dsn).migrate()
    assert told in str(by_the_sink.value)
    with pytest.raises(Unreachable) as by_sql, asking(Path("nowhere"), dsn or "-"):
        pass
    assert by_sql.value.code == 2


def test_a_password_shows_in_no_repr() -> None:
    assert "hunter2" not in repr(parse("clickhouse://me:hunter2@h"))


VALUES = {
    "secure": "false",
    "verify": "true",
    "ca_cert": "certifi",
    "client_cert_key": __file__,
    "connect_timeout": "5",
    "send_receive_timeout": "30",
    "compress": "zstd",
    "compression": "lz4",
    "client_name": "a-test",
    "database": "default",
    "server_host_name": "127.0.0.1",
}
AWAY = {
    "client_cert": __file__,
    "http_proxy": "127.0.0.1:1",
    "https_proxy": "127.0.0.1:1",
    "proxy_path": "nowhere",
}
"""Options that lead elsewhere: what they do is seen by what does not answer."""


def test_every_option_is_tried() -> None:
    assert {*VALUES, *AWAY} == OPTIONS.keys()


@pytest.mark.parametrize("option", sorted(VALUES))
def test_the_store_is_reached_with_every_option(shared_store: StoreProcess, option: str) -> None:
    dsn = f"{shared_store.dsn('').rstrip('/')}?{option}={VALUES[option]}"
    with asking(Path("nowhere"), dsn) as ask:
        assert b"".join(ask("SELECT 1", "TSV", {})) == b"1\n"


@pytest.mark.parametrize("option", sorted(AWAY))
def test_a_way_that_leads_nowhere_is_told_in_a_sentence(shared_store: StoreProcess, option: str) -> None:
    secure = "&secure=true" if option in ("client_cert", "https_proxy") else ""
    with (
        pytest.raises(Unreachable, match=r"nobody answers at|refuses us|does not speak TLS|cannot be used") as told,
        asking(Path("nowhere"), f"{shared_store.dsn('')}?{option}={AWAY[option]}{secure}"),
    ):
        pass
    assert told.value.code == 3


def test_tls_to_a_server_without_it_is_told_in_a_sentence(shared_store: StoreProcess) -> None:
    with (
        pytest.raises(Unreachable, match=r"does not speak TLS\. Write clickhouse:// without secure=true"),
        asking(Path("nowhere"), f"{shared_store.dsn('floodmark')}?secure=true"),
    ):
        pass


def test_nobody_there_is_told_in_a_sentence() -> None:
    port = free_ports(1)[0]
    with (
        pytest.raises(Unreachable, match=rf"nobody answers at 127\.0\.0\.1:{port}\."),
        asking(Path("nowhere"), f"clickhouse://me:hunter2@127.0.0.1:{port}/db?secure=true&verify=false"),
    ):
        pass
