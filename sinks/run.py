"""Puts one destination, one Kafka consumer and the loop together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import TypeVar

from prometheus_client import CollectorRegistry

from runtime.kafka.cluster import ClusterOrAddress
from sinks.backoff import Backoff
from sinks.dead_letters import DeadLetters
from sinks.delivery.channel import DeliveryChannel
from sinks.delivery.loop import Delivery
from sinks.health import LoopHealth
from sinks.kafka import KafkaSource
from sinks.loop import Loop
from sinks.metrics import Metrics
from sinks.protocol import Destination, Partition

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SinkRoute:
    """Where a sink's records come from.

    Args:
        cluster: The Kafka cluster.
        group: The consumer group.
        topics: What to read.
        dead_letters: The topic for records that can never be written.
        from_beginning: Read everything again, whatever the group has committed.
        backoff: How long to wait for a busy target.
        broker_end: The end of a partition as the broker tells it when asked; None when that is not known.
    """

    cluster: ClusterOrAddress
    group: str
    topics: Sequence[str]
    dead_letters: str
    from_beginning: bool = False
    backoff: Backoff = field(default_factory=Backoff)
    broker_end: Callable[[Partition], int | None] = lambda _partition: None


def run(
    route: SinkRoute,
    destination: Destination[T] | DeliveryChannel[T],
    stop: Event,
    ready: Callable[[LoopHealth], None] = lambda _health: None,
    registry: CollectorRegistry | None = None,
) -> None:
    """Write records to the destination until `stop` is set; then finish the batch in hand and leave the group.

    Args:
        route: Where the records come from.
        destination: Where they go, in batches or message by message; closed at the end, also after an error.
        stop: Ends it.
        ready: Told once, before the first record, how to ask for its health.
        registry: Where the metrics are registered; none: one of its own, which nobody looks at.

    Raises:
        SourceError: Kafka refuses us for good.
        DeadLetterError: a refused record could not be put aside.
        Exception: whatever the destination raises that is neither `Busy` nor `BadRecord`; nothing is committed.
    """
    metrics = Metrics(destination.name, route.topics, CollectorRegistry() if registry is None else registry)
    dead_letters = DeadLetters(route.cluster, route.dead_letters, destination.name)
    try:
        source = KafkaSource(
            route.cluster,
            route.group,
            route.topics,
            from_beginning=route.from_beginning,
            broker_end=route.broker_end,
        )
        try:
            loop: Loop[T] | Delivery[T]
            if isinstance(destination, DeliveryChannel):
                loop = Delivery(
                    source, destination, dead_letters, metrics, backoff=route.backoff, one_by_one=route.from_beginning
                )
            else:
                loop = Loop(source, destination, dead_letters, metrics, backoff=route.backoff)
            ready(loop.health)
            loop.run(stop)
        finally:
            source.close()
    finally:
        destination.close()
