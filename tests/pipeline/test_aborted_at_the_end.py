"""Offsets are not records: where a log ends with what was aborted, workers commit up to its end, and nobody waits."""

import pytest
from confluent_kafka import Producer

from runtime.kafka.offsets import Offsets, lag
from tests.pipeline import files
from tests.pipeline.conftest import Install
from tests.pipeline.files import MINUTE_MS, Row
from tests.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.story]
NOON_MS = 1_752_321_600_000
ROW = Row(NOON_MS, "status", "approved", 60)
ABORTED = 11 * ROW.count


def test_what_was_aborted_at_the_end_is_not_waited_for_and_not_counted(install: Install) -> None:
    made = install(partitions=1, FLOODMARK_PARTITIONS="1")
    topic, offsets = made.topics.transactions, Offsets(made.address)
    made.publish(files.exploded([ROW]), 1)
    made.punctuate(NOON_MS + MINUTE_MS, 1)
    producer = Producer(
        {"bootstrap.servers": made.address, "transactional.id": made.prefix, "transaction.timeout.ms": 600_000}
    )
    producer.init_transactions(PATIENCE_S)
    producer.begin_transaction()
    for value in [*files.exploded([ROW])] * 11:
        producer.produce(topic, value, partition=0)
    producer.flush(PATIENCE_S)
    before = ROW.count + 1
    assert offsets.ends([topic]) == {(topic, 0): before}, "what is open is not to be read yet"
    producer.abort_transaction(PATIENCE_S)
    # The records, and the mark that they are aborted: the coordinator writes it when it has answered.
    ends = {(topic, 0): before + ABORTED + 1}
    until(lambda: offsets.ends([topic]) == ends, "the transaction is over")
    made.worker().ready()
    made.drain()
    assert lag(ends, offsets.committed(made.topics.worker_group, ends)) == 0
    assert made.stored("counts") == {0: before - 1}
    assert made.counts() == files.counts([ROW])
    made.publish(files.exploded([ROW]), 1)
    made.punctuate(NOON_MS + 2 * MINUTE_MS, 1)
    made.drain()
    assert made.counts() == files.counts([ROW, ROW])
