"""A transaction that nobody has ended: reading goes on where the one before it ended, and does not wait for ever."""

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from sinks.kafka import KafkaSource
from tests.services import unique_prefix
from tests.sinks.kafka_kit import made, publish
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.kafka


def test_offsets_of_a_transaction_that_is_never_ended_keep_nobody_from_reading(kafka: str) -> None:
    topics = made(kafka, unique_prefix())
    group, place = topics.sink_group("notify"), (topics.alerts, 0)
    publish(kafka, topics.alerts, [(b"%d" % number, b"%d" % number) for number in range(4)], 0)
    before = Consumer({"bootstrap.servers": kafka, "group.id": group, "enable.auto.commit": False, "log_level": 0})
    before.commit(offsets=[TopicPartition(*place, 1)], asynchronous=False)
    left = Producer(
        {"bootstrap.servers": kafka, "transactional.id": f"{group}-gone", "transaction.timeout.ms": 600_000}
    )
    left.init_transactions(PATIENCE_S)
    left.begin_transaction()
    left.send_offsets_to_transaction([TopicPartition(*place, 3)], before.consumer_group_metadata(), PATIENCE_S)
    source = KafkaSource(kafka, group, [topics.alerts])
    try:
        found: list[int] = []
        until(lambda: bool(found.__iadd__(each.offset for each in source.fetch(10, 0.2, 0.2))), "it reads")
        assert found[0] == 1
    finally:
        source.close()
        left.abort_transaction(PATIENCE_S)
        before.close()
