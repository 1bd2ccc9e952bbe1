"""A batch that unpacks to more than a client takes: told, passed over, and what lies beside it is counted."""

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from runtime.kafka.batches import GZIP, LZ4, SNAPPY
from runtime.kafka.topic_settings import topic_settings
from tests.pipeline import files
from tests.pipeline.conftest import Install
from tests.pipeline.files import MINUTE_MS, Row
from tests.pipeline.installation import Installation, Worker, installed
from tests.pipeline.raw_batches import packed_batch, publish_raw, zstd_batch
from tests.services import unique_prefix
from tests.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
PARTITIONS = 2
ROWS = [Row(NOON_MS + minute * MINUTE_MS, "status", "approved", 60) for minute in range(3)]
RECORDS = 150
FEW: dict[str, Any] = {"partitions": PARTITIONS, "FLOODMARK_PARTITIONS": str(PARTITIONS)}


@dataclass(frozen=True)
class Seen:
    """What is there after a worker has met such batches.

    Args:
        made: The installation, drained.
        firsts: Topic and first offset of each that lay in an input; all are in partition 0.
        metrics: What the worker that met those counted.
        recovered: What the next one counted, that met one in each changelog; it is still alive.
    """

    made: Installation
    firsts: list[tuple[str, int]]
    metrics: str
    recovered: str


def metrics_of(worker: Worker) -> str:
    with urllib.request.urlopen(f"{worker.metrics}/metrics", timeout=PATIENCE_S) as answer:
        return str(answer.read().decode())


@pytest.fixture(scope="module")
def seen(kafka: str) -> Iterator[Seen]:
    bomb = zstd_batch([bytes(1_000_000)] * RECORDS)
    assert len(bomb) < 10_000
    with installed(kafka, unique_prefix(), partitions=PARTITIONS, FLOODMARK_PARTITIONS=str(PARTITIONS)) as made:
        topics = made.topics
        firsts = [(topics.partials, publish_raw(kafka, topics.partials, 0, bomb))]
        for row in ROWS:
            made.publish(files.exploded([row]), PARTITIONS)
            firsts.append((topics.transactions, publish_raw(kafka, topics.transactions, 0, bomb)))
        made.punctuate(files.end_ms(ROWS), PARTITIONS)
        worker = made.worker().ready()
        made.drain()
        metrics = metrics_of(worker)
        assert worker.stop() == 0
        for table in ("counts", "judgements"):
            publish_raw(kafka, topics.changelog(table), 0, bomb)
        made.publish(files.exploded(ROWS[-1:]), PARTITIONS)
        made.punctuate(files.end_ms(ROWS), PARTITIONS)
        worker = made.worker().ready()
        made.drain()
        yield Seen(made, firsts, metrics, metrics_of(worker))


def test_what_lies_beside_them_is_counted(seen: Seen) -> None:
    assert seen.made.counts() == files.counts([*ROWS, ROWS[-1]])


def test_each_is_a_dead_letter_that_names_its_offsets(seen: Seen) -> None:
    letters = {
        (told["floodmark-topic"].decode(), int(told["floodmark-offset"])): told
        for told in (letter.headers for letter in seen.made.dead())
    }
    assert sorted(letters) == sorted(seen.firsts)
    for (_, first), told in letters.items():
        assert told["floodmark-reason"] == b"unreadable_batch"
        assert f"offsets {first} to {first + RECORDS - 1}, {RECORDS} records" in told["floodmark-detail"].decode()


def test_their_records_are_counted_as_put_aside(seen: Seen) -> None:
    records = len(seen.firsts) * RECORDS
    assert f'floodmark_worker_discarded_records_total{{reason="unreadable_batch"}} {records:.1f}' in seen.metrics


def test_those_in_changelogs_are_counted_as_no_state(seen: Seen) -> None:
    assert f'floodmark_worker_discarded_records_total{{reason="not_state"}} {2 * RECORDS:.1f}' in seen.recovered


@pytest.mark.parametrize("codec", [GZIP, LZ4, SNAPPY])
def test_so_it_is_with_other_codecs_where_batches_are_looked_at_before(install: Install, codec: int) -> None:
    first, letters = met(install(**FEW, FLOODMARK_LOOK_AHEAD="true"), codec)
    (told,) = letters
    assert told["floodmark-reason"] == b"unreadable_batch"
    assert int(told["floodmark-offset"]) == first
    detail = told["floodmark-detail"].decode()
    assert f"offsets {first} to {first + RECORDS - 1}, {RECORDS} records" in detail
    assert "it unpacks to as much as 14" in detail, "some MB more than 143"


def test_else_what_a_client_can_unpack_is_read_and_put_aside_record_by_record(install: Install) -> None:
    first, letters = met(install(**FEW), GZIP)
    assert sorted(int(told["floodmark-offset"]) for told in letters) == [first + n for n in range(RECORDS)]
    assert {told["floodmark-reason"] for told in letters} == {b"not_json"}


def met(made: Installation, codec: int) -> tuple[int, list[dict[str, bytes]]]:
    """The offset of such a batch between good records, all of which are counted, and the dead letters."""
    topic = made.topics.transactions
    # Snappy cannot pack so much into what a topic takes by default.
    let_be_long(made.address, topic, 32_000_000)
    made.publish(files.exploded(ROWS[:1]), PARTITIONS)
    first = publish_raw(made.address, topic, 0, packed_batch([bytes(1_000_000)] * RECORDS, codec))
    made.publish(files.exploded(ROWS[1:]), PARTITIONS)
    made.punctuate(files.end_ms(ROWS), PARTITIONS)
    worker = made.worker().ready()
    made.drain()
    assert made.counts() == files.counts(ROWS)
    assert worker.child.poll() is None
    return first, [letter.headers for letter in made.dead()]


def let_be_long(address: str, topic: str, size: int) -> None:
    """Let batches of the topic be so many bytes long."""
    name = "max.message.bytes"
    entry = ConfigEntry(name, str(size), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": address})
    admin.incremental_alter_configs([resource])[resource].result(timeout=60)
    until(lambda: topic_settings(address, [topic])[topic][name] == str(size), "the topic takes long batches")
