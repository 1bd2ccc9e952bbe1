"""Which rights our login lacks, asked from the cluster before anything depends on them."""

import time
from collections.abc import Iterable
from typing import Final

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation

from runtime.kafka.client import Admin, admin
from runtime.kafka.cluster import Cluster, ClusterOrAddress
from runtime.kafka.errors import BrokerError
from schemas.rights import Operation, Resource, Right

ANSWER_WITHIN_S: Final = 5.0
GROUPS_KNOWN_WITHIN_S: Final = 5.0
"""A broker that has just started does not know at once who keeps a group."""
AGAIN_S: Final = 0.2
MAX_SHOWN: Final = 3
"""How many of the rights that are lacking a sentence names."""
DENIED: Final = frozenset({KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED})
NAMES: Final = {
    Operation.READ: AclOperation.READ,
    Operation.WRITE: AclOperation.WRITE,
    Operation.DESCRIBE: AclOperation.DESCRIBE,
    Operation.DESCRIBE_CONFIGS: AclOperation.DESCRIBE_CONFIGS,
}


class RightsLacking(BrokerError):
    """Our login may not do what we need; waiting does not help."""


def require(cluster: ClusterOrAddress, needed: Iterable[Right], what: str) -> None:
    """Return when our login may do all that is needed, as far as the cluster tells.

    A cluster without TLS is not asked: who logs in nowhere has the rights of everybody.

    Args:
        cluster: The Kafka cluster.
        needed: What is needed.
        what: Who needs it, for people.

    Raises:
        RightsLacking: It may not do something; the message names what, and on which topic or group.
    """
    if Cluster.of(cluster).tls is None:
        return
    lacks = lacking(cluster, needed)
    if lacks:
        named = ", ".join(map(str, lacks[:MAX_SHOWN])) + (
            f" and {len(lacks) - MAX_SHOWN} more" if len(lacks) > MAX_SHOWN else ""
        )
        raise RightsLacking(
            f"Kafka at {cluster} does not give our login what {what} needs: {named}. Give the user "
            f"{'these rights' if len(lacks) > 1 else 'this right'} (`floodmark topics list --rights` lists all)."
        )


def lacking(cluster: ClusterOrAddress, needed: Iterable[Right]) -> list[Right]:
    """The rights that our login lacks. A topic that is not there, and what a cluster does not tell, is not judged.

    Of transactional ids no cluster tells: whoever uses one hears it then.
    """
    wanted, asks = list(needed), admin(cluster)
    may = _on_topics(asks, {right.name for right in wanted if right.resource is Resource.TOPIC})
    for name in {right.name for right in wanted if right.resource is Resource.GROUP}:
        may[Resource.GROUP, name] = _on_group(asks, name)
    return [
        right
        for right in wanted
        if (allowed := may.get((right.resource, right.name))) is not None and not _in(right, allowed)
    ]


def _in(right: Right, allowed: frozenset[AclOperation]) -> bool:
    return NAMES[right.operation] in allowed


def _on_topics(asks: Admin, names: set[str]) -> dict[tuple[Resource, str], frozenset[AclOperation] | None]:
    if not names:
        return {}
    found: dict[tuple[Resource, str], frozenset[AclOperation] | None] = {}
    answers = asks.describe_topics(
        TopicCollection(sorted(names)), include_authorized_operations=True, request_timeout=ANSWER_WITHIN_S
    )
    for name, answer in answers.items():
        try:
            found[Resource.TOPIC, name] = _known_operations(answer.result(ANSWER_WITHIN_S + 1).authorized_operations)
        except (KafkaException, TimeoutError) as error:
            found[Resource.TOPIC, name] = _if_denied(error)
    return found


def _on_group(asks: Admin, name: str) -> frozenset[AclOperation] | None:
    until = time.monotonic() + GROUPS_KNOWN_WITHIN_S
    while True:
        answer = asks.describe_consumer_groups(
            [name], include_authorized_operations=True, request_timeout=ANSWER_WITHIN_S
        )[name]
        try:
            return _known_operations(answer.result(ANSWER_WITHIN_S + 1).authorized_operations)
        except (KafkaException, TimeoutError) as error:
            denied = _if_denied(error)
            if denied is not None or time.monotonic() > until:
                return denied
            time.sleep(AGAIN_S)


def _known_operations(operations: Iterable[AclOperation] | None) -> frozenset[AclOperation] | None:
    """None where a cluster tells of none at all: whoever is answered has Describe, one at least."""
    return frozenset(operations or ()) or None


def _if_denied(error: Exception) -> frozenset[AclOperation] | None:
    """No right at all where that is why there is no answer; else nothing is known."""
    denied = isinstance(error, KafkaException) and error.args[0].code() in DENIED
    return frozenset() if denied else None
