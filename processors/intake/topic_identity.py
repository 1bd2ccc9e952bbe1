"""Which life of a topic this is: Kafka's topic id, another one after the topic was deleted and made anew."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Protocol

import structlog
from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import TopicDescription

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.lives import GONE, GONE_S, TopicLife
from runtime.kafka.topics import EMBEDDED_PREFIX
from runtime.log_rate import Sparing

log = structlog.get_logger(__name__)

PATIENCE_S: Final = 30.0
QUICK_S: Final = 5.0
CHECK_S: Final = 1.0
"""How often a topic that is being read is asked for its identity."""
TRUST_S: Final = 2.5
"""For so long the answer is believed; after a longer pause nothing is applied before the next one."""


class TopicChanged(Exception):
    """The topic is not the one that was read so far, or not all of it; the text says what has become of it."""


class TopicIdentities:
    """Asks the broker.

    librdkafka's embedded cluster has no topic ids, and its topics cannot be deleted: each is the empty text there.

    Args:
        cluster: The Kafka cluster.
    """

    def __init__(self, cluster: ClusterOrAddress) -> None:
        self._admin = client.admin(cluster, reconnect_backoff_max_ms=1000, log_level=2)

    def now(self, topic: str) -> str:
        """The identity of the topic; blocks.

        Raises:
            KafkaException: The broker does not answer, or has no such topic.
        """
        if str(self._admin.list_topics(topic, timeout=PATIENCE_S).cluster_id or "").startswith(EMBEDDED_PREFIX):
            return ""
        return str(self._describe(topic, PATIENCE_S).result(timeout=PATIENCE_S + QUICK_S).topic_id)

    async def again(self, topic: str) -> TopicLife:
        """The same and more without blocking, and sooner given up; only for topics that have an identity.

        Raises:
            KafkaException: The broker does not answer, or has no such topic.
        """
        found = await asyncio.wrap_future(self._describe(topic, QUICK_S))
        return TopicLife(str(found.topic_id), len(found.partitions))

    def _describe(self, topic: str, within_s: float) -> "Future[TopicDescription]":
        answers = self._admin.describe_topics(TopicCollection([topic]), request_timeout=within_s)
        answer: Future[TopicDescription] = answers[topic]
        return answer


class TellsIdentity(Protocol):
    """See TopicIdentities."""

    def now(self, topic: str) -> str:
        """The identity of the topic; blocks."""

    async def again(self, topic: str) -> TopicLife:
        """The same and more without blocking."""


class TopicWatch:
    """Tells when the topic that is read is made anew, or has got more partitions.

    Reading on at the old position would skip what lies below it in the new topic. Mostly the new topic is still
    shorter, which shows by itself; but a worker that was held up for a while may find it longer.

    Args:
        topic: The topic.
        identities: Asks the broker.
        clock: Monotonic seconds.
        partitions: How many partitions are reckoned with; more of them are a change. None: any number is right.
    """

    def __init__(
        self,
        topic: str,
        identities: TellsIdentity,
        clock: Callable[[], float] = time.monotonic,
        partitions: int | None = None,
    ) -> None:
        self._topic = topic
        self._partitions = partitions
        self._identities = identities
        self._known = ""
        self._clock = clock
        self._known_at = clock()
        self._denied_since: float | None = None
        self._gone_since: float | None = None
        self._sparing = Sparing(clock)

    def begin(self) -> str:
        """The identity of the topic that is read from now on; blocks.

        Raises:
            KafkaException: The broker does not answer, or has no such topic.
            TopicChanged: It is another one than at the first time.
        """
        began, found = self._clock(), self._identities.now(self._topic)
        if self._known and found != self._known:
            raise TopicChanged(f"{self._topic} was recreated: its offsets begin anew")
        self._known, self._known_at = found, began
        return found

    @property
    def identity(self) -> str:
        """What `begin` has found last."""
        return self._known

    def denied(self, after_s: float) -> str:
        """That our login has not been let read the topic for longer than this; empty when it is let."""
        since = self._denied_since
        if since is None or (for_s := self._clock() - since) <= after_s:
            return ""
        return (
            f"Kafka does not let our login read {self._topic} any more, for {for_s:.0f} s: give it that right back; "
            "`floodmark doctor` names what is lacking"
        )

    async def make_sure(self) -> None:
        """Return at once when the topic was the same a moment ago, else when it is known to be.

        Raises:
            TopicChanged: It is not.
        """
        while self._known and self._clock() - self._known_at > TRUST_S:
            await self._ask()

    async def make_sure_since(self, moment: float) -> None:
        """Return when the topic is known to have been the same at a moment of the clock, or later.

        Raises:
            TopicChanged: It is not.
        """
        while self._known and self._known_at < moment:
            await self._ask()

    async def keep_watching(self) -> None:
        """Ask again and again.

        Raises:
            TopicChanged: It is another one now.
        """
        while True:
            await asyncio.sleep(CHECK_S)
            if self._known:
                await self._ask()

    def _note_gone(self, *, is_gone: bool) -> None:
        """Raise TopicChanged when the broker has not known the topic for long; one that has just started may not."""
        if not is_gone:
            self._gone_since = None
            return
        now = self._clock()
        self._gone_since = now if self._gone_since is None else self._gone_since
        if now - self._gone_since > GONE_S:
            raise TopicChanged(f"{self._topic} is not there any more, it was deleted: the next start makes it anew")

    async def _ask(self) -> None:
        began, known = self._clock(), self._known
        try:
            found = await self._identities.again(self._topic)
        except KafkaException as exc:
            self._sparing.tell(log.warning, "topic_unidentified", topic=self._topic, error=str(exc))
            if exc.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED and self._denied_since is None:
                self._denied_since = self._clock()
            self._note_gone(is_gone=exc.args[0].code() in GONE)
            await asyncio.sleep(CHECK_S)
            return
        self._denied_since = self._gone_since = None
        if known != self._known:
            return
        if found.identity != known:
            raise TopicChanged(f"{self._topic} was recreated: its offsets begin anew")
        if self._partitions is not None and found.partitions > self._partitions:
            raise TopicChanged(
                f"{self._topic} has {found.partitions} partitions now instead of {self._partitions}: "
                "the next start takes them in"
            )
        self._known_at = max(self._known_at, began)
