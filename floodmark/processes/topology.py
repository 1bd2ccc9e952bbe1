"""The topics of an installation as a worker finds them, or makes them: how many partitions each stage reads."""

from dataclasses import dataclass

from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.topics import add_partitions, describe, ensure_topics
from schemas.topics import Topics


@dataclass(frozen=True, slots=True)
class Topology:
    """How many partitions there are.

    Args:
        sources: Of transactions. They may grow.
        judges: Of the topic between the stages, as far as they are used: as many as when the installation began. Which
            judge a scope has, and so where its memory is stored, hangs on this number, so it stays what it was.
    """

    sources: int
    judges: int


def agree(cluster: ClusterOrAddress, topics: Topics, partitions: int, *, replication: int) -> Topology:
    """Make the topics that are missing, and let those that only workers use follow the transactions topic.

    Args:
        cluster: The Kafka cluster.
        topics: Their names.
        partitions: How many partitions topics get that are made.
        replication: How many copies of each partition they get.

    Raises:
        BrokerError: The cluster does not answer, or refuses something.
    """
    ensure_topics(cluster, topics.specs(partitions), replication=replication)
    found = describe(cluster)
    sources = found[topics.transactions].partitions
    judges = found[topics.changelog("judgements")].partitions
    for topic, needed in ((topics.changelog("counts"), sources), (topics.partials, judges)):
        if found[topic].partitions < needed:
            add_partitions(cluster, topic, needed)
    return Topology(sources, judges)
