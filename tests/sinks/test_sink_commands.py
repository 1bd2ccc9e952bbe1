"""`floodmark sink …` as people start it: what it refuses, what it says, and how it ends."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
from typer.testing import CliRunner, Result

from floodmark.cli import app
from schemas.topics import Topics
from sinks.clickhouse.migrations import migrations
from sinks.http.signature import verify
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.http_kit import receiving
from tests.sinks.kafka_kit import committed, everything, made, publish
from tests.sinks.sink_kit import alert_at
from tests.waiting import PATIENCE_S, until

SECRET = "a word that nobody guesses"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """The commands set up the logging of their process, which is ours here."""
    root, shape = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**shape)


def sink(*words: str) -> Result:
    return CliRunner().invoke(app, ["sink", *words])


def said(result: Result) -> str:
    """What it printed, in one line and without the frame of usage errors."""
    return " ".join(result.output.replace("│", " ").split())


@contextmanager
def nobody() -> Iterator[str]:
    """An address where nothing listens."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{silent.getsockname()[1]}"


@contextmanager
def running(
    folder: Path, *words: str, stdout: int = subprocess.DEVNULL, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A sink as a process that has announced itself; killed at the end of the block if it has not ended."""
    announce, log = folder / "announce.json", folder / "log"
    command = [sys.executable, "-m", "floodmark", "sink", *words, "--announce", str(announce)]
    env = {**os.environ, "FLOODMARK_STOP_WITHIN_S": str(PATIENCE_S), **environment}
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdout=stdout, stderr=errors, env=env) as process,
    ):
        try:
            until(lambda: announce.exists() or process.poll() is not None, "the sink announces itself")
            assert process.poll() is None, log.read_text()
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("jsonl",), "give --alerts FILE, --minutes FILE or both"),
        (("webhook",), "floodmark sink webhook: --url is missing"),
        (("webhook", "--url", "http://hooks.invalid/x"), "--allow-http permits http"),
        (("webhook", "--url", "https://me:word@hooks.invalid/x"), "must not hold a name and a password"),
        (("webhook", "--url", "https://127.0.0.1/x"), "Refused"),
        (("webhook", "--url", "https://hooks.invalid/x", "--secret-file", "gone"), "secret file cannot be read"),
        (
            ("webhook", "--url", "https://hooks.invalid/x", "--timeout", "0"),
            "--timeout: must be a number from 0.1 to 20; it is '0'",
        ),
        (("console", "--format", "xml"), "--format: must be one of text, json; it is 'xml'"),
        (("console", "--metrics-port", "99999"), "--metrics-port"),
        (("clickhouse", "--migrate-only", "--store-dsn", "clickhouse://h:port"), "Check the DSN"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_can(
    words: tuple[str, ...], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = sink(*words)
    assert result.exit_code == 2, result.output
    assert why in said(result)


def test_a_url_that_is_refused_is_not_shown() -> None:
    """Tokens are often part of it."""
    assert "token-in-path" not in sink("webhook", "--url", "http://hooks.invalid/token-in-path").output


def test_a_broker_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOODMARK_WAIT_FOR_BROKER_S", "0")
    with nobody() as address:
        result = sink("console", "--broker", address)
    assert result.exit_code == 3
    assert address in said(result)


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    result = sink("jsonl", "--alerts", str(tmp_path / "taken" / "alerts.jsonl"), "--broker", "127.0.0.1:1")
    assert result.exit_code == 1
    assert "taken" in said(result)


class TestMigrations:
    def test_are_listed_when_they_ran_and_there_is_nothing_to_do_the_second_time(self, empty_store: OnStore) -> None:
        words = ("clickhouse", "--migrate-only", "--store-dsn", empty_store.dsn)
        first, second = sink(*words), sink(*words)
        assert (first.exit_code, second.exit_code) == (0, 0)
        steps = ", ".join(f"{step.version} {step.name}" for step in migrations())
        assert steps.startswith("1 minutes, 2 alerts, 3 late, ")
        assert first.stdout.strip() == f"{empty_store.database}: {steps}"
        assert second.stdout.strip() == f"{empty_store.database}: nothing to do"
        assert {name for (name,) in empty_store.rows(f"SHOW TABLES FROM {empty_store.database}")} >= {
            "minutes",
            "alerts",
        }

    def test_need_a_store(self, tmp_path: Path) -> None:
        result = sink("clickhouse", "--migrate-only", "--data-dir", str(tmp_path))
        assert result.exit_code == 3
        assert f"no store answers for {tmp_path}" in said(result)
        assert "--data-dir" in said(result)


@pytest.mark.kafka
class TestOnKafka:
    def test_webhook_posts_signed_alerts_and_ends_in_order(self, kafka: str, topic_prefix: str, tmp_path: Path) -> None:
        topics = made(kafka, topic_prefix)
        record = alert_at(0)
        publish(kafka, topics.alerts, [(record.key, record.value)])
        flags = ("--broker", kafka, "--topic-prefix", topic_prefix, "--allow-http", "--allow-private")
        with (
            receiving() as receiver,
            running(
                tmp_path, "webhook", *flags,
                FLOODMARK_WEBHOOK_URL=receiver.url("/token"), FLOODMARK_WEBHOOK_SECRET=SECRET,
            ) as process,
        ):  # fmt: skip
            until(lambda: bool(receiver.requests), "a request")
            until(lambda: reached(kafka, topics, "webhook") == 1, "the commit")
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
        (request,) = receiver.requests
        assert request.path == "/token"
        assert json.loads(request.body)["data"]["incident_id"] == "incident-0"
        assert verify(SECRET.encode(), request.headers["x-floodmark-signature"], request.body, time.time())
        log = (tmp_path / "log").read_text()
        assert SECRET not in log
        assert "/token" not in log

    def test_a_webhook_without_a_secret_says_that_it_does_not_sign(
        self, kafka: str, topic_prefix: str, tmp_path: Path
    ) -> None:
        flags = ("--broker", kafka, "--topic-prefix", topic_prefix, "--url", "https://hooks.invalid/x")
        with running(tmp_path, "webhook", *flags):
            assert "webhook_unsigned" in (tmp_path / "log").read_text()

    def test_console_ends_when_nobody_reads_it_and_its_alerts_come_again(
        self, kafka: str, topic_prefix: str, tmp_path: Path
    ) -> None:
        topics = made(kafka, topic_prefix)
        flags = ("--broker", kafka, "--topic-prefix", topic_prefix, "--format", "json")
        with running(tmp_path, "console", *flags, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.close()
            publish(kafka, topics.alerts, [(r.key, r.value) for r in map(alert_at, range(3))])
            assert process.wait(PATIENCE_S) == 1
        assert "nobody reads the output any more" in (tmp_path / "log").read_text()
        assert "Traceback" not in (tmp_path / "log").read_text()
        assert reached(kafka, topics, "console") == 0
        (tmp_path / "again").mkdir()
        with running(tmp_path / "again", "console", *flags, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            told = [json.loads(process.stdout.readline())["incident_id"] for _ in range(3)]
        assert sorted(told) == ["incident-0", "incident-1", "incident-2"]

    def test_what_is_no_alert_is_put_aside_and_ctrl_c_ends_in_order(
        self, kafka: str, topic_prefix: str, tmp_path: Path
    ) -> None:
        topics = made(kafka, topic_prefix)
        publish(kafka, topics.alerts, [(b"k", b"noise")])
        with running(tmp_path, *jsonl(kafka, topic_prefix, tmp_path)) as process:
            until(lambda: reached(kafka, topics, "jsonl") == 1, "the commit")
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0
        assert (tmp_path / "alerts.jsonl").read_bytes() == b""
        (letter,) = everything(kafka, topics.dead_letters, 1)
        assert letter.value() == b"noise"

    def test_what_cannot_be_put_aside_ends_the_sink_without_a_commit(
        self, kafka: str, topic_prefix: str, tmp_path: Path
    ) -> None:
        topics = made(kafka, topic_prefix)
        narrow(kafka, topics.dead_letters)
        publish(kafka, topics.alerts, [(b"k", b"noise" * 100)])
        with running(tmp_path, *jsonl(kafka, topic_prefix, tmp_path)) as process:
            assert process.wait(PATIENCE_S) == 1
        log = (tmp_path / "log").read_text()
        assert f"1 refused records could not be put on {topics.dead_letters}" in log
        assert "Traceback" not in log
        assert reached(kafka, topics, "jsonl") == 0


def jsonl(kafka: str, prefix: str, folder: Path) -> tuple[str, ...]:
    return "jsonl", "--broker", kafka, "--topic-prefix", prefix, "--alerts", str(folder / "alerts.jsonl")


def narrow(kafka: str, topic: str) -> None:
    """From now on the topic takes records of 100 bytes at most."""
    entry = ConfigEntry("max.message.bytes", "100", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
    admin.incremental_alter_configs([resource])[resource].result(PATIENCE_S)


def reached(kafka: str, topics: Topics, name: str) -> int:
    """Up to where the sink has committed its alerts."""
    return sum(committed(kafka, topics.sink_group(name), topics.alerts, 1).values())
