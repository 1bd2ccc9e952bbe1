"""Publishes an action: first to the audit log, then to the judge, so that whoever crashes between has lost nothing.

That somebody is on an incident, or not any more, is a record on the judge's input (ADR 8). One that never came there is
sent again by any gateway that reads the log: see `mending`. The judge takes the first one, so repeats do no harm.
"""

from typing import Final

import msgspec

from processors.domain.counting.partial import judge_of
from processors.domain.judging.acknowledging import Acknowledgement, Release
from producers.publisher import Deliveries
from runtime.kafka.cluster import ClusterOrAddress
from schemas.action import Action
from schemas.codec import action_record
from schemas.topics import Topics

WITHIN_MS: Final = 10_000
_encode: Final = msgspec.json.Encoder().encode


def publish(cluster: ClusterOrAddress, topics: Topics, judges: int, action: Action) -> None:
    """Publish it; when this returns, the broker has it in all replicas in sync. Blocks.

    Args:
        cluster: The Kafka cluster.
        topics: Names.
        judges: Partitions of the judges' changelog.
        action: What somebody did.

    Raises:
        PublishError: The broker has not taken it, or not all of it.
    """
    key, value = action_record(action)
    _deliver(cluster, topics.commands, value, 0, key)
    tell_judge(cluster, topics, judges, action)


def tell_judge(cluster: ClusterOrAddress, topics: Topics, judges: int, action: Action) -> None:
    """Tell the judge of the incident's scope, if the action is one that it has to know of. Blocks.

    Raises:
        PublishError: The broker has not taken it.
    """
    word = judge_word(action)
    if word is not None:
        _deliver(cluster, topics.partials, _encode(word), judge_of(action.scope, judges), None)


def judge_word(action: Action) -> Acknowledgement | Release | None:
    """What the judge is told of an action; None where it need not know."""
    at_ms = int(action.at.timestamp() * 1000)
    if action.action == "acknowledge":
        return Acknowledgement(action.incident_id, action.scope, action.by, at_ms, action.note)
    if action.action == "unacknowledge":
        return Release(action.incident_id, action.scope, action.by, at_ms, action.note)
    return None


def _deliver(cluster: ClusterOrAddress, topic: str, value: bytes, partition: int, key: bytes | None) -> None:
    # A producer for each: people act seldom, and one that failed once is done for.
    deliveries = Deliveries(cluster, topic, {"message.timeout.ms": WITHIN_MS})
    while not deliveries.offer(value, partition, key):
        pass
    deliveries.flush()
