"""Publishes actions: first to the audit log, then to the judge, so that whoever crashes between has lost nothing.

That somebody is on an incident, or not any more, is a record on the judge's input (ADR 8). One that never came there is
sent again by any gateway that reads the log: see `mending`. The judge leaves repeats out, so they do no harm.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
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


_Record = tuple[bytes, int, bytes | None]
"""Value, partition, key."""


def publish(cluster: ClusterOrAddress, topics: Topics, judges: int, actions: Sequence[Action]) -> None:
    """Publish them; when this returns, the broker has them in all replicas in sync. Blocks.

    Args:
        cluster: The Kafka cluster.
        topics: Names.
        judges: Partitions of the judges' changelog.
        actions: What somebody did.

    Raises:
        PublishError: The broker has not taken all of it.
    """
    records = ((value, 0, key) for key, value in map(action_record, actions))
    _deliver(cluster, topics.commands, records)
    tell_judge(cluster, topics, judges, actions)


def tell_judge(cluster: ClusterOrAddress, topics: Topics, judges: int, actions: Sequence[Action]) -> None:
    """Tell the judges of the incidents' scopes of those actions that they have to know of. Blocks.

    Raises:
        PublishError: The broker has not taken all of it.
    """
    told: list[_Record] = []
    for action in actions:
        word = judge_word(action)
        if word is not None:
            told.append((_encode(word), judge_of(action.scope, judges), None))
    if told:
        _deliver(cluster, topics.partials, told)


def judge_word(action: Action) -> Acknowledgement | Release | None:
    """What the judge is told of an action; None where it need not know.

    Whoever is done with an incident has taken it over: it pages no more unless it gets worse.
    """
    at_ms = ms_of(action.at)
    if action.action == "unacknowledge":
        return Release(action.incident_id, action.scope, action.by, at_ms, action.note)
    if action.action not in ("acknowledge", "assign", "resolve"):
        return None
    return Acknowledgement(
        action.incident_id,
        action.scope,
        action.assignee or action.by,
        at_ms,
        action.note,
        None if action.until is None else ms_of(action.until),
        action.channel,
        takes_over=action.action != "acknowledge",
    )


def ms_of(at: datetime) -> int:
    """Epoch milliseconds."""
    return round(at.timestamp() * 1000)


def after(before: datetime | None, now: datetime) -> datetime:
    """When something is done that comes after what was said before, whose clock may be ahead of ours."""
    return now if before is None else max(now, before + timedelta(milliseconds=1))


def _deliver(cluster: ClusterOrAddress, topic: str, records: Iterable[_Record]) -> None:
    # A producer for each: people act seldom, and one that failed once is done for.
    deliveries = Deliveries(cluster, topic, {"message.timeout.ms": WITHIN_MS})
    for value, partition, key in records:
        while not deliveries.offer(value, partition, key):
            pass
    deliveries.flush()
