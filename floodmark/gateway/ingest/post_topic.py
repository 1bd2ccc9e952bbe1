"""Reads the topic of posts: once as it is committed, once with what is not; and single claims again."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, IsolationLevel, KafkaError, Message, TopicPartition
from confluent_kafka.admin import OffsetSpec

from floodmark.gateway.ingest.claims import Claims
from floodmark.gateway.ingest.once import Claim
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.listing import listed
from runtime.kafka.unreadable import PassingOver
from runtime.log_rate import Sparing
from runtime.minding import thread
from schemas.codec import NOT_DECODED
from schemas.topics import Topics

log = structlog.get_logger(__name__)
POLL_S: Final = 0.2
AGAIN_WITHIN_S: Final = 3.0
"""How long it may take to read a claim again."""
_claim: Final = msgspec.msgpack.Decoder(Claim).decode


def _settings(isolation: str) -> dict[str, Any]:
    return {
        "enable.partition.eof": True,
        # That something was aborted is told by the end of the topic, and that by an answer that holds nothing.
        "fetch.wait.max.ms": 50,
        "isolation.level": isolation,
        "reconnect.backoff.max.ms": 1000,
    }


class PostTopic:
    """Tells `claims` what is in the topic, from threads of its own.

    Args:
        cluster: The Kafka cluster.
        topics: The installation's; the topic of posts has one partition.
        claims: Is told.
        within_s: How long the broker may take to say where the topic ends.
    """

    def __init__(self, cluster: ClusterOrAddress, topics: Topics, claims: Claims, within_s: float) -> None:
        self._cluster, self._topic, self._claims = cluster, topics.posts, claims
        self._group = topics.helper_group("gateway")
        self._ended = threading.Event()
        self.caught_up = threading.Event()
        """Set once all that was committed when it began is known."""
        answers = listed(
            client.admin(cluster), [(self._topic, 0)], OffsetSpec.latest(), within_s, IsolationLevel.READ_COMMITTED
        )
        # What lies before this offset is decided: that of it which counts is read by the other one.
        decided = answers.answers[self._topic, 0].offset if answers.answers else OFFSET_BEGINNING
        self._again: Consumer | None = None
        self._sparing = Sparing()
        self._lock = threading.Lock()
        self._threads = [
            thread(lambda: self._read("read_committed", OFFSET_BEGINNING, self._committed), "posts committed"),
            thread(lambda: self._read("read_uncommitted", decided, self._seen), "posts seen"),
        ]
        for each in self._threads:
            each.start()

    async def claim_at(self, offset: int) -> Claim | None:
        """See `Answers`."""
        return await asyncio.to_thread(self._claim_at, offset)

    def close(self) -> None:
        """Stop reading."""
        self._ended.set()
        for each in self._threads:
            each.join()
        if self._again is not None:
            self._again.close()

    def _read(self, isolation: str, offset: int, take: Callable[[Message], None]) -> None:
        consumer = client.onlooker(self._cluster, self._group, _settings(isolation))
        consumer.assign([TopicPartition(self._topic, 0, offset)])
        passing = PassingOver(self._cluster, consumer)
        while not self._ended.is_set():
            # `consume` alone would wait for all of its time, or for as many.
            first = consumer.poll(POLL_S)
            for message in [] if first is None else [first, *consumer.consume(500, 0)]:
                if passing.batch(message) is None:
                    take(message)
        consumer.close()

    def _committed(self, message: Message) -> None:
        error = message.error()
        if error is None:
            self._claims.committed(message.offset() or 0, message.key() or b"")
        elif error.code() == KafkaError._PARTITION_EOF:
            self._claims.decided((message.offset() or 0) - 1)
            self.caught_up.set()

    def _seen(self, message: Message) -> None:
        if message.error() is None:
            self._claims.seen(message.offset() or 0, message.key() or b"")

    def _claim_at(self, offset: int) -> Claim | None:
        with self._lock:
            if self._again is None:
                # One record is read, and then another one far from it: nothing is to be waited for or read ahead.
                once = {"fetch.wait.max.ms": 10, "queued.min.messages": 1}
                self._again = client.onlooker(self._cluster, self._group, _settings("read_uncommitted") | once)
            self._again.assign([TopicPartition(self._topic, 0, offset)])
            deadline, found = time.monotonic() + AGAIN_WITHIN_S, None
            while (left_s := deadline - time.monotonic()) > 0:
                message = self._again.poll(min(left_s, POLL_S))
                if message is not None and message.error() is None:
                    found = message.value() if message.offset() == offset else None
                    break
            self._again.unassign()
        try:
            return None if found is None else _claim(found)
        except NOT_DECODED as error:
            self._sparing.tell(log.error, "claim_unreadable", offset=offset, error=str(error))
            return None
