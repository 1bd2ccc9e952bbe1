import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner, Result

from floodmark.cli import app
from runtime.kafka.topics import ensure_topics
from schemas.codec import alert_record, minute_record
from schemas.minute import Minute, Verdict
from schemas.topics import Topics
from tests.floodmark.local.up.alert_kit import NOON_MS, alert
from tests.paths import ROOT

pytestmark = pytest.mark.kafka


def minute(number: int, key: str, verdict: Verdict = "normal") -> tuple[bytes, bytes]:
    return minute_record(
        Minute(
            minute=NOON_MS + 60_000 * number, scope="all", dimension="status", key=key, count=3, total=9, share=1 / 3,
            low=1.0, high=5.0, verdict=verdict,
        )
    )  # fmt: skip


@pytest.fixture
def told(embedded: str, topic_prefix: str) -> list[str]:
    """A cluster with two alerts and four minutes, and what has to be typed to look there."""
    topics = Topics(topic_prefix)
    ensure_topics(embedded, topics.specs(2), replication=1)
    publish(
        embedded,
        topics.alerts,
        alert_record(alert("old", 0)),
        (b"x", b"rubbish"),
        alert_record(alert("new", 5, scope="shop")),
    )
    publish(
        embedded,
        topics.minutes,
        minute(2, "denied", "critical"),
        minute(0, "denied"),
        minute(1, "failed"),
        (b"x", b"{"),
    )
    return ["--broker", embedded, "--topic-prefix", topic_prefix]


def publish(broker: str, topic: str, *records: tuple[bytes, bytes]) -> None:
    producer = Producer({"bootstrap.servers": broker})
    for key, value in records:
        producer.produce(topic, value, key)
    assert producer.flush(120) == 0


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_the_last_ones_come_in_order_of_time_whatever_partition_they_are_in(told: list[str]) -> None:
    result = run("tail", "alerts", "--no-follow", "--json", *told)
    assert (result.exit_code, [json.loads(line)["incident_id"] for line in result.stdout.splitlines()]) == (
        0,
        ["old", "new"],
    )
    result = run("tail", "minutes", "--no-follow", "--json", "--last", "2", *told)
    assert [json.loads(line)["minute"] - NOON_MS for line in result.stdout.splitlines()] == [60_000, 120_000]


def test_only_what_is_wanted_comes(told: list[str]) -> None:
    assert "old" not in run("tail", "alerts", "--no-follow", "--scope", "SHOP", *told).stdout
    said = run("tail", "minutes", "--no-follow", "--key", "denied", "--verdict", "normal", *told).stdout
    assert said == "2025-07-12 12:00 UTC normal     all/status  denied=3  expected 1 to 5  share 33.33 %\n"


def test_a_topic_that_is_not_there_is_named(embedded: str) -> None:
    result = run("tail", "alerts", "--broker", embedded, "--topic-prefix", "nobody-")
    assert result.exit_code == 2
    assert "There is no topic nobody-alerts" in result.stderr


def ignore_ctrl_c() -> None:
    """What a shell does to what it starts in the background."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def test_what_is_said_later_is_printed_until_ctrl_c(embedded: str, topic_prefix: str, told: list[str]) -> None:
    words = [sys.executable, "-m", "floodmark", "tail", "alerts", "--last", "1", *told]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env=environment, cwd=Path(ROOT), preexec_fn=ignore_ctrl_c
    ) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        assert "shop/status" in first
        publish(embedded, Topics(topic_prefix).alerts, alert_record(alert("later", 9, key="failed")))
        seen = first
        while "failed=5" not in seen:
            line = child.stdout.readline()
            assert line
            seen += line
        child.send_signal(signal.SIGINT)
        try:
            assert child.wait(120) == 0
        finally:
            child.kill()


def test_top_draws_the_latest_minute_against_what_is_expected_and_the_incidents(told: list[str]) -> None:
    result = CliRunner().invoke(app, ["top", "--once", *told], env={"COLUMNS": "120", "LINES": "30"})
    assert result.exit_code == 0
    assert "BLIND: nothing received for" in result.stdout
    assert "expected" in result.stdout
    assert "Open incidents: 2" in result.stdout
    assert "reversed in shop" in result.stdout
