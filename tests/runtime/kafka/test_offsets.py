"""Where topics end and how far groups are, asked of brokers; and of one that does not know it yet."""

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from runtime.kafka.listing import Slot
from runtime.kafka.offsets import Offsets, OffsetsError
from runtime.kafka.topics import ensure_topics
from schemas.topics import TopicSpec
from tests.pipeline import wire


@pytest.fixture(params=["kafka", "embedded"])
def address(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.mark.kafka
def test_ends_and_commits_are_told_for_every_partition(address: str, topic_prefix: str) -> None:
    topic, group = f"{topic_prefix}t", f"{topic_prefix}g"
    ensure_topics(address, [TopicSpec(topic, 4)], replication=1)
    producer = Producer({"bootstrap.servers": address})
    for n in range(10):
        producer.produce(topic, b"x", partition=n % 3)
    assert producer.flush(120) == 0
    # Who keeps a new group is known a moment later.
    wire.committed(address, group, topic)
    offsets = Offsets(address)
    ends = offsets.ends([topic])
    assert ends == {(topic, 0): 4, (topic, 1): 3, (topic, 2): 3, (topic, 3): 0}
    assert offsets.committed(group, ends) == dict.fromkeys(ends, 0)
    consumer = Consumer({"bootstrap.servers": address, "group.id": group, "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition(topic, 0, 3)], asynchronous=False)
    consumer.close()
    assert offsets.committed(group, ends) == {**dict.fromkeys(ends, 0), (topic, 0): 3}


@pytest.mark.kafka
def test_nothing_asked_is_nothing_told(address: str) -> None:
    assert Offsets(address).committed("nobody", []) == {}


@pytest.mark.kafka
def test_a_topic_that_is_not_there_is_named(kafka: str, topic_prefix: str) -> None:
    with pytest.raises(OffsetsError, match=f"topic {topic_prefix}none"):
        Offsets(kafka).ends([f"{topic_prefix}none"])


def test_a_broker_that_is_gone_is_an_error_and_not_a_long_wait() -> None:
    with pytest.raises(OffsetsError, match="does not tell"):
        Offsets("127.0.0.1:1", timeout_s=0.3).ends(["t"])
    with pytest.raises(OffsetsError, match="does not say how far g"):
        Offsets("127.0.0.1:1", timeout_s=0.3).committed("g", [("t", 0)])


class Leaderless:
    """An admin client whose broker refuses so many questions about offsets, for this reason."""

    def __init__(self, times: int, code: int) -> None:
        self.left, self._code = times, code

    def list_topics(self, topic: str, timeout: float) -> Any:
        return SimpleNamespace(topics={topic: SimpleNamespace(error=None, partitions={0: None})})

    def list_offsets(self, wanted: dict[TopicPartition, Any], **_: Any) -> dict[TopicPartition, Future[Any]]:
        answer: Future[Any] = Future()
        if self.left:
            self.left -= 1
            answer.set_exception(KafkaException(KafkaError(self._code)))
        else:
            answer.set_result(SimpleNamespace(offset=7))
        return dict.fromkeys(wanted, answer)


def asked(admin: Leaderless, timeout_s: float = 60.0) -> dict[Slot, int]:
    offsets = Offsets("127.0.0.1:1", timeout_s)
    offsets._admin = cast("AdminClient", admin)
    return offsets.ends(["t"])


@pytest.mark.parametrize("code", [KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE])
def test_a_partition_that_has_no_leader_yet_is_asked_for_again(code: int) -> None:
    assert asked(Leaderless(5, code)) == {("t", 0): 7}


def test_one_that_gets_none_and_one_that_nobody_may_ask_for_are_errors() -> None:
    with pytest.raises(OffsetsError, match="NOT_LEADER_FOR_PARTITION"):
        asked(Leaderless(10_000, KafkaError.NOT_LEADER_FOR_PARTITION), timeout_s=0.5)
    denied = Leaderless(10_000, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    with pytest.raises(OffsetsError, match="TOPIC_AUTHORIZATION_FAILED"):
        asked(denied)
    assert denied.left == 10_000 - 2
