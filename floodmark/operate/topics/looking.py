"""Looks up the topics of a cluster, as far as our login may see them."""

from collections.abc import Mapping

from floodmark.operate.topics.differences import There
from runtime.kafka.cluster import Cluster
from runtime.kafka.errors import BrokerError
from runtime.kafka.judges import judges_of
from runtime.kafka.rights import lacking
from runtime.kafka.topic_settings import topic_settings
from runtime.kafka.topics import TopicState, describe
from schemas.rights import Operation, Resource, Right
from schemas.topics import Topics, TopicSpec


def look(cluster: Cluster, topics: Topics, specs: tuple[TopicSpec, ...]) -> There:
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
    settings = topic_settings(cluster, [spec.name for spec in specs if spec.name in found])
    return There(found, settings, hidden, _judges(cluster, topics, found))


def _judges(cluster: Cluster, topics: Topics, found: Mapping[str, TopicState]) -> int | None:
    if topics.changelog("judgements") not in found:
        return None
    try:
        return judges_of(cluster, topics, {name: state.partitions for name, state in found.items()})
    except BrokerError:
        return None
