"""What real brokers tell of the ends of partitions, and of the time."""

import time

import pytest
from confluent_kafka import Producer

from runtime.kafka.ends import BrokerEnds, TopicEnds
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.kafka
PARTITIONS = 2


@pytest.fixture
def topics(kafka: str, topic_prefix: str) -> Topics:
    """An installation's topics on the real Kafka."""
    made = Topics(topic_prefix)
    ensure_topics(kafka, made.specs(PARTITIONS), replication=1)
    return made


def publish(address: str, topic: str, n: int, partition: int, **settings: object) -> Producer:
    producer = Producer({"bootstrap.servers": address, **settings})
    if settings:
        producer.init_transactions(PATIENCE_S)
        producer.begin_transaction()
    for _ in range(n):
        producer.produce(topic, b"x", partition=partition, timestamp=1_000)
    producer.flush(PATIENCE_S)
    return producer


def test_the_ends_are_those_of_the_broker_and_one_request_brings_all(kafka: str, topics: Topics) -> None:
    publish(kafka, topics.transactions, 7, 1)
    wanted = [(topics.transactions, 0), (topics.transactions, 1), (topics.partials, 0)]
    broker, right = TopicEnds(kafka), dict(zip(wanted, (0, 7, 0), strict=True))
    until(lambda: broker.ends(wanted) == right, "all ends are told at once")


def test_what_an_open_transaction_holds_back_is_not_waited_for(kafka: str, topics: Topics) -> None:
    publish(kafka, topics.transactions, 3, 0)
    producer = publish(
        kafka, topics.transactions, 5, 0, **{"transactional.id": topics.worker_group, "transaction.timeout.ms": 600_000}
    )
    broker, slot = TopicEnds(kafka), (topics.transactions, 0)
    until(lambda: broker.ends([slot]) == {slot: 3}, "the records before the transaction are there")
    producer.commit_transaction(PATIENCE_S)
    until(lambda: broker.ends([slot]) == {slot: 9}, "eight records and the mark of the transaction's end are there")


def test_the_time_is_that_of_the_broker_whatever_a_worker_says(kafka: str, topics: Topics) -> None:
    broker = TopicEnds(kafka, topics.partials, PARTITIONS)
    assert broker.newest_ms() is None, "nothing was ever appended"
    before_ms = int(1000 * time.time())
    publish(kafka, topics.partials, 1, 1)
    newest_ms = until(broker.newest_ms, "the time of the record is told")
    assert before_ms - 1000 <= newest_ms <= int(1000 * time.time()) + 1000


def test_a_topic_with_the_time_of_its_writers_is_not_asked(kafka: str, topics: Topics) -> None:
    publish(kafka, topics.late, 1, 0)
    broker, slot = TopicEnds(kafka, topics.late, 1), (topics.late, 0)
    until(lambda: broker.ends([slot]) == {slot: 1}, "there is a record that has a time")
    assert broker.newest_ms() is None


def test_the_embedded_broker_tells_ends_and_no_time(embedded: str, topic_prefix: str) -> None:
    topics = Topics(topic_prefix)
    ensure_topics(embedded, topics.specs(PARTITIONS), replication=1)
    publish(embedded, topics.partials, 4, 0)
    broker = TopicEnds(embedded, topics.partials, PARTITIONS)
    slot = (topics.partials, 0)
    until(lambda: broker.ends([slot]) == {slot: 4}, "the end is told")
    assert broker.newest_ms() is None


def test_a_broker_that_is_not_there_tells_nothing() -> None:
    ends = BrokerEnds(TopicEnds("127.0.0.1:9"), lambda: [("t", 0)], clock=iter(range(0, 1000, 7)).__next__)
    ends.ask()
    assert ends.end("t", 0) is None
    assert ends.silent_s > 0
