import io
import json
import logging
import socket
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog
from prometheus_client import CollectorRegistry, Counter

from runtime import http_health, logs
from runtime.ports import ListenError, free_ports


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_metrics_show_the_registry() -> None:
    registry = CollectorRegistry()
    Counter("records", "Records.", registry=registry).inc(3)
    with http_health.serve("127.0.0.1", 0, lambda: (True, "ok"), registry) as server:
        assert "records_total 3.0" in fetch(f"{server.url}/metrics")[1]


def test_health_is_200_with_its_reason() -> None:
    with http_health.serve("127.0.0.1", 0, lambda: (True, "the loop turns")) as server:
        status, body = fetch(f"{server.url}/healthz")
    assert status == 200
    assert json.loads(body) == {"healthy": True, "reason": "the loop turns"}


def test_illness_is_503_with_its_reason() -> None:
    with http_health.serve("127.0.0.1", 0, lambda: (False, "no commit for 60 s")) as server:
        status, body = fetch(f"{server.url}/healthz")
    assert status == 503
    assert json.loads(body)["reason"] == "no commit for 60 s"


def test_a_health_function_that_raises_is_unhealthy() -> None:
    def broken() -> tuple[bool, str]:
        raise RuntimeError("token=secret")

    with http_health.serve("127.0.0.1", 0, broken) as server:
        status, body = fetch(f"{server.url}/healthz")
    assert status == 503
    assert "RuntimeError" in body
    assert "secret" not in body


def test_other_paths_are_not_found() -> None:
    with http_health.serve("127.0.0.1", 0, lambda: (True, "")) as server:
        assert fetch(f"{server.url}/etc/passwd")[0] == 404


def test_a_closed_server_frees_its_port() -> None:
    (port,) = free_ports(1)
    http_health.serve("127.0.0.1", port, lambda: (True, "")).close()
    with http_health.serve("127.0.0.1", port, lambda: (True, "")) as again:
        assert again.port == port


def test_connections_that_send_nothing_keep_nobody_out() -> None:
    with http_health.serve("127.0.0.1", 0, lambda: (True, "ok")) as server, ExitStack() as held:
        halves = [
            socket.create_connection(("127.0.0.1", server.port), timeout=60)
            for _ in range(3 * http_health.MAX_CONNECTIONS)
        ]
        for half in halves:
            held.enter_context(half).sendall(b"GET /heal")
        assert fetch(f"{server.url}/healthz")[0] == 200
        assert {half.recv(1) for half in halves[: 2 * http_health.MAX_CONNECTIONS]} == {b""}


def test_the_announcement_is_whole_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "run" / "sink.json"
    http_health.announce(path, "http://127.0.0.1:1", role="sink")
    told = json.loads(path.read_text())
    assert told["metrics"] == "http://127.0.0.1:1"
    assert told["pid"] > 0
    assert told["role"] == "sink"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.usefixtures("restored_logging")
class TestLogs:
    def test_structlog_and_logging_both_come_out_as_json_lines(self) -> None:
        out = io.StringIO()
        logs.configure("info", stream=out)
        structlog.get_logger("sinks").info("wrote", records=3)
        logging.getLogger("faust").warning("slow %s", "poll")
        first, second = (json.loads(line) for line in out.getvalue().splitlines())
        assert (first["event"], first["records"], first["level"]) == ("wrote", 3, "info")
        assert first["logger"] == "sinks"
        assert (second["event"], second["logger"]) == ("slow poll", "faust")

    def test_quieter_events_than_the_level_are_dropped(self) -> None:
        out = io.StringIO()
        logs.configure("warning", stream=out)
        structlog.get_logger().info("quiet")
        logging.getLogger("any").info("quiet")
        assert out.getvalue() == ""

    def test_passwords_in_urls_are_masked_also_in_tracebacks(self) -> None:
        out = io.StringIO()
        logs.configure("info", stream=out)
        try:
            raise ConnectionError("cannot reach http://user:hunter2@127.0.0.1:8123/db")
        except ConnectionError as error:
            structlog.get_logger().exception("store_down", dsn="clickhouse://u:hunter2@h/x", error=error)
        assert "hunter2" not in out.getvalue()
        assert "clickhouse://***@h/x" in out.getvalue()

    def test_a_second_configuration_does_not_double_the_lines(self) -> None:
        out = io.StringIO()
        logs.configure("info", stream=out)
        logs.configure("info", stream=out)
        structlog.get_logger().info("once")
        assert len(out.getvalue().splitlines()) == 1


def test_a_port_that_is_taken_is_one_sentence_with_the_remedy() -> None:
    with (
        http_health.serve("127.0.0.1", 0, lambda: (True, "well"), CollectorRegistry()) as first,
        pytest.raises(ListenError, match=rf"127\.0\.0\.1 port {first.port} cannot be had.*--metrics-port"),
    ):
        http_health.serve("127.0.0.1", first.port, lambda: (True, "well"), CollectorRegistry())
