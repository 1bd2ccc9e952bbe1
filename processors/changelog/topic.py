"""The changelog of a table as a topic of a cluster."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import NewTopic

from processors.changelog.reading import read_changelog, uncounted
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from schemas.topics import TopicSpec

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
    """

    cluster: ClusterOrAddress
    spec: TopicSpec
    replication: int = 0
    group: str = "floodmark-changelog-only"
    passed_over: Callable[[int], None] = uncounted
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
                _make(self.cluster, self.spec, self.replication)
                self._is_there = True
        return read_changelog(self.cluster, self.topic, partition, {"group.id": self.group}, self.passed_over)


def _make(cluster: ClusterOrAddress, spec: TopicSpec, replication: int) -> None:
    """Make the topic, if it is not there."""
    admin = client.admin(cluster, log_level=2)
    new = NewTopic(spec.name, spec.partitions, replication, config=dict(spec.config))
    try:
        admin.create_topics([new], request_timeout=MADE_WITHIN_S)[spec.name].result()
    except KafkaException as exc:
        if exc.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
