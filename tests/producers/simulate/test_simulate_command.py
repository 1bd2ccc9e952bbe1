"""`floodmark simulate`: what it refuses, and what it publishes."""

import json
import socket
from collections import Counter
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from typer.testing import CliRunner, Result

from floodmark.cli import app
from producers.files.csv_rows import RowFiles
from producers.simulate.files import AUTH_CODES, TRANSACTIONS
from runtime.kafka.topics import describe
from schemas.codec import decode
from schemas.topics import Topics
from schemas.transaction import Punctuation, Transaction

SHORT = ("--seed", "5", "--days", "0.02", "--rate", "30")
MINUTES = 29


def simulate(*words: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *words])


def published(broker: str, topic: str) -> tuple[list[Transaction], list[Punctuation]]:
    """All records of a topic, decoded as strictly as its readers do."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "none", "log_level": 0})
    transactions: list[Transaction] = []
    punctuations: list[Punctuation] = []
    try:
        for number in range(describe(broker)[topic].partitions):
            _, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=120)
            consumer.assign([TopicPartition(topic, number, 0)])
            for _ in range(high):
                record = consumer.poll(120)
                assert record is not None
                value = record.value()
                assert value is not None
                if b'"punctuation"' in value:
                    punctuations.append(decode(Punctuation, value))
                else:
                    transactions.append(decode(Transaction, value))
    finally:
        consumer.close()
    return transactions, punctuations


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "--publish"),
        (("--publish", "--out", "x"), "--publish"),
        (("--out", "x", "--incident", "denied_99@2025-03-03T10:15+20"), "denied_51"),
        (("--out", "x", "--incident", "denied_51@2024-03-03T10:15+20"), "outside"),
        (
            ("--out", "x", "--start", "yesterday"),
            "--start: must be an instant such as 2025-07-12T18:00 (UTC); it is 'yesterday'",
        ),
        (("--out", "x", "--start", "1999-12-31T00:00"), "2000 to 2099"),
        (("--out", "x", "--start", "2025-03-03T00:00:30"), "whole minute"),
        (("--out", "x", "--rate", "0"), "rate"),
        (("--out", "x", "--dispersion", "0.5"), "dispersion"),
        (("--out", "x", "--scopes", "a=x"), "shop-a=3"),
        (("--out", "x", "--days", "0.1", "--incidents", "5"), "fewer"),
        (("--publish", "--speed", "0"), "above 0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would(
    words: tuple[str, ...], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = simulate(*words)
    assert result.exit_code == 2, result.output
    assert why in " ".join(result.output.replace("│", " ").split())
    assert not Path("x").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    result = simulate("--out", str(taken), *SHORT)
    assert result.exit_code == 1
    assert "taken" in result.output


def test_a_broker_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOODMARK_REACHED_WITHIN_S", "0.5")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        result = simulate("--publish", "--broker", address, *SHORT)
    assert result.exit_code == 3
    assert address in result.output


@pytest.mark.kafka
@pytest.mark.parametrize("more", [(), ("--explode",)], ids=["rows", "single transactions"])
def test_what_is_published_is_what_would_be_written(
    kafka: str, topic_prefix: str, tmp_path: Path, more: tuple[str, ...]
) -> None:
    start = ("--start", "2025-03-03T12:00", "--incident", "denied_51@2025-03-03T12:10+5")
    assert simulate("--out", str(tmp_path), *SHORT, *start).exit_code == 0
    flags = ("--broker", kafka, "--topic-prefix", topic_prefix, "--partitions", "3")
    result = simulate("--publish", *flags, *SHORT, *start, *more)
    assert result.exit_code == 0, result.output
    transactions, punctuations = published(kafka, Topics(topic_prefix).transactions)
    counts, amounts = Counter[tuple[int, str]](), Counter[str]()
    for one in transactions:
        assert isinstance(one.timestamp, int)
        key = one.status or f"code {one.auth_code}"
        counts[one.timestamp // 60_000, key] += one.count
        amounts[key] += one.amount or 0
    wanted, sums = Counter[tuple[int, str]](), Counter[str]()
    for row in RowFiles([tmp_path / TRANSACTIONS, tmp_path / AUTH_CODES]):
        key = row.status or f"code {row.auth_code}"
        wanted[row.timestamp_ms // 60_000, key] += row.count
        sums[key] += row.amount or 0
    assert counts == wanted
    assert amounts == sums
    assert not more or {one.count for one in transactions} == {1}
    # The end closes the last minute at once, in every partition.
    assert [one.punctuation // 60_000 for one in punctuations] == [max(minute for minute, _ in wanted) + 1] * 3


@pytest.mark.kafka
def test_without_a_start_the_traffic_ends_now_and_nothing_is_ahead_of_the_clock(kafka: str, topic_prefix: str) -> None:
    flags = ("--broker", kafka, "--topic-prefix", topic_prefix, "--partitions", "1")
    result = simulate("--publish", *flags, *SHORT)
    assert result.exit_code == 0, result.output
    name = Topics(topic_prefix).transactions
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "none", "log_level": 0})
    try:
        _, high = consumer.get_watermark_offsets(TopicPartition(name, 0), timeout=120)
        consumer.assign([TopicPartition(name, 0, 0)])
        at_ms = sent_ms = 0
        minutes = set()
        for _ in range(high - 1):
            record = consumer.poll(120)
            assert record is not None
            value, (_, sent_ms) = record.value(), record.timestamp()
            assert value is not None
            at_ms = json.loads(value)["timestamp"]
            minutes.add(at_ms // 60_000)
            assert at_ms <= sent_ms
    finally:
        consumer.close()
    assert max(minutes) - min(minutes) + 1 == MINUTES
    assert sent_ms - at_ms < 3 * 60_000
