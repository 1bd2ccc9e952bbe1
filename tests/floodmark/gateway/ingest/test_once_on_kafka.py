"""Posts on a real Kafka: what is answered with 2xx is in, and with a key it is in once, at whichever gateway."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import msgspec
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from floodmark.gateway.ingest.delivery import PostPublisher, Unavailable
from floodmark.gateway.ingest.intake import Intake, Post, PostReply
from floodmark.gateway.ingest.once import Claim, StoredAnswer
from floodmark.gateway.ingest.settings import IngestSettings
from floodmark.gateway.ingest.wiring import PostTarget, opened
from floodmark.gateway.problems import Problem
from schemas.topics import Topics
from tests.floodmark.gateway.ingest.build import GOOD
from tests.services import unique_prefix
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.kafka
PARTITIONS = 3


class Gateways:
    """Some gateways on one Kafka, and what lies in the topic of transactions."""

    def __init__(self, address: str, stack: ExitStack) -> None:
        self.address, self.topics, self._stack = address, Topics(unique_prefix()), stack

    def another(self, name: str) -> Intake:
        target = PostTarget(self.address, self.topics, PARTITIONS, 1, PATIENCE_S)
        made = opened(target, IngestSettings(gateway_broker_within_s=10), name, None)
        self._stack.callback(made.close)
        return made.intake

    def committed(self) -> list[dict[str, Any]]:
        """All records that count."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.address,
                "group.id": "tests",
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
            }
        )
        with closing(consumer):
            consumer.assign([TopicPartition(self.topics.transactions, p, 0) for p in range(PARTITIONS)])
            found, ends = [], 0
            while ends < PARTITIONS:
                message = consumer.poll(PATIENCE_S)
                assert message is not None
                if message.error() is None:
                    found.append(json.loads(message.value() or b"") | {"partition": message.partition()})
                else:
                    ends += 1
        return found


@pytest.fixture
def gateways(kafka: str) -> Iterator[Gateways]:
    with ExitStack() as stack:
        yield Gateways(kafka, stack)


def batch(*counts: int) -> bytes:
    return json.dumps([{**GOOD, "count": count} for count in counts]).encode()


def posted(body: bytes, key: str | None = None) -> Post:
    return Post(body, "application/json", "tests", key, wants_verdict=False)


async def taken(intake: Intake, post: Post) -> PostReply:
    """What is answered once the post is not under way elsewhere any more."""
    while True:
        try:
            return await intake.take(post)
        except Problem as problem:
            if problem.kind != "in-progress":
                raise
            await asyncio.sleep(0.1)


def counts(found: list[dict[str, Any]]) -> list[int]:
    return sorted(each["count"] for each in found)


def test_what_is_answered_is_in_and_partitions_take_turns(gateways: Gateways) -> None:
    intake = gateways.another("a")

    async def both() -> None:
        await asyncio.gather(*(intake.take(posted(batch(*range(7)))) for _ in range(3)))

    asyncio.run(both())
    found = gateways.committed()
    assert counts(found) == sorted([*range(7)] * 3)
    assert sorted(each["partition"] for each in found) == sorted([0, 1, 2] * 7)


def test_a_key_counts_once_here_and_at_another_gateway_and_the_answer_is_the_same(gateways: Gateways) -> None:
    one, other = gateways.another("a"), gateways.another("b")

    async def again() -> list[PostReply]:
        post = posted(batch(1, 2, -3), "k")
        return [await taken(intake, post) for intake in (one, one, other)]

    first, *repeats = asyncio.run(again())
    assert (first.status, first.is_replayed) == (207, False)
    assert [(each.status, each.body, each.is_replayed) for each in repeats] == [(207, first.body, True)] * 2
    assert counts(gateways.committed()) == [1, 2]


def test_a_key_that_was_used_for_something_else_is_refused(gateways: Gateways) -> None:
    intake = gateways.another("a")

    async def twice() -> None:
        await taken(intake, posted(batch(1), "k"))
        with pytest.raises(Problem, match="was used for another post"):
            await taken(intake, posted(batch(2), "k"))

    asyncio.run(twice())
    assert counts(gateways.committed()) == [1]


def test_posts_with_the_same_keys_at_two_gateways_at_once_count_once(gateways: Gateways) -> None:
    both = gateways.another("a"), gateways.another("b")

    async def race() -> list[PostReply]:
        return await asyncio.gather(
            *(taken(intake, posted(batch(number), str(number))) for number in range(20) for intake in both)
        )

    replies = asyncio.run(race())
    assert sum(not reply.is_replayed for reply in replies) == 20
    assert counts(gateways.committed()) == [*range(20)]


def test_a_key_whose_transaction_nobody_has_ended_is_in_progress_until_the_broker_aborts_it(gateways: Gateways) -> None:
    intake = gateways.another("a")
    post = posted(batch(5), "k")
    asyncio.run(taken(intake, posted(batch(4), "other")))
    name = {"transactional.id": gateways.topics.prefix + "dead", "transaction.timeout.ms": 600_000}
    dead = Producer({"bootstrap.servers": gateways.address, **name})
    dead.init_transactions(PATIENCE_S)
    dead.begin_transaction()
    key = _hash("tests", "k")
    dead.produce(gateways.topics.posts, _claim(), key, partition=0)
    dead.produce(gateways.topics.transactions, batch(9)[1:-1], partition=0)
    assert dead.flush(PATIENCE_S) == 0

    async def meanwhile() -> None:
        with pytest.raises(Problem, match="under way"):
            await intake.take(post)
        dead.abort_transaction(PATIENCE_S)
        assert not (await taken(intake, post)).is_replayed

    asyncio.run(meanwhile())
    assert counts(gateways.committed()) == [4, 5]


def _hash(sender: str, key: str) -> bytes:
    return hashlib.sha256(f"{sender}\0{key}".encode()).digest()[:16]


def _claim() -> bytes:
    return msgspec.msgpack.encode(Claim(b"x" * 16, StoredAnswer(200, b"{}")))


def test_a_broker_that_is_not_there_is_waited_for_only_so_long() -> None:
    async def away() -> None:
        delivery = PostPublisher("127.0.0.1:1", "transactions", 1, within_s=0.5)
        with closing(delivery):
            with pytest.raises(Unavailable, match=r"acknowledged 0 of 2 records within 0\.5 s") as error:
                await delivery.begin([b"{}", b"{}"])
            assert error.value.acknowledged == 0
            assert delivery.waiting == 0

    asyncio.run(away())


def test_more_than_may_wait_is_refused_before_anything_is_queued() -> None:
    async def full() -> None:
        with closing(PostPublisher("127.0.0.1:1", "transactions", 1, within_s=0.5)) as delivery:
            first = delivery.begin([b"{}"] * 100_000)
            with pytest.raises(Unavailable, match="nothing of this post was taken"):
                delivery.begin([b"{}"] * 50_001)
            assert delivery.waiting == 100_000
            with pytest.raises(Unavailable):
                await first

    asyncio.run(full())
