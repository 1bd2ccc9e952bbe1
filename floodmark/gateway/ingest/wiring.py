"""Puts together what takes in posts, from settings."""

from collections.abc import Callable
from dataclasses import dataclass

from floodmark.gateway.ingest.claims import Claims
from floodmark.gateway.ingest.delivery import PostPublisher
from floodmark.gateway.ingest.intake import Intake
from floodmark.gateway.ingest.once import KeyedPosts
from floodmark.gateway.ingest.post_topic import PostTopic
from floodmark.gateway.ingest.settings import IngestSettings
from floodmark.gateway.ingest.transactor import Transactor
from floodmark.gateway.verdicts import JudgedState
from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.topics import EMBEDDED_PREFIX, describe, ensure_topics
from schemas.topics import Topics


@dataclass(frozen=True, slots=True)
class Opened:
    """What takes in posts, and how to close it; closing waits for what is under way."""

    intake: Intake
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class PostTarget:
    """Where posts go.

    Args:
        cluster: The Kafka cluster.
        topics: Names.
        partitions: Of the topic of transactions, where it is made.
        replication: Of the topics that are made.
        within_s: How long the cluster may take to answer at the beginning.
        max_future_ms: How far ahead of the clock an event may be, as for the workers.
    """

    cluster: ClusterOrAddress
    topics: Topics
    partitions: int
    replication: int
    within_s: float
    max_future_ms: int = 300_000


def opened(target: PostTarget, settings: IngestSettings, name: str, judged: JudgedState | None) -> Opened:
    """Begin to take in posts.

    Args:
        target: Where they go.
        settings: How.
        name: Of this gateway, and of no other one.
        judged: The state that verdicts are made of; None: there are none.

    Raises:
        BrokerError: The cluster does not answer, or does not let us in.
    """
    cluster, topics, within_s = target.cluster, target.topics, settings.gateway_broker_within_s
    wanted = {topics.transactions, topics.posts}
    specs = [spec for spec in topics.specs(target.partitions) if spec.name in wanted]
    ensure_topics(cluster, specs, replication=target.replication, within_s=target.within_s)
    partitions = describe(cluster, within_s=target.within_s)[topics.transactions].partitions
    delivery = PostPublisher(cluster, topics.transactions, partitions, within_s)
    if _is_embedded(cluster, target.within_s):
        intake = Intake(delivery, None, judged, settings.zone, target.max_future_ms)
        return Opened(intake, delivery.close)
    claims = Claims()
    reader = PostTopic(cluster, topics, claims, target.within_s)
    # All that is taken must be known before a key may be given: with this, a gateway that begins waits for it.
    transactor = Transactor(
        cluster,
        (topics.transactions, topics.posts),
        partitions,
        claims,
        f"{topics.transactional_prefix}{name}",
        within_s,
        ready=reader.caught_up,
    )
    # A post may have to wait for the transaction before its own.
    once = KeyedPosts(claims, transactor, reader, 2 * within_s)

    def close() -> None:
        delivery.close()
        transactor.close()
        reader.close()

    return Opened(Intake(delivery, once, judged, settings.zone, target.max_future_ms), close)


def _is_embedded(cluster: ClusterOrAddress, within_s: float) -> bool:
    """Whether it is librdkafka's in-process cluster, which counts what was aborted as well."""
    found = client.admin(cluster).metadata(within_s)
    return (found.cluster_id or "").startswith(EMBEDDED_PREFIX)
