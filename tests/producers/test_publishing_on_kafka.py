import json
import subprocess
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition
from typer.testing import CliRunner

from floodmark.cli import app
from floodmark.settings import Settings
from producers.errors import PublishError
from producers.publisher import Publisher
from producers.rows import Row
from runtime.kafka.topics import describe, ensure_topics
from runtime.ports import free_ports
from schemas.codec import decode
from schemas.topics import Topics
from schemas.transaction import Punctuation, Transaction
from tests import warm
from tests.producers.rows_kit import SHARED, START_MS, stamp, written

PARTITIONS = 3


def found(broker: str, topic: str, partitions: int = PARTITIONS) -> dict[int, list[bytes]]:
    """Everything in a topic by partition."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "none", "enable.partition.eof": True, "log_level": 0})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
    values: dict[int, list[bytes]] = {number: [] for number in range(partitions)}
    running, deadline = set(values), time.monotonic() + 240
    try:
        while running:
            assert time.monotonic() < deadline, f"partitions {running} of {topic} did not end"
            for message in consumer.consume(5000, 0.2):
                error, partition = message.error(), message.partition()
                assert partition is not None
                if error is not None:
                    assert error.code() == KafkaError._PARTITION_EOF, error
                    running.discard(partition)
                else:
                    values[partition].append(message.value() or b"")
    finally:
        consumer.close()
    return values


def floodmark(*words: object) -> "subprocess.CompletedProcess[str]":
    with TemporaryDirectory() as folder:
        return warm.run([*map(str, words)], Path(folder), COLUMNS="200")


@pytest.fixture
def closed_port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def topic(kafka: str, topic_prefix: str) -> str:
    topics = Topics(topic_prefix)
    ensure_topics(kafka, topics.specs(PARTITIONS)[:1], replication=1)
    return topics.transactions


@pytest.mark.kafka
def test_rows_take_turns_over_the_partitions_and_are_transactions(kafka: str, topic: str) -> None:
    publisher = Publisher(kafka, topic, PARTITIONS)
    rows = [Row(START_MS + i, i, "denied", "51", "shop-a", 100) for i in range(7)]
    assert [publisher.publish(row, number) for number, row in enumerate(rows)] == [True] * 7
    publisher.flush()
    assert publisher.delivered == 7
    values = found(kafka, topic)
    assert {p: [json.loads(v)["count"] for v in vs] for p, vs in values.items()} == {0: [0, 3, 6], 1: [1, 4], 2: [2, 5]}
    record = decode(Transaction, values[0][0])
    assert (record.timestamp, record.count, record.status) == (START_MS, 0, "denied")
    assert (record.auth_code, record.scope, record.amount) == ("51", "shop-a", 100)


@pytest.mark.kafka
def test_only_what_is_set_is_on_the_wire(kafka: str, topic: str) -> None:
    publisher = Publisher(kafka, topic, PARTITIONS)
    publisher.publish(Row(START_MS, 3, None, "00"), 0)
    publisher.flush()
    assert found(kafka, topic)[0] == [b'{"timestamp":%d,"count":3,"auth_code":"00"}' % START_MS]


@pytest.mark.kafka
def test_a_punctuation_lies_in_every_partition(kafka: str, topic: str) -> None:
    publisher = Publisher(kafka, topic, PARTITIONS)
    publisher.punctuate(START_MS)
    publisher.flush()
    marks = [[decode(Punctuation, value).punctuation for value in values] for values in found(kafka, topic).values()]
    assert marks == [[START_MS]] * PARTITIONS


@pytest.mark.kafka
def test_records_that_the_broker_refuses_are_an_error_with_their_number_and_reason(kafka: str, topic: str) -> None:
    publisher = Publisher(kafka, topic, PARTITIONS + 1)

    def publish_four() -> None:
        for number in range(4):
            publisher.publish(Row(START_MS, 1, "approved"), number)
        publisher.flush()

    with pytest.raises(PublishError, match=r"1 of 4 records were not delivered .* partition"):
        publish_four()


def test_records_that_no_broker_takes_are_an_error_and_a_full_queue_can_be_given_up(closed_port: int) -> None:
    few = {"queue.buffering.max.messages": 10}
    publisher = Publisher(f"127.0.0.1:{closed_port}", "t", 1, few, given_up=lambda: True)
    sent = [publisher.publish(Row(START_MS, 1, "approved"), number) for number in range(11)]
    assert sent == [True] * 10 + [False]
    with pytest.raises(PublishError, match="10 of 10 records have not been acknowledged"):
        publisher.flush(0.1)


@pytest.mark.kafka
def test_the_command_makes_the_topic_publishes_the_file_and_punctuates(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    lines = [f"{stamp(START_MS + (i // 2) * 60_000)},{('approved', 'denied')[i % 2]},{i}" for i in range(20)]
    path = written(tmp_path, "a.csv", "timestamp,status,count", *lines, "bad,approved,1")
    flags = ("--broker", kafka, "--topic-prefix", topic_prefix, "--partitions", PARTITIONS)
    refused = floodmark("replay", path, *flags)
    assert (refused.returncode, "line 22" in refused.stderr) == (2, True), refused.stderr
    assert Topics(topic_prefix).transactions not in describe(kafka), "a bad file makes no topic"

    done = floodmark("replay", path, *flags, "--skip-bad", "--explode")
    assert done.returncode == 0, done.stderr
    assert "191 records (190 transactions) from 2025-07-12 13:45:00 UTC to 2025-07-12 13:54:" in done.stderr
    assert "1 bad rows left out" in done.stderr
    sums: Counter[tuple[int, str]] = Counter()
    for values in found(kafka, Topics(topic_prefix).transactions).values():
        records: list[dict[str, Any]] = [json.loads(value) for value in values]
        assert records.pop() == {"punctuation": START_MS + 600_000}
        times = [record["timestamp"] for record in records]
        assert times == sorted(times)
        for record in records:
            sums[(record["timestamp"] - START_MS) // 60_000, record["status"]] += record["count"]
    assert sums == {(i // 2, ("approved", "denied")[i % 2]): i for i in range(20)}


@pytest.mark.kafka
def test_simulated_traffic_that_is_published_ends_now(kafka: str, topic_prefix: str) -> None:
    flags = ("--broker", kafka, "--topic-prefix", topic_prefix, "--partitions", PARTITIONS)
    before_ms = time.time() * 1000
    done = floodmark("simulate", "--publish", "--days", 0.02, *flags)
    assert done.returncode == 0, done.stderr
    values = found(kafka, Topics(topic_prefix).transactions)
    records = [json.loads(value) for part in values.values() for value in part]
    marks = {record["punctuation"] for record in records if "punctuation" in record}
    assert len(marks) == 1
    assert before_ms - 60_000 < marks.pop() <= time.time() * 1000
    assert {record.get("status") for record in records} >= {"approved", "denied"}


@pytest.mark.story
@pytest.mark.kafka
@pytest.mark.skipif(not SHARED.is_dir(), reason="the challenge's files are not at ../shared/data")
def test_the_challenge_exploded_is_on_the_topic_to_the_last_transaction(kafka: str, topic_prefix: str) -> None:
    flags = ("--broker", kafka, "--topic-prefix", topic_prefix, "--partitions", PARTITIONS)
    done = floodmark("replay", SHARED / "transactions.csv", "--explode", *flags)
    assert done.returncode == 0, done.stderr
    sums: Counter[str] = Counter()
    for values in found(kafka, Topics(topic_prefix).transactions).values():
        for value in values[:-1]:
            record = json.loads(value)
            sums[record["status"]] += record["count"]
    assert sums.total() == 544_320
    assert sums["denied"] == 29_957


@pytest.mark.parametrize("words", [("replay", "--sample"), ("simulate", "--publish", "--days", "0.01")])
def test_a_broker_that_does_not_answer_is_said_in_one_sentence(
    words: tuple[str, ...], closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings().reached_within_s <= 10, "what is waited for unless somebody asks for less"
    monkeypatch.setenv("FLOODMARK_REACHED_WITHIN_S", "0.5")
    done = floodmark(*words, "--broker", f"127.0.0.1:{closed_port}")
    assert (done.returncode, done.stdout) == (3, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert f"No Kafka answers at 127.0.0.1:{closed_port}" in done.stderr


@pytest.mark.parametrize(
    "words", [("replay",), ("replay", "x.csv", "--speed", "0"), ("replay", "x.csv", "--date", "1 May"), ("simulate",)]
)
def test_options_of_producers_that_make_no_sense_are_wrong_usage(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, words).exit_code == 2


@pytest.mark.kafka
def test_a_file_that_is_published_twice_is_refused_and_one_that_the_stream_has_left_behind_is_told_before_and_after(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    flags = ("--broker", kafka, "--topic-prefix", topic_prefix, "--partitions", PARTITIONS)
    new, old = tmp_path / "new.csv", tmp_path / "old.csv"
    new.write_text("timestamp,status,count\n2025-07-12 12:00:00,approved,1\n")
    old.write_text("timestamp,status,count\n2025-07-12 11:00:00,approved,1\n2025-07-12 11:01:00,denied,1\n")
    first = floodmark("replay", new, *flags)
    assert (first.returncode, "Warning" in first.stderr) == (0, False), first.stderr
    again = floodmark("replay", new, *flags)
    assert again.returncode == 2
    assert "published into this topic before: new.csv on " in again.stderr
    assert "--again publishes them all the same" in again.stderr
    assert sum(map(len, found(kafka, Topics(topic_prefix).transactions).values())) == 1 + PARTITIONS
    insisted = floodmark("replay", new, *flags, "--again")
    assert insisted.returncode == 0, insisted.stderr
    assert sum(map(len, found(kafka, Topics(topic_prefix).transactions).values())) == 2 * (1 + PARTITIONS)
    behind = floodmark("replay", old, *flags)
    assert behind.returncode == 0
    before, _, after = behind.stderr.partition("published in ")
    assert "all of them come too late to be counted" in before
    assert "--rebase now moves them" in before
    assert "2 of them came too late to be counted" in after
    new.write_text("timestamp,status,count\n2025-07-12 12:05:00,approved,1\n")
    more = floodmark("replay", new, *flags, "--no-punctuation")
    assert "The minute 12:05 is open: it waits for an event of 12:06:05 or later" in more.stderr
