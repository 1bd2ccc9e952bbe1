"""A batch that nobody can unpack, on a topic that a sink reads: it is told and passed, what lies beside it is taken."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runtime.kafka.batches import GZIP, LZ4, ZSTD
from runtime.kafka.offsets import Offsets
from schemas.codec import alert_record
from schemas.dead_letter import DeadLetter
from sinks.jsonl.destination import JsonLines
from sinks.live.feed import LiveReader
from sinks.live.incident import IncidentReader
from tests.pipeline.raw_batches import packed_batch, publish_raw
from tests.sinks.kafka_kit import PARTITIONS, Keeping, committed, everything, publish
from tests.sinks.sink_kit import alert
from tests.sinks.test_sinks_on_kafka import Installation
from tests.waiting import until

pytestmark = pytest.mark.kafka
RECORDS = 150


@pytest.fixture
def on_kafka(kafka: str, topic_prefix: str) -> Iterator[Installation]:
    made = Installation(kafka, topic_prefix)
    yield made
    made.close()


def with_a_bomb(on_kafka: Installation, codec: int) -> int:
    """A batch that unpacks to 150 MB between two good records; its first offset."""
    address, topic = on_kafka.address, on_kafka.topics.minutes
    publish(address, topic, [(b"a", b"first")], 1)
    first = publish_raw(address, topic, 1, packed_batch([bytes(1_000_000)] * RECORDS, codec))
    publish(address, topic, [(b"a", b"last")], 1)
    return first


def test_a_sink_goes_on_behind_a_batch_that_nobody_can_unpack(on_kafka: Installation) -> None:
    first = with_a_bomb(on_kafka, ZSTD)
    address, topics, target = on_kafka.address, on_kafka.topics, Keeping()
    sink = on_kafka.sink(target)
    until(lambda: b"last" in target.values, "what lies behind it is written")
    until(lambda: committed(address, on_kafka.group, topics.minutes, PARTITIONS)[1] == first + RECORDS + 1, "committed")
    sink.join()
    assert target.values == [b"first", b"last"]
    (letter,) = everything(address, topics.dead_letters, 1)
    told = DeadLetter.from_headers(letter.headers())
    assert (told.topic, told.partition, told.offset, told.reason) == (topics.minutes, 1, first, "unreadable_batch")
    assert f"sink keeping: the batch of offsets {first} to {first + RECORDS - 1}, {RECORDS} records" in told.detail
    assert sink.metric("refused_total", sink="keeping", reason="unreadable") == 1


@pytest.mark.parametrize("codec", [GZIP, LZ4])
def test_one_that_can_be_unpacked_is_so_many_records(on_kafka: Installation, codec: int) -> None:
    with_a_bomb(on_kafka, codec)
    target = Keeping()
    sink = on_kafka.sink(target)
    until(lambda: b"last" in target.values, "what lies behind it is written")
    sink.join()
    assert (len(target.values), target.values[0], target.values[-1]) == (RECORDS + 2, b"first", b"last")


def test_people_are_told_what_lies_behind_it(on_kafka: Installation, tmp_path: Path) -> None:
    address, topics, out = on_kafka.address, on_kafka.topics, tmp_path / "alerts.jsonl"
    bomb = packed_batch([bytes(1_000_000)] * RECORDS, ZSTD)
    before, after = (alert_record(alert(incident_id=name)) for name in ("b1b2c3d4", "c1b2c3d4"))
    publish(address, topics.alerts, [before], 0)
    first = publish_raw(address, topics.alerts, 0, bomb)
    publish(address, topics.alerts, [after], 0)
    sink = on_kafka.sink(JsonLines(topics, out), topics.alerts)
    until(lambda: "c1b2c3d4" in out.read_text(), "the alert behind it is told")
    sink.join()
    assert [json.loads(line)["incident_id"] for line in out.read_text().splitlines()] == ["b1b2c3d4", "c1b2c3d4"]
    (letter,) = everything(address, topics.dead_letters, 1)
    assert letter.key() == f"{topics.alerts}/0/{first}".encode()
    with IncidentReader(address, topics.alerts, "c1b2c3d4") as reader:
        reader.read()
        assert {each.incident_id for each in reader.alerts} == {"b1b2c3d4", "c1b2c3d4"}
    with closing(LiveReader(address, topics, Offsets(address))) as live:
        until(lambda: live.reached((topics.alerts, 0)) == first + RECORDS + 1, "the live view has read past it")
