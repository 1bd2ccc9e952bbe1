"""The topics of an installation as a worker finds them, or makes them: how many partitions each stage reads."""

from dataclasses import dataclass

import structlog

from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.judges import judges_of
from runtime.kafka.rights import require
from runtime.kafka.topics import add_partitions, describe, ensure_topics, planned
from schemas.rights import Resource, Role, vital
from schemas.topics import Topics

log = structlog.get_logger(__name__)


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
    """Make the topics of a worker that are missing, and let those that only workers use follow the transactions topic.

    A login that may not do what a worker does is told so first: what it may not see would pass for missing.

    Args:
        cluster: The Kafka cluster.
        topics: Their names.
        partitions: How many partitions topics get that are made, unless there are transactions already.
        replication: How many copies of each partition they get.

    Raises:
        BrokerError: The cluster does not answer, or refuses something (RightsLacking).
    """
    worker = vital(topics, Role.WORKER)
    require(cluster, worker, "a worker")
    # What only others use a worker may not see, so it would pass for missing.
    ours = {right.name for right in worker if right.resource is Resource.TOPIC}
    specs = [spec for spec in planned(cluster, topics, partitions) if spec.name in ours]
    if ensure_topics(cluster, specs, replication=replication).created:
        require(cluster, worker, "a worker")
    found = describe(cluster)
    sources = found[topics.transactions].partitions
    judges = judges_of(cluster, topics, {name: topic.partitions for name, topic in found.items()})
    judged = topics.changelog("judgements")
    for topic, needed in ((topics.changelog("counts"), sources), (topics.partials, judges), (judged, judges)):
        if (has := found[topic].partitions) < needed:
            add_partitions(cluster, topic, needed)
        elif has > needed:
            log.warning("partitions_unused", topic=topic, partitions=has, used=needed, effect="none: leave it so")
    return Topology(sources, judges)
