import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from runtime.kafka.offsets import Offsets, OffsetsError
from runtime.kafka.topics import ensure_topics
from schemas.topics import TopicSpec
from tests.pipeline import wire

pytestmark = pytest.mark.kafka


@pytest.fixture(params=["kafka", "embedded"])
def address(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def test_ends_and_commits_are_told_for_every_partition(address: str, topic_prefix: str) -> None:
    topic, group = f"{topic_prefix}t", f"{topic_prefix}g"
    ensure_topics(address, [TopicSpec(topic, 4)], replication=1)
    producer = Producer({"bootstrap.servers": address})
    for n in range(10):
        producer.produce(topic, b"x", partition=n % 3)
    assert producer.flush(120) == 0
    # Who leads a new topic, and who keeps a new group, is known a moment later.
    wire.ends(address, [topic])
    wire.committed(address, group, topic)
    offsets = Offsets(address)
    ends = offsets.ends([topic])
    assert ends == {(topic, 0): 4, (topic, 1): 3, (topic, 2): 3, (topic, 3): 0}
    assert offsets.committed(group, ends) == dict.fromkeys(ends, 0)
    consumer = Consumer({"bootstrap.servers": address, "group.id": group, "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition(topic, 0, 3)], asynchronous=False)
    consumer.close()
    assert offsets.committed(group, ends) == {**dict.fromkeys(ends, 0), (topic, 0): 3}


def test_nothing_asked_is_nothing_told(address: str) -> None:
    assert Offsets(address).committed("nobody", []) == {}


def test_a_topic_that_is_not_there_is_named(kafka: str, topic_prefix: str) -> None:
    with pytest.raises(OffsetsError, match=f"topic {topic_prefix}none"):
        Offsets(kafka).ends([f"{topic_prefix}none"])


def test_a_broker_that_is_gone_is_an_error_and_not_a_long_wait() -> None:
    with pytest.raises(OffsetsError, match="does not tell"):
        Offsets("127.0.0.1:1", timeout_s=0.3).ends(["t"])
    with pytest.raises(OffsetsError, match="does not say how far g"):
        Offsets("127.0.0.1:1", timeout_s=0.3).committed("g", [("t", 0)])
