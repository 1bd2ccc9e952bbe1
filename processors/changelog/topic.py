"""The changelog of a table as a topic of a cluster."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import NewTopic

from processors.changelog.reading import read_changelog, uncounted
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.offsets import Offsets, OffsetsError
from schemas.topics import TopicSpec

log = structlog.get_logger(__name__)

MADE_WITHIN_S = 15.0


@dataclass(slots=True)
class KafkaChangelog:
    """See stages.state_reading.Changelog.

    Args:
        cluster: The Kafka cluster.
        spec: The topic.
        replication: Copies to keep where the topic is to be made; 0: others make it.
        group: The name to read under; nobody joins it, but a cluster with access rules asks for a right on it.
        passed_over: Told how many records could not be read.
        source: The topic that the state is of; empty: it is not looked whether state is missing.
    """

    cluster: ClusterOrAddress
    spec: TopicSpec
    replication: int = 0
    group: str = "floodmark-changelog-only"
    passed_over: Callable[[int], None] = uncounted
    source: str = ""
    lost: dict[int, int] = field(default_factory=dict)
    """Partitions without state, and what had been committed of them: it was deleted."""
    _is_there: bool = False
    _making: threading.Lock = field(default_factory=threading.Lock)

    @property
    def topic(self) -> str:
        """See stages.state_reading.Changelog."""
        return self.spec.name

    def read(self, partition: int) -> dict[bytes, bytes]:
        """See stages.state_reading.Changelog.

        Raises:
            KafkaException: The topic is not there and cannot be made.
            ChangelogUnread: It cannot be read.
        """
        with self._making:
            if self.replication and not self._is_there:
                make(self.cluster, self.spec, self.replication)
                self._is_there = True
        found = read_changelog(self.cluster, self.topic, partition, {"group.id": self.group}, self.passed_over)
        self.lost.pop(partition, None)
        if not found and (committed := self._committed(partition)) > 0:
            self.lost[partition] = committed
            log.error(
                "state_lost",
                topic=self.topic,
                partition=partition,
                committed=committed,
                effect=f"{self.source} {partition} is read from its beginning, as if it never was",
                remedy="look at who deleted it, and at its cleanup.policy: `floodmark topics check`",
            )
        return found

    @property
    def notice(self) -> str:
        """That state was missing when it was read; empty when none was."""
        if not self.lost:
            return ""
        partitions = ", ".join(map(str, sorted(self.lost)))
        return f"the state in {self.topic} ({partitions}) was deleted: {self.source} was read from its beginning"

    def _committed(self, partition: int) -> int:
        """What the group has committed of the partition whose state this is; 0 when nothing, or nobody says."""
        if not self.source:
            return 0
        try:
            return max(
                0, Offsets(self.cluster).committed(self.group, [(self.source, partition)])[self.source, partition]
            )
        except OffsetsError:
            return 0


def make(cluster: ClusterOrAddress, spec: TopicSpec, replication: int) -> None:
    """Make the topic, if it is not there.

    Raises:
        KafkaException: It cannot be made.
    """
    admin = client.admin(cluster, log_level=2)
    new = NewTopic(spec.name, spec.partitions, replication, config=dict(spec.config))
    try:
        admin.create_topics([new], request_timeout=MADE_WITHIN_S)[spec.name].result()
    except KafkaException as exc:
        if exc.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
