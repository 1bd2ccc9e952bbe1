"""Creates the topics of an installation, and tells which ones a cluster has."""

import contextlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from runtime.kafka.client import Admin, admin
from runtime.kafka.cluster import ClusterOrAddress
from runtime.kafka.errors import BrokerError
from schemas.topics import Topics, TopicSpec

VISIBLE_WITHIN_S = 30.0
ANSWER_WITHIN_S = 15.0
# How librdkafka's in-process cluster names itself. It has no controller, so every admin request to it times out;
# asking for a topic's metadata creates the topic.
EMBEDDED_PREFIX = "mockCluster"


@dataclass(frozen=True, slots=True)
class TopicsOutcome:
    """What `ensure_topics` found and did.

    Args:
        created: Names of the topics that were missing, in the order of the specifications.
        differences: One sentence for each topic that exists with another number of partitions.
    """

    created: tuple[str, ...]
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicState:
    """One topic as a cluster has it.

    Args:
        name: Its name.
        partitions: How many partitions it has.
        replication: How many copies of each partition are kept.
        topic_id: Kafka's own id, another one after the topic was deleted and made anew; None where there are no ids.
    """

    name: str
    partitions: int
    replication: int
    topic_id: str | None


def ensure_topics(
    cluster: ClusterOrAddress, specs: Iterable[TopicSpec], *, replication: int, within_s: float = ANSWER_WITHIN_S
) -> TopicsOutcome:
    """Create the topics that are missing, and wait until every one can be written to.

    Existing topics are left as they are, except internal ones, which get the settings that they are specified with
    where the broker lets us; where not, `floodmark doctor` names what differs. The embedded cluster takes no settings:
    there, topics that were not made at its start get 4 partitions.

    Args:
        cluster: The Kafka cluster.
        specs: The topics wanted.
        replication: Copies of each partition to keep, 1 or more.
        within_s: Seconds to wait for each answer.

    Raises:
        BrokerError: No answer, a topic was refused, or one has no leader in time.
    """
    client, wanted = admin(cluster), tuple(specs)
    existing = _metadata(client, cluster, within_s)
    missing = tuple(spec for spec in wanted if spec.name not in existing.topics)
    if missing and not _is_embedded(existing):
        _create(client, missing, replication, within_s)
    topics = _await_leaders(client, cluster, wanted, within_s)
    if not _is_embedded(existing):
        _keep_settings(client, [spec for spec in wanted if spec.internal and spec.name in existing.topics], within_s)
    differences = tuple(
        f"Topic {spec.name} has {len(topics[spec.name].partitions)} partitions instead of {spec.partitions}."
        for spec in wanted
        if len(topics[spec.name].partitions) != spec.partitions
    )
    return TopicsOutcome(tuple(spec.name for spec in missing), differences)


def add_partitions(cluster: ClusterOrAddress, topic: str, upto: int, *, within_s: float = ANSWER_WITHIN_S) -> None:
    """Raise the number of a topic's partitions, and wait until every one can be written to.

    Not on the embedded cluster, whose topics are made with the partitions that they need.

    Args:
        cluster: The Kafka cluster.
        topic: The topic; it exists.
        upto: How many partitions it is to have.
        within_s: Seconds to wait for each answer.

    Raises:
        BrokerError: No answer, or it was refused.
    """
    client = admin(cluster)
    if _is_embedded(_metadata(client, cluster, within_s)):
        return
    try:
        client.create_partitions([NewPartitions(topic, upto)], request_timeout=within_s)[topic].result()
    except KafkaException as error:
        # Several programs may do so at once; then one of them finds it done.
        if error.args[0].code() != KafkaError.INVALID_PARTITIONS:
            raise BrokerError(
                f"Topic {topic} could not be given {upto} partitions: {error.args[0].str().rstrip('.')}. "
                "Add them yourself, or check the broker's permissions."
            ) from error
    deadline = time.monotonic() + VISIBLE_WITHIN_S
    while True:
        partitions = _metadata(client, cluster, within_s, topic).topics[topic].partitions
        if len(partitions) >= upto and all(p.leader >= 0 for p in partitions.values()):
            return
        if time.monotonic() > deadline:
            raise BrokerError(f"Topic {topic} has {len(partitions)} partitions with a leader instead of {upto}.")
        time.sleep(0.05)


def describe(cluster: ClusterOrAddress, *, within_s: float = ANSWER_WITHIN_S) -> Mapping[str, TopicState]:
    """The topics of a cluster by name, without Kafka's internal ones.

    Args:
        cluster: The Kafka cluster.
        within_s: Seconds to wait for each answer.

    Raises:
        BrokerError: It does not answer.
    """
    client = admin(cluster)
    metadata = _metadata(client, cluster, within_s)
    names = sorted(name for name in metadata.topics if not name.startswith("__"))
    ids = {} if _is_embedded(metadata) else _topic_ids(client, names, within_s)
    return {
        name: TopicState(
            name=name,
            partitions=len(metadata.topics[name].partitions),
            replication=min((len(part.replicas) for part in metadata.topics[name].partitions.values()), default=0),
            topic_id=ids.get(name),
        )
        for name in names
    }


def planned(
    cluster: ClusterOrAddress, topics: Topics, partitions: int, *, within_s: float = ANSWER_WITHIN_S
) -> tuple[TopicSpec, ...]:
    """Every topic that is needed: for as many partitions as the transactions topic has, else for `partitions`.

    Raises:
        BrokerError: The cluster does not answer.
    """
    there = _metadata(admin(cluster), cluster, within_s).topics.get(topics.transactions)
    return topics.specs(len(there.partitions) if there is not None and there.partitions else partitions)


def _metadata(client: Admin, cluster: ClusterOrAddress, within_s: float, topic: str | None = None) -> Any:
    try:
        return client.metadata(within_s, topic)
    except KafkaException as error:
        raise BrokerError(
            f"No Kafka answers at {cluster} ({error.args[0].str()}). "
            "Check that the broker runs and that the address is right."
        ) from error


def _is_embedded(metadata: Any) -> bool:
    return str(metadata.cluster_id or "").startswith(EMBEDDED_PREFIX)


def _create(client: Admin, specs: tuple[TopicSpec, ...], replication: int, within_s: float) -> None:
    new = [
        NewTopic(spec.name, num_partitions=spec.partitions, replication_factor=replication, config=dict(spec.config))
        for spec in specs
    ]
    for name, answer in client.create_topics(new, request_timeout=within_s).items():
        try:
            answer.result()
        except KafkaException as error:
            # Two programs may start at once; then one of them finds the topic made.
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise BrokerError(
                    f"Topic {name} could not be created with {replication} copies: {error.args[0].str().rstrip('.')}. "
                    "Create it yourself, or check the broker's permissions and how many brokers there are."
                ) from error


def _keep_settings(client: Admin, specs: list[TopicSpec], within_s: float) -> None:
    """Give these topics the settings that they are specified with; what is refused stays as it is."""
    resources = [
        ConfigResource(
            ResourceType.TOPIC,
            spec.name,
            incremental_configs=[
                ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
                for name, value in spec.config.items()
            ],
        )
        for spec in specs
    ]
    if not resources:
        return
    for answer in client.incremental_alter_configs(resources, request_timeout=within_s).values():
        with contextlib.suppress(KafkaException):
            answer.result()


def _await_leaders(
    client: Admin, cluster: ClusterOrAddress, specs: tuple[TopicSpec, ...], within_s: float
) -> Mapping[str, Any]:
    """Metadata of the topics once each partition has a leader."""
    deadline = time.monotonic() + VISIBLE_WITHIN_S
    ready: dict[str, Any] = {}
    while True:
        for spec in specs:
            if spec.name not in ready:
                topic = _metadata(client, cluster, within_s, spec.name).topics[spec.name]
                if not topic.error and topic.partitions and all(p.leader >= 0 for p in topic.partitions.values()):
                    ready[spec.name] = topic
        waiting = [spec.name for spec in specs if spec.name not in ready]
        if not waiting:
            return ready
        if time.monotonic() > deadline:
            raise BrokerError(
                f"These topics have no leader after {VISIBLE_WITHIN_S:.0f} s: {', '.join(waiting)}. "
                "Check that all brokers of the cluster run."
            )
        time.sleep(0.05)


def _topic_ids(client: Admin, names: list[str], within_s: float) -> dict[str, str]:
    """Kafka's ids by topic; one that was deleted meanwhile is left out."""
    if not names:
        return {}
    ids = {}
    for name, answer in client.describe_topics(TopicCollection(names), request_timeout=within_s).items():
        try:
            # librdkafka writes ids in plain Base64, Kafka's own tools in the form that is safe in file names.
            ids[name] = str(answer.result().topic_id).replace("+", "-").replace("/", "_")
        except KafkaException:
            continue
    return ids
