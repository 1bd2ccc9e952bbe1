"""Who is in a consumer group."""

from typing import Final

from confluent_kafka import KafkaException

from runtime.kafka import client
from runtime.kafka.cluster import ClusterOrAddress

ANSWER_WITHIN_S: Final = 5.0


def members(cluster: ClusterOrAddress, group: str) -> int | None:
    """How many consumers are in the group; None when the broker does not tell (the embedded one)."""
    asks = client.admin(cluster)
    try:
        answer = asks.describe_consumer_groups([group], request_timeout=ANSWER_WITHIN_S)[group]
        return len(answer.result(ANSWER_WITHIN_S + 1).members)
    except (KafkaException, TimeoutError):
        return None
