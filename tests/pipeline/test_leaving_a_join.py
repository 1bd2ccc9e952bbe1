"""Who is told to stop while it joins its group leaves it at once, and nobody waits for it."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient

from processors.faustapp import joining
from processors.faustapp.joining import leave_the_join
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics

pytestmark = pytest.mark.kafka


@pytest.fixture
def topic(kafka: str, topic_prefix: str) -> str:
    topics = Topics(topic_prefix)
    ensure_topics(kafka, topics.specs(1)[:1], replication=1)
    return topics.transactions


def members(address: str, group: str) -> int:
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    return len(admin.describe_consumer_groups([group])[group].result(60).members)


def test_a_join_that_another_member_holds_up_is_left_without_it(
    kafka: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is alive, and does not poll: it would hold the join up for five minutes."""
    monkeypatch.setattr(joining, "ANSWER_S", 100.0)
    slow = Consumer({"bootstrap.servers": kafka, "group.id": topic, "log_level": 0})
    slow.subscribe([topic])
    while not slow.assignment():
        slow.poll(0.1)

    async def join_and_leave() -> bool:
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, group_id=topic)
        starting = asyncio.ensure_future(consumer.start())
        while await asyncio.to_thread(members, kafka, topic) < 2:
            await asyncio.sleep(0.05)
        assert not starting.done()
        await leave_the_join(consumer._coordinator)
        has_left = bool(consumer._coordinator._coordination_task.done())
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await consumer.stop()
        return has_left

    try:
        assert asyncio.run(join_and_leave())
        assert members(kafka, topic) == 1
    finally:
        slow.close()


def test_a_member_that_does_not_join_is_left_alone(kafka: str, topic: str) -> None:
    async def asked() -> bool:
        async with AIOKafkaConsumer(topic, bootstrap_servers=kafka, group_id=f"{topic}-2") as consumer:
            await leave_the_join(consumer._coordinator)
            return bool(consumer._coordinator._coordination_task.done())

    assert not asyncio.run(asked())
