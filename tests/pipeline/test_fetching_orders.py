"""What is told to a fetcher is done, however soon one order follows the other."""

import asyncio

from processors.intake.fetching import Fetcher
from runtime.kafka.topics import ensure_topics
from schemas.topics import Topics
from tests.pipeline import wire
from tests.waiting import until


def test_a_partition_that_is_sought_before_the_assignment_is_followed_is_read(embedded: str, topic_prefix: str) -> None:
    """Its state may be recovered sooner than a busy reader looks up from what it does."""
    topics = Topics(topic_prefix)
    ensure_topics(embedded, topics.specs(2), replication=1)
    wire.publish(embedded, topics.transactions, [b"0", b"1"] * 3, 2)

    async def read() -> dict[int, list[bytes | None]]:
        found: dict[int, list[bytes | None]] = {0: [], 1: []}
        fetcher = Fetcher(embedded, topics.transactions, asyncio.Event(), wait_s=0.01, linger_s=0.01)
        fetcher.handover.assign({0: -1}, 7)
        fetcher.handover.seek(1, 0)
        fetcher.start(asyncio.get_running_loop())

        def is_all_read() -> bool:
            for partition, chunk in fetcher.take([0, 1]).items():
                assert chunk.generation == 7
                found[partition] += chunk.values
            return sum(map(len, found.values())) == 5

        try:
            await asyncio.to_thread(until, is_all_read, lambda: f"read so far: {found}", 120.0, 0.05)
        finally:
            await asyncio.to_thread(fetcher.stop)
        return found

    assert asyncio.run(read()) == {0: [b"0", b"0", b"0"], 1: [b"1", b"1"]}


def test_what_was_sought_before_an_assignment_is_not_read(embedded: str, topic_prefix: str) -> None:
    fetcher = Fetcher(embedded, Topics(topic_prefix).transactions, asyncio.Event())
    try:
        fetcher.handover.seek(1, 0)
        fetcher.handover.assign({0: 4}, 1)
        fetcher._follow_orders()
        assert (fetcher.handover.handed_out(0), fetcher.handover.handed_out(1)) == (4, None)
    finally:
        fetcher._consumer.close()
