"""Which lives topics are in: whether one was deleted and made anew, is not there any more, or has more partitions."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException, TopicCollection

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.topics import EMBEDDED_PREFIX
from runtime.log_rate import Sparing
from runtime.minding import thread

log = structlog.get_logger(__name__)

ANSWER_WITHIN_S: Final = 5.0
EVERY_S: Final = 2.0
"""How often topics are looked at."""
GONE_S: Final = 10.0
"""A topic that the broker does not know for so long was deleted: one that has just started may not know all yet."""
GONE: Final = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION})
"""What is said of a topic that is not there."""


@dataclass(frozen=True, slots=True)
class TopicLife:
    """A topic as it is.

    Args:
        identity: Kafka's id of it, another one once it was made anew; empty where there are no ids.
        partitions: How many it has.
    """

    identity: str
    partitions: int


class TopicLives:
    """Asks a cluster. Librdkafka's embedded cluster has no ids, and its topics stay: they are not told there.

    Args:
        cluster: The Kafka cluster.
    """

    def __init__(self, cluster: ClusterOrAddress) -> None:
        self._admin = client.admin(cluster, reconnect_backoff_max_ms=1000)
        self._has_ids: bool | None = None

    def look(self, topics: Iterable[str]) -> dict[str, TopicLife | None]:
        """These topics as they are, None for one that is not there; without those that we may not see. Blocks.

        Empty where the cluster has no ids.

        Raises:
            KafkaException: The broker does not answer.
        """
        names = list(topics)
        if self._has_ids is None:
            told = self._admin.metadata(ANSWER_WITHIN_S, names[0] if names else None).cluster_id
            self._has_ids = not str(told or "").startswith(EMBEDDED_PREFIX)
        if not self._has_ids or not names:
            return {}
        answers = self._admin.describe_topics(TopicCollection(names), request_timeout=ANSWER_WITHIN_S)
        found: dict[str, TopicLife | None] = {}
        for name, answer in answers.items():
            try:
                told = answer.result(timeout=2 * ANSWER_WITHIN_S)
                found[name] = TopicLife(str(told.topic_id), len(told.partitions))
            except TookTooLong as error:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT)) from error
            except KafkaException as error:
                if error.args[0].code() in GONE:
                    found[name] = None
                elif error.args[0].code() != KafkaError.TOPIC_AUTHORIZATION_FAILED:
                    raise
        return found


Asks = Callable[[Iterable[str]], Mapping[str, TopicLife | None]]
"""See TopicLives.look."""


class TopicsWatch:
    """Looks at topics again and again, and tells once what has become of them, in a sentence.

    Args:
        look: See TopicLives.look.
        topics: Which topics.
        changed: Is told; in the thread that looks.
        counted: Those whose number of partitions matters.
        holds: What is lost with some of them, for people.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        look: Asks,
        topics: Iterable[str],
        changed: Callable[[str], None],
        counted: Iterable[str] = (),
        holds: Mapping[str, str] = MappingProxyType({}),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look, self._topics, self._changed = look, sorted(set(topics)), changed
        self._counted, self._holds, self._clock = frozenset(counted), holds, clock
        self._known: dict[str, TopicLife] = {}
        self._gone_since: dict[str, float] = {}
        self._sparing = Sparing(clock)

    def start(self) -> None:
        """Look from now on, until the process ends."""
        thread(self._run, "topics watch").start()

    def look(self) -> None:
        """Look once; blocks."""
        try:
            found = self._look(self._topics)
        except KafkaException as error:
            self._gone_since.clear()
            self._sparing.tell(log.warning, "topics_not_looked_at", error=error.args[0].str())
            return
        if new := sorted(topic for topic, life in found.items() if life is not None and topic not in self._known):
            log.info("topics_watched", topics=new)
        for topic, life in found.items():
            if sentence := self._news(topic, life):
                self._changed(sentence)
                return

    def _news(self, topic: str, life: TopicLife | None) -> str:
        """What has become of a topic; empty when nothing. What was never there is waited for."""
        known = self._known.get(topic)
        if life is None:
            for_s = self._clock() - self._gone_since.setdefault(topic, self._clock())
            if known is None or for_s < GONE_S:
                return ""
            return f"{topic} is not there any more, it was deleted{self._lost(topic)}: the next start makes it anew"
        self._gone_since.pop(topic, None)
        known = self._known.setdefault(topic, life)
        if life.identity != known.identity:
            lost = self._lost(topic)
            return f"{topic} was deleted and made anew{lost}: the next start reads it from its beginning"
        if topic in self._counted and life.partitions != known.partitions:
            return (
                f"{topic} has {life.partitions} partitions now instead of {known.partitions}: "
                "the next start takes them in"
            )
        return ""

    def _lost(self, topic: str) -> str:
        return f", and with it {self._holds[topic]}" if topic in self._holds else ""

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self.look()
            pause.wait(EVERY_S)
