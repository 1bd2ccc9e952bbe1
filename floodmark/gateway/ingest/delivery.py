"""Publishes the records of posts, and says when the broker has all of one post.

librdkafka's `produce_batch` queues as many records as there is room for and names an error in each of the others; it
raises nothing then, and reports only on those that it has queued. So there is always room when it is asked here: what
waits is counted, and more than that is refused before anything is queued. A partition that is named for a single record
means nothing to it (2.16.1), whatever its documentation says; that of a batch counts, so there is a batch for each.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from confluent_kafka import KafkaError, Message, Producer

from producers.publisher import SETTINGS
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.minding import thread

MAX_WAITING: Final = 150_000
"""How many records may wait for the broker; librdkafka has room for more."""
MAX_BYTES: Final = 128 << 20
"""How many bytes may wait for the broker."""
POLL_S: Final = 0.1

HTTP_SETTINGS: Final[Mapping[str, Any]] = {
    # Somebody waits for each answer: what comes within this time is sent together.
    "linger.ms": 2,
    # Reports are wanted for records that have arrived, too.
    "delivery.report.only.error": False,
    "queue.buffering.max.kbytes": (MAX_BYTES >> 10) * 2,
}


class Unavailable(Exception):
    """The broker has not taken all of a post; says how much of it.

    Args:
        text: What is known.
        acknowledged: How many records have arrived for certain.
    """

    def __init__(self, text: str, acknowledged: int = 0) -> None:
        super().__init__(text)
        self.acknowledged = acknowledged


class PartitionTurns:
    """Which partition takes the next record: they take turns, as they do for every producer of ours.

    So no partition is idle while others flow. Used by one thread at a time.
    """

    def __init__(self, partitions: int) -> None:
        self._partitions, self._next = partitions, 0

    def shares(self, values: Sequence[bytes]) -> list[tuple[int, list[dict[str, Any]]]]:
        """Each partition that gets any of the records, with them as `produce_batch` takes them."""
        first, number = self._next, self._partitions
        self._next = (first + len(values)) % number
        return [
            ((first + i) % number, [{"value": value} for value in values[i::number]])
            for i in range(min(number, len(values)))
        ]


def produce(
    producer: Producer,
    topic: str,
    shares: Sequence[tuple[int, list[dict[str, Any]]]],
    reported: Callable[[KafkaError | None, Message], None],
) -> list[KafkaError]:
    """Queue all of it; the errors of records that were not queued, of which no report comes."""
    refused: list[KafkaError] = []
    for partition, messages in shares:
        if producer.produce_batch(topic, messages, partition=partition, on_delivery=reported) < len(messages):
            refused += [each["_error"] for each in messages if "_error" in each]
    return refused


class _Post:
    """A post under way: a future for whoever waits, done when the last report is there.

    Args:
        records: How many there are.
        size: Their bytes.
    """

    __slots__ = ("error", "failed", "left", "lock", "loop", "records", "size", "waiter")

    def __init__(self, records: int, size: int) -> None:
        self.records, self.size = records, size
        # One more, for whoever queues them: reports may come before all of them are queued.
        self.left, self.failed, self.error = records + 1, 0, ""
        self.lock = threading.Lock()
        self.loop = asyncio.get_running_loop()
        self.waiter: asyncio.Future[None] = self.loop.create_future()

    def settle(self, number: int, failed: int, error: KafkaError | None) -> bool:
        """This many need not be waited for any more; whether none are left."""
        with self.lock:
            self.left -= number
            self.failed += failed
            self.error = self.error or (error.str() if error is not None else "")
            return self.left == 0

    def finish(self) -> None:
        """Wake whoever waits."""
        if not self.waiter.done():
            self.waiter.set_result(None)


class PostPublisher:
    """Publishes posts of records and waits for their delivery reports.

    Args:
        cluster: The Kafka cluster.
        topic: Where records go; it exists.
        partitions: How many partitions it has.
        within_s: How long the broker may take, in seconds; after that nobody waits, and nothing more is tried.
        extra: librdkafka settings that come on top.
    """

    def __init__(
        self,
        cluster: ClusterOrAddress,
        topic: str,
        partitions: int,
        within_s: float,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._topic, self._within_s, self._turns = topic, within_s, PartitionTurns(partitions)
        settings = {**SETTINGS, **HTTP_SETTINGS, "message.timeout.ms": int(within_s * 1000), **(extra or {})}
        self._producer: Producer = client.producer(cluster, settings)
        self._records = self._bytes = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = thread(self._serve, "deliveries")
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many records wait for the broker."""
        return self._records

    def begin(self, values: Sequence[bytes]) -> Awaitable[None]:
        """Queue all of a post at once; wait for what is returned, and the broker has it in all replicas in sync.

        Raises:
            Unavailable: Too much waits already: nothing was queued. When waited for: it has not taken all in time.
        """
        post = _Post(len(values), sum(map(len, values)))
        with self._lock:
            if self._records + post.records > MAX_WAITING or self._bytes + post.size > MAX_BYTES:
                raise Unavailable("too many records wait for the broker already; nothing of this post was taken")
            self._records += post.records
            self._bytes += post.size
            shares = self._turns.shares(values)

        def reported(error: KafkaError | None, _message: Message) -> None:
            if post.settle(1, error is not None, error):
                self._finished(post)

        refused = produce(self._producer, self._topic, shares, reported)
        if post.settle(1 + len(refused), len(refused), refused[0] if refused else None):
            self._finished(post)
        return self._answer(post)

    async def _answer(self, post: _Post) -> None:
        await post.waiter
        if post.failed:
            arrived = post.records - post.failed
            raise Unavailable(
                f"the broker has acknowledged {arrived:,} of {post.records:,} records within {self._within_s:g} s "
                f"({post.error})",
                arrived,
            )

    def close(self) -> None:
        """Wait for what is under way, then stop; call it from no loop that has posts waiting."""
        self._producer.flush(self._within_s)
        self._ended.set()
        self._thread.join()

    def _finished(self, post: _Post) -> None:
        with self._lock:
            self._records -= post.records
            self._bytes -= post.size
        if not post.loop.is_closed():
            post.loop.call_soon_threadsafe(post.finish)

    def _serve(self) -> None:
        while not self._ended.is_set():
            self._producer.poll(POLL_S)
