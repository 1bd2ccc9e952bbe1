"""Looks up the topics of a cluster, as far as our login may see them."""

from floodmark.operate.topics.differences import There
from runtime.kafka.cluster import Cluster
from runtime.kafka.rights import lacking
from runtime.kafka.topic_settings import topic_settings
from runtime.kafka.topics import describe
from schemas.rights import Operation, Resource, Right
from schemas.topics import TopicSpec


def look(cluster: Cluster, specs: tuple[TopicSpec, ...]) -> There:
    """The topics as they are.

    Raises:
        BrokerError: The cluster does not answer.
    """
    found = describe(cluster)
    unseen = [spec.name for spec in specs if spec.name not in found]
    hidden: frozenset[str] = frozenset()
    if unseen and cluster.tls is not None:
        # A cluster with access rules shows nothing of what we may not see, as if it were not there.
        asked = [Right(Resource.TOPIC, name, Operation.DESCRIBE) for name in unseen]
        hidden = frozenset(right.name for right in lacking(cluster, asked))
    return There(found, topic_settings(cluster, [spec.name for spec in specs if spec.name in found]), hidden)
