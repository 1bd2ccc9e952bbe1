"""A proxy that the environment names cannot reach this machine's loopback: nothing here goes to it."""

import pytest

from floodmark.local.up.store_client import connect
from runtime.ports import free_ports
from tests.floodmark.local.store.store_kit import StoreProcess, run


@pytest.fixture(params=["HTTP_PROXY", "http_proxy"])
def dead_proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(request.param, f"http://127.0.0.1:{free_ports(1)[0]}")


@pytest.mark.usefixtures("dead_proxy")
def test_up_and_doctor_reach_the_store(store: StoreProcess) -> None:
    with connect(store.data_dir) as client:
        assert client.query("SELECT 1").result_rows == [(1,)]


@pytest.mark.usefixtures("dead_proxy")
def test_sql_reaches_the_store(store: StoreProcess) -> None:
    done = run("sql", "SELECT 41 + 1 AS n", "--format", "csv", "--data-dir", str(store.data_dir))
    assert (done.returncode, done.stdout) == (0, '"n"\n42\n')
