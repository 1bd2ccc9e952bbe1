"""A store outlives its broker: what a new one brings is right, and is read from where it begins."""

from collections.abc import Iterable

import pytest
from confluent_kafka import Consumer, TopicPartition

from schemas.topics import Topics
from sinks.protocol import Partition, Record
from tests.pipeline import files, wire
from tests.pipeline.files import MINUTE_MS, Row
from tests.pipeline.installation import Installation, installed
from tests.services import unique_prefix
from tests.sinks.clickhouse_kit import OnStore
from tests.sinks.kafka_kit import Keeping
from tests.sinks.test_sinks_on_kafka import Installation as Sinking
from tests.sinks.test_sinks_on_kafka import on_kafka, values
from tests.waiting import until

__all__ = ["on_kafka"]
pytestmark = pytest.mark.kafka
NOON_MS = 1_752_321_600_000


def told(made: Installation) -> Iterable[Record]:
    """The minutes that lie on the broker, as the sink reads them."""
    for message in wire.read(made.address, made.topics.minutes):
        place = Partition(Topics().minutes, message.partition)
        yield Record(place, message.offset, message.key, message.value, message.headers)


def judged(made: Installation, *each: Row) -> None:
    """One worker judges these rows, in one life of the broker."""
    made.worker().ready()
    for row in each:
        made.publish(files.exploded([row]), 1)
        made.punctuate(row.minute_ms + MINUTE_MS, 1)
        made.drain()


def test_rows_of_a_new_broker_outdo_those_that_the_store_kept_of_the_wiped_one(kafka: str, store: OnStore) -> None:
    rows = [Row(NOON_MS - MINUTE_MS, "status", "approved", 30), Row(NOON_MS, "status", "approved", 60)]
    again = Row(NOON_MS, "status", "approved", 61)
    one = {"partitions": 1, "FLOODMARK_PARTITIONS": "1"}
    with installed(kafka, unique_prefix(), **one) as before, installed(kafka, unique_prefix(), **one) as after:
        judged(before, *rows)
        judged(after, again)
        # The offsets of the first one had come further by this minute; and what comes last need not be right.
        store.write(*told(after))
        store.write(*told(before))
    query = "SELECT count, version < exp2(53) FROM DB.minutes WHERE key = 'approved' ORDER BY minute"
    assert store.rows(query) == [(30, 1), (61, 1)]


def test_a_sink_whose_offsets_lie_beyond_the_end_reads_all_that_is_there(on_kafka: Sinking) -> None:
    told = Consumer({"bootstrap.servers": on_kafka.address, "group.id": on_kafka.group, "enable.auto.commit": False})
    topic = on_kafka.topics.minutes
    told.commit(offsets=[TopicPartition(topic, partition, 5_000) for partition in range(2)], asynchronous=False)
    told.close()
    on_kafka.publish(values(60))
    target = Keeping()
    sink = on_kafka.sink(target)
    until(lambda: len(target.values) == 60, "all records written")
    until(lambda: on_kafka.committed() == 60, "the offsets of what is there committed")
    sink.join()
    assert sorted(target.values) == sorted(values(60))
